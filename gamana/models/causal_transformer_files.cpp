// Names of the decoders' tensors in files, as transformers 5.23 saves them.
#include <cmath>

#include "gamana/models/causal_transformer.h"

namespace gamana {
namespace {

struct LayerNames {
  const char *query, *key, *value;  // key and value null: query names all three
  const char *out, *att_norm, *up, *gate, *down, *ffn_norm;
};
constexpr LayerNames kGpt2 = {"attn.c_attn", nullptr, nullptr, "attn.c_proj", "ln_1", "mlp.c_fc", nullptr, "mlp.c_proj", "ln_2"};
constexpr LayerNames kGptNeo = {"attn.attention.q_proj", "attn.attention.k_proj", "attn.attention.v_proj", "attn.attention.out_proj",
                                "ln_1", "mlp.c_fc", nullptr, "mlp.c_proj", "ln_2"};
constexpr LayerNames kGptJ = {"attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.out_proj", "ln_1", "mlp.fc_in", nullptr, "mlp.fc_out", nullptr};
constexpr LayerNames kOpt = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj", "self_attn_layer_norm",
                             "fc1", nullptr, "fc2", "final_layer_norm"};
constexpr LayerNames kLlama = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "input_layernorm",
                               "mlp.up_proj", "mlp.gate_proj", "mlp.down_proj", "post_attention_layernorm"};

const LayerNames& layer_names(Family f) {
  switch (f) {
    case Family::gpt2: return kGpt2;
    case Family::gpt_neo: return kGptNeo;
    case Family::gptj: return kGptJ;
    case Family::opt: return kOpt;
    default: return kLlama;
  }
}

bool is_gpt(Family f) { return f == Family::gpt2 || f == Family::gpt_neo || f == Family::gptj; }

}  // namespace

std::string CausalTransformer::prefix() const { return is_gpt(config_.family) ? "transformer." : "model."; }

std::string CausalTransformer::word_name() const {
  if (is_gpt(config_.family)) return "wte.weight";
  return config_.family == Family::opt ? "decoder.embed_tokens.weight" : "embed_tokens.weight";
}

void CausalTransformer::list(FileTensors& t) {
  const ModelConfig& k = config_;
  const LayerNames& n = layer_names(k.family);
  const bool gpt = is_gpt(k.family), opt = k.family == Family::opt;
  const bool transposed = k.family == Family::gpt2;  // its Conv1D keeps [in, out]
  const int64_t queries = int64_t{k.heads} * k.head_width, keys = int64_t{k.kv_heads} * k.head_width;
  // GPT-Neo does not scale scores. Where we train with scores scaled as Brown et al. 2020 do, the files' queries have the scale in
  // them; for heads of 64 channels that is a power of two, so nothing is rounded.
  const float query_factor = k.scaled_queries ? 1.0f / std::sqrt(static_cast<float>(k.head_width)) : 1.0f;
  t.matrix(word_name(), word_);
  if (position_.rows) t.matrix(opt ? "decoder.embed_positions.weight" : "wpe.weight", position_);
  if (project_in_.weight.rows) t.linear("decoder.project_in", project_in_), t.linear("decoder.project_out", project_out_);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const std::string at = (opt ? "decoder.layers." : gpt ? "h." : "layers.") + std::to_string(i) + ".";
    CausalBlock& b = blocks_[i];
    if (n.key) {
      t.rows(at + n.query, b.qkv, 0, queries, query_factor);
      t.rows(at + n.key, b.qkv, queries, keys), t.rows(at + n.value, b.qkv, queries + keys, keys);
    } else {
      t.linear(at + n.query, b.qkv, transposed);
    }
    t.linear(at + n.out, b.out, transposed);
    t.norm(at + n.att_norm, b.att_norm);
    if (n.gate) t.rows(at + n.gate, b.up, 0, k.feed_forward), t.rows(at + n.up, b.up, k.feed_forward, k.feed_forward);
    else t.linear(at + n.up, b.up, transposed);
    t.linear(at + n.down, b.down, transposed);
    if (n.ffn_norm) t.norm(at + n.ffn_norm, b.ffn_norm);
  }
  if (final_norm_.gain.rows) t.norm(opt ? "decoder.final_layer_norm" : gpt ? "ln_f" : "norm", final_norm_);
}

}  // namespace gamana
