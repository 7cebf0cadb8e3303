#include "gamana/models/encoder.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "gamana/models/layers.h"
#include "gamana/ops/recompute.h"
#include "gamana/ops/rows.h"

namespace gamana {
namespace {

// RoBERTa's places from 1 on, which only tokens that are no padding take; padding, written as text, stands at 0
// (transformers, create_position_ids_from_input_ids).
std::vector<int32_t> places_without_padding(const Batch& batch, int padding) {
  std::vector<int32_t> places;
  int32_t last = 0;
  for (int64_t i = 0; i < batch.rows(); ++i) {
    if (batch.positions[i] == 0) last = 0;
    places.push_back(batch.tokens[i] == padding ? 0 : ++last);
  }
  return places;
}

}  // namespace

Encoder::Encoder(const ModelConfig& config) : Backbone(config) {
  const ModelConfig& k = config_;
  const bool modern = k.family == Family::modernbert;
  const int64_t width = k.width, inner = k.feed_forward;
  const float deviation = k.initial_range;
  const auto norm = [&k](int64_t size) { return make_norm(size, k.norm_epsilon, k.norm_bias); };
  word_ = word_table(k.vocabulary, k.embedding_width, deviation);
  if (!modern) position_ = {k.first_position + k.max_positions, k.embedding_width, Init::normal, deviation, {}};
  if (k.segments) segment_ = {k.segments, k.embedding_width, Init::normal, deviation, {}};
  norm_ = norm(k.embedding_width);
  if (k.embedding_width != k.width || k.family == Family::albert)
    projection_ = normal_linear(k.embedding_width, width, deviation, true);
  const int blocks = k.layer_groups ? k.layer_groups * k.group_layers : k.layers;
  for (int i = 0; i < blocks; ++i) {
    EncoderBlock b{normal_linear(width, 3 * width, deviation, k.qkv_bias),
                   normal_linear(width, width, deviation, modern ? k.qkv_bias : true),
                   normal_linear(width, modern ? 2 * inner : inner, deviation, k.bias),
                   normal_linear(inner, width, deviation, k.bias), norm(width), norm(width)};
    if (modern && i == 0) b.att_norm = {};
    blocks_.push_back(std::move(b));
  }
  if (!modern) return;
  final_norm_ = norm(width);
  const int head_width = static_cast<int>(width) / k.heads;
  frequencies_ = rotary_frequencies(head_width, k.rotary_base);
  local_frequencies_ = rotary_frequencies(head_width, k.local_rotary_base);
}

void Encoder::visit(const ParameterVisitor& v) {
  v("word_embedding", word_);
  if (position_.rows) v("position_embedding", position_);
  if (segment_.rows) v("segment_embedding", segment_);
  gamana::visit(v, "embedding_norm", norm_);
  if (projection_.weight.rows) gamana::visit(v, "embedding_projection", projection_);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const std::string name = "layer." + std::to_string(i) + ".";
    EncoderBlock& b = blocks_[i];
    gamana::visit(v, name + "qkv", b.qkv), gamana::visit(v, name + "out", b.out);
    if (b.att_norm.gain.rows) gamana::visit(v, name + "att_norm", b.att_norm);
    gamana::visit(v, name + "up", b.up), gamana::visit(v, name + "down", b.down);
    gamana::visit(v, name + "ffn_norm", b.ffn_norm);
  }
  if (final_norm_.gain.rows) gamana::visit(v, "final_norm", final_norm_);
}

Tensor Encoder::embed_tokens(Context& c, const Batch& batch) const {
  const ModelConfig& k = config_;
  if (k.family == Family::modernbert) {
    const Tensor x = embed(c, batch.tokens, word_.tensor, 1, {}, Tensor(), 0);
    return dropout(c, layer_norm(c, x, norm_), k.embedding_dropout);
  }
  const float scale = k.scale_embedding ? std::sqrt(static_cast<float>(k.width)) : 1.0f;
  std::span<const int32_t> positions = batch.positions;
  int first = k.first_position;
  const auto places = std::make_shared<std::vector<int32_t>>();
  if (is_roberta(k.family) && std::find(batch.tokens.begin(), batch.tokens.end(), k.pad_token) != batch.tokens.end()) {
    *places = places_without_padding(batch, k.pad_token);
    if (c.tape) c.tape->record([places] {});  // keeps them until backward has read them
    positions = *places, --first;
  }
  Tensor x = embed(c, batch.tokens, word_.tensor, scale, positions, position_.tensor, 0, first);
  Tensor segments;
  if (segment_.rows) segments = embed(c, batch.segments, segment_.tensor, 1, {}, Tensor(), 0);
  if (k.family == Family::big_bird)  // drops before the norm, the others after it
    return layer_norm(c, dropout(c, segments ? add(c, x, segments, 0) : x, k.dropout), norm_);
  x = dropout(c, segments ? add_norm(c, x, segments, norm_, 0) : layer_norm(c, x, norm_), k.dropout);
  return projection_.weight.rows ? linear(c, x, projection_) : x;
}

