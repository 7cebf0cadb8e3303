#include "gamana/models/causal_transformer.h"

#include <algorithm>
#include <cmath>

#include "gamana/models/layers.h"
#include "gamana/ops/recompute.h"
#include "gamana/ops/rows.h"

namespace gamana {
namespace {

LayerNorm norm_of(const ModelConfig& k) {
  LayerNorm norm = make_norm(k.width, k.norm_epsilon, k.norm_bias);
  norm.centred = !k.rms_norm;
  return norm;
}

// Llama 3's stretching of long wave lengths, as transformers has it (modeling_rope_utils.py, "llama3"): a wave longer than
// original / low turns `factor` times slower, one shorter than original / high as before, between them a mean of both.
std::vector<float> stretched(std::vector<float> frequencies, const RotaryConfig& r) {
  for (size_t i = 0; r.yarn && i < frequencies.size(); ++i) {
    const double slow = std::clamp((static_cast<double>(i) - r.low) / (r.high - r.low), 0.0, 1.0);
    frequencies[i] = static_cast<float>(frequencies[i] * (slow / r.factor + 1 - slow));
  }
  if (r.yarn) return frequencies;
  for (float& f : frequencies) {
    const double slow = f / r.factor, wave = 2 * M_PI / f;
    const double smooth = r.original ? (r.original / wave - r.low) / (r.high - r.low) : 0;
    if (smooth <= 0) f = static_cast<float>(slow);
    else if (smooth < 1) f = static_cast<float>((1 - smooth) * slow + smooth * f);
  }
  return frequencies;
}

}  // namespace

CausalTransformer::CausalTransformer(const ModelConfig& config) : Backbone(config) {
  const ModelConfig& k = config_;
  const int64_t width = k.width, inner = k.feed_forward, attended = int64_t{k.heads} * k.head_width;
  const int64_t projected = attended + 2 * int64_t{k.kv_heads} * k.head_width;
  const float deviation = k.initial_range, residual = k.residual_range;
  word_ = word_table(k.vocabulary, k.embedding_width, deviation);
  if (!k.rotary.width) position_ = {k.first_position + k.max_positions, width, Init::normal, deviation, {}};
  if (k.embedding_width != k.width) {
    project_in_ = normal_linear(k.embedding_width, width, deviation, false);
    project_out_ = normal_linear(width, k.embedding_width, deviation, false);
  }
  for (int i = 0; i < k.layers; ++i) {
    CausalBlock b{normal_linear(width, projected, deviation, k.qkv_bias),
                   normal_linear(attended, width, residual, k.out_bias),
                   normal_linear(width, k.gated ? 2 * inner : inner, deviation, k.bias),
                   normal_linear(inner, width, residual, k.bias), norm_of(k), norm_of(k)};
    if (k.parallel) b.ffn_norm = {};
    blocks_.push_back(std::move(b));
  }
  if (k.final_norm) final_norm_ = norm_of(k);
  if (k.rotary.width) frequencies_ = stretched(rotary_frequencies(k.rotary.width, k.rotary.theta), k.rotary);
}

void CausalTransformer::visit(const ParameterVisitor& v) {
  v("word_embedding", word_);
  if (position_.rows) v("position_embedding", position_);
  if (project_in_.weight.rows) gamana::visit(v, "project_in", project_in_);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const std::string name = "layer." + std::to_string(i) + ".";
    CausalBlock& b = blocks_[i];
    gamana::visit(v, name + "att_norm", b.att_norm);
    gamana::visit(v, name + "qkv", b.qkv), gamana::visit(v, name + "out", b.out);
    if (b.ffn_norm.gain.rows) gamana::visit(v, name + "ffn_norm", b.ffn_norm);
    gamana::visit(v, name + "up", b.up), gamana::visit(v, name + "down", b.down);
  }
  if (final_norm_.gain.rows) gamana::visit(v, "final_norm", final_norm_);
  if (project_out_.weight.rows) gamana::visit(v, "project_out", project_out_);
}

AttentionOptions CausalTransformer::attention(int layer) const {
  const ModelConfig& k = config_;
  const bool local = !k.local_layers.empty() && k.local_layers[layer];
  float scale = k.attention_scale > 0 ? k.attention_scale : 1.0f / std::sqrt(static_cast<float>(k.head_width));
  if (k.scale_by_layer) scale /= static_cast<float>(layer + 1);
  return {.heads = k.heads, .causal = true, .dropout = k.attention_dropout, .name = "decoder." + std::to_string(layer),
          .window = local ? k.window : 0, .kv_heads = k.kv_heads, .scale = scale};
}

