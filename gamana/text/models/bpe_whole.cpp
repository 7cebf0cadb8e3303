#include "gamana/text/models/bpe_whole.h"

#include <algorithm>

namespace gamana {
namespace {

constexpr uint32_t kNone = MergeTable::kNone;

// By id the merge that makes a token; empty where a token has several.
std::vector<uint32_t> makers_of(const MergeTable& table, size_t ids) {
  std::vector<uint32_t> makers(ids, kNone);
  for (uint32_t rank = 0; rank < table.merges().size(); ++rank) {
    const MergeTable::Merge& merge = table.merges()[rank];
    if (merge.left < 0) continue;
    uint32_t& maker = makers[static_cast<size_t>(merge.result)];
    if (maker != kNone) return {};
    maker = rank;
  }
  return makers;
}

// Whether the sides of a merge stay apart until it comes.
bool sides_meet(const MergeTable& table, const std::vector<uint32_t>& makers, uint32_t rank) {
  auto [left, right, result] = table.merges()[rank];
  uint32_t left_grows = rank, right_grows = rank;  // when each becomes part of a longer token
  while (true) {
    const uint32_t left_made = makers[static_cast<size_t>(left)], right_made = makers[static_cast<size_t>(right)];
    if (left_made == kNone && right_made == kNone) return true;
    // The last step is taken back. Of one merge at two places the left one comes first.
    if (right_made == kNone || (left_made != kNone && left_made > right_made)) {
      left = table.merges()[left_made].right;
      left_grows = left_made;
    } else {
      right = table.merges()[right_made].left;
      right_grows = right_made;
    }
    const uint32_t other = table.rank(left, right);
    if (other != kNone && other < left_grows && other <= right_grows) return false;
  }
}

}  // namespace

std::vector<uint8_t> whole_results(const MergeTable& table, const std::vector<uint8_t>& is_character) {
  const std::vector<uint32_t> makers = makers_of(table, is_character.size());
  std::vector<uint8_t> whole(table.merges().size(), 0);
  if (makers.empty()) return whole;
  const auto side_is_whole = [&](int32_t id) {
    const uint32_t maker = makers[static_cast<size_t>(id)];
    return maker == kNone ? is_character[static_cast<size_t>(id)] != 0 : whole[maker] != 0;
  };
  const auto made_before = [&](int32_t id, uint32_t rank) {
    const uint32_t maker = makers[static_cast<size_t>(id)];
    return maker == kNone || maker < rank;
  };
  for (uint32_t rank = 0; rank < whole.size(); ++rank) {
    const auto [left, right, result] = table.merges()[rank];
    if (left < 0) continue;
    if (!made_before(left, rank) || !made_before(right, rank)) return std::vector<uint8_t>(whole.size(), 0);
    whole[rank] = side_is_whole(left) && side_is_whole(right) && sides_meet(table, makers, rank);
  }
  return whole;
}

}  // namespace gamana
