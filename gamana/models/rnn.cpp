#include "gamana/models/rnn.h"

#include <cmath>

#include "gamana/models/rnn_decoder.h"
#include "gamana/ops/rows.h"

namespace gamana {
namespace {

// Uniform within 1/sqrt(H), as PyTorch draws recurrent layers.
RecurrentLayer make_recurrent(Cell cell, int64_t in, int64_t hidden) {
  const int64_t gates = gate_count(cell) * hidden;
  const float range = 1.0f / std::sqrt(static_cast<float>(hidden));
  const auto draw = [range](int64_t rows, int64_t cols) { return Parameter{rows, cols, Init::uniform, range, {}}; };
  return {{draw(gates, in), draw(1, gates)}, {draw(gates, hidden), draw(1, gates)}};
}

void visit_recurrent(const ParameterVisitor& v, const std::string& name, RecurrentLayer& layer) {
  visit(v, name + "input", layer.input), visit(v, name + "hidden", layer.hidden);
}

}  // namespace

RnnModel::RnnModel(const RnnConfig& config) : config_(config) {
  const int64_t e = config.embedding, h = config.hidden, encoded = config.encoded();
  if (config.attention == RnnAttention::dot && encoded != h)
    throw Error(
        fmt::format("dot attention compares encoder and decoder states: expected width {}, found {}", h, encoded),
        "use general attention, or an encoder of one direction");
  if (config.fixed_context && config.attention != RnnAttention::none)
    fail("a fixed context is for models without attention, found one with attention");
  source_embedding_ = {config.vocabulary, e, Init::uniform, 0.1f, {}};
  if (!config.share_embeddings) target_embedding_ = {config.targets(), e, Init::uniform, 0.1f, {}};
  output_ = {config.targets(), e, Init::xavier_uniform, 1, {}, false, 1, true},
  output_bias_ = {1, config.targets(), Init::zeros, 0, {}};
  for (int i = 0; i < config.encoder_layers; ++i) {
    const auto layer = make_recurrent(config.cell, i ? encoded : e, h);
    encoder_.emplace_back(config.direction == Direction::both ? 2 : 1, layer);
  }
  for (int i = 0; i < config.decoder_layers; ++i)
    decoder_.push_back(make_recurrent(config.cell, i ? h : e + (config.fixed_context ? encoded : 0), h)),
        first_.push_back(make_linear(h, h));
  const int64_t a = config.attention_size;
  if (config.attention == RnnAttention::additive)
    attention_ = {make_linear(encoded, a), make_linear(h, a, 1, false),
                  make_linear(encoded, gate_count(config.cell) * h, gate_count(config.cell), false),
                  {1, a, Init::uniform, 1.0f / std::sqrt(static_cast<float>(a)), {}}};
  if (config.attention == RnnAttention::general) attention_.key = make_linear(encoded, h, 1, false);
  deep_ = make_linear(h + config.context() + e, e);
}

void RnnModel::visit(const ParameterVisitor& v) {
  v("source_embedding", source_embedding_);
  if (!config_.share_embeddings) v("target_embedding", target_embedding_);
  for (size_t i = 0; i < encoder_.size(); ++i)
    for (size_t d = 0; d < encoder_[i].size(); ++d)
      visit_recurrent(v, "encoder." + std::to_string(i) + (d ? ".backward." : ".forward."), encoder_[i][d]);
  for (size_t i = 0; i < decoder_.size(); ++i) {
    const std::string name = "decoder." + std::to_string(i) + ".";
    visit_recurrent(v, name, decoder_[i]), gamana::visit(v, name + "first", first_[i]);
  }
  if (attention_.key.weight.rows) gamana::visit(v, "attention.key", attention_.key);
  if (config_.attention == RnnAttention::additive) {
    gamana::visit(v, "attention.query", attention_.query), gamana::visit(v, "attention.context", attention_.context);
    v("attention.v", attention_.v);
  }
  gamana::visit(v, "deep", deep_);
  v("output", output_), v("output_bias", output_bias_);
}

Score RnnModel::score() const {
  if (config_.attention == RnnAttention::none) return Score::none;
  return config_.attention == RnnAttention::additive ? Score::additive : Score::dot;
}

Tensor RnnModel::encode(Context& c, const Batch& source) {
  Tensor x = embed(c, source.tokens, source_embedding_.tensor, 1, {}, {}, config_.dropout);
  for (size_t i = 0; i < encoder_.size(); ++i)
    x = recurrence(c, config_.cell, i ? dropout(c, x, config_.dropout) : x, source.offsets, encoder_[i],
                   config_.direction);
  return x;
}

RnnModel::Start RnnModel::start(Context& c, const Tensor& encoded, const std::vector<int32_t>& offsets) {
  const int64_t h = config_.hidden;
  const bool both = config_.direction == Direction::both;
  std::vector<int32_t> front(offsets.begin(), offsets.end() - 1), back(offsets.begin() + 1, offsets.end());
  for (int32_t& row : back) --row;
  const Tensor last = take(c, encoded, config_.direction == Direction::forward ? back : front, both ? h : 0, h);
  Start start;
  for (const Linear& layer : first_) start.states.push_back(linear(c, last, layer, Activation::tanh));
  if (config_.fixed_context) start.context = both ? concat(c, {take(c, encoded, back, 0, h), last}) : last;
  return start;
}

Memory RnnModel::memory(Context& c, const Tensor& encoded, const std::vector<int32_t>& offsets) {
  if (score() == Score::none) return {};
  return make_memory(c, score(), encoded, offsets, attention_, "alignment");
}

RnnModel::Decoded RnnModel::decode(Context& c, std::span<const int32_t> tokens, const std::vector<int32_t>& offsets,
                                   const Start& start, const Memory& memory,
                                   const std::vector<PackedRecurrence>& packed) {
  const Tensor& table = config_.share_embeddings ? source_embedding_.tensor : target_embedding_.tensor;
  const Tensor embedded = embed(c, tokens, table, 1, {}, {}, config_.dropout);
  Decoded out;
  Tensor x = embedded, contexts;
  if (config_.fixed_context) {
    std::vector<int32_t> sequence;  // of each row
    for (size_t s = 0; s + 1 < offsets.size(); ++s) sequence.resize(offsets[s + 1], static_cast<int32_t>(s));
    contexts = take(c, start.context, std::move(sequence), 0, config_.encoded());
    x = concat(c, {embedded, contexts});
  }
  for (size_t i = 0; i < decoder_.size(); ++i) {
    const bool attends = static_cast<int>(i) == attending_layer();
    const DecoderStates s =
        decoder_recurrence(c, config_.cell, i ? dropout(c, x, config_.dropout) : x, offsets, decoder_[i], start.states[i],
                           start.cells.empty() ? Tensor() : start.cells[i], attends ? memory : Memory{}, &attention_,
                           packed.empty() ? nullptr : &packed[i]);
    out.states.push_back(s.states), out.cells.push_back(s.cells);
    x = s.states;
    if (s.contexts) contexts = s.contexts;
  }
  std::vector<Tensor> parts{x, embedded};
  if (contexts) parts.insert(parts.begin() + 1, contexts);
  out.output = dropout(c, linear(c, concat(c, std::move(parts)), deep_, Activation::tanh), config_.dropout);
  return out;
}

std::vector<PackedRecurrence> RnnModel::pack(Context& c) {
  std::vector<PackedRecurrence> packed;
  for (size_t i = 0; i < decoder_.size(); ++i)
    packed.push_back(pack_recurrence(
        c, decoder_[i],
        static_cast<int>(i) == attending_layer() && score() == Score::additive ? &attention_ : nullptr));
  return packed;
}

LossSum RnnModel::loss(Context& c, const PairBatch& batch, float smoothing, float scale, float* nll_by_row) {
  const Tensor encoded = encode(c, batch.source);
  const Memory source = memory(c, encoded, batch.source.offsets);
  const Start begin = start(c, encoded, batch.source.offsets);
  const Tensor x = decode(c, batch.target.tokens, batch.target.offsets, begin, source, {}).output;
  return projected_cross_entropy(c, x, output_weight(), output_bias(), batch.labels, smoothing, scale, nll_by_row);
}

std::unique_ptr<DecodeModel> RnnModel::decoder(Precision precision) {
  return std::make_unique<RnnDecoder>(*this, precision);
}

}  // namespace gamana
