#include "gamana/decode/generate.h"

#include <algorithm>
#include <numeric>

#include "gamana/base/check.h"
#include "gamana/decode/search.h"

namespace gamana {
namespace {

constexpr double kMiB = 1 << 20;
constexpr size_t kSorted = 2048;  // requests that are put in order of length together, so that the first results do not wait for all

int least_positions(std::span<DecodeModel* const> models) {
  int least = models[0]->max_positions();
  for (const DecodeModel* model : models) least = std::min(least, model->max_positions());
  return least;
}

}  // namespace

// What stays between runs.
struct GeneratorState {
  GeneratorState(std::span<DecodeModel* const> given, const RunOptions& run_options)
      : models(given.begin(), given.end()), options(run_options), projection(models, options.ensemble_mean) {
    options.validate();
    for (const DecodeModel* model : models) {
      bytes_per_cell += model->bytes_per_cell(), bytes_per_place += model->bytes_per_place();
      window = std::max(window, model->window());
    }
  }
  bool has_sources() const { return models[0]->start_token() >= 0; }
  // Room for so many; what the cache held stays if there is room already.
  void reserve(int slot_count, int cell_count, int place_count) {
    if (slot_count <= slots && cell_count <= cells.capacity() && place_count <= cells.places().count()) return;
    slots = std::max(slots, slot_count);
    const int places = std::max(place_count, cells.places().count());
    cells = Cells(std::max(cell_count, cells.capacity()), !has_sources(), window, places);
    for (DecodeModel* model : models) model->reserve(slots, cells.capacity(), places);
  }

  std::vector<DecodeModel*> models;
  RunOptions options;
  Projection projection;
  int64_t bytes_per_cell = 0, bytes_per_place = 0;
  int slots = 0, window = 0;
  Cells cells;
};

namespace {

class Run {
 public:
  Run(GeneratorState& shared, std::span<const GenerateRequest> requests, const GenerateCallbacks& callbacks);
  std::vector<std::vector<Hypothesis>> finish();

 private:
  void plan();
  void plan_memory();
  int64_t places(int64_t cells, int64_t within_windows) const;
  void admit();
  void step();
  std::span<const RowScan> scan(std::span<RowRules> rules);
  void take(const Search& search, std::vector<Hypothesis> hypotheses);
  void interrupt();