// Devlin et al. 2019, section 3, after Vaswani et al. 2017, section 3.1: x = norm(x + sublayer(x)), twice.
Tensor Encoder::post_norm_block(Context& c, const Tensor& x, const Batch& batch, int layer, const EncoderBlock& b,
                                const SomeTokens& wanted) const {
  const ModelConfig& k = config_;
  const AttentionOptions attention{.heads = k.heads,
                                   .dropout = k.attention_dropout,
                                   .name = "encoder." + std::to_string(layer),
                                   .sparse = {.block = k.block_size, .random = k.random_blocks, .key = static_cast<uint64_t>(layer)}};
  const Tensor a = take(c, self_attention(c, linear(c, x, b.qkv), batch.offsets, attention), wanted);
  const Tensor y = add_norm(c, linear(c, a, b.out), take(c, x, wanted), b.att_norm, k.dropout);
  const Tensor inner = linear(c, y, b.up, k.activation);
  return add_norm(c, project_down(c, inner, b.down), y, b.ffn_norm, k.dropout);
}

// Warner et al. 2024, section 2.1: x = x + sublayer(norm(x)), twice, with rotary positions, attention within a window in local
// layers, and a gated feed-forward (Shazeer 2020).
Tensor Encoder::pre_norm_block(Context& c, const Tensor& x, const Batch& batch, int layer, const EncoderBlock& b,
                               const SomeTokens& wanted) const {
  const ModelConfig& k = config_;
  const bool local = k.local_layers[layer];
  const AttentionOptions attention{.heads = k.heads,
                                   .dropout = k.attention_dropout,
                                   .name = "encoder." + std::to_string(layer),
                                   .window = local ? k.window : 0};
  const RotaryOptions turn{.heads = k.heads,
                           .width = k.width / k.heads,
                           .frequencies = (local ? local_frequencies_ : frequencies_).data()};
  const Tensor in = b.att_norm.gain.rows ? layer_norm(c, x, b.att_norm) : x;
  const Tensor qkv = rotary(c, linear(c, in, b.qkv), batch.positions, turn);
  const Tensor a = take(c, self_attention(c, qkv, batch.offsets, attention), wanted);
  const auto [sum, normed] = add_then_norm(c, linear(c, a, b.out), take(c, x, wanted), b.ffn_norm, k.attention_dropout);
  in.node().drop_values();
  const Tensor inner = dropout(c, gated(c, linear(c, normed, b.up), k.activation), k.inner_dropout);
  normed.node().drop_values();
  return add(c, project_down(c, inner, b.down), sum, 0);
}

Tensor Encoder::forward(Context& c, const Batch& batch, const SomeTokens& wanted, std::vector<Tensor>* layers) const {
  Tensor x = embed_tokens(c, batch);
  if (config_.layers == 0) x = take(c, x, wanted);
  const int shared = config_.layer_groups, inner = config_.group_layers;
  for (int i = 0; i < config_.layers; ++i) {
    if (layers) layers->push_back(x);
    // Layer i of ALBERT runs all layers of its group (Lan et al. 2020, section 3.1).
    const int group = shared ? i * shared / config_.layers : i;
    const SomeTokens of_layer = i + 1 == config_.layers ? wanted : SomeTokens();
    const auto layer = [this, &c, &batch, i, group, inner, of_layer](const std::vector<Tensor>& t) {
      Tensor y = t[0];
      for (int j = 0; j < inner; ++j) {
        const EncoderBlock& b = blocks_[group * inner + j];
        const SomeTokens of_block = j + 1 == inner ? of_layer : SomeTokens();
        y = config_.family == Family::modernbert ? pre_norm_block(c, y, batch, i, b, of_block)
                                                 : post_norm_block(c, y, batch, i, b, of_block);
      }
      return std::vector<Tensor>{y};
    };
    x = recompute(c, {x}, layer)[0];
  }
  return final_norm_.gain.rows ? layer_norm(c, x, final_norm_) : x;
}

}  // namespace gamana
