// Configurations to train from scratch, by name.
#include "gamana/base/check.h"
#include "gamana/models/model_config.h"

namespace gamana {
namespace {

struct Preset {
  const char *name, *model_type;
  int layers, width, heads, feed_forward, positions;
};

// BERT's sizes: Devlin et al. 2019, section 3, and Turc et al. 2019, table 1; the others as their papers' authors released them.
constexpr Preset kPresets[] = {
    {"bert-tiny", "bert", 2, 128, 2, 512, 512},          {"bert-mini", "bert", 4, 256, 4, 1024, 512},
    {"bert-small", "bert", 4, 512, 8, 2048, 512},        {"bert-medium", "bert", 8, 512, 8, 2048, 512},
    {"bert-base", "bert", 12, 768, 12, 3072, 512},       {"bert-large", "bert", 24, 1024, 16, 4096, 512},
    {"distilbert", "distilbert", 6, 768, 12, 3072, 512}, {"roberta-base", "roberta", 12, 768, 12, 3072, 514},
    {"electra-small", "electra", 12, 256, 4, 1024, 512}, {"albert-base", "albert", 12, 768, 12, 3072, 512},
    {"bigbird-base", "big_bird", 12, 768, 12, 3072, 4096}, {"modernbert-base", "modernbert", 22, 768, 12, 1152, 8192}};

}  // namespace

Json model_preset(const std::string& name) {
  std::string known;
  for (const Preset& p : kPresets) {
    known += (known.empty() ? "" : ", ") + std::string(p.name);
    if (name != p.name) continue;
    if (std::string(p.model_type) == "distilbert")
      return {{"model_type", p.model_type}, {"n_layers", p.layers},          {"dim", p.width},
              {"n_heads", p.heads},         {"hidden_dim", p.feed_forward}, {"max_position_embeddings", p.positions}};
    Json j = {{"model_type", p.model_type},
              {"num_hidden_layers", p.layers},
              {"hidden_size", p.width},
              {"num_attention_heads", p.heads},
              {"intermediate_size", p.feed_forward},
              {"max_position_embeddings", p.positions}};
    if (std::string(p.model_type) == "roberta") j["type_vocab_size"] = 1, j["layer_norm_eps"] = 1e-5;
    return j;
  }
  fail("preset \"{}\" is unknown; expected one of {}", name, known);
}

}  // namespace gamana
