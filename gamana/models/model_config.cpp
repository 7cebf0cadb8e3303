#include "gamana/models/model_config.h"

#include <algorithm>

#include "gamana/models/config_reader.h"
#include "gamana/models/causal_config.h"

namespace gamana {
namespace {

constexpr Named<Family> kFamilies[] = {{"bert", Family::bert},           {"distilbert", Family::distilbert},
                                       {"roberta", Family::roberta},     {"xlm-roberta", Family::xlm_roberta},
                                       {"camembert", Family::camembert}, {"electra", Family::electra},
                                       {"albert", Family::albert},       {"big_bird", Family::big_bird},
                                       {"modernbert", Family::modernbert},
                                       {"gpt2", Family::gpt2},           {"gpt_neo", Family::gpt_neo},
                                       {"gptj", Family::gptj},           {"opt", Family::opt},
                                       {"llama", Family::llama},         {"qwen2", Family::qwen2}};
constexpr Named<Family> kClasses[] = {{"Bert", Family::bert},           {"DistilBert", Family::distilbert},
                                      {"Roberta", Family::roberta},     {"XLMRoberta", Family::xlm_roberta},
                                      {"Camembert", Family::camembert}, {"Electra", Family::electra},
                                      {"Albert", Family::albert},       {"BigBird", Family::big_bird},
                                      {"ModernBert", Family::modernbert},
                                      {"GPT2", Family::gpt2},           {"GPTNeo", Family::gpt_neo},
                                      {"GPTJ", Family::gptj},           {"OPT", Family::opt},
                                      {"Llama", Family::llama},         {"Qwen2", Family::qwen2}};
constexpr Named<Task> kTasks[] = {{"Model", Task::features},
                                  {"ForMaskedLM", Task::masked_word},
                                  {"ForNextSentencePrediction", Task::next_sentence},
                                  {"ForPreTraining", Task::pretraining},
                                  {"ForSequenceClassification", Task::sequence},
                                  {"ForTokenClassification", Task::token},
                                  {"ForQuestionAnswering", Task::question},
                                  {"ForMultipleChoice", Task::choice},
                                  {"ForCausalLM", Task::next_word},
                                  {"LMHeadModel", Task::next_word}};
constexpr Named<Task> kTaskNames[] = {{"features", Task::features},
                                      {"masked word", Task::masked_word},
                                      {"next sentence", Task::next_sentence},
                                      {"pre-training", Task::pretraining},
                                      {"replaced token", Task::replaced_token},
                                      {"sequence classification", Task::sequence},
                                      {"token classification", Task::token},
                                      {"question answering", Task::question},
                                      {"multiple choice", Task::choice},
                                      {"next word", Task::next_word}};

Json with_own_names(const Json& j, Family family) {
  static constexpr KeyAlias distilbert[] = {{"hidden_size", "dim"}, {"num_attention_heads", "n_heads"}, {"num_hidden_layers", "n_layers"}};
  static constexpr KeyAlias gpt[] = {{"hidden_size", "n_embd"},
                                     {"max_position_embeddings", "n_positions"},
                                     {"num_attention_heads", "n_head"},
                                     {"num_hidden_layers", "n_layer"}};
  static constexpr KeyAlias gpt_neo[] = {{"num_attention_heads", "num_heads"}, {"num_hidden_layers", "num_layers"}};
  switch (family) {
    case Family::distilbert: return with_own_keys(j, distilbert);
    case Family::gpt2:
    case Family::gptj: return with_own_keys(j, gpt);
    case Family::gpt_neo: return with_own_keys(j, gpt_neo);
    default: return j;
  }
}

Family family_of(const Json& j) {
  const std::string type = get_or(j, "model_type", std::string());
  if (type.empty()) fail("config.json: model_type is missing; expected bert, gpt2, llama…");
  return by_name(kFamilies, j, "model_type", Family::bert);
}

// The rate under `key`, or another one where that is absent or null.
float rate_or(const Json& j, const char* key, float fallback) {
  return j.contains(key) && !j[key].is_null() ? rate_of(j, key, fallback) : fallback;
}

void read_distilbert(const Json& j, ModelConfig& c) {
  c.width = size_of(j, "dim", 768), c.layers = size_of(j, "n_layers", 6, 0), c.heads = size_of(j, "n_heads", 12);
  c.feed_forward = size_of(j, "hidden_dim", 3072), c.max_positions = size_of(j, "max_position_embeddings", 512);
  c.activation = by_name(kActivations, j, "activation", Activation::gelu);
  c.dropout = rate_of(j, "dropout", 0.1), c.attention_dropout = rate_of(j, "attention_dropout", 0.1);
  c.classifier_dropout = rate_of(j, "seq_classif_dropout", 0.2), c.question_dropout = rate_of(j, "qa_dropout", 0.1);
  c.embedding_width = c.width;
}

// The keys that BERT's descendants share, each with its own defaults.
void read_bert(const Json& j, ModelConfig& c) {
  const Family f = c.family;
  const bool electra = f == Family::electra, albert = f == Family::albert, big_bird = f == Family::big_bird;
  c.width = size_of(j, "hidden_size", electra ? 256 : albert ? 4096 : 768);
  c.layers = size_of(j, "num_hidden_layers", 12, 0);
  c.heads = size_of(j, "num_attention_heads", electra ? 4 : albert ? 64 : 12);
  c.feed_forward = size_of(j, "intermediate_size", electra ? 1024 : albert ? 16384 : 3072);
  c.activation = by_name(kActivations, j, "hidden_act", albert || big_bird ? Activation::gelu_tanh : Activation::gelu);
  c.dropout = rate_of(j, "hidden_dropout_prob", albert ? 0 : 0.1);
  c.attention_dropout = rate_of(j, "attention_probs_dropout_prob", albert ? 0 : 0.1);
  c.classifier_dropout = albert ? rate_of(j, "classifier_dropout_prob", 0.1) : rate_or(j, "classifier_dropout", c.dropout);
  c.max_positions = size_of(j, "max_position_embeddings", big_bird ? 4096 : 512);
  c.segments = size_of(j, "type_vocab_size", 2, 0);
  c.norm_epsilon = positive_of(j, "layer_norm_eps", 1e-12);
  c.embedding_width = electra || albert ? size_of(j, "embedding_size", 128) : c.width;
  const std::string positions = get_or(j, "position_embedding_type", std::string("absolute"));
  if (positions != "absolute") fail("config.json: position_embedding_type \"{}\" is unknown; expected absolute", positions);
  if (get_or(j, "is_decoder", false)) fail("config.json: is_decoder is true; expected an encoder");
  if (is_roberta(f)) c.first_position = c.pad_token + 1;
  if (albert) {
    c.layer_groups = size_of(j, "num_hidden_groups", 1), c.group_layers = size_of(j, "inner_group_num", 1);
    if (c.layer_groups > std::max(1, c.layers))
      fail("config.json: num_hidden_groups {} should be at most num_hidden_layers {}", c.layer_groups, c.layers);
  }
  if (electra) {
    c.summary_projection = get_or(j, "summary_use_proj", true);
    c.summary_activation = by_name(kActivations, j, "summary_activation", Activation::gelu);
    c.summary_type = get_or(j, "summary_type", c.summary_type);
  }
}

void read_big_bird(const Json& j, ModelConfig& c) {
  c.qkv_bias = get_or(j, "use_bias", true), c.scale_embedding = get_or(j, "rescale_embeddings", false);
  c.separator_token = token_of(j, "sep_token_id", std::min(66, c.vocabulary - 1), c.vocabulary);
  const std::string type = get_or(j, "attention_type", std::string("block_sparse"));
  if (type == "original_full") return;
  if (type != "block_sparse")
    fail("config.json: attention_type \"{}\" is unknown; expected one of block_sparse, original_full", type);
  c.block_size = size_of(j, "block_size", 64), c.random_blocks = size_of(j, "num_random_blocks", 3);
}

float rotary_base(const Json& j, const char* kind, const char* old_key, double fallback) {
  Json own = {{"rope_type", "default"}};
  if (j.contains("rope_parameters") && j["rope_parameters"].is_object() && j["rope_parameters"].contains(kind) &&
      j["rope_parameters"][kind].is_object())
    own = j["rope_parameters"][kind];
  if (j.contains("rope_scaling") && j["rope_scaling"].is_object()) own.update(j["rope_scaling"]);  // of both kinds
  const std::string type = get_or(own, "rope_type", get_or(own, "type", std::string("default")));
  if (type != "default") fail("config.json: rope_type \"{}\" is unknown; expected default", type);
  return positive_of(own, "rope_theta", positive_of(j, old_key, fallback));
}

void read_modernbert(const Json& j, ModelConfig& c) {
  c.width = c.embedding_width = size_of(j, "hidden_size", 768);
  c.layers = size_of(j, "num_hidden_layers", 22, 0), c.heads = size_of(j, "num_attention_heads", 12);
  c.feed_forward = size_of(j, "intermediate_size", 1152), c.max_positions = size_of(j, "max_position_embeddings", 8192);
  c.activation = by_name(kActivations, j, "hidden_activation", Activation::gelu);
  c.norm_epsilon = positive_of(j, "norm_eps", 1e-5), c.norm_bias = get_or(j, "norm_bias", false);
  c.qkv_bias = get_or(j, "attention_bias", false), c.bias = get_or(j, "mlp_bias", false);
  c.attention_dropout = rate_of(j, "attention_dropout", 0), c.embedding_dropout = rate_of(j, "embedding_dropout", 0);
  c.inner_dropout = rate_of(j, "mlp_dropout", 0), c.classifier_dropout = rate_of(j, "classifier_dropout", 0);
  c.head_bias = get_or(j, "classifier_bias", false), c.word_bias = get_or(j, "decoder_bias", true);
  c.head_activation = by_name(kActivations, j, "classifier_activation", Activation::gelu);
  const std::string pooling = get_or(j, "classifier_pooling", std::string("cls"));
  if (pooling != "cls" && pooling != "mean")
    fail("config.json: classifier_pooling \"{}\" is unknown; expected one of cls, mean", pooling);
  c.mean_pooling = pooling == "mean";
  c.window = size_of(j, "local_attention", 128, 2) / 2;
  c.rotary_base = rotary_base(j, "full_attention", "global_rope_theta", 160000);
  c.local_rotary_base = rotary_base(j, "sliding_attention", "local_rope_theta", 10000);
  const int every = size_of(j, "global_attn_every_n_layers", 3);
  const std::vector<std::string> types = get_or(j, "layer_types", std::vector<std::string>());
  if (!types.empty() && static_cast<int>(types.size()) != c.layers)
    fail("config.json: layer_types should name {} layers, found {}", c.layers, types.size());
  for (int i = 0; i < c.layers; ++i) c.local_layers.push_back(types.empty() ? i % every != 0 : types[i] == "sliding_attention");
}

int default_vocabulary(Family f) {
  switch (f) {
    case Family::gpt2:
    case Family::gpt_neo: return 50257;
    case Family::gptj: return 50400;
    case Family::opt: return 50272;
    case Family::llama: return 32000;
    case Family::qwen2: return 151936;
    default: return 30522;
  }
}

// The heads that decoders have in transformers.
bool decoder_has(Family f, Task task) {
  const bool no_tags = f == Family::gptj || f == Family::opt;
  return task == Task::features || task == Task::next_word || task == Task::sequence || (task == Task::token && !no_tags);
}

}  // namespace

bool is_text_model(const Json& config) {
  const std::string type = get_or(config, "model_type", std::string());
  return std::any_of(std::begin(kFamilies), std::end(kFamilies), [&](const auto& f) { return type == f.name; });
}

ModelConfig model_config(const Json& given) {
  ModelConfig c;
  c.family = family_of(given);
  const Json j = with_own_names(given, c.family);
  const bool apart = c.family == Family::gptj || c.family == Family::llama || c.family == Family::qwen2;
  c.vocabulary = size_of(j, "vocab_size", default_vocabulary(c.family));
  c.initial_range = positive_of(j, c.family == Family::opt ? "init_std" : "initializer_range", 0.02);
  c.tied_output = get_or(j, "tie_word_embeddings", !apart);
  if (is_decoder(c.family)) {
    read_causal_config(j, c);
    return c;
  }
  c.pad_token = token_of(j, "pad_token_id", is_roberta(c.family) ? 1 : 0, c.vocabulary);
  if (c.family == Family::distilbert) read_distilbert(j, c);
  else if (c.family == Family::modernbert) read_modernbert(j, c);
  else read_bert(j, c);
  if (c.family == Family::big_bird) read_big_bird(j, c);
  if (c.width % c.heads) fail("config.json: the width {} should be a multiple of the number of heads, found {}", c.width, c.heads);
  c.max_positions -= c.first_position;
  if (c.max_positions < 1) fail("config.json: max_position_embeddings leaves no place for a token");
  return c;
}

Task task_of(const Json& config) {
  const auto list = get_or(config, "architectures", std::vector<std::string>());
  if (list.empty()) return Task::features;
  const std::string prefix = name_of(kClasses, family_of(config));
  if (list[0] == "ElectraForPreTraining") return Task::replaced_token;
  for (const auto& task : kTasks)
    if (list[0] == prefix + task.name) return task.value;
  fail("config.json: architectures \"{}\" is unknown; expected {}Model, {}ForMaskedLM, {}ForSequenceClassification…", list[0], prefix,
       prefix, prefix);
}

std::string architecture(Family family, Task task) {
  const bool with_pairs = family == Family::bert || family == Family::big_bird || family == Family::albert;
  const bool known = is_decoder(family)            ? decoder_has(family, task)
                     : task == Task::next_word     ? false
                     : task == Task::replaced_token ? family == Family::electra
                     : task == Task::pretraining   ? with_pairs
                     : task == Task::next_sentence ? family == Family::bert
                                                   : true;
  if (!known) fail("model_type \"{}\" has no head for {}", name_of(kFamilies, family), task_name(task));
  if (family == Family::gpt2 && task == Task::next_word) return "GPT2LMHeadModel";
  return name_of(kClasses, family) + (task == Task::replaced_token ? "ForPreTraining" : name_of(kTasks, task));
}

std::string task_name(Task task) { return name_of(kTaskNames, task); }

}  // namespace gamana
