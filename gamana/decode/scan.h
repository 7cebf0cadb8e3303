#pragma once
// One row's logits of one part of the vocabulary, while they are in cache: sums of exponentials and the best entries.
#include <cstddef>

namespace gamana {

struct Candidate {
  float logit;
  int token;
};
// Descending; among equals the smaller token first. (An object, so that sorting inlines it.)
inline constexpr auto better = [](const Candidate& a, const Candidate& b) {
  return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
};
// Moves the `k` best of [begin, end) to the front, best first. Returns their end.
Candidate* keep_best(Candidate* begin, Candidate* end, size_t k);

constexpr int kVocabularyChunk = 2048;  // what one scan gets at most

// Sums of exponentials that may be joined: sum * e^maximum.
struct ExpSum {
  float maximum = -1e30f;
  float sum = 0;
  void add(const ExpSum& other);  // (Milakov and Gimelshein 2018, equation 4)
  float log() const;
};

// The maximum of each residue class: maxima[j] of the entries j, j + kClasses, ... (needs nothing across a vector).
// Returns the largest (-1e30 at least). NaN is passed over.
constexpr int kClasses = 32;
float class_maxima(const float* logits, int n, float* maxima);

// The first entry that is NaN or infinity (-infinity is fine: it cannot follow), or n.
int find_broken(const float* logits, int n);

// Sum of e^((logit - maximum) * scale).
float sum_exp(const float* logits, int n, float maximum, float scale);

// Sum of (logit - maximum) e^((logit - maximum) * scale).
float weighted_sum(const float* logits, int n, float maximum, float scale);

// The `k` best of logits[n], n <= kVocabularyChunk (fewer if the rest is -inf), as tokens from `first_token` on, with
// the maxima that class_maxima found. Writes out[k] and returns the count.
int best_of(const float* logits, int n, int first_token, const float* maxima, int k, Candidate* out);

// The entry at which the running sum of e^((logit - maximum) * scale) passes `target`; never one that is -inf.
int find_in_sum(const float* logits, int n, float maximum, float scale, float target);

}  // namespace gamana
