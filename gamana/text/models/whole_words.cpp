#include "gamana/text/models/whole_words.h"

#include <algorithm>
#include <bit>

namespace gamana {

WholeWords::WholeWords(size_t expected) {
  const size_t slots = std::bit_ceil(std::max<size_t>(2 * expected, 16));
  slots_.resize(slots);
  shift_ = 64 - std::countr_zero(slots);
  entries_.reserve(expected);
}

void WholeWords::add(std::string_view text, int32_t id) {
  if (text.empty() || text.size() > 16) return;
  const ShortWord word(text);
  size_t at = word.hash >> shift_;
  while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
  entries_.push_back({word.low, word.high, id, static_cast<uint32_t>(text.size())});
  slots_[at] = static_cast<uint32_t>(entries_.size());
}

}  // namespace gamana
