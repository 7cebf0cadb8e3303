#include "gamana/models/rnn_decoder.h"

#include <algorithm>
#include <unordered_map>

#include "gamana/ops/projection.h"

namespace gamana {

RnnDecoder::RnnDecoder(RnnModel& model, Precision precision)
    : model_(model), context_{cpu_kernels(), arena_, nullptr, precision, false, 0, 0, 0, {}},
      layers_(model.settings().decoder_layers), hidden_width_(model.settings().hidden),
      kinds_(model.settings().cell == Cell::lstm ? 2 : 1) {
  context_.packs = true;
}

void RnnDecoder::reserve(int slots, int cells, int) {
  source_rows_.reserve(slots);
  first_.resize(static_cast<size_t>(slots * layers_ * hidden_width_));
  if (model_.settings().fixed_context) fixed_.resize(static_cast<size_t>(slots) * model_.settings().encoded());
  if (cells_) arena_.release(cells_);
  cells_ = arena_.allocate<float>(cells * layers_ * kinds_ * hidden_width_);
  packed_ = model_.pack(context_);  // here, because weights may have been trained since
}

Tensor RnnDecoder::view(Cache& cache) {
  return cache.cols ? Tensor::borrow(cache.data.data(), source_rows_.rows(), cache.cols) : Tensor();
}

void RnnDecoder::encode(std::span<const std::vector<int>> sources, std::span<const int> slots) {
  Batch batch;
  for (const auto& ids : sources) batch.append(ids.data(), static_cast<int64_t>(ids.size()));
  source_rows_.assign(sources, slots);
  const Tensor encoded = model_.encode(context_, batch);
  const RnnModel::Start start = model_.start(context_, encoded, batch.offsets);
  for (size_t i = 0; i < slots.size(); ++i)
    for (int64_t layer = 0; layer < layers_; ++layer)
      std::copy_n(start.states[layer].data() + static_cast<int64_t>(i) * hidden_width_, hidden_width_,
                  first_.data() + (slots[i] * layers_ + layer) * hidden_width_);
  if (const Tensor& context = start.context)
    for (size_t i = 0; i < slots.size(); ++i)
      std::copy_n(context.data() + static_cast<int64_t>(i) * context.cols(), context.cols(),
                  fixed_.data() + slots[i] * context.cols());
  const Memory memory = model_.memory(context_, encoded, batch.offsets);
  score_ = memory.score;
  if (score_ == Score::none) return;
  const auto keep = [&](Cache& cache, const Tensor& from) {
    cache.cols = from.cols();
    source_rows_.keep(from, batch.offsets, slots, cache.data);
  };
  keep(values_, memory.values), keep(keys_, memory.keys);
  if (memory.gates) keep(gates_, memory.gates);
}

std::vector<Tensor> RnnDecoder::before(std::span<const StepRow> rows, const std::vector<int>& which, bool cells) {
  const int64_t H = hidden_width_;
  std::vector<Tensor> out;
  for (int64_t layer = 0; layer < layers_; ++layer) {
    const Tensor states = context_.tensor(static_cast<int64_t>(which.size()), H, false);
    float* to = states.data();
    for (const int i : which) {
      const StepRow& row = rows[i];
      if (row.time > 0)
        std::copy_n(cells_ + ((row.history[row.time - 1] * layers_ + layer) * kinds_ + cells) * H, H, to);
      else if (cells)
        std::fill_n(to, H, 0.0f);
      else
        std::copy_n(first_.data() + (row.slot * layers_ + layer) * H, H, to);
      to += H;
    }
    out.push_back(states);
  }
  return out;
}

// Rows whose states before are all known.
void RnnDecoder::advance(std::span<const StepRow> rows, const std::vector<int>& which) {
  const int64_t H = hidden_width_;
  std::vector<int32_t> tokens, offsets{0}, begin, end;
  for (const int i : which) {
    tokens.push_back(rows[i].token), offsets.push_back(static_cast<int32_t>(tokens.size()));
    const SourceRows::Run& source = source_rows_[rows[i].slot];
    begin.push_back(source.first), end.push_back(source.first + source.length);
  }
  const Memory memory{score_, view(values_), view(keys_), view(gates_), begin.data(), end.data(), nullptr, {}};
  RnnModel::Start start{before(rows, which, false), {}, {}};
  if (kinds_ == 2) start.cells = before(rows, which, true);
  if (!fixed_.empty()) {
    const int64_t width = model_.settings().encoded();
    start.context = context_.tensor(static_cast<int64_t>(which.size()), width, false);
    for (size_t r = 0; r < which.size(); ++r)
      std::copy_n(fixed_.data() + rows[which[r]].slot * width, width,
                  start.context.data() + static_cast<int64_t>(r) * width);
  }
  const RnnModel::Decoded decoded = model_.decode(context_, tokens, offsets, start, memory, packed_);
  for (size_t r = 0; r < which.size(); ++r) {
    for (int64_t layer = 0; layer < layers_; ++layer) {
      float* to = cells_ + (rows[which[r]].cell * layers_ + layer) * kinds_ * H;
      std::copy_n(decoded.states[layer].data() + static_cast<int64_t>(r) * H, H, to);
      if (kinds_ == 2) std::copy_n(decoded.cells[layer].data() + static_cast<int64_t>(r) * H, H, to + H);
    }
    const int64_t place = place_[which[r]], width = output_.cols();
    if (place >= 0)
      std::copy_n(decoded.output.data() + static_cast<int64_t>(r) * width, width, output_.data() + place * width);
  }
}

void RnnDecoder::step(std::span<const StepRow> rows) {
  int64_t wanted = 0;
  place_.clear();
  for (const StepRow& row : rows) place_.push_back(row.wants_logits ? wanted++ : -1);
  output_ = context_.tensor(wanted, model_.settings().embedding, false);
  // A row that follows another row of this call runs after it.
  std::unordered_map<int, size_t> wave_of_cell;
  std::vector<std::vector<int>> waves;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto earlier = rows[i].time > 0 ? wave_of_cell.find(rows[i].history[rows[i].time - 1]) : wave_of_cell.end();
    const size_t wave = earlier == wave_of_cell.end() ? 0 : earlier->second + 1;
    if (wave == waves.size()) waves.emplace_back();
    waves[wave].push_back(static_cast<int>(i)), wave_of_cell[rows[i].cell] = wave;
  }
  for (const std::vector<int>& wave : waves) advance(rows, wave);
  prepare_projection(context_, output_, model_.output_weight());
}

void RnnDecoder::project(int begin, int end, float* logits) const {
  project_part(context_, output_, model_.output_weight(), model_.output_bias(), begin, end, logits);
}

bool RnnDecoder::bound_logits(std::span<float> low, std::span<float> high) {
  return bound_projection(context_, output_, model_.output_weight(), model_.output_bias(), low.data(), high.data());
}

bool RnnDecoder::can_bound_at_once() const { return context_.has_coarse(model_.output_weight()); }

}  // namespace gamana
