#include "gamana/models/causal_config.h"

#include <algorithm>
#include <cmath>

#include "gamana/models/config_reader.h"

namespace gamana {
namespace {

// The value under `key`, or `fallback` where that is absent or null.
int size_or(const Json& j, const char* key, int fallback) {
  return j.contains(key) && !j[key].is_null() ? size_of(j, key, fallback) : fallback;
}

// GPT-2 and GPT-J.
void read_gpt(const Json& j, ModelConfig& c) {
  const bool gptj = c.family == Family::gptj;
  c.width = size_of(j, "n_embd", gptj ? 4096 : 768), c.layers = size_of(j, "n_layer", gptj ? 28 : 12, 0);
  c.heads = size_of(j, "n_head", gptj ? 16 : 12), c.feed_forward = size_or(j, "n_inner", 4 * c.width);
  c.max_positions = size_of(j, "n_positions", gptj ? 2048 : 1024);
  c.activation = by_name(kActivations, j, "activation_function", Activation::gelu_tanh);
  const double rate = gptj ? 0 : 0.1;
  c.dropout = rate_of(j, "resid_pdrop", rate), c.embedding_dropout = rate_of(j, "embd_pdrop", rate);
  c.attention_dropout = rate_of(j, "attn_pdrop", rate);
  c.norm_epsilon = positive_of(j, "layer_norm_epsilon", 1e-5);
  if (gptj) {
    c.parallel = true, c.qkv_bias = c.out_bias = false, c.word_bias = true;
    c.rotary = {.width = size_of(j, "rotary_dim", 64), .interleaved = true};
    return;
  }
  c.classifier_dropout = rate_of(j, "classifier_dropout", rate_of(j, "hidden_dropout", 0.1));
  if (!get_or(j, "scale_attn_weights", true)) c.attention_scale = 1;
  c.scale_by_layer = get_or(j, "scale_attn_by_inverse_layer_idx", false);
  c.residual_range = c.initial_range / std::sqrt(2.0f * static_cast<float>(std::max(1, c.layers)));
}

// attention_types: [[["global", "local"], 12]] says that global and local layers take turns, 12 times.
std::vector<bool> gpt_neo_layers(const char* key, const Json& j, int layers) {
  std::vector<bool> local;
  const auto bad = [&] { fail("config.json: {} should list kinds (global, local) and how often, found {}", key, j.dump()); };
  if (!j.is_array()) bad();
  for (const Json& group : j) {
    if (!group.is_array() || group.size() != 2 || !group[0].is_array() || !group[1].is_number_integer()) bad();
    const int64_t times = group[1];
    if (times < 0 || times > layers) bad();
    for (int64_t i = 0; i < times; ++i)
      for (const Json& kind : group[0]) {
        if (kind != "global" && kind != "local") bad();
        local.push_back(kind == "local");
      }
  }
  if (static_cast<int>(local.size()) != layers) fail("config.json: {} names {} layers, num_layers is {}", key, local.size(), layers);
  return local;
}

void read_gpt_neo(const Json& j, ModelConfig& c) {
  c.width = size_of(j, "hidden_size", 2048), c.layers = size_of(j, "num_layers", 24, 0);
  c.heads = size_of(j, "num_heads", 16), c.feed_forward = size_or(j, "intermediate_size", 4 * c.width);
  c.max_positions = size_of(j, "max_position_embeddings", 2048);
  c.activation = by_name(kActivations, j, "activation_function", Activation::gelu_tanh);
  c.dropout = rate_of(j, "resid_dropout", 0), c.embedding_dropout = rate_of(j, "embed_dropout", 0);
  c.attention_dropout = rate_of(j, "attention_dropout", 0);
  c.classifier_dropout = rate_of(j, "classifier_dropout", 0.1);
  c.norm_epsilon = positive_of(j, "layer_norm_epsilon", 1e-5);
  c.qkv_bias = false;
  c.scaled_queries = get_or(j, "gamana_scaled_queries", false);
  if (!c.scaled_queries) c.attention_scale = 1;
  else c.residual_range = c.initial_range / std::sqrt(2.0f * static_cast<float>(std::max(1, c.layers)));
  const auto layers = get_or(j, "attention_layers", std::vector<std::string>());  // says the same layer by layer, and wins
  Json types = j.contains("attention_types") ? j["attention_types"] : Json();
  if (types.is_null()) types = Json::parse(R"([[["global", "local"], 12]])");
  if (!layers.empty()) types = Json::array({Json::array({layers, 1})});
  c.local_layers = gpt_neo_layers(layers.empty() ? "attention_types" : "attention_layers", types, c.layers);
  const bool any_local = std::find(c.local_layers.begin(), c.local_layers.end(), true) != c.local_layers.end();
  c.window = size_of(j, "window_size", 256, any_local ? 2 : 1) - 1;  // keys up to 255 before the query, and its own
}

void read_opt(const Json& j, ModelConfig& c) {
  c.width = size_of(j, "hidden_size", 768), c.layers = size_of(j, "num_hidden_layers", 12, 0);
  c.heads = size_of(j, "num_attention_heads", 12), c.feed_forward = size_of(j, "ffn_dim", 3072);
  c.max_positions = size_of(j, "max_position_embeddings", 2048), c.first_position = 2;
  c.embedding_width = size_or(j, "word_embed_proj_dim", c.width);
  c.activation = by_name(kActivations, j, "activation_function", Activation::relu);
  c.dropout = rate_of(j, "dropout", 0.1), c.attention_dropout = rate_of(j, "attention_dropout", 0);
  c.norm_epsilon = 1e-5f;
  c.qkv_bias = c.out_bias = c.bias = get_or(j, "enable_bias", true);
  c.pre_norm = get_or(j, "do_layer_norm_before", true);
  c.final_norm = c.pre_norm && !get_or(j, "_remove_final_layer_norm", false);
  if (!get_or(j, "layer_norm_elementwise_affine", true))
    fail("config.json: layer_norm_elementwise_affine is false; expected true");
}

// As transformers has it (modeling_rope_utils.py, _compute_yarn_parameters).
void read_yarn(const Json& rope, int original, int max_positions, RotaryConfig& r) {
  const auto number = [&](const char* key, double fallback) {
    return rope.contains(key) && rope[key].is_null() ? fallback : positive_of(rope, key, fallback);
  };
  r.yarn = true;
  r.factor = number("factor", double(max_positions) / original);
  const auto pair_of = [&](double turns) {  // that makes so many in the original context
    return r.width * std::log(original / (turns * 2 * M_PI)) / (2 * std::log(r.theta));
  };
  r.low = pair_of(number("beta_fast", 32)), r.high = pair_of(number("beta_slow", 1));
  if (get_or(rope, "truncate", true)) r.low = std::floor(r.low), r.high = std::ceil(r.high);
  r.low = std::max(r.low, 0.0), r.high = std::min(r.high, r.width - 1.0);
  if (r.low == r.high) r.high += 0.001;
  const auto magnitude = [&](double share) { return r.factor <= 1 ? 1 : 0.1 * share * std::log(r.factor) + 1; };
  const double none = 1e-12, all = number("mscale_all_dim", none), some = number("mscale", none);
  const bool both = all > none && some > none;
  r.magnitude = number("attention_factor", both ? magnitude(some) / magnitude(all) : magnitude(1));
}

RotaryConfig llama_rotary(const Json& j, int head_width, int max_positions) {
  RotaryConfig r{.width = head_width};
  Json rope = Json::object();
  for (const char* key : {"rope_parameters", "rope_scaling"})  // the second is the older name, and wins
    if (j.contains(key) && j[key].is_object() && !j[key].empty()) rope = j[key];
  r.theta = positive_of(rope, "rope_theta", positive_of(j, "rope_theta", 10000));
  const std::string type = get_or(rope, "rope_type", get_or(rope, "type", std::string("default")));
  // "dynamic" changes what lies beyond max_position_embeddings, and no more is read.
  if (type == "default" || type == "dynamic") return r;
  // The context that was trained on first, in tokens; beside the others in files of some models.
  const char* const length = "original_max_position_embeddings";
  const int original = size_or(j, length, size_of(rope, length, max_positions));
  if (type == "yarn") return read_yarn(rope, original, max_positions, r), r;
  if (type != "linear" && type != "llama3")
    fail("config.json: rope_type \"{}\" is unknown; expected one of default, linear, dynamic, yarn, llama3", type);
  r.factor = positive_of(rope, "factor", 1);
  if (type == "linear") return r;
  r.low = positive_of(rope, "low_freq_factor", 1), r.high = positive_of(rope, "high_freq_factor", 4);
  r.original = original;
  if (r.high <= r.low) fail("config.json: high_freq_factor {} should be above low_freq_factor {}", r.high, r.low);
  return r;
}

// Layers from max_window_layers on, or those that layer_types names, attend within the window.
void read_qwen2_windows(const Json& j, ModelConfig& c) {
  const auto types = get_or(j, "layer_types", std::vector<std::string>());
  if (!types.empty() && static_cast<int>(types.size()) != c.layers)
    fail("config.json: layer_types should name {} layers, found {}", c.layers, types.size());
  const bool no_length = j.contains("sliding_window") && j["sliding_window"].is_null();
  if (!get_or(j, "use_sliding_window", false) || no_length) return;
  const int full = size_of(j, "max_window_layers", 28, 0);
  for (int i = 0; i < c.layers; ++i) c.local_layers.push_back(types.empty() ? i >= full : types[i] == "sliding_attention");
  c.window = size_of(j, "sliding_window", 4096) - 1;
  if (c.window < 1) fail("config.json: sliding_window should be at least 2");
}

// Llama and Qwen2.
void read_llama(const Json& j, ModelConfig& c) {
  const bool qwen = c.family == Family::qwen2;
  c.width = size_of(j, "hidden_size", 4096), c.layers = size_of(j, "num_hidden_layers", 32, 0);
  c.heads = size_of(j, "num_attention_heads", 32), c.kv_heads = size_or(j, "num_key_value_heads", qwen ? 32 : c.heads);
  c.head_width = size_or(j, "head_dim", std::max(1, c.width / c.heads));
  c.feed_forward = size_of(j, "intermediate_size", qwen ? 22016 : 11008);
  c.max_positions = size_of(j, "max_position_embeddings", qwen ? 32768 : 2048);
  c.activation = by_name(kActivations, j, "hidden_act", Activation::silu);
  c.attention_dropout = rate_of(j, "attention_dropout", 0);
  c.classifier_dropout = rate_of(j, "classifier_dropout", 0.1);
  c.norm_epsilon = positive_of(j, "rms_norm_eps", 1e-6);
  c.rms_norm = c.gated = true, c.norm_bias = false;
  c.qkv_bias = qwen || get_or(j, "attention_bias", false), c.out_bias = !qwen && c.qkv_bias;
  c.bias = !qwen && get_or(j, "mlp_bias", false);
  c.rotary = llama_rotary(j, c.head_width, c.max_positions);
  // Queries and keys are both longer by this, so scores are by its square.
  const double magnitude = c.rotary.magnitude;
  if (magnitude != 1) c.attention_scale = static_cast<float>(magnitude * magnitude / std::sqrt(double(c.head_width)));
  if (qwen) read_qwen2_windows(j, c);
}

}  // namespace

void read_causal_config(const Json& j, ModelConfig& c) {
  c.residual_range = c.initial_range;
  switch (c.family) {
    case Family::gpt2:
    case Family::gptj: read_gpt(j, c); break;
    case Family::gpt_neo: read_gpt_neo(j, c); break;
    case Family::opt: read_opt(j, c); break;
    default: read_llama(j, c);
  }
  if (!c.embedding_width) c.embedding_width = c.width;
  if (!c.kv_heads) c.kv_heads = c.heads;
  if (!c.head_width) {
    if (c.width % c.heads)
      fail("config.json: the width {} should be a multiple of the number of heads, found {}", c.width, c.heads);
    c.head_width = c.width / c.heads;
  }
  if (c.heads % c.kv_heads)
    fail("config.json: num_key_value_heads {} should divide the {} heads of queries", c.kv_heads, c.heads);
  if (c.rotary.width % 2 || c.rotary.width > c.head_width)
    fail("config.json: rotary positions should turn an even number of a head's {} channels, found {}", c.head_width, c.rotary.width);
}

}  // namespace gamana
