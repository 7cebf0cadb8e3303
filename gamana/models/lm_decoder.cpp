#include "gamana/models/lm_decoder.h"

#include <algorithm>

#include "gamana/ops/projection.h"

namespace gamana {
namespace {

const CausalTransformer& decoder_of(const TextModel& model) {
  const auto* decoder = dynamic_cast<const CausalTransformer*>(&model.backbone());
  if (!decoder || model.task() != Task::next_word)
    throw Error(fmt::format("expected a language model, found one for {}", task_name(model.task())),
                "gamana train lm trains one; GPT-2, GPT-Neo, GPT-J, OPT, Llama and Qwen2 are read");
  return *decoder;
}

}  // namespace

LmDecoder::LmDecoder(TextModel& model, int end_token, Precision precision, Precision cache)
    : model_(model),
      decoder_(decoder_of(model)),
      end_token_(end_token),
      cache_(cache == Precision::bf16 ? cache : Precision::f32),
      context_{.kernels = cpu_kernels(), .arena = arena_, .precision = precision, .packs = true},
      cells_(model.settings().layers) {}

int64_t LmDecoder::bytes_per_cell() const {
  const int64_t number = cache_ == Precision::bf16 ? sizeof(uint16_t) : sizeof(float);
  return kept_width() * number * model_.settings().layers;
}

void LmDecoder::reserve(int, int cells) {
  for (void*& layer : cells_) {
    if (layer) arena_.release(layer);
    layer = arena_.allocate(static_cast<size_t>(cells * bytes_per_cell() / model_.settings().layers));
  }
}

CacheRows LmDecoder::cache(int layer, bool values) const {
  const int64_t half = values ? kept_width() / 2 : 0;
  if (cache_ == Precision::bf16) return {static_cast<uint16_t*>(cells_[layer]) + half, kept_width(), cache_};
  return {static_cast<float*>(cells_[layer]) + half, kept_width(), cache_};
}

std::vector<LmDecoder::Part> LmDecoder::parts_of(std::span<const StepRow> rows) {
  std::vector<Part> parts;
  for (int64_t i = 0; i < std::ssize(rows); ++i) {
    const StepRow& r = rows[i];
    const bool as_before = i > 0 && rows[i - 1].prompt == r.prompt;
    if (!as_before) parts.push_back({i, 0});
    Part& part = parts.back();
    ++part.count;
    if (!r.prompt) continue;
    const bool goes_on = as_before && r.history == rows[i - 1].history && r.time == rows[i - 1].time + 1;
    if (!goes_on) part.cells.emplace_back(r.history, r.history + r.time), part.prompts.push_back({nullptr, 0, 0});
    part.cells.back().push_back(r.cell), ++part.prompts.back().rows;
  }
  for (Part& part : parts)
    for (size_t i = 0; i < part.prompts.size(); ++i)
      part.prompts[i].cells = part.cells[i].data(), part.prompts[i].length = static_cast<int32_t>(part.cells[i].size());
  return parts;
}

void LmDecoder::attend_tokens(std::span<const StepRow> rows, int layer, Rows q, float* out) const {
  const AttentionOptions o = decoder_.attention(layer);
  std::vector<CachedRow> past;
  for (const StepRow& r : rows) {
    const int unseen = o.window ? std::max(0, r.time - o.window) : 0;
    past.push_back({r.history + unseen, 0, r.cell, r.time + 1 - unseen});
  }
  context_.kernels.cached_attention(std::ssize(rows), past.data(), o.heads, o.kv_heads, model_.settings().head_width, o.scale, q,
                                    cache(layer, false), cache(layer, true), out);
}

Tensor LmDecoder::attend(std::span<const StepRow> rows, const std::vector<Part>& parts, int layer, const Tensor& qkv) const {
  const int64_t queries = qkv.cols() - kept_width(), head_width = model_.settings().head_width;
  std::vector<int32_t> cells;
  for (const StepRow& r : rows) cells.push_back(r.cell);
  write_cache(context_, cells, kept_width(), {qkv.data() + queries, qkv.cols()}, cache(layer, false));
  const Tensor out = context_.tensor(qkv.rows(), queries, false);
  for (const Part& p : parts) {
    const Rows q{qkv.data() + p.first * qkv.cols(), qkv.cols()};
    float* to = out.data() + p.first * queries;
    if (p.prompts.empty()) {
      attend_tokens(rows.subspan(p.first, p.count), layer, q, to);
      continue;
    }
    const Tensor attended = prefill_attention(context_, p.prompts, head_width, q, cache(layer, false), cache(layer, true),
                                              decoder_.attention(layer));
    std::copy_n(attended.data(), attended.size(), to);
  }
  return out;
}

void LmDecoder::step(std::span<const StepRow> rows) {
  std::vector<int32_t> tokens, positions, wanted;
  for (const StepRow& r : rows) {
    if (r.wants_logits) wanted.push_back(static_cast<int32_t>(tokens.size()));
    tokens.push_back(r.token), positions.push_back(r.time);
  }
  const std::vector<Part> parts = parts_of(rows);
  const auto attend_layer = [&](int layer, const Tensor& qkv) { return attend(rows, parts, layer, qkv); };
  hidden_ = {};
  const Tensor x = decoder_.run(context_, tokens, positions, attend_layer);
  hidden_ = model_.read(context_, 0, x, {}, std::move(wanted));
  prepare_projection(context_, hidden_, model_.output_weight(0));
}

void LmDecoder::project(int begin, int end, float* logits) const {
  project_part(context_, hidden_, model_.output_weight(0), model_.output_bias(0), begin, end, logits);
}

}  // namespace gamana
