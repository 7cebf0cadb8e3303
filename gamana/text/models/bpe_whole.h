#pragma once
// Which tokens the merges lead to from their own text.
#include <cstdint>
#include <vector>

#include "gamana/text/models/merge_table.h"

namespace gamana {

// For each merge 1 where the text of its result becomes this one token, else 0. `is_character`, by id: tokens of one
// character, where merging begins. All 0 where the merges do not say it simply: a token comes from two of them, or from
// parts that are merged later than it.
//
// The symbols that meet in the middle of a token are, from the last state back to the characters, nodes along the right
// edge of the left part's tree and the left edge of the right part's. If no two of them that meet are merged before one
// of them grows on, the token is what comes out (the idea of github/rust-gems, crates/bpe).
std::vector<uint8_t> whole_results(const MergeTable& table, const std::vector<uint8_t>& is_character);

}  // namespace gamana
