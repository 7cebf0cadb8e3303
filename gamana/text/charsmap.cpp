#include "gamana/text/charsmap.h"

#include <cstdint>
#include <cstring>

#include "gamana/text/protobuf.h"

namespace gamana {
namespace {

// Fields of sentencepiece_model.proto: ModelProto.normalizer_spec, .denormalizer_spec;
// NormalizerSpec.precompiled_charsmap.
constexpr uint64_t kNormalizer = 3, kDenormalizer = 5, kCharsmap = 2;

// A table is the trie's size in bytes, the trie (a double array of 32-bit units, Yata et al. 2007, as darts-clone
// stores it) and the replacements, each ended by NUL. A unit with bit 31 holds the place of a replacement; any other
// leads to a block of 256 units, and with bit 8 to such a place at the block's entry for NUL.
bool valid_charsmap(std::string_view table) {
  if (table.empty()) return true;
  uint32_t trie_bytes;
  if (table.size() <= sizeof trie_bytes) return false;
  std::memcpy(&trie_bytes, table.data(), sizeof trie_bytes);
  table.remove_prefix(sizeof trie_bytes);
  if (trie_bytes >= table.size() || trie_bytes % 1024 != 0 || trie_bytes == 0 || table.back() != '\0') return false;
  const uint32_t units = trie_bytes / 4, replacements = static_cast<uint32_t>(table.size()) - trie_bytes;
  const auto unit_at = [&](uint32_t i) {
    uint32_t unit;
    std::memcpy(&unit, table.data() + 4 * i, sizeof unit);
    return unit;
  };
  const auto is_place = [&](uint32_t unit) { return unit >> 31 && (unit & 0x7FFFFFFF) < replacements; };
  if (unit_at(0) >> 31) return false;
  for (uint32_t i = 0; i < units; ++i) {
    const uint32_t unit = unit_at(i);
    if (unit >> 31) continue;
    const uint32_t next = i ^ (unit >> 10) << ((unit & (1u << 9)) >> 6);
    if ((next | 255) >= units || ((unit >> 8 & 1) && !is_place(unit_at(next)))) return false;
  }
  return true;
}

}  // namespace

bool valid_charsmaps(std::string_view model) {
  return every_field(model, [](const ProtobufField& spec) {
    if (spec.wire_type != 2 || (spec.number != kNormalizer && spec.number != kDenormalizer)) return true;
    return every_field(spec.bytes, [](const ProtobufField& part) {
      return part.wire_type != 2 || part.number != kCharsmap || valid_charsmap(part.bytes);
    });
  });
}

}  // namespace gamana
