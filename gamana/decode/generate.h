#pragma once
// From sources to translations, from prompts to what follows: greedy search, beam search or sampling over any number of
// requests, which share the model's steps and take the place of finished ones at once (continuous batching, Yu et al.
// 2022, "Orca"). Long prompts are read in pieces between the steps of others (Agrawal et al. 2023, "Sarathi").
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "gamana/decode/model.h"
#include "gamana/decode/options.h"

namespace gamana {

// A view: what it names has to live until the run is over.
struct GenerateRequest {
  std::span<const int> source;  // ids with the end token; empty for a model without sources
  std::span<const int> prompt;  // what the output begins with; without sources one token at least
  const RequestOptions* options;
  uint64_t stream = 0;          // requests of one seed that differ in it are drawn independently
};

struct TokenLogProbability {
  int token;
  float log_probability;
};

enum class Finish {
  end,          // an end token
  length,       // the limit, or the end of the context
  stopped,      // by GenerateCallbacks::token or stops
  interrupted,  // by GenerateCallbacks::interrupted
};

struct Hypothesis {
  // After the start token: the prompt, what was generated, the end token if reached. Of a model without start token:
  // what was generated after the prompt.
  std::vector<int> tokens;
  // The model's own log-probability of each generated token, before any rule. Empty where not asked for.
  std::vector<float> log_probabilities;
  // Sum of the log-probabilities (in beam search after the rules), normalised for length. 0 where not asked for.
  float score = 0;
  Finish finish = Finish::length;
  // options.alternatives of the model's likeliest tokens in place of each generated one, before any rule, best first.
  std::vector<std::vector<TokenLogProbability>> alternatives = {};
};

struct GenerateCallbacks {
  std::function<void(size_t done, size_t requests)> progress;
  // Each token as it is chosen, also an end token; not for beams. False ends this sequence with it.
  std::function<bool(size_t request, int sequence, int token)> token;
  // Does a text end with its last token, although that is no end token? Asked of beams for each token that may come next,
  // with what was generated up to it.
  std::function<bool(size_t request, std::span<const int> generated)> stops;
  // Called as soon as a request is done, in any order of requests.
  std::function<void(size_t request, const std::vector<Hypothesis>& hypotheses)> finished;
  // The context was full and its older half is forgotten (Overflow::slide).
  std::function<void(size_t request)> slid;
  // Asked before each step. True ends all with what there is; requests that have not begun have no hypotheses.
  std::function<bool()> interrupted;
};

struct GeneratorState;

class Generator {
 public:
  // Several models are an ensemble. Throws Error if they do not fit together.
  explicit Generator(std::span<DecodeModel* const> models, const RunOptions& options = {});
  ~Generator();

  // For each request its hypotheses: options.num_return_sequences, best first, or samples in the order drawn. A
  // request's result depends on itself alone (but see RunOptions::reuse_outputs). Without sources, what prompts have in
  // common is computed once, also with the last ones of the run before, as long as the cache has room
  // (RunOptions::cells). Greedy and beam search choose what transformers' generate chooses from the same logits. Throws
  // Error on options that make no sense, a prompt that leaves no room, logits that are not numbers, or a cache that needs
  // too much memory.
  std::vector<std::vector<Hypothesis>> run(std::span<const GenerateRequest> requests,
                                           const GenerateCallbacks& callbacks = {});

 private:
  std::unique_ptr<GeneratorState> state_;
};

// The same for sources; a source's samples depend on its index too.
std::vector<std::vector<Hypothesis>> generate(std::span<DecodeModel* const> models,
                                              std::span<const std::vector<int>> sources,
                                              const GenerateOptions& options = {},
                                              const GenerateCallbacks& callbacks = {});

}  // namespace gamana
