#include "gamana/data/pairs.h"

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "tests/support/files.h"

namespace gamana {
namespace {

// A token for each letter, and 0 at the end.
std::vector<int32_t> ids_of_letters(const std::string& line) {
  std::vector<int32_t> ids(line.begin(), line.end());
  ids.push_back(0);
  return ids;
}

TEST(Pairs, WhatIsEmptyOrTooLongOnEitherSideIsLeftOut) {
  const PairLines lines{{"abc", "", "abcd", "abc", "a", "abc"}, {"abc", "a", "a", "abcd", "", "a"}};
  const PairData data = encode_pairs(lines, ids_of_letters, ids_of_letters, 4);
  EXPECT_EQ(data.size(), 2);
  EXPECT_EQ(data.empty, 2);
  EXPECT_EQ(data.too_long, 2);
  EXPECT_EQ(data.source[1], ids_of_letters("abc"));
  EXPECT_EQ(data.target[1], ids_of_letters("a"));
  EXPECT_EQ(fault_of([&] { encode_pairs({{"", "abcd"}, {"a", "a"}}, ids_of_letters, ids_of_letters, 4); }),
            "expected sentence pairs to learn from, found none: 1 with an empty side, 1 longer than 4 tokens");
}

TEST(Pairs, FilesHaveAsManyLines) {
  const std::string one = file("one.txt", "a\nb\n"), other = file("other.txt", "a\nb\nc\n");
  EXPECT_EQ(read_pairs(one, one).target[1], "b");
  EXPECT_THROW(read_pairs(one, other), Error);
  const std::string none = file("none.txt", "");
  EXPECT_THROW(read_pairs(none, none), Error);
}

// The larger side fills a batch; the decoder is fed what it has answered before.
TEST(Pairs, BatchesAreCutByTheLargerSide) {
  const PairData data = encode_pairs({{"a", "abc", "abc", "a"}, {"abc", "a", "a", "abc"}}, ids_of_letters, ids_of_letters, 9);
  EXPECT_EQ(plan_in_order(data, 8), (Batches{{0, 1}, {2, 3}}));
  EXPECT_EQ(plan_in_order(data, 12), (Batches{{0, 1, 2, 3}}));
  EXPECT_EQ(plan_in_order(data, 11), (Batches{{0, 1, 2}, {3}}));
  const std::vector<int32_t> both = {0, 1};
  const PairBatch b = make_pair_batch(data, both, 7);
  EXPECT_EQ(b.source.tokens, (std::vector<int32_t>{'a', 0, 'a', 'b', 'c', 0}));
  EXPECT_EQ(b.target.tokens, (std::vector<int32_t>{7, 'a', 'b', 'c', 7, 'a'}));
  EXPECT_EQ(b.labels, (std::vector<int32_t>{'a', 'b', 'c', 0, 'a', 0}));
}

}  // namespace
}  // namespace gamana