Tensor CausalTransformer::embed_tokens(Context& c, std::span<const int32_t> tokens, std::span<const int32_t> positions) const {
  const ModelConfig& k = config_;
  if (!position_.rows) return embed(c, tokens, word_.tensor, 1, {}, Tensor(), k.embedding_dropout);
  if (!project_in_.weight.rows)
    return embed(c, tokens, word_.tensor, 1, positions, position_.tensor, k.embedding_dropout, k.first_position);
  const auto rows = std::make_shared<std::vector<int32_t>>(positions.begin(), positions.end());
  for (int32_t& row : *rows) row += k.first_position;
  if (c.tape) c.tape->record([rows] {});  // keeps them until backward has read them
  const Tensor words = linear(c, embed(c, tokens, word_.tensor, 1, {}, Tensor(), 0), project_in_);
  return add(c, words, embed(c, *rows, position_.tensor, 1, {}, Tensor(), 0), 0);
}

Tensor CausalTransformer::feed_forward(Context& c, const Tensor& x, const CausalBlock& b) const {
  const Activation f = config_.activation;
  const Tensor inner = config_.gated ? gated(c, linear(c, x, b.up), f) : linear(c, x, b.up, f);
  return project_down(c, inner, b.down);
}

const LayerNorm& CausalTransformer::next_norm(int layer) const {
  return layer + 1 < config_.layers ? blocks_[layer + 1].att_norm : final_norm_;
}

// Radford et al. 2019, section 2.3: x = x + sublayer(norm(x)), twice; OPT-350m norms behind the sum. GPT-J (Wang and Komatsuzaki
// 2021) adds both sublayers of one norm: x = x + attention(norm(x)) + feed_forward(norm(x)).
void CausalTransformer::block(Context& c, ResidualStream& s, std::span<const int32_t> positions, int layer, const Attend& attend,
                              const SomeTokens& wanted) const {
  const ModelConfig& k = config_;
  const CausalBlock& b = blocks_[layer];
  Tensor qkv = linear(c, s.in, b.qkv);
  if (k.rotary.width)
    qkv = rotary(c, qkv, positions,
                 {.heads = k.heads, .kv_heads = k.kv_heads, .width = k.rotary.width, .interleaved = k.rotary.interleaved,
                  .frequencies = frequencies_.data()});
  const Tensor a = linear(c, take(c, attend(layer, qkv), wanted), b.out);
  s.x = take(c, s.x, wanted);
  if (k.parallel) {
    const Tensor both = add(c, feed_forward(c, take(c, s.in, wanted), b), dropout(c, a, k.dropout), k.dropout);
    ResidualStream undropped{c, true, 0, s.x, s.in};
    undropped.join(both, {}, next_norm(layer));
    s.x = undropped.x, s.in = undropped.in;
    return;
  }
  s.join(a, b.att_norm, b.ffn_norm);
  s.join(feed_forward(c, s.in, b), b.ffn_norm, next_norm(layer));
}

Tensor CausalTransformer::run(Context& c, std::span<const int32_t> tokens, std::span<const int32_t> positions, const Attend& attend,
                              const SomeTokens& wanted, std::vector<Tensor>* layers) const {
  const ModelConfig& k = config_;
  Tensor x = embed_tokens(c, tokens, positions);
  const LayerNorm& first = k.layers ? blocks_[0].att_norm : final_norm_;
  Tensor in = k.pre_norm && first.gain.rows ? layer_norm(c, x, first) : x;
  for (int i = 0; i < k.layers; ++i) {
    if (layers) layers->push_back(x);
    const SomeTokens of_layer = i + 1 == k.layers ? wanted : SomeTokens();
    const auto out = recompute(c, {x, in}, [this, &c, positions, attend, i, of_layer](const std::vector<Tensor>& t) {
      ResidualStream s{c, config_.pre_norm, config_.dropout, t[0], t[1]};
      block(c, s, positions, i, attend, of_layer);
      return std::vector<Tensor>{s.x, s.in};
    });
    x = out[0], in = out[1];
  }
  if (k.layers == 0) in = take(c, in, wanted);
  return project_out_.weight.rows ? linear(c, in, project_out_) : in;
}

Tensor CausalTransformer::forward(Context& c, const Batch& batch, const SomeTokens& wanted, std::vector<Tensor>* layers) const {
  const auto attend = [this, &c, &batch](int layer, const Tensor& qkv) {
    return self_attention(c, qkv, batch.offsets, attention(layer));
  };
  return run(c, batch.tokens, batch.positions, attend, wanted, layers);
}

}  // namespace gamana
