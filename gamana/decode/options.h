#pragma once
// What the user may ask of decoding. Names and meanings are those of transformers' generation_config.json where it has
// them; fields it lacks say where they come from.
#include <cstdint>
#include <string_view>
#include <vector>

namespace gamana {

// How a hypothesis of log-probability `score` and `length` tokens (the end token counted, the start token not) is
// compared with others.
enum class LengthNormalization {
  none,    // score
  hf,      // score / length^alpha; the prompt is not counted
  gnmt,    // score / ((5 + length) / 6)^alpha, Wu et al. 2016, equation 14; the prompt is counted
  marian,  // score / length^alpha; the prompt is counted, as Marian's history does
};

// When beam search stops although better hypotheses might follow.
enum class EarlyStopping {
  yes,    // as soon as patience * num_beams hypotheses are finished
  no,     // when the best open one, normalised by its present length, is worse than all finished ones
  never,  // the same with the most favourable length it may still reach
};

// What of several models is averaged: the mean of their probabilities, or the geometric mean (normalised).
enum class EnsembleMean { probabilities, log_probabilities };

// By the names above ("true", "false", "never" for EarlyStopping). Throw Error listing the names.
LengthNormalization parse_length_normalization(std::string_view name);
EarlyStopping parse_early_stopping(std::string_view name);
EnsembleMean parse_ensemble_mean(std::string_view name);

// What to do when a text reaches the end of the model's context.
enum class Overflow {
  error,  // a prompt that leaves no room is refused, generation ends where the context does
  slide,  // the older half of the context is forgotten and what remains is read again, from position 0 on
};
Overflow parse_overflow(std::string_view name);

// How one request is answered.
struct RequestOptions {
  int num_beams = 1;  // 1 is greedy

  // The longest output is the smallest of these limits and, unless `overflow` is slide, the model's own. 0: no limit.
  int max_new_tokens = 0;        // tokens after the prompt, the end token counted
  int max_length = 0;            // the same with start token and prompt counted
  float max_length_factor = 0;   // max_length_factor * tokens of the source + max_length_offset new tokens
  int max_length_offset = 0;
  int min_length = 0;            // start token and prompt counted: the end tokens are banned before
  int min_new_tokens = 0;        // the same, tokens after the prompt
  Overflow overflow = Overflow::error;

  float length_penalty = 1.0f;  // alpha
  LengthNormalization length_normalization = LengthNormalization::hf;
  EarlyStopping early_stopping = EarlyStopping::no;
  float patience = 1.0f;         // Kasai et al. 2022: so many times num_beams hypotheses are collected
  int num_return_sequences = 1;  // best hypotheses, or independent samples

  int no_repeat_ngram_size = 0;      // no n-gram of this size twice; 0: off
  float repetition_penalty = 1.0f;   // Keskar et al. 2019, section 4.1
  std::vector<int> end_tokens;       // any of them ends the output; none: the model's
  int forced_bos_token_id = -1;      // the token that must come first after a start token (or a prompt of one token); -1: none
  int forced_eos_token_id = -1;      // the token that must come last when the limit is reached; -1: none
  std::vector<int> suppress_tokens;  // never generated (padding, unknown word)
  std::vector<int> begin_suppress_tokens;       // not first after the prompt and a forced first token
  bool renormalize_logits = false;              // beams: what rules take from some tokens the others get
  std::vector<std::vector<int>> bad_words_ids;  // sequences that no token completes; an end token alone is none

  // Applied in this order: temperature, top_k, top_p, min_p, typical_p.
  bool do_sample = false;
  float temperature = 1.0f;  // 0: the best token, as if do_sample were off
  int top_k = 50;            // 0: all
  float top_p = 1.0f;        // Holtzman et al. 2020
  float min_p = 0.0f;        // of the best token's probability (Nguyen et al. 2024); 0: off
  float typical_p = 1.0f;    // Meister et al. 2023; 1: off
  uint64_t seed = 0;

  bool output_scores = false;  // greedy search and sampling give log-probabilities only if asked
  int alternatives = 0;        // so many of the likeliest tokens beside each one generated, not for beams

  // Throws Error naming the option, its value and what was expected.
  void validate(int vocabulary_size) const;

  // Is the next token drawn?
  bool samples() const { return do_sample && temperature > 0; }
  // Hypotheses of one request that advance side by side.
  int width() const { return do_sample ? num_return_sequences : num_beams; }
  // Finished hypotheses of one request that beam search collects.
  int collected() const;
  // The score by which hypotheses are compared. `generated` tokens came after `prompt` others.
  float normalize(float log_probability, int generated, int prompt) const;
};

// How requests run together.
struct RunOptions {
  int max_rows = 128;     // hypotheses that advance together
  int prompt_rows = 256;  // tokens of prompts that are read in one step at most: others need not wait for long ones
  int64_t cells = 0;      // room for so many tokens at least: what a later run shall find in the cache
  // Prompts that begin with an earlier prompt and its output find both in the cache. Models compute tokens of a prompt and
  // those of an output in different orders, so results then depend on what was there, within rounding.
  bool reuse_outputs = false;
  int64_t max_memory = 0;  // bytes of the cache; fewer requests run side by side where it is short; 0: no limit
  EnsembleMean ensemble_mean = EnsembleMean::probabilities;

  void validate() const;
};

// The same for all sources.
struct GenerateOptions : RequestOptions, RunOptions {
  std::vector<std::vector<int>> prefixes;  // none, or for each source what its output must begin with
};

}  // namespace gamana
