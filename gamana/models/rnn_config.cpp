// config.json and tensor names of `gamana-rnn`: the parameters stand in the file under the names of `visit`.
#include <iterator>

#include "gamana/models/rnn.h"

namespace gamana {
namespace {

template <class T>
struct Named {
  const char* name;
  T value;
};

constexpr Named<Cell> kCells[] = {{"gru", Cell::gru}, {"lstm", Cell::lstm}};
constexpr Named<Direction> kDirections[] = {
    {"forward", Direction::forward}, {"reverse", Direction::reverse}, {"both", Direction::both}};
constexpr Named<RnnAttention> kAttentions[] = {{"none", RnnAttention::none},
                                               {"additive", RnnAttention::additive},
                                               {"dot", RnnAttention::dot},
                                               {"general", RnnAttention::general}};

template <class T, size_t kCount>
T by_name(const Named<T> (&list)[kCount], const Json& json, const char* key, T fallback) {
  std::string known, name = get_or(json, key, std::string());
  if (name.empty()) return fallback;
  for (const auto& entry : list) {
    if (name == entry.name) return entry.value;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  fail("config.json: {} \"{}\" is unknown; expected one of {}", key, name, known);
}

template <class T, size_t kCount>
std::string name_of(const Named<T> (&list)[kCount], T value) {
  for (const auto& entry : list)
    if (value == entry.value) return entry.name;
  return "";
}

int size_of(const Json& json, const char* key, int fallback) {
  const int value = get_or(json, key, fallback);
  if (value < 1 || value > 1 << 24) fail("config.json: {} should be between 1 and 2^24, found {}", key, value);
  return value;
}

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
  c.embedding = size_of(j, "embedding_size", c.embedding), c.hidden = size_of(j, "hidden_size", c.hidden);
  c.attention_size = size_of(j, "attention_size", c.attention_size);
  c.encoder_layers = size_of(j, "encoder_layers", c.encoder_layers);
  c.decoder_layers = size_of(j, "decoder_layers", c.decoder_layers);
  c.max_positions = size_of(j, "max_position_embeddings", c.max_positions);
  const double dropout = get_or(j, "dropout", double{c.dropout});
  if (!(dropout >= 0 && dropout < 1)) fail("config.json: dropout should be in [0, 1), found {}", dropout);
  c.dropout = static_cast<float>(dropout);
  const auto token = [&](const char* key, int fallback) {
    const int id = get_or(j, key, fallback);
    if (id < 0 || id >= targets) fail("config.json: {} is {}, outside the vocabulary of {}", key, id, targets);
    return id;
  };
  c.end_token = token("eos_token_id", 0);
  c.pad_token = token("pad_token_id", targets - 1);
  c.start_token = token("decoder_start_token_id", targets - 1);
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
          {"embedding_size", c.embedding},
          {"hidden_size", c.hidden},
          {"attention_size", c.attention_size},
          {"encoder_layers", c.encoder_layers},
          {"decoder_layers", c.decoder_layers},
          {"dropout", c.dropout},
          {"max_position_embeddings", c.max_positions},
          {"is_encoder_decoder", true},
          {"pad_token_id", c.pad_token},
          {"eos_token_id", c.end_token},
          {"decoder_start_token_id", c.start_token}};
}

std::vector<TranslationModel::FileTensor> RnnModel::file_tensors() {
  std::vector<FileTensor> list;
  visit([&](const std::string& name, Parameter& p) {
    list.push_back(
        {name, &p, 0, p.rows, p.rows == 1 ? std::vector<int64_t>{p.cols} : std::vector<int64_t>{p.rows, p.cols}});
  });
  return list;
}

}  // namespace gamana
