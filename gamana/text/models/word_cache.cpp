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

WordCache::WordCache()
    : short_memory_(slots<ShortSlot>((2 << kShortBits) + 1)), long_(slots<LongSlot>(1 << kLongBits)) {
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

bool WordCache::find_long(std::string_view word, uint32_t place, uint32_t piece, TokenWriter& out) {
  const uint64_t hash = hash_bytes(word);
  const LongSlot& slot = long_[hash >> (64 - kLongBits)];
  if (slot.hash != hash || slot.bytes != word.size() || std::memcmp(slot.word, word.data(), word.size()) != 0)
    return false;
  write(slot, place, piece, out);
  return true;
}

void WordCache::keep(std::string_view word, std::span<const WordToken> tokens) {
  if (word.size() > kLong || tokens.size() > (word.size() > kShort ? kLongTokens : kShortTokens)) return;
  uint32_t at = 0;
  for (const WordToken& token : tokens) {
    if (token.begin != at) return;
    at = token.end;
  }
  if (word.size() > kShort) {
    const uint64_t hash = hash_bytes(word);
    LongSlot& slot = long_[hash >> (64 - kLongBits)];
    slot.hash = hash;
    std::memcpy(slot.word, word.data(), word.size());
    fill(slot, word, tokens);
    return;
  }
  const ShortWord key(word);
  ShortSlot* set = set_of(key);
  set[1] = set[0];
  set[0].low = key.low, set[0].high = key.high;
  fill(set[0], word, tokens);
}

}  // namespace gamana
