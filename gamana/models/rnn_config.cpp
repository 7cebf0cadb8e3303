// config.json and tensor names of `gamana-rnn`: the parameters stand in the file under the names of `visit`.
#include "gamana/models/config_reader.h"
#include "gamana/models/rnn.h"

namespace gamana {
namespace {

constexpr Named<Cell> kCells[] = {{"gru", Cell::gru}, {"lstm", Cell::lstm}};
constexpr Named<Direction> kDirections[] = {
    {"forward", Direction::forward}, {"reverse", Direction::reverse}, {"both", Direction::both}};
constexpr Named<RnnAttention> kAttentions[] = {{"none", RnnAttention::none},
                                               {"additive", RnnAttention::additive},
                                               {"dot", RnnAttention::dot},
                                               {"general", RnnAttention::general}};

}  // namespace

RnnConfig rnn_config(const Json& j) {
  RnnConfig c;
  c.vocabulary = size_of(j, "vocab_size", 0);
  const int targets = size_of(j, "decoder_vocab_size", c.vocabulary);
  c.share_embeddings = get_or(j, "share_encoder_decoder_embeddings", c.share_embeddings);
  c.target_vocabulary = c.share_embeddings && targets == c.vocabulary ? 0 : targets;
  if (c.share_embeddings && c.target_vocabulary)
    fail("config.json: shared embeddings need one vocabulary, found sizes {} and {}", c.vocabulary, targets);
  c.cell = by_name(kCells, j, "cell_type", c.cell);
  c.direction = by_name(kDirections, j, "encoder_direction", c.direction);
  c.attention = by_name(kAttentions, j, "attention_type", c.attention);
  c.fixed_context = get_or(j, "fixed_context", c.fixed_context);
  c.embedding = size_of(j, "embedding_size", c.embedding), c.hidden = size_of(j, "hidden_size", c.hidden);
  c.attention_size = size_of(j, "attention_size", c.attention_size);
  c.encoder_layers = size_of(j, "encoder_layers", c.encoder_layers);
  c.decoder_layers = size_of(j, "decoder_layers", c.decoder_layers);
  c.max_positions = size_of(j, "max_position_embeddings", c.max_positions);
  c.dropout = rate_of(j, "dropout", c.dropout);
  c.end_token = token_of(j, "eos_token_id", 0, targets);
  c.pad_token = token_of(j, "pad_token_id", targets - 1, targets);
  c.start_token = token_of(j, "decoder_start_token_id", targets - 1, targets);
  return c;
}

Json rnn_json(const RnnConfig& c) {
  return {{"architectures", {"GamanaRnn"}},
          {"model_type", "gamana-rnn"},
          {"vocab_size", c.vocabulary},
          {"decoder_vocab_size", c.targets()},
          {"share_encoder_decoder_embeddings", c.share_embeddings},
          {"cell_type", name_of(kCells, c.cell)},
          {"encoder_direction", name_of(kDirections, c.direction)},
          {"attention_type", name_of(kAttentions, c.attention)},
          {"fixed_context", c.fixed_context},
          {"embedding_size", c.embedding},
          {"hidden_size", c.hidden},
          {"attention_size", c.attention_size},
          {"encoder_layers", c.encoder_layers},
          {"decoder_layers", c.decoder_layers},
          {"dropout", decimal_of(c.dropout)},
          {"max_position_embeddings", c.max_positions},
          {"is_encoder_decoder", true},
          {"pad_token_id", c.pad_token},
          {"eos_token_id", c.end_token},
          {"decoder_start_token_id", c.start_token}};
}

std::vector<FileTensor> RnnModel::file_tensors() {
  std::vector<FileTensor> list;
  visit([&](const std::string& name, Parameter& p) {
    list.push_back({name, &p, 0, p.rows == 1 ? std::vector<int64_t>{p.cols} : std::vector<int64_t>{p.rows, p.cols}});
  });
  return list;
}

}  // namespace gamana
