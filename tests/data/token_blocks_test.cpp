#include "gamana/data/token_blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "tests/support/files.h"

namespace gamana {
namespace {

using Ids = std::vector<int32_t>;

// A token for each byte of each line; around as told.
std::shared_ptr<const TokenCache> cache_of(const std::string& text, const Ids& before, const Ids& after) {
  static int count = 0;
  const TokenCorpus corpus{.files = {file("text", text)},
                           .format = {.keep_line_ends = false},
                           .encode = [](std::string_view t, Ids& ids) { ids.insert(ids.end(), t.begin(), t.end()); },
                           .before = before,
                           .after = after,
                           .tokenizer = "bytes",
                           .vocabulary = 256};
  return std::make_shared<TokenCache>(temporary("blocks" + std::to_string(count++)), corpus);
}

std::string text_of(const Ids& ids) { return {ids.begin(), ids.end()}; }

NextTokenBatch all_of(const TokenBlocks& blocks) {
  Ids list(blocks.lengths().size());
  std::iota(list.begin(), list.end(), 0);
  const NextTokenBatch batch = blocks.batch(list);
  EXPECT_EQ(blocks.targets(list), std::ssize(batch.targets));
  return batch;
}

TEST(TokenBlocks, EachTokenIsFollowedByTheNextOne) {
  const auto cache = cache_of("abcdefghij\n", {}, {});
  const TokenBlocks blocks(cache, {0, 10}, {.length = 4});
  EXPECT_EQ(blocks.lengths(), (Lengths{4, 4, 1}));
  const NextTokenBatch b = all_of(blocks);
  EXPECT_EQ(text_of(b.batch.tokens), "abcdefghi");
  EXPECT_EQ(text_of(b.targets), "bcdefghij");
  EXPECT_EQ(b.batch.offsets, (Ids{0, 4, 8, 9}));
  EXPECT_EQ(b.batch.positions, (Ids{0, 1, 2, 3, 0, 1, 2, 3, 0}));
  const TokenBlocks part(cache, {2, 7}, {.length = 4});
  EXPECT_EQ(text_of(all_of(part).targets), "defg");
}

// Where a token ends documents, it begins the next one as well; everything but the first token is told.
TEST(TokenBlocks, DocumentsDoNotSeeEachOther) {
  const auto ended = cache_of("abc\nd\n\nefgh\n", {}, {'.'});  // abc.d.efgh.
  const NextTokenBatch b = all_of({ended, {0, 11}, {.length = 5, .end_begins = true}});
  EXPECT_EQ(text_of(b.batch.tokens), "abc.d.efgh");
  EXPECT_EQ(text_of(b.targets), "bc.d.efgh.");
  EXPECT_EQ(b.batch.offsets, (Ids{0, 3, 5, 10}));
  EXPECT_EQ(b.rows.size(), 10u);
  const NextTokenBatch other = all_of({ended, {0, 11}, {.length = 4, .end_begins = true}});
  EXPECT_EQ(other.batch.offsets, (Ids{0, 3, 4, 5, 8, 10}));
  // A token of its own begins them, or none does: nothing follows their last token.
  const NextTokenBatch begun = all_of({cache_of("abc\nd\n", {'<'}, {'>'}), {0, 8}, {.length = 4}});  // <abc><d>
  EXPECT_EQ(text_of(begun.batch.tokens), "<abc><d");
  EXPECT_EQ(begun.batch.offsets, (Ids{0, 4, 5, 7}));
  EXPECT_EQ(text_of(begun.targets), "abc>d>");
  EXPECT_EQ(begun.rows, (Ids{0, 1, 2, 3, 5, 6}));
  const NextTokenBatch plain = all_of({cache_of("abc\nd\nef\n", {}, {}), {0, 6}, {.length = 3}});
  EXPECT_EQ(plain.batch.offsets, (Ids{0, 3, 4, 5}));
  EXPECT_EQ(plain.rows, (Ids{0, 1, 4}));
  EXPECT_EQ(text_of(plain.targets), "bcf");
}

TEST(TokenBlocks, BeginElsewhereInEachEpoch) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += static_cast<char>(' ' + i % 90);
  const auto cache = cache_of(text + "\n", {}, {});
  TokenBlocks blocks(cache, {0, 100}, {.length = 8, .moving = true, .seed = 3});
  std::vector<int32_t> begins;
  for (int64_t epoch = 0; epoch < 20; ++epoch) {
    blocks.begin_epoch(epoch);
    EXPECT_GE(blocks.lengths().size(), 11u);
    EXPECT_TRUE(std::all_of(blocks.lengths().begin(), blocks.lengths().end(), [](int32_t n) { return n == 8; }));
    const NextTokenBatch b = all_of(blocks);
    EXPECT_EQ(b.rows.size(), blocks.lengths().size() * 8);
    begins.push_back(b.batch.tokens[0] - ' ');
    EXPECT_LT(begins.back(), 8);
  }
  EXPECT_GT(std::set<int32_t>(begins.begin(), begins.end()).size(), 4u);
  blocks.begin_epoch(7);
  EXPECT_EQ(all_of(blocks).batch.tokens[0] - ' ', begins[7]);
  // Little text: one block, which is all there is.
  TokenBlocks little(cache, {0, 6}, {.length = 8, .moving = true});
  little.begin_epoch(5);
  EXPECT_EQ(little.lengths(), (Lengths{5}));
  TokenBlocks exact(cache, {0, 9}, {.length = 8, .moving = true});
  for (int64_t epoch = 0; epoch < 5; ++epoch) {
    exact.begin_epoch(epoch);
    EXPECT_EQ(exact.lengths(), (Lengths{8}));
  }
}

}  // namespace
}  // namespace gamana
