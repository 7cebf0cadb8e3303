#include "gamana/text/models/byte_trie.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace gamana {
namespace {

// A string and its first bytes as a number, which decides most comparisons.
struct Key {
  uint64_t head;
  std::string_view text;
  int32_t value;
  uint32_t order;

  bool operator<(const Key& other) const {
    if (head != other.head) return head < other.head;
    if (const int sign = text.compare(other.text)) return sign < 0;
    return order < other.order;
  }
};

std::vector<Key> sorted(const std::vector<std::pair<std::string_view, int32_t>>& entries) {
  std::vector<Key> keys;
  keys.reserve(entries.size());
  for (const auto& [text, value] : entries) {
    if (text.empty()) continue;
    uint64_t head = 0;
    std::memcpy(&head, text.data(), std::min<size_t>(text.size(), 8));
    if constexpr (std::endian::native == std::endian::little) head = __builtin_bswap64(head);
    keys.push_back({head, text, value, static_cast<uint32_t>(keys.size())});
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace

// Places the nodes of sorted keys, a node and then what is below it, each where its children first fit.
struct ByteTrie::Builder {
  std::vector<Unit>& units;
  std::vector<uint64_t> used;  // a bit for each unit
  size_t first_free = 256;     // bases are not negative

  struct Range {
    size_t begin, end, depth;
    uint32_t node;
  };

  explicit Builder(std::vector<Unit>& units) : units(units) { reserve(1024); }

  void reserve(size_t n) {
    if (n <= units.size()) return;
    n = std::max(n, units.size() * 2);
    n = (n + 63) / 64 * 64;
    units.resize(n);
    used.resize(n / 64);
  }
  bool is_free(size_t at) const { return !(used[at / 64] >> (at % 64) & 1); }
  size_t next_free(size_t at) {
    for (reserve(at + 64);;) {
      if (const uint64_t free = ~used[at / 64] & (~uint64_t{0} << (at % 64)))
        return at / 64 * 64 + static_cast<size_t>(std::countr_zero(free));
      at = (at / 64 + 1) * 64;
      reserve(at + 64);
    }
  }

  // The first of a few places looked at, else one behind everything.
  size_t base_for(const std::vector<uint8_t>& labels) {
    constexpr int kTries = 24;
    size_t place = first_free = next_free(first_free);
    for (int i = 0; labels.size() > 1; place = next_free(place + 1), ++i) {
      if (i == kTries) place = next_free(std::max(highest + 1, first_free));
      reserve(place + 257);
      const size_t base = place - labels[0];
      if (std::all_of(labels.begin(), labels.end(), [&](uint8_t label) { return is_free(base + label); })) break;
    }
    reserve(place + 257);
    return place - labels[0];
  }
  size_t highest = 256;

  void build(const std::vector<Key>& keys) {
    units[kRoot].parent = kFree;
    std::vector<Range> open = {{0, keys.size(), 0, kRoot}};
    std::vector<uint8_t> labels;
    std::vector<size_t> begins;
    while (!open.empty()) {
      const Range range = open.back();
      open.pop_back();
      size_t at = range.begin;
      for (; at < range.end && keys[at].text.size() == range.depth; ++at) units[range.node].value = keys[at].value;
      if (at == range.end) continue;
      labels.clear();
      begins.clear();
      for (; at < range.end; ++at) {
        const uint8_t label = static_cast<uint8_t>(keys[at].text[range.depth]);
        if (labels.empty() || labels.back() != label) labels.push_back(label), begins.push_back(at);
      }
      begins.push_back(range.end);
      const size_t base = base_for(labels);
      units[range.node].base = static_cast<uint32_t>(base);
      for (size_t i = labels.size(); i-- > 0;) {
        const size_t child = base + labels[i];
        used[child / 64] |= uint64_t{1} << (child % 64);
        units[child].parent = range.node;
        highest = std::max(highest, child);
        open.push_back({begins[i], begins[i + 1], range.depth + 1, static_cast<uint32_t>(child)});
      }
    }
    units.resize(highest + 257);
    units.shrink_to_fit();
  }
};

ByteTrie::ByteTrie(const std::vector<std::pair<std::string_view, int32_t>>& entries) {
  Builder(units_).build(sorted(entries));
}

uint32_t ByteTrie::find(std::string_view text) const {
  uint32_t node = kRoot;
  for (const char byte : text)
    if ((node = step(node, static_cast<uint8_t>(byte))) == kNone) return kNone;
  return node;
}

}  // namespace gamana
