#include "gamana/models/lm_decoder.h"

#include <algorithm>
#include <iterator>

#include "gamana/ops/projection.h"

namespace gamana {

static_assert(kLogitGroup == CoarseWeight::kGroup);

namespace {

const CausalTransformer& decoder_of(const TextModel& model) {
  const auto* decoder = dynamic_cast<const CausalTransformer*>(&model.backbone());
  if (!decoder || model.task() != Task::next_word)
    throw Error(fmt::format("expected a language model, found one for {}", task_name(model.task())),
                "gamana train lm trains one; GPT-2, GPT-Neo, GPT-J, OPT, Llama and Qwen2 are read");
  return *decoder;
}

// The prompt that row i is of also has the row before.
bool goes_on(std::span<const StepRow> rows, size_t i) {
  return i > 0 && rows[i].prompt && rows[i - 1].prompt && rows[i].history == rows[i - 1].history &&
         rows[i].time == rows[i - 1].time + 1;
}

}  // namespace

LmDecoder::LmDecoder(TextModel& model, int end_token, Precision precision, Precision cache)
    : model_(model),
      decoder_(decoder_of(model)),
      end_token_(end_token),
      cache_(cache == Precision::bf16 ? cache : Precision::f32),
      context_{.kernels = cpu_kernels(), .arena = arena_, .precision = precision, .packs = true},
      cells_(model.settings().layers) {
  for (int i = 0; i < model.settings().layers; ++i) near_layers_ += decoder_.attention(i).window > 0;
}

int64_t LmDecoder::layer_bytes() const {
  return kept_width() * static_cast<int64_t>(cache_ == Precision::bf16 ? sizeof(uint16_t) : sizeof(float));
}

void LmDecoder::reserve(int, int cells, int places) {
  for (int i = 0; i < model_.settings().layers; ++i) {
    if (cells_[i]) arena_.release(cells_[i]);
    cells_[i] = arena_.allocate(static_cast<size_t>((decoder_.attention(i).window ? places : cells) * layer_bytes()));
  }
}

CacheRows LmDecoder::cache(int layer, bool values) const {
  const int64_t half = values ? kept_width() / 2 : 0;
  if (cache_ == Precision::bf16) return {static_cast<uint16_t*>(cells_[layer]) + half, kept_width(), cache_};
  return {static_cast<float*>(cells_[layer]) + half, kept_width(), cache_};
}

std::vector<LmDecoder::Part> LmDecoder::parts_of(std::span<const StepRow> rows) {
  std::vector<Part> parts;
  int64_t prompts = 0, tokens = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool prompt = rows[i].prompt;
    int64_t& of = prompt ? prompts : tokens;
    if (i == 0 || rows[i - 1].prompt != prompt) parts.push_back({static_cast<int64_t>(i), 0, of, 0, prompt});
    ++parts.back().count;
    if (!goes_on(rows, i)) ++parts.back().count_of, ++of;
  }
  return parts;
}

LmDecoder::Seen LmDecoder::seen(std::span<const StepRow> rows, int window) {
  Seen s;
  std::vector<std::vector<int32_t>> prompts, tokens;
  for (size_t i = 0; i < rows.size(); ++i) {
    const StepRow& r = rows[i];
    const auto at = [&](int cell) { return window ? r.places[cell] : cell; };
    s.written.push_back(at(r.cell));
    if (goes_on(rows, i)) {
      prompts.back().push_back(at(r.cell)), ++s.prompts.back().rows, ++s.prompts.back().length;
      continue;
    }
    const int first = window ? std::max(0, r.time - window) : 0;
    std::vector<int32_t> list;
    for (int t = first; t < r.time; ++t) list.push_back(at(r.history[t]));
    if (r.prompt) list.push_back(at(r.cell)), s.prompts.push_back({nullptr, r.time + 1, 1, first});
    else s.tokens.push_back({nullptr, 0, at(r.cell), r.time + 1 - first});
    (r.prompt ? prompts : tokens).push_back(std::move(list));
  }
  for (size_t i = 0; i < prompts.size(); ++i) s.prompts[i].cells = prompts[i].data();
  for (size_t i = 0; i < tokens.size(); ++i) s.tokens[i].cells = tokens[i].data();
  s.lists = std::move(prompts);
  std::move(tokens.begin(), tokens.end(), std::back_inserter(s.lists));
  return s;
}

Tensor LmDecoder::attend(const std::vector<Part>& parts, const Seen& seen, int layer, const Tensor& qkv) const {
  const int64_t queries = qkv.cols() - kept_width(), head_width = model_.settings().head_width;
  const AttentionOptions o = decoder_.attention(layer);
  const CacheRows keys = cache(layer, false), values = cache(layer, true);
  write_cache(context_, seen.written, kept_width(), {qkv.data() + queries, qkv.cols()}, keys);
  const Tensor out = context_.tensor(qkv.rows(), queries, false);
  for (const Part& p : parts) {
    const Rows q{qkv.data() + p.first * qkv.cols(), qkv.cols()};
    float* to = out.data() + p.first * queries;
    if (!p.prompts) {
      context_.kernels.cached_attention(p.count, seen.tokens.data() + p.first_of, o.heads, o.kv_heads,
                                        static_cast<int>(head_width), o.scale, q, keys, values, to);
      continue;
    }
    const std::span<const NewTokens> prompts = std::span(seen.prompts).subspan(p.first_of, p.count_of);
    const Tensor attended = prefill_attention(context_, prompts, head_width, q, keys, values, o);
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
  const Seen all = seen(rows, 0), near = window() ? seen(rows, window()) : Seen();
  const auto attend_layer = [&](int layer, const Tensor& qkv) {
    return attend(parts, decoder_.attention(layer).window ? near : all, layer, qkv);
  };
  hidden_ = {};
  const SomeTokens some = wanted.size() < tokens.size() ? SomeTokens(std::move(wanted)) : SomeTokens();
  const Tensor x = decoder_.run(context_, tokens, positions, attend_layer, some);
  hidden_ = model_.read(context_, 0, x, {});
  prepare_projection(context_, hidden_, model_.output_weight(0));
}

void LmDecoder::project(int begin, int end, float* logits) const {
  project_part(context_, hidden_, model_.output_weight(0), model_.output_bias(0), begin, end, logits);
}

bool LmDecoder::bound_logits(std::span<float> low, std::span<float> high) {
  return bound_projection(context_, hidden_, model_.output_weight(0), model_.output_bias(0), low.data(), high.data());
}

bool LmDecoder::can_bound_at_once() const { return context_.has_coarse(model_.output_weight(0)); }

}  // namespace gamana
