#include "gamana/decode/generate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gamana/base/check.h"
#include "gamana/decode/search.h"

namespace gamana {
namespace {

// New tokens source `s` may have. Throws Error if its prefix leaves none.
int limit_of(const GenerateOptions& options, int max_positions, size_t s, size_t source_tokens) {
  const int64_t prefix = options.prefixes.empty() ? 0 : static_cast<int64_t>(options.prefixes[s].size());
  int64_t limit = max_positions - 1 - prefix;
  if (options.max_length > 0) limit = std::min<int64_t>(limit, options.max_length - 1 - prefix);
  if (limit < 1) {
    fail("prefix of source {}: expected at most {} tokens, so that one can follow, found {}", s + 1,
         prefix + limit - 1, prefix);
  }
  if (options.max_new_tokens > 0) limit = std::min<int64_t>(limit, options.max_new_tokens);
  if (options.max_length_factor > 0) {
    const double scaled = static_cast<double>(options.max_length_factor) * source_tokens + options.max_length_offset;
    if (scaled < limit) limit = std::max<int64_t>(1, std::lround(scaled));
  }
  return static_cast<int>(limit);
}

class Generator {
 public:
  Generator(std::span<DecodeModel* const> models, std::span<const std::vector<int>> sources,
            const GenerateOptions& options, const GenerateCallbacks& callbacks);
  std::vector<std::vector<Hypothesis>> run();

 private:
  void plan();
  int cells_needed() const;
  void admit();
  void step();
  bool enough(std::span<const RowScan> scans, std::span<const RowRules> rules);

