#pragma once
// The search for one request: its open hypotheses and those that are finished.
#include <span>
#include <vector>

#include "gamana/decode/cells.h"
#include "gamana/decode/generate.h"
#include "gamana/decode/processors.h"
#include "gamana/decode/sampler.h"

namespace gamana {

// What all searches of a run share.
struct SearchContext {
  Cells& cells;
  int start_token, end_token, max_positions, vocabulary_size;
  const GenerateCallbacks& callbacks;
  bool reuse_outputs = false;
};

// Tokens that may come after the prompt. Throws Error if it leaves no room or holds no tokens.
int64_t limit_of(const GenerateRequest& request, size_t number, const SearchContext& context);
// Cells the search has at once, at most.
int64_t cells_of(const GenerateRequest& request, int64_t limit, const SearchContext& context);

// Those of its `cells` that need a place for a window of so many tokens, beside what a step reads of its prompt.
int64_t places_of(const GenerateRequest& request, int64_t cells, int window);

class Search {
 public:
  // Starts request number `number` in `slot`. At most `limit` tokens come after the prompt.
  void start(const SearchContext& context, const GenerateRequest& request, size_t number, int slot, int64_t limit);

  // Appends the rows of the next step and the rules of those that want logits. At most `room` tokens that were not fed
  // yet are fed before the last ones, and `room` is less by these; no row wants logits before all are fed. The rows
  // point into this search until `advance`.
  void add_rows(SearchContext& context, int& room, std::vector<StepRow>& rows, std::vector<RowRules>& rules,
                size_t& rule_count);

  // How many rows wanted logits.
  size_t wanted() const { return wanted_; }
  // False if the scans hold too little to sample from; then the rules ask for more.
  bool enough(std::span<const RowScan> scans, std::span<RowRules> rules);
  // Takes the scans of this search's rows. True when the search is over: all its cells are returned.
  bool advance(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules);
  // Ends all open hypotheses as they are.
  void interrupt(SearchContext& context);

  // The hypotheses found; call once, when the search is over.
  std::vector<Hypothesis> results();
  size_t number() const { return number_; }
  int slot() const { return slot_; }

 private:
  struct Branch {
    std::vector<int> tokens;  // from the start token or the prompt on
    std::vector<int> cells;   // of tokens from `begin` on, as far as they are fed
    size_t begin = 0;         // tokens before it are forgotten (Overflow::slide)
    std::vector<float> log_probabilities;
    std::vector<std::vector<TokenLogProbability>> alternatives;
    float score = 0;  // sum of the choices' values
    int sample = 0;   // which of the independent samples

    size_t unfed() const { return tokens.size() - begin - cells.size(); }
  };
  struct Extension {  // a branch and a token that may follow it
    float score, log_probability;
    int token, branch;
  };
  void slide(SearchContext& context, Branch& branch);
  void feed(SearchContext& context, Branch& branch, int& room, std::vector<StepRow>& rows);
  void part_samples(SearchContext& context);
  StepRow row(const SearchContext& context, const Branch& branch, bool wants_logits) const;
  ScanRequest wants(const SearchContext& context, bool forced) const;
  void advance_each(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules);
  void note_scores(const RowScan& scan, const RowRules& rules, const Choice& choice, Branch& branch) const;
  void finish_sample(SearchContext& context, Branch& branch, Finish how);
  void advance_beams(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules);
  void rank_extensions(std::span<const RowScan> scans, std::span<const RowRules> rules);
  void extend(const Branch& from, const Extension& by, Branch& to) const;
  void finish_beam(const Branch& from, const Extension& by);
  bool stops(const SearchContext& context, const Branch& from, int token) const;
  bool can_stop() const;
  Hypothesis hypothesis(const Branch& branch, Finish how) const;
  void check_numbers(std::span<const RowScan> scans) const;
  void check_possible(bool possible) const;
  bool at_limit() const { return generated_ + 1 == limit_; }  // with the next token
  size_t beams() const { return static_cast<size_t>(options_->num_beams); }
  size_t extensions_wanted() const;

  const RequestOptions* options_ = nullptr;
  Processors processors_;
  Sampler sampler_;
  uint64_t stream_ = 0;
  size_t number_ = 0, wanted_ = 0;
  size_t hidden_ = 0;  // tokens in front that no hypothesis shows
  int slot_ = 0, prompt_ = 0;
  int64_t limit_ = 0, generated_ = 0;
  std::vector<Branch> open_, next_;
  std::vector<Hypothesis> finished_;  // beams: best first; samples: by their number
  std::vector<Extension> extensions_;
  std::vector<Choice> choices_;
};

}  // namespace gamana
