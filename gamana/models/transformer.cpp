#include "gamana/models/transformer.h"

#include <cmath>

#include "gamana/models/transformer_decoder.h"
#include "gamana/ops/recompute.h"

namespace gamana {
namespace {

// Vaswani et al. 2017, section 3.5. Interleaved: sin, cos, sin, cos…; otherwise all sines, then all cosines.
std::vector<float> sinusoids(int positions, int width, bool interleaved) {
  std::vector<float> table(static_cast<size_t>(positions) * width);
  const int half = (width + 1) / 2;
  for (int p = 0; p < positions; ++p)
    for (int i = 0; i < width; ++i) {
      const int pair = interleaved ? i / 2 : i % half;
      const bool cosine = interleaved ? i % 2 : i >= half;
      const double angle = p / std::pow(10000.0, 2.0 * pair / width);
      table[static_cast<size_t>(p) * width + i] = static_cast<float>(cosine ? std::cos(angle) : std::sin(angle));
    }
  return table;
}

}  // namespace

Transformer::Transformer(const TransformerConfig& config) : config_(config) {
  const int64_t c = config.width;
  const float deviation = config.scale_embedding ? 1.0f / std::sqrt(static_cast<float>(c)) : 0.02f;
  source_embedding_ = word_table(config.vocabulary, c, deviation);
  if (!config.share_embeddings) target_embedding_ = word_table(config.targets(), c, deviation);
  if (!config.tie_output) output_ = {config.targets(), c, Init::xavier_uniform, 1, {}, false, 1, true};
  output_bias_ = {1, config.targets(), Init::zeros, 0, {}};
  if (config.positions == Positions::learned) {
    source_positions_ = target_positions_ = {config.max_positions, c, Init::normal, 0.02f, {}};
  } else {
    sinusoids_ = sinusoids(config.max_positions, config.width, config.positions == Positions::interleaved);
    sinusoid_table_ = Tensor::borrow(sinusoids_.data(), config.max_positions, c);
  }
  for (int i = 0; i < config.encoder_layers; ++i)
    encoder_.push_back({make_linear(c, 3 * c, 3), make_linear(c, c), make_linear(c, config.feed_forward),
                        make_linear(config.feed_forward, c), make_norm(c), make_norm(c)});
  const int inner = config.decoder_feed_forward ? config.decoder_feed_forward : config.feed_forward;
  for (int i = 0; i < config.decoder_layers; ++i)
    decoder_.push_back({make_linear(c, 3 * c, 3), make_linear(c, c), make_linear(c, c), make_linear(c, 2 * c, 2),
                        make_linear(c, c), make_linear(c, inner), make_linear(inner, c), make_norm(c), make_norm(c),
                        make_norm(c)});
  encoder_norm_ = decoder_norm_ = make_norm(c);
}

void Transformer::visit(const ParameterVisitor& v) {
  v("source_embedding", source_embedding_);
  if (!config_.share_embeddings) v("target_embedding", target_embedding_);
  if (!config_.tie_output) v("output", output_);
  v("output_bias", output_bias_);
  if (config_.positions == Positions::learned) v("source_positions", source_positions_), v("target_positions", target_positions_);
  for (size_t i = 0; i < encoder_.size(); ++i) {
    const std::string name = "encoder." + std::to_string(i) + ".";
    EncoderLayer& l = encoder_[i];
    gamana::visit(v, name + "qkv", l.qkv), gamana::visit(v, name + "out", l.out);
    gamana::visit(v, name + "att_norm", l.att_norm);
    gamana::visit(v, name + "up", l.up), gamana::visit(v, name + "down", l.down);
    gamana::visit(v, name + "ffn_norm", l.ffn_norm);
  }
  for (size_t i = 0; i < decoder_.size(); ++i) {
    const std::string name = "decoder." + std::to_string(i) + ".";
    DecoderLayer& l = decoder_[i];
    gamana::visit(v, name + "qkv", l.qkv), gamana::visit(v, name + "out", l.out);
    gamana::visit(v, name + "att_norm", l.att_norm);
    gamana::visit(v, name + "cross_q", l.cross_q), gamana::visit(v, name + "cross_kv", l.cross_kv);
    gamana::visit(v, name + "cross_out", l.cross_out), gamana::visit(v, name + "cross_norm", l.cross_norm);
    gamana::visit(v, name + "up", l.up), gamana::visit(v, name + "down", l.down);
    gamana::visit(v, name + "ffn_norm", l.ffn_norm);
  }
  if (config_.pre_norm) gamana::visit(v, "encoder_norm", encoder_norm_), gamana::visit(v, "decoder_norm", decoder_norm_);
}

const Tensor& Transformer::output_weight() const {
  if (!config_.tie_output) return output_.tensor;
  return config_.share_embeddings ? source_embedding_.tensor : target_embedding_.tensor;
}

const Tensor& Transformer::position_table(bool target) const {
  if (config_.positions != Positions::learned) return sinusoid_table_;
  return target ? target_positions_.tensor : source_positions_.tensor;
}

Tensor Transformer::embed_tokens(Context& c, std::span<const int32_t> tokens, std::span<const int32_t> positions,
                                 bool target) {
  const Tensor& table = target && !config_.share_embeddings ? target_embedding_.tensor : source_embedding_.tensor;
  const float scale = config_.scale_embedding ? std::sqrt(static_cast<float>(config_.width)) : 1.0f;
  return embed(c, tokens, table, scale, positions, position_table(target), config_.dropout);
}

Tensor Transformer::feed_forward(Context& c, const Tensor& x, const Linear& up, const Linear& down) {
  const Tensor inner = dropout(c, linear(c, x, up, config_.activation), config_.activation_dropout);
  return project_down(c, inner, down);
}

// Runs `layer(i, stream)` for each layer; each may be computed again in backward.
Tensor Transformer::run_layers(Context& c, const Tensor& embedded, int layers, const LayerNorm& first_norm,
                               const std::function<void(int, ResidualStream&)>& layer) {
  Tensor x = embedded, in = config_.pre_norm ? layer_norm(c, x, first_norm) : x;
  for (int i = 0; i < layers; ++i) {
    const auto out = recompute(c, {x, in}, [this, &c, layer, i](const std::vector<Tensor>& t) {
      ResidualStream s{c, config_.pre_norm, config_.dropout, t[0], t[1]};
      layer(i, s);
      return std::vector<Tensor>{s.x, s.in};
    });
    x = out[0], in = out[1];
  }
  return in;
}

Tensor Transformer::encode(Context& c, const Batch& source) {
  const int last = config_.encoder_layers - 1;
  return run_layers(
      c, embed_tokens(c, source.tokens, source.positions, false), config_.encoder_layers,
      last < 0 ? encoder_norm_ : encoder_[0].att_norm, [this, &c, &source, last](int i, ResidualStream& s) {
        const EncoderLayer& l = encoder_[i];
        const AttentionOptions o{config_.heads, false, config_.attention_dropout, "encoder." + std::to_string(i)};
        const Tensor a = self_attention(c, linear(c, s.in, l.qkv), source.offsets, o);
        s.join(linear(c, a, l.out), l.att_norm, l.ffn_norm);
        s.join(feed_forward(c, s.in, l.up, l.down), l.ffn_norm, i == last ? encoder_norm_ : encoder_[i + 1].att_norm);
      });
}

Tensor Transformer::decode(Context& c, std::span<const int32_t> tokens, std::span<const int32_t> positions,
                           const Attend& self, const Attend& cross) {
  const int last = config_.decoder_layers - 1;
  return run_layers(
      c, embed_tokens(c, tokens, positions, true), config_.decoder_layers,
      last < 0 ? decoder_norm_ : decoder_[0].att_norm, [this, &c, self, cross, last](int i, ResidualStream& s) {
        const DecoderLayer& l = decoder_[i];
        s.join(linear(c, self(i, linear(c, s.in, l.qkv)), l.out), l.att_norm, l.cross_norm);
        s.join(linear(c, cross(i, linear(c, s.in, l.cross_q)), l.cross_out), l.cross_norm, l.ffn_norm);
        s.join(feed_forward(c, s.in, l.up, l.down), l.ffn_norm, i == last ? decoder_norm_ : decoder_[i + 1].att_norm);
      });
}

LossSum Transformer::loss(Context& c, const PairBatch& batch, float smoothing, float scale, float* nll_by_row) {
  const Tensor encoded = encode(c, batch.source);
  const auto option = [this](int layer, bool self) {
    return AttentionOptions{decoder_heads(), self, config_.attention_dropout,
                            "decoder." + std::to_string(layer) + (self ? ".self" : ".cross")};
  };
  const Tensor x = decode(
      c, batch.target.tokens, batch.target.positions,
      [&c, &batch, option](int layer, const Tensor& qkv) { return self_attention(c, qkv, batch.target.offsets, option(layer, true)); },
      [this, &c, &batch, option, encoded](int layer, const Tensor& q) {
        return cross_attention(c, q, batch.target.offsets, cross_keys(c, layer, encoded), batch.source.offsets,
                               option(layer, false));
      });
  return projected_cross_entropy(c, x, output_weight(), output_bias(), batch.labels, smoothing, scale, nll_by_row);
}

std::unique_ptr<DecodeModel> Transformer::decoder(Precision precision) {
  return std::make_unique<TransformerDecoder>(*this, precision);
}

}  // namespace gamana
