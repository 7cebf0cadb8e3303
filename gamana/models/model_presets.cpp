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

struct DecoderPreset {
  const char* name;
  int layers, width, heads, positions;
  double dropout = 0.1;
};

// Radford et al. 2019, table 2.
constexpr DecoderPreset kGpt2Sizes[] = {{"gpt2", 12, 768, 12, 1024},
                                   {"gpt2-medium", 24, 1024, 16, 1024},
                                   {"gpt2-large", 36, 1280, 20, 1024},
                                   {"gpt2-xl", 48, 1600, 25, 1024}};

// nanoGPT's configurations for Shakespeare's characters: the one for CPUs, which has no dropout, and the full one.
constexpr DecoderPreset kNanoGpt[] = {{"gpt-nano", 4, 128, 4, 64, 0}, {"gpt-baby", 6, 384, 6, 256, 0.2}};
// Brown et al. 2020, table 2.1. There 13B is 5140 wide, which its 40 heads of 128 do not fill; we take 5120.
constexpr DecoderPreset kGpt3[] = {{"gpt3-small", 12, 768, 12, 2048},  {"gpt3-medium", 24, 1024, 16, 2048},
                                   {"gpt3-large", 24, 1536, 16, 2048}, {"gpt3-xl", 24, 2048, 16, 2048},
                                   {"gpt3-2.7b", 32, 2560, 32, 2048},  {"gpt3-6.7b", 32, 4096, 32, 2048},
                                   {"gpt3-13b", 40, 5120, 40, 2048},   {"gpt3-175b", 96, 12288, 96, 2048}};

Json gpt2_preset(const DecoderPreset& p) {
  return {{"model_type", "gpt2"}, {"n_layer", p.layers}, {"n_embd", p.width}, {"n_head", p.heads}, {"n_positions", p.positions}};
}

Json nano_gpt_preset(const DecoderPreset& p) {
  Json j = gpt2_preset(p);
  j["activation_function"] = "gelu";
  for (const char* key : {"resid_pdrop", "embd_pdrop", "attn_pdrop"}) j[key] = p.dropout;
  return j;
}

// Dense and locally banded layers take turns (Brown et al. 2020, section 2.1), as GPT-Neo has them.
Json gpt3_preset(const DecoderPreset& p) {
  return {{"model_type", "gpt_neo"},
          {"num_layers", p.layers},
          {"hidden_size", p.width},
          {"num_heads", p.heads},
          {"max_position_embeddings", p.positions},
          {"attention_types", {{{"global", "local"}, p.layers / 2}}},
          {"window_size", 256},
          {"gamana_scaled_queries", true}};
}

Json qwen2_preset() {
  return {{"model_type", "qwen2"},     {"num_hidden_layers", 24},   {"hidden_size", 896},
          {"num_attention_heads", 14}, {"num_key_value_heads", 2},  {"intermediate_size", 4864},
          {"rope_theta", 1000000.0},   {"tie_word_embeddings", true}, {"rms_norm_eps", 1e-6},
          {"max_position_embeddings", 32768}};
}

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
  const auto among = [&](const auto& list, Json (*make)(const DecoderPreset&)) {
    Json found;
    for (const DecoderPreset& p : list) {
      known += ", " + std::string(p.name);
      if (name == p.name) found = make(p);
    }
    return found;
  };
  if (Json j = among(kNanoGpt, nano_gpt_preset); !j.is_null()) return j;
  if (Json j = among(kGpt2Sizes, gpt2_preset); !j.is_null()) return j;
  if (Json j = among(kGpt3, gpt3_preset); !j.is_null()) return j;
  if (name == "qwen2-0.5b") return qwen2_preset();
  known += ", qwen2-0.5b";
  fail("preset \"{}\" is unknown; expected one of {}", name, known);
}

}  // namespace gamana
