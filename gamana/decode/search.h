#pragma once
// The search for one source: its open hypotheses and those that are finished.
#include <span>
#include <vector>

#include "gamana/decode/cells.h"
#include "gamana/decode/generate.h"
#include "gamana/decode/processors.h"
#include "gamana/decode/sampler.h"

namespace gamana {

// What all searches of a run share.
struct SearchContext {
  const GenerateOptions& options;
  Processors processors;
  Sampler sampler;
  Cells& cells;
  int start_token, end_token;
};

class Search {
 public:
  // Starts source number `source` in `slot`. At most `limit` tokens come after the prefix.
  void start(SearchContext& context, size_t source, int slot, std::span<const int> prefix, int limit);

  // Appends the rows of the next step (in the first one also those of the prefix), and the rules of those that want
  // logits. The rows point into this search until `advance`.
  void add_rows(SearchContext& context, std::vector<StepRow>& rows, std::vector<RowRules>& rules, size_t& rule_count);

  // How many rows wanted logits.
  size_t wanted() const { return open_.size(); }
  // False if the scans hold too little to sample from.
  bool enough(const SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules);
  // Takes the scans of this search's rows. True when the search is over: all its cells are returned.
  bool advance(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules);

  // The hypotheses found; call once, when the search is over.
  std::vector<Hypothesis> results(const GenerateOptions& options);
  size_t source() const { return source_; }
  int slot() const { return slot_; }

 private:
  struct Branch {
    std::vector<int> tokens;  // from the start token on
    std::vector<int> cells;   // [tokens - 1]; after add_rows [tokens]
    std::vector<float> log_probabilities;
    float score = 0;  // sum of the choices' values
    int sample = 0;   // which of the independent samples
  };
  struct Extension {  // a branch and a token that may follow it
    float score, log_probability;
    int token, branch;
  };
  void advance_each(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules);
  void advance_beams(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules);
  void rank_extensions(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules);
  void extend(const Branch& from, const Extension& by, Branch& to) const;
  void finish(const GenerateOptions& options, const Branch& from, const Extension& by);
  bool can_stop(const GenerateOptions& options) const;
  Hypothesis hypothesis(const Branch& branch) const;
  void check_possible(bool possible) const;
  bool at_limit() const { return generated_ + 1 == limit_; }  // with the next token

  size_t source_ = 0;
  int slot_ = 0, prefix_ = 0, limit_ = 0, generated_ = 0;
  bool first_ = true, over_ = false;
  std::vector<Branch> open_, next_;
  std::vector<Hypothesis> finished_;  // beams: best first; samples: by their number
  std::vector<Extension> extensions_;
  std::vector<Choice> choices_;
};

}  // namespace gamana
