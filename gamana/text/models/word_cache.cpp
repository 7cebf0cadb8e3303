#include "gamana/text/models/word_cache.h"

#include <algorithm>
#include <iterator>
#include <new>

namespace gamana {

template <class Slot>
std::unique_ptr<Slot[], WordCache::Free> WordCache::slots(size_t n) {
  void* memory = std::calloc(n, sizeof(Slot));
  if (!memory) throw std::bad_alloc();
  return std::unique_ptr<Slot[], Free>(static_cast<Slot*>(memory));
}

WordCache::WordCache() : short_memory_(slots<ShortSlot>((2 << kShortBits) + 1)), long_(slots<LongSlot>(1 << kLongBits)) {
  static_assert(sizeof(ShortSlot) == 64, "a slot fills a line of the cache");
  const auto address = reinterpret_cast<uintptr_t>(short_memory_.get());
  short_ = reinterpret_cast<ShortSlot*>((address + 63) / 64 * 64);
}

template <class Slot>
void WordCache::fill(Slot& slot, std::string_view word, std::span<const WordToken> tokens) {
  slot.bytes = static_cast<uint8_t>(word.size());
  slot.tokens = static_cast<uint8_t>(tokens.size());
  for (size_t i = 0; i < std::min(tokens.size(), std::size(slot.ids)); ++i) {
    slot.ids[i] = tokens[i].id;
    slot.ends[i] = static_cast<uint8_t>(tokens[i].end);
  }
}

void WordCache::keep(std::string_view word, std::span<const WordToken> tokens) {
  if (word.size() > kLong || tokens.size() > (word.size() > kShort ? kLongTokens : kShortTokens)) return;
  uint32_t at = 0;
  for (const WordToken& token : tokens) {
    if (token.begin != at) return;
    at = token.end;
  }
  if (word.size() > kShort) {
    LongSlot& slot = long_[hash_ >> (64 - kLongBits)];
    slot.hash = hash_;
    std::memcpy(slot.word, word.data(), word.size());
    fill(slot, word, tokens);
    return;
  }
  ShortSlot* set = &short_[2 * hash_];
  set[1] = set[0];
  set[0].low = low_, set[0].high = high_;
  fill(set[0], word, tokens);
}

}  // namespace gamana
