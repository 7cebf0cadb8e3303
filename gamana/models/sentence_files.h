#pragma once
// The layout of sentence-transformers: which modules make one vector of an encoder's hidden states (Reimers and
// Gurevych 2019), and how texts are prepared for it. modules.json, N_Pooling/config.json, N_Dense/config.json,
// N_Normalize/, sentence_bert_config.json, config_sentence_transformers.json; read as sentence-transformers 6.2 reads
// them, files of versions from 2.0 on among them, and written so that all of these open them.
#include <string>
#include <utility>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/kernels/kernels.h"
#include "gamana/ops/pool.h"

namespace gamana {

struct SentenceModule {
  enum class Kind { pooling, dense, normalize } kind;
  std::string folder;  // "1_Pooling"; empty: it has none
  // Pooling: the results of each, side by side.
  std::vector<Pooling> poolings = {};
  bool include_prompt = true;  // tokens of the prompt are pooled as well
  // Dense.
  int in = 0, out = 0;
  bool bias = true;
  Activation activation = Activation::tanh;
};

// "cosine", "dot"; "euclidean" and "manhattan" are distances below zero.
enum class SimilarityFunction { cosine, dot, euclidean, manhattan };
SimilarityFunction similarity_function(const std::string& name,
                                       const std::string& where);  // throws Error naming the known ones
std::string similarity_name(SimilarityFunction f);
// Of two vectors of n numbers.
double similarity_of(SimilarityFunction f, const float* a, const float* b, int64_t n);

struct SentenceSettings {
  bool found = false;  // modules.json is there
  // After the encoder: a pooling, then others. Without modules.json the mean of all tokens, as sentence-transformers
  // has it.
  std::vector<SentenceModule> modules = {
      {.kind = SentenceModule::Kind::pooling, .folder = "1_Pooling", .poolings = {Pooling::mean}}};
  int max_length = 0;                                        // tokens of a text; 0: not said
  bool lower_case = false;                                   // whatever the tokenizer does
  std::vector<std::pair<std::string, std::string>> prompts;  // name, text
  std::string default_prompt;                                // a name; empty: none
  SimilarityFunction similarity = SimilarityFunction::cosine;

  // The prompt called `name`; without a name the default one, or "". Throws Error naming those that there are.
  std::string prompt(const std::string& name) const;
  // The first of these names that the model has a prompt for; "": none.
  std::string prompt_name(std::initializer_list<const char*> names) const;
  int dimension(int width) const;  // of the vectors, over an encoder of this width
};

// `width`: the encoder's. Throws Error naming file and key for modules that are unknown, out of order or do not fit
// together.
SentenceSettings read_sentence_settings(const std::string& directory, int width);

// All files but weights.
void write_sentence_settings(const std::string& directory, const SentenceSettings& settings, int width);

}  // namespace gamana
