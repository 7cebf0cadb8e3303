#pragma once
// config.json of encoders and decoders, as transformers 5.23 reads it; keys that are absent take its defaults.
#include <string>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/kernels/kernels.h"

namespace gamana {

enum class Family {
  bert, distilbert, roberta, xlm_roberta, camembert, electra, albert, big_bird, modernbert,  // encoders
  gpt2, gpt_neo, gptj, opt, llama, qwen2                                                     // decoders
};
inline bool is_decoder(Family f) { return f >= Family::gpt2; }
// RoBERTa's architecture, whatever the vocabulary.
inline bool is_roberta(Family f) { return f == Family::roberta || f == Family::xlm_roberta || f == Family::camembert; }

// What stands on the model; `features` is nothing (BertModel).
enum class Task {
  features,
  masked_word,        // ForMaskedLM
  next_sentence,      // ForNextSentencePrediction
  pretraining,        // ForPreTraining: masked word, and next sentence (ALBERT: sentence order)
  replaced_token,     // ElectraForPreTraining
  sequence,           // ForSequenceClassification
  token,              // ForTokenClassification
  question,           // ForQuestionAnswering
  choice,             // ForMultipleChoice
  next_word,          // ForCausalLM, GPT2LMHeadModel
};

// Angles of rotary positions: position * theta^(-2 i / width) for pair i, and how long contexts stretch them.
struct RotaryConfig {
  int width = 0;             // channels of a head that turn; 0: none
  bool interleaved = false;  // pairs are neighbours (GPT-J)
  double theta = 10000;
  // "linear": all angles divided by `factor` (Chen et al. 2023). "llama3": those of wave lengths above original / low, less and
  // less up to original / high (Llama 3's technical report, section 3.4.2, and transformers' modeling_rope_utils.py).
  // "yarn" (Peng et al. 2023, section 3.2): those of pairs from `high` on, less and less down to pair `low`.
  double factor = 1, low = 0, high = 0;
  int original = 0;       // "llama3": tokens; 0: linear or yarn
  bool yarn = false;
  double magnitude = 1;   // of cosines and sines; yarn's
};

struct ModelConfig {
  Family family = Family::bert;
  int vocabulary = 0, width = 0, layers = 0, heads = 0, feed_forward = 0;
  int embedding_width = 0;      // of the tables, projected to `width` where it differs (ELECTRA, ALBERT)
  Activation activation = Activation::gelu;
  int max_positions = 0;        // of a text, in tokens
  int first_position = 0;       // row of the first token in the table (RoBERTa: 2)
  int segments = 0;             // rows of the segment table; 0: none
  float norm_epsilon = 1e-12f;
  float initial_range = 0.02f;  // standard deviation of new weights
  bool tied_output = true;      // the masked word's projection is the embedding
  float dropout = 0, attention_dropout = 0;
  float classifier_dropout = 0;  // before the last projection of a head
  float question_dropout = 0;    // of the head for question answering
  bool qkv_bias = true;
  int pad_token = 0;

  int layer_groups = 0, group_layers = 1;  // ALBERT: layers that share weights; 0: none share
  bool scale_embedding = false;            // BigBird: by sqrt(width)
  int block_size = 0, random_blocks = 0;   // BigBird: block-sparse attention; 0: full
  int separator_token = 0;                 // BigBird: ends the question
  std::string summary_type = "first";      // ELECTRA's head for multiple choice
  bool summary_projection = true;
  Activation summary_activation = Activation::gelu;

  // ModernBERT
  std::vector<bool> local_layers;          // attention within the window
  int window = 0;                          // largest distance of a key
  float rotary_base = 0, local_rotary_base = 0;
  bool bias = true, norm_bias = true;      // of all projections; of all norms
  bool head_bias = true;
  Activation head_activation = Activation::gelu;
  bool mean_pooling = false;               // of a sequence's head: mean of all tokens; otherwise the first token
  float embedding_dropout = 0, inner_dropout = 0;

  // Decoders
  int kv_heads = 0, head_width = 0;  // each key and value serves heads / kv_heads queries (Ainslie et al. 2023)
  float attention_scale = 0;         // 0: 1 / sqrt(head_width)
  bool scale_by_layer = false;       // attention scores of layer i are divided by i + 1 as well
  bool scaled_queries = false;       // GPT-3's layout in GPT-Neo's files: see CausalTransformer::list
  RotaryConfig rotary{};
  bool pre_norm = true, final_norm = true;
  bool parallel = false;             // attention and feed-forward read the same norm (GPT-J)
  bool rms_norm = false, gated = false;
  bool out_bias = true;              // of attention's output
  bool word_bias = false;            // of the projection to words; ModernBERT's as well
  float residual_range = 0.02f;      // standard deviation of new weights that write to the residual stream
};

// Throws Error for an unknown model_type (naming the known ones) or a value out of range.
ModelConfig model_config(const Json& config);
bool is_text_model(const Json& config);

// The task of config.json's "architectures"; features where there is none. Throws Error for an unknown one.
Task task_of(const Json& config);
// "BertForMaskedLM", of this family. Throws Error if the family has no such class.
std::string architecture(Family family, Task task);
// What users call it: "masked word", "sequence classification"…
std::string task_name(Task task);

// A config.json to train from scratch: bert-tiny, -mini, -small, -medium, -base, -large (Turc et al. 2019, table 1),
// distilbert, roberta-base, electra-small, albert-base, bigbird-base, modernbert-base; gpt-nano and gpt-baby (nanoGPT's
// configurations for Shakespeare, for CPUs and the full one); gpt2, -medium, -large, -xl (Radford et al. 2019, table 2), gpt3-small, … (Brown et al. 2020, table 2.1), qwen2-0.5b.
// Throws Error naming them.
Json model_preset(const std::string& name);

}  // namespace gamana
