// Names of the encoders' tensors in files, as transformers 5.23 saves them.
#include "gamana/models/encoder.h"

namespace gamana {
namespace {

struct EncoderNames {
  const char *query, *key, *value;  // key and value null: query names all three
  const char *out, *att_norm, *up, *down, *ffn_norm;
};
constexpr EncoderNames kBert = {"attention.self.query",   "attention.self.key",         "attention.self.value", "attention.output.dense",
                              "attention.output.LayerNorm", "intermediate.dense", "output.dense",         "output.LayerNorm"};
constexpr EncoderNames kDistilBert = {"attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin",
                                    "sa_layer_norm",   "ffn.lin1",        "ffn.lin2",        "output_layer_norm"};
constexpr EncoderNames kAlbert = {"attention.query",     "attention.key", "attention.value", "attention.dense",
                                "attention.LayerNorm", "ffn",           "ffn_output",      "full_layer_layer_norm"};
constexpr EncoderNames kModernBert = {"attn.Wqkv", nullptr, nullptr, "attn.Wo", "attn_norm", "mlp.Wi", "mlp.Wo", "mlp_norm"};

const EncoderNames& encoder_names(Family f) {
  return f == Family::distilbert ? kDistilBert : f == Family::albert ? kAlbert : f == Family::modernbert ? kModernBert : kBert;
}

std::string layer_prefix(const ModelConfig& k, size_t block) {
  const std::string i = std::to_string(block);
  if (k.family == Family::distilbert) return "transformer.layer." + i + ".";
  if (k.family == Family::modernbert) return "layers." + i + ".";
  if (k.family != Family::albert) return "encoder.layer." + i + ".";
  return "encoder.albert_layer_groups." + std::to_string(block / k.group_layers) + ".albert_layers." +
         std::to_string(block % k.group_layers) + ".";
}

}  // namespace

std::string Encoder::prefix() const {
  if (is_roberta(config_.family)) return "roberta.";
  switch (config_.family) {
    case Family::distilbert: return "distilbert.";
    case Family::electra: return "electra.";
    case Family::albert: return "albert.";
    case Family::modernbert: return "model.";
    default: return "bert.";
  }
}

std::string Encoder::word_name() const {
  return config_.family == Family::modernbert ? "embeddings.tok_embeddings.weight" : "embeddings.word_embeddings.weight";
}

void Encoder::list(FileTensors& t) {
  const ModelConfig& k = config_;
  const bool modern = k.family == Family::modernbert;
  t.matrix(word_name(), word_);
  if (position_.rows) t.matrix("embeddings.position_embeddings.weight", position_);
  if (segment_.rows) t.matrix("embeddings.token_type_embeddings.weight", segment_);
  t.norm(modern ? "embeddings.norm" : "embeddings.LayerNorm", norm_);
  if (projection_.weight.rows)
    t.linear(k.family == Family::albert ? "encoder.embedding_hidden_mapping_in" : "embeddings_project", projection_);
  const EncoderNames& n = encoder_names(k.family);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const std::string at = layer_prefix(k, i);
    EncoderBlock& b = blocks_[i];
    if (n.key) {
      t.part(at + n.query, b.qkv, 0, 3), t.part(at + n.key, b.qkv, 1, 3), t.part(at + n.value, b.qkv, 2, 3);
    } else {
      t.linear(at + n.query, b.qkv);
    }
    t.linear(at + n.out, b.out);
    if (b.att_norm.gain.rows) t.norm(at + n.att_norm, b.att_norm);
    t.linear(at + n.up, b.up), t.linear(at + n.down, b.down), t.norm(at + n.ffn_norm, b.ffn_norm);
  }
  if (final_norm_.gain.rows) t.norm("final_norm", final_norm_);
}

}  // namespace gamana
