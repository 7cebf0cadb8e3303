#include "gamana/decode/options.h"

#include <algorithm>
#include <cmath>

#include "gamana/base/check.h"

namespace gamana {

LengthNormalization parse_length_normalization(std::string_view name) {
  if (name == "none") return LengthNormalization::none;
  if (name == "hf") return LengthNormalization::hf;
  if (name == "gnmt") return LengthNormalization::gnmt;
  if (name == "marian") return LengthNormalization::marian;
  fail("length_normalization: expected none, hf, gnmt or marian, found {}", name);
}

EarlyStopping parse_early_stopping(std::string_view name) {
  if (name == "true") return EarlyStopping::yes;
  if (name == "false") return EarlyStopping::no;
  if (name == "never") return EarlyStopping::never;
  fail("early_stopping: expected true, false or never, found {}", name);
}

EnsembleMean parse_ensemble_mean(std::string_view name) {
  if (name == "probabilities") return EnsembleMean::probabilities;
  if (name == "log_probabilities") return EnsembleMean::log_probabilities;
  fail("ensemble_mean: expected probabilities or log_probabilities, found {}", name);
}

Overflow parse_overflow(std::string_view name) {
  if (name == "error") return Overflow::error;
  if (name == "slide") return Overflow::slide;
  fail("overflow: expected error or slide, found {}", name);
}

namespace {

template <class T>
void check(bool good, const char* option, const char* expected, T found) {
  if (!good) fail("{}: expected {}, found {}", option, expected, found);
}

void check_tokens(const std::vector<int>& tokens, const char* option, int vocabulary_size) {
  for (const int token : tokens) {
    if (token < 0 || token >= vocabulary_size) {
      fail("{}: expected tokens from 0 to {}, found {}", option, vocabulary_size - 1, token);
    }
  }
}

}  // namespace

void RequestOptions::validate(int vocabulary_size) const {
  check(num_beams >= 1 && num_beams <= 1024, "num_beams", "1 to 1024", num_beams);
  check(max_new_tokens >= 0, "max_new_tokens", "0 (no limit) or more", max_new_tokens);
  check(max_length >= 0 && max_length != 1, "max_length", "0 (no limit) or more than the start token", max_length);
  check(max_length_factor >= 0 && std::isfinite(max_length_factor), "max_length_factor", "0 (no limit) or more",
        max_length_factor);
  check(min_length >= 0, "min_length", "0 or more", min_length);
  check(min_new_tokens >= 0, "min_new_tokens", "0 or more", min_new_tokens);
  check(std::isfinite(length_penalty), "length_penalty", "a number", length_penalty);
  check(patience > 0 && patience <= 1024, "patience", "more than 0, at most 1024", patience);
  check(num_return_sequences >= 1 && num_return_sequences <= 1024, "num_return_sequences", "1 to 1024",
        num_return_sequences);
  check(no_repeat_ngram_size >= 0, "no_repeat_ngram_size", "0 (off) or more", no_repeat_ngram_size);
  check(repetition_penalty > 0 && std::isfinite(repetition_penalty), "repetition_penalty", "more than 0",
        repetition_penalty);
  check(forced_bos_token_id >= -1 && forced_bos_token_id < vocabulary_size, "forced_bos_token_id",
        "-1 (none) or a token", forced_bos_token_id);
  check(forced_eos_token_id >= -1 && forced_eos_token_id < vocabulary_size, "forced_eos_token_id",
        "-1 (none) or a token", forced_eos_token_id);
  check(temperature >= 0 && std::isfinite(temperature), "temperature", "0 (the best token) or more", temperature);
  check(top_k >= 0, "top_k", "0 (all) or more", top_k);
  check(top_p > 0 && top_p <= 1, "top_p", "more than 0, at most 1", top_p);
  check(min_p >= 0 && min_p <= 1, "min_p", "0 (off) to 1", min_p);
  check(typical_p > 0 && typical_p <= 1, "typical_p", "more than 0, at most 1", typical_p);
  check(alternatives >= 0 && (alternatives == 0 || num_beams == 1), "alternatives", "0 or more, and num_beams of 1",
        alternatives);
  check(!do_sample || num_beams == 1, "do_sample", "num_beams of 1", num_beams);
  if (!do_sample && num_return_sequences > std::min(num_beams, collected())) {
    fail("num_return_sequences: expected at most num_beams (times patience below 1), found {} with {} beams",
         num_return_sequences, num_beams);
  }
  check_tokens(suppress_tokens, "suppress_tokens", vocabulary_size);
  check_tokens(begin_suppress_tokens, "begin_suppress_tokens", vocabulary_size);
  for (const std::vector<int>& word : bad_words_ids) {
    check(!word.empty(), "bad_words_ids", "words of a token or more", "one of none");
    check_tokens(word, "bad_words_ids", vocabulary_size);
  }
  check_tokens(end_tokens, "end_tokens", vocabulary_size);
}

void RunOptions::validate() const {
  check(max_rows >= 1 && max_rows <= 1 << 16, "max_rows", "1 to 65536", max_rows);
  check(prompt_rows >= 1, "prompt_rows", "1 or more", prompt_rows);
  check(cells >= 0, "cells", "0 or more", cells);
  check(max_memory >= 0, "max_memory", "0 (no limit) or more", max_memory);
}

int RequestOptions::collected() const { return static_cast<int>(std::fmax(1.0f, std::round(patience * num_beams))); }

float RequestOptions::normalize(float log_probability, int generated, int prompt) const {
  const int length = generated + prompt;
  switch (length_normalization) {
    case LengthNormalization::none: return log_probability;
    case LengthNormalization::hf:
      return log_probability / static_cast<float>(std::pow(static_cast<double>(generated), length_penalty));
    case LengthNormalization::gnmt:
      return log_probability / static_cast<float>(std::pow((5.0 + length) / 6.0, length_penalty));
    case LengthNormalization::marian:
      return log_probability / static_cast<float>(std::pow(static_cast<double>(length), length_penalty));
  }
  return log_probability;
}

}  // namespace gamana
