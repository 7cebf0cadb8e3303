#include "gamana/decode/narrow.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace gamana {
namespace {

constexpr size_t kRows = 12;    // of more rows the weight is read once for all of them
constexpr int kBest = 64;       // more are found all over the vocabulary
constexpr int64_t kBefore = 8;  // steps: a few tokens would not pay for what the model prepares
constexpr int kShare = 4;       // where more than one group in so many is left, nothing is gained
constexpr int kDoubt = -8, kTrust = 32;

bool can_be_narrowed(const RowRules& r) {
  const ScanRequest& w = r.wants;
  return w.best > 0 && w.best <= kBest && !w.total && w.mass_scale == 0;
}

}  // namespace

std::span<const VocabularyPart> Narrowing::parts(DecodeModel& model, std::span<const RowRules> rules, int most) {
  if (rules.size() > kRows || !std::all_of(rules.begin(), rules.end(), can_be_narrowed)) return {};
  if (worth_ <= kDoubt || (++steps_ <= kBefore && !model.can_bound_at_once())) return {};
  const int vocabulary = model.vocabulary_size(), groups = (vocabulary + kLogitGroup - 1) / kLogitGroup;
  special_.assign(groups, 0);
  low_.resize(groups * rules.size()), high_.resize(low_.size());
  if (!mark_special(rules) || !model.bound_logits(low_, high_)) return {};
  if (!mark_best(rules)) return --worth_, std::span<const VocabularyPart>{};
  worth_ = std::min(worth_ + 1, kTrust);
  parts_.clear();
  for (int g = 0; g < groups; ++g) {
    if (!needed_[g]) continue;
    const int begin = g * kLogitGroup, size = std::min(kLogitGroup, vocabulary - begin);
    if (!parts_.empty() && parts_.back().begin + parts_.back().size == begin && parts_.back().size + size <= most)
      parts_.back().size += size;
    else
      parts_.push_back({begin, size});
  }
  return parts_;
}

// Groups with tokens that rules name: their logits may be asked for, and may not stand for the best.
bool Narrowing::mark_special(std::span<const RowRules> rules) {
  for (const RowRules& r : rules)
    for (const std::vector<int>* tokens : {&r.banned, &r.set_aside})
      for (const int token : *tokens) special_[token / kLogitGroup] = 1;
  return std::count(special_.begin(), special_.end(), 1) * kShare * 2 <= std::ssize(special_);
}

bool Narrowing::mark_best(std::span<const RowRules> rules) {
  needed_ = special_;
  for (size_t r = 0; r < rules.size(); ++r) {
    sorted_.clear();
    for (size_t g = 0; g < special_.size(); ++g) {
      const float low = low_[g * rules.size() + r];
      if (special_[g]) continue;
      sorted_.push_back(low == low ? low : -std::numeric_limits<float>::infinity());  // no number has no place in an order
    }
    const int best = rules[r].wants.best;
    if (std::ssize(sorted_) < best) return false;
    // So many groups have a token that reaches it.
    std::nth_element(sorted_.begin(), sorted_.begin() + best - 1, sorted_.end(), std::greater<>());
    const float reached = sorted_[best - 1];
    for (size_t g = 0; g < special_.size(); ++g) needed_[g] |= !(high_[g * rules.size() + r] < reached);
  }
  return std::count(needed_.begin(), needed_.end(), 1) * kShare <= std::ssize(needed_);
}

}  // namespace gamana
