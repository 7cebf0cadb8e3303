#pragma once
// The encoders' config.json, as transformers 5.23 reads it; keys that are absent take its defaults.
#include <string>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/kernels/kernels.h"

namespace gamana {

enum class Family { bert, distilbert, roberta, xlm_roberta, camembert, electra, albert, big_bird, modernbert };

// What stands on the encoder; `features` is nothing (BertModel).
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
  bool summary_projection = true;          // ELECTRA's head for multiple choice
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
// distilbert, roberta-base, electra-small, albert-base, bigbird-base, modernbert-base. Throws Error naming them.
Json model_preset(const std::string& name);

}  // namespace gamana
