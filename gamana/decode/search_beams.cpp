// Beam search.
#include <algorithm>
#include <cmath>

#include "gamana/decode/search.h"

namespace gamana {

// As many as are needed if all of the best end here.
size_t Search::extensions_wanted() const {
  return beams() * static_cast<size_t>(std::max(2, 1 + processors_.end_tokens()));
}

// One step of transformers' GenerationMixin._beam_search (generation/utils.py) for one request.
void Search::advance_beams(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules) {
  rank_extensions(scans, rules);
  check_possible(!extensions_.empty() || !finished_.empty());
  if (next_.size() < beams()) next_.resize(beams());
  size_t running = 0;
  for (size_t rank = 0; rank < extensions_.size(); ++rank) {
    const Extension& extension = extensions_[rank];
    const Branch& from = open_[extension.branch];
    if (rank >= beams() && running == beams()) break;
    if (processors_.ends(extension.token) || at_limit() || stops(context, from, extension.token)) {
      if (rank < beams()) finish_beam(from, extension);  // the others only stand in for finished ones
    } else if (running < beams()) {
      extend(from, extension, next_[running++]);
      context.cells.keep(from.cells);
    }
  }
  for (const Branch& branch : open_) context.cells.release(branch.cells);
  next_.resize(running);
  std::swap(open_, next_);
}

void Search::rank_extensions(std::span<const RowScan> scans, std::span<const RowRules> rules) {
  extensions_.clear();
  for (size_t b = 0; b < open_.size(); ++b) {
    processors_.choices(scans[b], rules[b], true, choices_);
    if (choices_.size() > extensions_wanted()) choices_.resize(extensions_wanted());
    for (const Choice& c : choices_) {
      extensions_.push_back({open_[b].score + c.value, c.log_probability, c.token, static_cast<int>(b)});
    }
  }
  const size_t count = std::min(extensions_wanted(), extensions_.size());
  std::partial_sort(extensions_.begin(), extensions_.begin() + static_cast<std::ptrdiff_t>(count), extensions_.end(),
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
  to.begin = from.begin;
  to.log_probabilities = from.log_probabilities;
  to.log_probabilities.push_back(by.log_probability);
  to.score = by.score;
}

// As a criterion of transformers (StoppingCriteria), which ends a beam like an end token.
bool Search::stops(const SearchContext& context, const Branch& from, int token) const {
  if (!context.callbacks.stops) return false;
  std::vector<int> generated(from.tokens.begin() + static_cast<std::ptrdiff_t>(hidden_), from.tokens.end());
  generated.push_back(token);
  return context.callbacks.stops(number_, generated);
}

void Search::finish_beam(const Branch& from, const Extension& by) {
  const size_t capacity = options_->collected();
  const float score = options_->normalize(by.score, static_cast<int>(generated_) + 1, prompt_);
  const auto place = std::find_if(finished_.begin(), finished_.end(), [&](const auto& h) { return score > h.score; });
  if (finished_.size() >= capacity && place == finished_.end()) return;
  const Finish how = processors_.ends(by.token) ? Finish::end : at_limit() ? Finish::length : Finish::stopped;
  Hypothesis found = hypothesis(from, how);
  found.tokens.push_back(by.token);
  found.log_probabilities.push_back(by.log_probability);
  found.score = score;
  finished_.insert(place, std::move(found));
  if (finished_.size() > capacity) finished_.pop_back();
}

// Called with generated_ already counting the step just made (_check_early_stop_heuristic).
bool Search::can_stop() const {
  if (static_cast<int>(finished_.size()) < options_->collected() || open_.empty()) return false;
  if (options_->early_stopping == EarlyStopping::yes) return true;
  const bool longest = options_->early_stopping == EarlyStopping::never && options_->length_penalty > 0;
  const float reachable =
      options_->normalize(open_[0].score, static_cast<int>(longest ? limit_ : generated_), prompt_);
  return reachable <= finished_.back().score;
}

}  // namespace gamana