  GeneratorState& shared_;
  std::span<const GenerateRequest> requests_;
  const GenerateCallbacks& callbacks_;
  SearchContext context_;
  std::vector<int64_t> limits_;  // [requests]
  // [requests] of each kSorted the longest source first: what is encoded together is of one length, the end is short
  std::vector<size_t> order_;
  size_t next_ = 0, done_ = 0;
  int slots_ = 0;
  std::vector<Search> searches_;   // [slots]
  std::vector<int> free_, active_;  // slots; active ones in the order they began
  std::vector<StepRow> rows_;
  std::vector<RowRules> rules_;
  std::vector<std::vector<Hypothesis>> results_;
};

Run::Run(GeneratorState& shared, std::span<const GenerateRequest> requests, const GenerateCallbacks& callbacks)
    : shared_(shared),
      requests_(requests),
      callbacks_(callbacks),
      context_{shared.cells,
               shared.models[0]->start_token(),
               shared.models[0]->end_token(),
               least_positions(shared.models),
               shared.projection.vocabulary_size(),
               callbacks,
               shared.options.reuse_outputs},
      results_(requests.size()) {
  plan();
  plan_memory();
  searches_.resize(slots_);
  for (int i = slots_ - 1; i >= 0; --i) free_.push_back(i);
}

void Run::plan() {
  int width = 1;
  const RequestOptions* checked = nullptr;
  for (size_t r = 0; r < requests_.size(); ++r) {
    const GenerateRequest& request = requests_[r];
    if (request.options != checked) (checked = request.options)->validate(context_.vocabulary_size);
    if (shared_.has_sources() && request.source.empty())
      fail("source {}: expected at least an end token, found nothing", r + 1);
    limits_.push_back(limit_of(request, r, context_));
    width = std::max(width, request.options->width());
  }
  order_.resize(requests_.size());
  std::iota(order_.begin(), order_.end(), size_t{0});
  for (size_t begin = 0; begin < order_.size(); begin += kSorted)
    std::stable_sort(order_.begin() + static_cast<std::ptrdiff_t>(begin),
                     order_.begin() + static_cast<std::ptrdiff_t>(std::min(begin + kSorted, order_.size())),
                     [&](size_t a, size_t b) { return requests_[a].source.size() > requests_[b].source.size(); });
  slots_ = static_cast<int>(std::min<int64_t>(std::max(1, shared_.options.max_rows / width), std::ssize(requests_)));
}

// For the windows of hypotheses and the prompts' tokens of one step, or for every cell.
int64_t Run::places(int64_t cells, int64_t within_windows) const {
  return shared_.window ? std::min<int64_t>(cells, within_windows + shared_.options.prompt_rows) : 0;
}

// Cells enough for the most demanding requests to run side by side, of which there are fewer where memory is short.
void Run::plan_memory() {
  std::vector<int64_t> needs, near;  // cells, and those within windows
  for (size_t r = 0; r < requests_.size(); ++r) {
    needs.push_back(cells_of(requests_[r], limits_[r], context_));
    near.push_back(places_of(requests_[r], needs.back(), shared_.window));
  }
  int64_t cells = 0, recent = 0;
  for (std::vector<int64_t>* all : {&needs, &near})
    std::partial_sort(all->begin(), all->begin() + slots_, all->end(), std::greater<>());
  for (int i = 0; i < slots_; ++i) cells += needs[i], recent += near[i];
  const int64_t most = shared_.options.max_memory > 0 ? shared_.options.max_memory : INT64_MAX;
  const auto bytes = [&] { return cells * shared_.bytes_per_cell + places(cells, recent) * shared_.bytes_per_place; };
  const auto fits = [&] { return cells <= INT32_MAX && bytes() <= most; };
  while (slots_ > 1 && !fits()) --slots_, cells -= needs[slots_], recent -= near[slots_];
  if (cells > INT32_MAX)
    fail("max_rows {}: expected fewer, because {} cache cells are too many; lower max_rows or max_length",
         shared_.options.max_rows, cells);
  if (!fits()) {
    const std::string windows = shared_.window ? fmt::format(" + {} bytes x {} within the window of layers",
                                                             shared_.bytes_per_place, places(cells, recent)) : "";
    throw Error(fmt::format("the cache of keys and values needs {} bytes per token x {} tokens{} = {:.1f} MiB, and only "
                            "{:.1f} MiB are allowed",
                            shared_.bytes_per_cell, cells, windows, static_cast<double>(bytes()) / kMiB,
                            static_cast<double>(most) / kMiB),
                "allow more memory, or ask for fewer new tokens, beams or sequences");
  }
  for (int64_t fit = cells, wanted = std::max(cells, shared_.options.cells); fit < wanted;) {  // as there is memory for
    cells = fit + (wanted - fit + 1) / 2;
    if (fits()) fit = cells;
    else wanted = cells - 1, cells = fit;
  }
  shared_.reserve(slots_, static_cast<int>(cells), static_cast<int>(places(cells, recent)));
}

std::vector<std::vector<Hypothesis>> Run::finish() {
  // Encoding one source costs nearly as much as a few together, an idle slot costs little: an eighth is the trade.
  const size_t enough = shared_.has_sources() ? std::max(1, slots_ / 8) : 1;
  while (done_ < requests_.size()) {
    if (callbacks_.interrupted && callbacks_.interrupted()) {
      interrupt();
      break;
    }
    if (next_ < requests_.size() && (active_.empty() || free_.size() >= enough)) admit();
    step();
  }
  return std::move(results_);
}

void Run::admit() {
  const size_t count = std::min(free_.size(), requests_.size() - next_);
  const size_t first = active_.size();
  std::vector<std::vector<int>> sources;
  for (size_t i = 0; i < count; ++i) {
    const size_t number = order_[next_++];
    const GenerateRequest& request = requests_[number];
    const int slot = free_.back();
    free_.pop_back();
    active_.push_back(slot);
    sources.emplace_back(request.source.begin(), request.source.end());
    searches_[slot].start(context_, request, number, slot, limits_[number]);
  }
  if (!shared_.has_sources()) return;
  for (DecodeModel* model : shared_.models) model->encode(sources, std::span<const int>(active_).subspan(first));
}

// The scans of the last step's rows, with all that any of the searches may draw.
std::span<const RowScan> Run::scan(std::span<RowRules> rules) {
  while (true) {
    const auto scans = shared_.projection.scan(rules);
    bool enough = true;
    size_t row = 0;
    for (const int slot : active_) {
      const size_t count = searches_[slot].wanted();
      enough &= searches_[slot].enough(scans.subspan(row, count), rules.subspan(row, count));
      row += count;
    }
    if (enough) return scans;
  }
}

void Run::step() {
  rows_.clear();
  shared_.cells.begin_step();
  size_t wanted = 0;
  int room = shared_.options.prompt_rows;
  for (const int slot : active_) searches_[slot].add_rows(context_, room, rows_, rules_, wanted);
  for (DecodeModel* model : shared_.models) model->step(rows_);
  if (wanted == 0) return;
  const std::span<RowRules> rules(rules_.data(), wanted);
  const auto scans = scan(rules);
  size_t row = 0, kept = 0;
  for (const int slot : active_) {
    Search& search = searches_[slot];
    const size_t count = search.wanted();
    const bool over = count > 0 && search.advance(context_, scans.subspan(row, count), rules.subspan(row, count));
    row += count;
    if (over) take(search, search.results()), free_.push_back(slot);
    else active_[kept++] = slot;
  }
  active_.resize(kept);
}

void Run::take(const Search& search, std::vector<Hypothesis> hypotheses) {
  ++done_;
  auto& result = results_[search.number()] = std::move(hypotheses);
  if (callbacks_.finished) callbacks_.finished(search.number(), result);
  if (callbacks_.progress) callbacks_.progress(done_, requests_.size());
}

void Run::interrupt() {
  for (const int slot : active_) {
    searches_[slot].interrupt(context_);
    take(searches_[slot], searches_[slot].results());
  }
}

}  // namespace

Generator::Generator(std::span<DecodeModel* const> models, const RunOptions& options)
    : state_(std::make_unique<GeneratorState>(models, options)) {}

Generator::~Generator() = default;

std::vector<std::vector<Hypothesis>> Generator::run(std::span<const GenerateRequest> requests,
                                                    const GenerateCallbacks& callbacks) {
  if (requests.empty()) return {};
  try {
    return Run(*state_, requests, callbacks).finish();
  } catch (...) {  // nobody knows what the cache holds
    state_->cells = Cells(), state_->slots = 0;
    throw;
  }
}

std::vector<std::vector<Hypothesis>> generate(std::span<DecodeModel* const> models,
                                              std::span<const std::vector<int>> sources, const GenerateOptions& options,
                                              const GenerateCallbacks& callbacks) {
  Generator generator(models, options);
  if (!options.prefixes.empty() && options.prefixes.size() != sources.size())
    fail("prefixes: expected none or one for each source, found {}", options.prefixes.size());
  std::vector<GenerateRequest> requests;
  for (size_t s = 0; s < sources.size(); ++s) {
    const std::span<const int> prefix = options.prefixes.empty() ? std::span<const int>{} : options.prefixes[s];
    requests.push_back({sources[s], prefix, &options, s});
  }
  return generator.run(requests, callbacks);
}

}  // namespace gamana
