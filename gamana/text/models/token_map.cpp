#include "gamana/text/models/token_map.h"

#include <algorithm>
#include <bit>

#include "gamana/base/check.h"
#include "gamana/text/models/hash.h"

namespace gamana {

TokenMap::TokenMap(const List& entries, Repeated repeated, const std::string& where) {
  size_t bytes = 0;
  for (const auto& [token, id] : entries) {
    if (id < 0) fail("{}: vocab: expected ids from 0 to 2147483647, found {} for '{}'", where, id, token);
    bytes += token.size();
    longest_ = std::max(longest_, token.size());
  }
  if (bytes > 0xFFFFFFFFull || entries.size() >= kNone)
    fail("{}: vocab: expected less than 4 GiB, found {} bytes", where, bytes);
  bytes_.reserve(bytes);
  starts_.reserve(entries.size() + 1);
  ids_.reserve(entries.size());
  const size_t slots = std::bit_ceil(std::max<size_t>(entries.size() * 2, 16));
  slots_.assign(slots, Slot{0, kNone});
  shift_ = 64 - std::countr_zero(slots);
  starts_.push_back(0);
  for (const auto& [token, id] : entries) {
    bytes_ += token;
    starts_.push_back(static_cast<uint32_t>(bytes_.size()));
    ids_.push_back(id);
  }
  // The place of an entry is asked for some entries before it is needed.
  constexpr size_t kAhead = 16;
  uint64_t hashes[kAhead];
  for (size_t entry = 0; entry < ids_.size() + kAhead; ++entry) {
    uint64_t& hash = hashes[entry % kAhead];
    if (entry >= kAhead) insert(static_cast<uint32_t>(entry - kAhead), hash, repeated);
    if (entry >= ids_.size()) continue;
    hash = hash_bytes(text(static_cast<uint32_t>(entry)));
    __builtin_prefetch(&slots_[first_slot(hash)], 1);
  }
  order_by_id();
}

void TokenMap::insert(uint32_t entry, uint64_t hash, Repeated repeated) {
  const std::string_view token = text(entry);
  for (size_t at = first_slot(hash);; at = (at + 1) & (slots_.size() - 1)) {
    Slot& slot = slots_[at];
    if (slot.entry != kNone) {
      if (slot.tag != static_cast<uint32_t>(hash) || !same_bytes(text(slot.entry), token)) continue;
      if (repeated == Repeated::drop) ids_[slot.entry] = -1;
    } else {
      ++distinct_;
    }
    slot = {static_cast<uint32_t>(hash), entry};
    return;
  }
}

void TokenMap::order_by_id() {
  int32_t highest = -1;
  size_t used = 0;
  for (const int32_t id : ids_) highest = std::max(highest, id), used += id >= 0;
  dense_ = static_cast<size_t>(highest + int64_t{1}) <= 4 * used + 1024;
  if (dense_) {
    by_id_.resize(static_cast<size_t>(highest + int64_t{1}));
    for (size_t i = 0; i < by_id_.size(); ++i) by_id_[i] = {static_cast<int32_t>(i), kNone};
    for (uint32_t entry = 0; entry < ids_.size(); ++entry) {
      if (ids_[entry] < 0) continue;
      uint32_t& place = by_id_[static_cast<size_t>(ids_[entry])].entry;
      distinct_ids_ = distinct_ids_ && place == kNone;
      place = entry;
    }
    return;
  }
  for (uint32_t entry = 0; entry < ids_.size(); ++entry)
    if (ids_[entry] >= 0) by_id_.push_back({ids_[entry], entry});
  std::sort(by_id_.begin(), by_id_.end(),
            [](const ById& a, const ById& b) { return a.id != b.id ? a.id < b.id : a.entry > b.entry; });
  const auto end = std::unique(by_id_.begin(), by_id_.end(), [](const ById& a, const ById& b) { return a.id == b.id; });
  distinct_ids_ = end == by_id_.end();
  by_id_.erase(end, by_id_.end());
}

int32_t TokenMap::id(std::string_view token) const {
  const uint64_t hash = hash_bytes(token);
  for (size_t at = first_slot(hash);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.entry == kNone) return -1;
    if (slot.tag == static_cast<uint32_t>(hash) && same_bytes(text(slot.entry), token)) return ids_[slot.entry];
  }
}

// The table, the place of the bytes and the bytes themselves are three distant reads for each token: all of a group are
// asked for before any is needed.
void TokenMap::ids(std::span<const std::string_view> tokens, int32_t* out) const {
  constexpr size_t kGroup = 48;
  uint64_t hashes[kGroup];
  for (size_t begin = 0; begin < tokens.size(); begin += kGroup) {
    const auto group = tokens.subspan(begin, std::min(kGroup, tokens.size() - begin));
    for (size_t i = 0; i < group.size(); ++i) {
      hashes[i] = hash_bytes(group[i]);
      __builtin_prefetch(&slots_[first_slot(hashes[i])]);
    }
    for (size_t i = 0; i < group.size(); ++i) {
      const uint32_t entry = slots_[first_slot(hashes[i])].entry;
      if (entry == kNone) continue;
      __builtin_prefetch(&starts_[entry]);
      __builtin_prefetch(&ids_[entry]);
    }
    for (size_t i = 0; i < group.size(); ++i) {
      const uint32_t entry = slots_[first_slot(hashes[i])].entry;
      if (entry != kNone) __builtin_prefetch(bytes_.data() + starts_[entry]);
    }
    for (size_t i = 0; i < group.size(); ++i) out[begin + i] = id(group[i]);
  }
}

uint32_t TokenMap::entry_of(int32_t id) const {
  if (id < 0) return kNone;
  if (dense_) return static_cast<size_t>(id) < by_id_.size() ? by_id_[static_cast<size_t>(id)].entry : kNone;
  const auto at = std::lower_bound(by_id_.begin(), by_id_.end(), id, [](const ById& a, int32_t b) { return a.id < b; });
  return at != by_id_.end() && at->id == id ? at->entry : kNone;
}

std::string_view TokenMap::token(int32_t id) const {
  const uint32_t entry = entry_of(id);
  GAMANA_DCHECK(entry != kNone);
  return text(entry);
}

}  // namespace gamana
