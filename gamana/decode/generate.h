#pragma once
// From sources to translations: greedy search, beam search or sampling over any number of sentences, which share the
// model's steps and take the place of finished ones at once (continuous batching, Yu et al. 2022, "Orca").
#include <functional>
#include <span>
#include <vector>

#include "gamana/decode/model.h"
#include "gamana/decode/options.h"

namespace gamana {

struct Hypothesis {
  std::vector<int> tokens;  // after the start token: the forced prefix, what was generated, the end token if reached
  // The model's own log-probability of each token after the prefix, before any rule. Empty where not asked for.
  std::vector<float> log_probabilities;
  // Sum of the log-probabilities (in beam search after the rules), normalised for length. 0 where not asked for.
  float score = 0;
};

struct GenerateCallbacks {
  std::function<void(size_t done, size_t sources)> progress;
  // Called as soon as a source is done, in any order of sources.
  std::function<void(size_t source, const std::vector<Hypothesis>& hypotheses)> finished;
};

// For each source (ids with the end token) its hypotheses: options.num_return_sequences, best first, or samples in the
// order drawn. Several models are an ensemble. A source's result depends on its text, its index (sampling only) and the
// options, not on the other sources. Greedy and beam search choose what transformers' generate chooses from the same
// logits. Throws Error on options that make no sense, a prefix that leaves no room, or logits that are not numbers.
std::vector<std::vector<Hypothesis>> generate(std::span<DecodeModel* const> models,
                                              std::span<const std::vector<int>> sources,
                                              const GenerateOptions& options = {},
                                              const GenerateCallbacks& callbacks = {});

}  // namespace gamana