  std::span<DecodeModel* const> models_;
  std::span<const std::vector<int>> sources_;
  const GenerateOptions& options_;
  const GenerateCallbacks& callbacks_;
  Projection projection_;
  Sampler sampler_;
  std::vector<int> limits_;    // [sources]
  std::vector<size_t> order_;  // [sources] longest first: what is encoded together is of one length, the end is short
  size_t next_ = 0, done_ = 0;
  int slots_ = 0;
  Cells cells_;
  SearchContext context_;
  std::vector<Search> searches_;  // [slots]
  std::vector<int> free_, active_;
  std::vector<StepRow> rows_;
  std::vector<RowRules> rules_;
  std::vector<std::vector<int>> encoded_;
  std::vector<std::vector<Hypothesis>> results_;
};

Generator::Generator(std::span<DecodeModel* const> models, std::span<const std::vector<int>> sources,
                     const GenerateOptions& options, const GenerateCallbacks& callbacks)
    : models_(models),
      sources_(sources),
      options_(options),
      callbacks_(callbacks),
      projection_(models, options.ensemble_mean, options.suppress_tokens),
      sampler_(options),
      cells_((plan(), cells_needed())),  // the plan says how many
      context_{options, {options, models[0]->end_token()}, sampler_, cells_, models[0]->start_token(),
               models[0]->end_token()},
      searches_(slots_),
      results_(sources.size()) {
  for (int i = slots_ - 1; i >= 0; --i) free_.push_back(i);
}

void Generator::plan() {
  options_.validate(projection_.vocabulary_size(), sources_.size());
  int max_positions = models_[0]->max_positions();
  for (const DecodeModel* model : models_) max_positions = std::min(max_positions, model->max_positions());
  for (size_t s = 0; s < sources_.size(); ++s) {
    if (sources_[s].empty()) fail("source {}: expected at least an end token, found nothing", s + 1);
    limits_.push_back(limit_of(options_, max_positions, s, sources_[s].size()));
  }
  order_.resize(sources_.size());
  std::iota(order_.begin(), order_.end(), size_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [&](size_t a, size_t b) { return sources_[a].size() > sources_[b].size(); });
  slots_ = std::min<int64_t>(std::max(1, options_.max_rows / options_.width()), sources_.size());
}

// Enough for the most demanding sources to run side by side.
int Generator::cells_needed() const {
  std::vector<int64_t> needs;
  for (size_t s = 0; s < sources_.size(); ++s) {
    const int64_t prefix = options_.prefixes.empty() ? 0 : static_cast<int64_t>(options_.prefixes[s].size());
    needs.push_back(prefix + static_cast<int64_t>(options_.width()) * limits_[s]);
  }
  std::partial_sort(needs.begin(), needs.begin() + slots_, needs.end(), std::greater<>());
  const int64_t cells = std::accumulate(needs.begin(), needs.begin() + slots_, int64_t{0});
  if (cells > INT32_MAX) {
    fail("max_rows {}: expected fewer, because {} cache cells are too many; lower max_rows or max_length",
         options_.max_rows, cells);
  }
  return static_cast<int>(cells);
}

std::vector<std::vector<Hypothesis>> Generator::run() {
  for (DecodeModel* model : models_) model->reserve(slots_, cells_.capacity());
  while (done_ < sources_.size()) {
    // Encoding one source costs nearly as much as a few together, an idle slot costs little: an eighth is the trade.
    const size_t enough = std::max(1, slots_ / 8);
    if (next_ < sources_.size() && (active_.empty() || free_.size() >= enough)) admit();
    step();
  }
  GAMANA_DCHECK(cells_.in_use() == 0);
  return std::move(results_);
}

void Generator::admit() {
  const size_t count = std::min(free_.size(), sources_.size() - next_);
  const size_t first = active_.size();
  encoded_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const size_t source = order_[next_++];
    const int slot = free_.back();
    free_.pop_back();
    active_.push_back(slot);
    encoded_[i] = sources_[source];
    const std::span<const int> prefix = options_.prefixes.empty() ? std::span<const int>{} : options_.prefixes[source];
    searches_[slot].start(context_, source, slot, prefix, limits_[source]);
  }
  for (DecodeModel* model : models_) model->encode(encoded_, std::span<const int>(active_).subspan(first));
}

void Generator::step() {
  rows_.clear();
  size_t wanted = 0;
  for (const int slot : active_) searches_[slot].add_rows(context_, rows_, rules_, wanted);
  for (DecodeModel* model : models_) model->step(rows_);

  const std::span<const RowRules> rules(rules_.data(), wanted);
  ScanRequest request;
  if (options_.do_sample) {
    request = sampler_.request(projection_.vocabulary_size());
  } else {
    const bool beams = options_.num_beams > 1;
    request.total = beams || options_.output_scores;
    request.best = std::min(beams ? 2 * options_.num_beams : 1, projection_.vocabulary_size());
  }
  auto scans = projection_.scan(rules, request);
  while (options_.do_sample && !enough(scans, rules) && request.best < projection_.vocabulary_size()) {
    request.best = std::min(8 * request.best, projection_.vocabulary_size());
    scans = projection_.scan(rules, request);
  }

  size_t row = 0, kept = 0;
  for (const int slot : active_) {
    Search& search = searches_[slot];
    const size_t count = search.wanted();
    const bool over = search.advance(context_, scans.subspan(row, count), rules.subspan(row, count));
    row += count;
    if (!over) {
      active_[kept++] = slot;
      continue;
    }
    free_.push_back(slot);
    ++done_;
    auto& result = results_[search.source()];
    result = search.results(options_);
    if (callbacks_.finished) callbacks_.finished(search.source(), result);
    if (callbacks_.progress) callbacks_.progress(done_, sources_.size());
  }
  active_.resize(kept);
}

// Whether the scans hold all that any of the searches may draw.
bool Generator::enough(std::span<const RowScan> scans, std::span<const RowRules> rules) {
  size_t row = 0;
  for (const int slot : active_) {
    const size_t count = searches_[slot].wanted();
    if (!searches_[slot].enough(context_, scans.subspan(row, count), rules.subspan(row, count))) return false;
    row += count;
  }
  return true;
}

}  // namespace

std::vector<std::vector<Hypothesis>> generate(std::span<DecodeModel* const> models,
                                              std::span<const std::vector<int>> sources,
                                              const GenerateOptions& options, const GenerateCallbacks& callbacks) {
  if (sources.empty()) return {};
  return Generator(models, sources, options, callbacks).run();
}

}  // namespace gamana
