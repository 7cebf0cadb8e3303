#include "gamana/metric/ngrams.h"

#include <algorithm>
#include <bit>

#include "gamana/base/rng.h"  // mix

namespace gamana::metric {

uint32_t WordIds::operator()(std::string_view word) {
  const auto found = ids_.find(word);
  if (found != ids_.end()) return found->second;
  return ids_.emplace(word, static_cast<uint32_t>(ids_.size())).first->second;
}

void NgramMatcher::begin_round(size_t ngrams) {
  if (slots_.size() < 2 * ngrams || ++round_ == 0) {
    slots_.assign(std::bit_ceil(std::max(slots_.size(), 2 * ngrams + 2)), Slot{});
    round_ = 1;
  }
  limit_.clear();
  seen_.clear();
}

// An n-gram is the pair of its first n - 1 items, known by their id, and its last item.
uint32_t NgramMatcher::id_of(uint32_t prefix, uint32_t item) {
  const uint64_t key = static_cast<uint64_t>(prefix) << 32 | item;
  const size_t mask = slots_.size() - 1;
  for (size_t i = mix(key) & mask;; i = (i + 1) & mask) {
    Slot& slot = slots_[i];
    if (slot.round != round_) {
      slot = {key, static_cast<uint32_t>(seen_.size()), round_};
      seen_.push_back(0), limit_.push_back(0);
    }
    if (slot.key == key) return slot.id;
  }
}

void NgramMatcher::match(std::span<const uint32_t> hypothesis, std::span<const std::vector<uint32_t>> references,
                         std::span<NgramCount> counts) {
  const size_t sequences = references.size() + 1;  // the hypothesis is the last
  const auto items = [&](size_t s) {
    return s < references.size() ? std::span<const uint32_t>(references[s]) : hypothesis;
  };
  size_t total = 0;
  prefixes_.resize(std::max(prefixes_.size(), sequences));
  for (size_t s = 0; s < sequences; ++s) prefixes_[s].assign(items(s).size(), 0), total += items(s).size();

  for (size_t n = 1; n <= counts.size(); ++n) {
    NgramCount& count = counts[n - 1] = {};
    begin_round(total);
    for (size_t s = 0; s < sequences; ++s) {
      const std::span<const uint32_t> sequence = items(s);
      const bool is_reference = s < references.size();
      const size_t ngrams = sequence.size() < n ? 0 : sequence.size() - n + 1;
      std::fill(seen_.begin(), seen_.end(), 0);
      for (size_t i = 0; i < ngrams; ++i) {
        const uint32_t id = prefixes_[s][i] = id_of(prefixes_[s][i], sequence[i + n - 1]);
        const uint32_t seen = ++seen_[id];
        if (is_reference)
          limit_[id] = std::max(limit_[id], seen);
        else
          count.match += seen <= limit_[id];
      }
      (is_reference ? count.reference : count.hypothesis) += static_cast<int64_t>(ngrams);
    }
  }
}

}  // namespace gamana::metric
