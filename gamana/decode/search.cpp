#include "gamana/decode/search.h"

#include <algorithm>
#include <cmath>

#include "gamana/base/check.h"
#include "gamana/base/rng.h"

namespace gamana {

void Search::start(SearchContext& context, size_t source, int slot, std::span<const int> prefix, int limit) {
  const GenerateOptions& options = context.options;
  source_ = source;
  slot_ = slot;
  prefix_ = static_cast<int>(prefix.size());
  limit_ = limit;
  generated_ = 0;
  first_ = true;
  over_ = false;
  finished_.clear();
  if (options.do_sample) finished_.resize(options.num_return_sequences);
  // Beams part at the first choice, samples are apart from the beginning; the prefix is shared by all.
  open_.resize(options.do_sample ? options.num_return_sequences : 1);
  Branch& branch = open_[0];
  branch.tokens.assign(1, context.start_token);
  branch.tokens.insert(branch.tokens.end(), prefix.begin(), prefix.end());
  branch.cells.clear();
  int cell = -1;
  for (int i = 0; i < prefix_; ++i) branch.cells.push_back(cell = context.cells.take(cell));
  branch.log_probabilities.clear();
  branch.score = 0;
  branch.sample = 0;
  for (size_t i = 1; i < open_.size(); ++i) {
    open_[i] = branch;
    open_[i].sample = static_cast<int>(i);
    if (cell >= 0) context.cells.keep(cell);
  }
}

void Search::add_rows(SearchContext& context, std::vector<StepRow>& rows, std::vector<RowRules>& rules,
                      size_t& rule_count) {
  const GenerateOptions& options = context.options;
  for (Branch& branch : open_) {
    const int last_cell = branch.cells.empty() ? -1 : branch.cells.back();
    branch.cells.push_back(context.cells.take(last_cell));
  }
  for (int t = 0; first_ && t < prefix_; ++t) {
    const Branch& branch = open_[0];
    rows.push_back({slot_, branch.tokens[t], t, branch.cells[t], branch.cells.data(), false});
  }
  first_ = false;
  for (Branch& branch : open_) {
    const int time = static_cast<int>(branch.tokens.size()) - 1;
    rows.push_back({slot_, branch.tokens[time], time, branch.cells[time], branch.cells.data(), true});
    if (rules.size() == rule_count) rules.emplace_back();
    RowRules& rule = rules[rule_count++];
    context.processors.fill(branch.tokens, at_limit(), rule);
    if (options.do_sample) rule.key = stream_key(stream_key(options.seed, source_, branch.sample), generated_);
  }
}

bool Search::enough(const SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules) {
  for (size_t i = 0; i < open_.size(); ++i) {
    context.processors.choices(scans[i], rules[i], at_limit(), false, choices_);
    if (!context.sampler.enough(scans[i], rules[i], choices_)) return false;
  }
  return true;
}

bool Search::advance(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules) {
  if (context.options.num_beams > 1) {
    advance_beams(context, scans, rules);
  } else {
    advance_each(context, scans, rules);
  }
  ++generated_;
  if (context.options.num_beams > 1 && !over_) over_ = can_stop(context.options);
  if (open_.empty()) over_ = true;
  if (over_) {
    for (const Branch& branch : open_) context.cells.release(branch.cells.back());
    open_.clear();
  }
  return over_;
}

// Greedy search and sampling: hypotheses know nothing of each other.
void Search::advance_each(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules) {
  const GenerateOptions& options = context.options;
  const bool last = at_limit();
  size_t kept = 0;
  for (size_t i = 0; i < open_.size(); ++i) {
    Branch& branch = open_[i];
    context.processors.choices(scans[i], rules[i], last, false, choices_);
    const Choice* choice = choices_.empty() ? nullptr : &choices_[0];
    if (options.do_sample && !context.processors.forced(last)) {
      choice = context.sampler.draw(scans[i], rules[i], choices_);
    }
    check_possible(choice != nullptr);
    branch.tokens.push_back(choice->token);
    if (options.output_scores) {
      check_possible(std::isfinite(scans[i].log_total));
      branch.log_probabilities.push_back(choice->log_probability);
      branch.score += choice->log_probability;
    }
    if (last || choice->token == context.end_token) {
      if (!options.do_sample) finished_.resize(1);
      finished_[branch.sample] = hypothesis(branch);
      if (options.output_scores) {
        finished_[branch.sample].score = options.normalize(branch.score, generated_ + 1, prefix_);
      }
      context.cells.release(branch.cells.back());
    } else {
      if (kept != i) std::swap(open_[kept], branch);
      ++kept;
    }
  }
  open_.resize(kept);
}

// One step of transformers' GenerationMixin._beam_search (generation/utils.py) for one sentence.
void Search::advance_beams(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules) {
  const size_t beams = context.options.num_beams;
  rank_extensions(context, scans, rules);
  check_possible(!extensions_.empty() || !finished_.empty());
  if (next_.size() < beams) next_.resize(beams);
  size_t running = 0;
  for (size_t rank = 0; rank < extensions_.size(); ++rank) {
    const Extension& extension = extensions_[rank];
    const Branch& from = open_[extension.branch];
    if (extension.token == context.end_token || at_limit()) {
      if (rank < beams) finish(context.options, from, extension);  // the others only stand in for finished ones
    } else if (running < beams) {
      extend(from, extension, next_[running++]);
      context.cells.keep(from.cells.back());
    }
  }
  for (const Branch& branch : open_) context.cells.release(branch.cells.back());
  next_.resize(running);
  std::swap(open_, next_);
}

// The 2 * num_beams best: as many as are needed if all of the best end here.
void Search::rank_extensions(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules) {
  const size_t wanted = 2 * static_cast<size_t>(context.options.num_beams);
  extensions_.clear();
  for (size_t b = 0; b < open_.size(); ++b) {
    check_possible(std::isfinite(scans[b].log_total));
    context.processors.choices(scans[b], rules[b], at_limit(), true, choices_);
    if (choices_.size() > wanted) choices_.resize(wanted);
    for (const Choice& c : choices_) {
      extensions_.push_back({open_[b].score + c.value, c.log_probability, c.token, static_cast<int>(b)});
    }
  }
  const size_t count = std::min(wanted, extensions_.size());
  std::partial_sort(extensions_.begin(), extensions_.begin() + count, extensions_.end(),
                    [](const Extension& a, const Extension& b) {
                      if (a.score != b.score) return a.score > b.score;
                      return a.branch != b.branch ? a.branch < b.branch : a.token < b.token;
                    });
  extensions_.resize(count);
}

void Search::extend(const Branch& from, const Extension& by, Branch& to) const {
  to.tokens = from.tokens;
  to.tokens.push_back(by.token);
  to.cells = from.cells;
  to.log_probabilities = from.log_probabilities;
  to.log_probabilities.push_back(by.log_probability);
  to.score = by.score;
}

void Search::finish(const GenerateOptions& options, const Branch& from, const Extension& by) {
  const size_t capacity = options.collected();
  const float score = options.normalize(by.score, generated_ + 1, prefix_);
  const auto place = std::find_if(finished_.begin(), finished_.end(), [&](const auto& h) { return score > h.score; });
  if (finished_.size() >= capacity && place == finished_.end()) return;
  Hypothesis found = hypothesis(from);
  found.tokens.push_back(by.token);
  found.log_probabilities.push_back(by.log_probability);
  found.score = score;
  finished_.insert(place, std::move(found));
  if (finished_.size() > capacity) finished_.pop_back();
}

// Called with generated_ already counting the step just made (_check_early_stop_heuristic).
bool Search::can_stop(const GenerateOptions& options) const {
  if (static_cast<int>(finished_.size()) < options.collected() || open_.empty()) return false;
  if (options.early_stopping == EarlyStopping::yes) return true;
  const bool longest = options.early_stopping == EarlyStopping::never && options.length_penalty > 0;
  const float reachable = options.normalize(open_[0].score, longest ? limit_ : generated_, prefix_);
  return reachable <= finished_.back().score;
}

Hypothesis Search::hypothesis(const Branch& branch) const {
  return {{branch.tokens.begin() + 1, branch.tokens.end()}, branch.log_probabilities, 0.0f};
}

void Search::check_possible(bool possible) const {
  if (!possible) {
    fail("source {}: expected a token that may follow after {} generated ones, found none: all are suppressed or the "
         "model's logits are not numbers",
         source_ + 1, generated_);
  }
}

std::vector<Hypothesis> Search::results(const GenerateOptions& options) {
  if (finished_.size() > static_cast<size_t>(options.num_return_sequences)) {
    finished_.resize(options.num_return_sequences);
  }
  return std::move(finished_);
}

}  // namespace gamana
