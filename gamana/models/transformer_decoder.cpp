#include "gamana/models/transformer_decoder.h"

#include <cmath>

#include "gamana/ops/projection.h"

namespace gamana {

TransformerDecoder::TransformerDecoder(Transformer& model, Precision precision)
    : model_(model), context_{cpu_kernels(), arena_, nullptr, precision, false, 0, 0, 0, {}} {
  context_.packs = true;
  cells_.resize(model.settings().decoder_layers);
  sources_.resize(model.settings().decoder_layers);
}

void TransformerDecoder::reserve(int slots, int cells, int) {
  source_rows_.reserve(slots);
  for (float*& layer : cells_) {
    if (layer) arena_.release(layer);
    layer = arena_.allocate<float>(int64_t{cells} * 2 * model_.settings().width);
  }
}

void TransformerDecoder::encode(std::span<const std::vector<int>> sources, std::span<const int> slots) {
  Batch batch;
  for (const auto& ids : sources) batch.append(ids.data(), static_cast<int64_t>(ids.size()));
  source_rows_.assign(sources, slots);
  const Tensor encoded = model_.encode(context_, batch);
  for (size_t layer = 0; layer < sources_.size(); ++layer)
    source_rows_.keep(model_.cross_keys(context_, static_cast<int>(layer), encoded), batch.offsets, slots,
                      sources_[layer]);
}

Tensor TransformerDecoder::attend(const Tensor& q, int64_t q_stride, const std::vector<CachedRow>& rows,
                                  float* cache) {
  const int64_t width = model_.settings().width;
  const int heads = model_.decoder_heads(), head_width = static_cast<int>(width) / heads;
  const Tensor out = context_.tensor(q.rows(), width, false);
  context_.kernels.cached_attention(q.rows(), rows.data(), heads, heads, head_width,
                                    1.0f / std::sqrt(static_cast<float>(head_width)), {q.data(), q_stride},
                                    {cache, 2 * width, Precision::f32}, {cache + width, 2 * width, Precision::f32},
                                    out.data());
  return out;
}

void TransformerDecoder::step(std::span<const StepRow> rows) {
  const int64_t width = model_.settings().width, count = static_cast<int64_t>(rows.size());
  std::vector<int32_t> tokens, positions;
  std::vector<CachedRow> past, source;
  for (const StepRow& r : rows) {
    tokens.push_back(r.token), positions.push_back(r.time);
    past.push_back({r.history, 0, r.cell, r.time + 1});
    const SourceRows::Run& s = source_rows_[r.slot];
    source.push_back({nullptr, s.first, s.first + s.length - 1, s.length});
  }
  const auto self = [&](int layer, const Tensor& qkv) {
    for (int64_t i = 0; i < count; ++i)
      std::copy_n(qkv.data() + i * 3 * width + width, 2 * width, cells_[layer] + int64_t{rows[i].cell} * 2 * width);
    return attend(qkv, 3 * width, past, cells_[layer]);
  };
  const auto cross = [&](int layer, const Tensor& q) { return attend(q, width, source, sources_[layer].data()); };
  const Tensor x = model_.decode(context_, tokens, positions, self, cross);
  int64_t wanted = 0;
  for (const StepRow& r : rows) wanted += r.wants_logits;
  hidden_ = x;
  if (wanted < count) {
    hidden_ = context_.tensor(wanted, width, false);
    for (int64_t i = 0, to = 0; i < count; ++i)
      if (rows[i].wants_logits) std::copy_n(x.data() + i * width, width, hidden_.data() + width * to++);
  }
  prepare_projection(context_, hidden_, model_.output_weight());
}

void TransformerDecoder::project(int begin, int end, float* logits) const {
  project_part(context_, hidden_, model_.output_weight(), model_.output_bias(), begin, end, logits);
}

bool TransformerDecoder::bound_logits(std::span<float> low, std::span<float> high) {
  return bound_projection(context_, hidden_, model_.output_weight(), model_.output_bias(), low.data(), high.data());
}

bool TransformerDecoder::can_bound_at_once() const { return context_.has_coarse(model_.output_weight()); }

}  // namespace gamana
