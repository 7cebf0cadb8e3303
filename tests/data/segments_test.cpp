#include "gamana/data/segments.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/base/rng.h"

namespace gamana {
namespace {

using Ranges = std::vector<TokenRange>;

TEST(Segments, BlocksDropTheRemainder) {
  EXPECT_EQ(cut_blocks(10, 4), (Ranges{{0, 4}, {4, 8}}));
  EXPECT_EQ(cut_blocks(8, 4), (Ranges{{0, 4}, {4, 8}}));
  EXPECT_EQ(cut_blocks(3, 4), (Ranges{{0, 3}}));
  EXPECT_EQ(cut_blocks(0, 4), Ranges{});
}

TEST(Segments, LinesAreCut) {
  const int64_t offsets[] = {0, 3, 3, 10, 14};
  EXPECT_EQ(cut_lines(offsets, 4), (Ranges{{0, 3}, {3, 7}, {10, 14}}));
  EXPECT_EQ(cut_lines({}, 4), Ranges{});
}

// 200 documents of 1 to 12 sentences of 1 to 20 tokens, with an empty text or two between them.
struct Corpus {
  std::vector<int64_t> offsets{0};
  std::vector<int> document_of;  // each token
  Corpus() {
    for (uint64_t d = 0; d < 200; ++d) {
      const auto sentences = 1 + static_cast<int>(uniform(1, d) * 12);
      for (int s = 0; s < sentences; ++s) {
        const auto tokens = 1 + static_cast<int>(uniform(2, d * 100 + static_cast<uint64_t>(s)) * 20);
        document_of.insert(document_of.end(), static_cast<size_t>(tokens), static_cast<int>(d));
        offsets.push_back(static_cast<int64_t>(document_of.size()));
      }
      for (uint64_t empty = 0; empty <= d % 2; ++empty) offsets.push_back(offsets.back());
    }
  }
  int document(int64_t token) const { return document_of[static_cast<size_t>(token)]; }
};

TEST(Segments, NextSentencesFollowOrNot) {
  const Corpus corpus;
  const auto is_border = [&](int64_t token) {
    return std::binary_search(corpus.offsets.begin(), corpus.offsets.end(), token);
  };
  int64_t pairs = 0, random = 0, gaps = 0, late = 0, early = 0;
  for (int64_t epoch = 0; epoch < 20; ++epoch) {
    for (const SegmentPair& pair : cut_pairs(corpus.offsets, 64, PairTask::next_sentence, 3, epoch)) {
      ASSERT_TRUE(pair.first.size() > 0 && pair.second.size() > 0 && pair.first.size() + pair.second.size() <= 64);
      const int a = corpus.document(pair.first.begin), b = corpus.document(pair.second.begin);
      ASSERT_EQ(a, corpus.document(pair.first.end - 1));
      ASSERT_EQ(b, corpus.document(pair.second.end - 1));
      ASSERT_EQ(a == b, pair.label == 0);
      if (pair.label == 0) {
        ASSERT_LE(pair.first.end, pair.second.begin);
        gaps += pair.second.begin > pair.first.end;  // truncated between them
      }
      ++pairs, random += pair.label, late += !is_border(pair.first.begin), early += !is_border(pair.second.end);
    }
  }
  EXPECT_TRUE(late > 0 && early > 0) << "both ends are shortened";
  // Documents of one sentence, and what is left of one at the end of a document, have random pairs only.
  EXPECT_GT(random, pairs / 2);
  EXPECT_LT(random, pairs * 8 / 10);
  EXPECT_GT(gaps, 0);
}

// Without truncation every token of a document is in one first or following second segment.
TEST(Segments, NothingIsLost) {
  const Corpus corpus;
  std::vector<int> seen(corpus.document_of.size());
  for (const SegmentPair& pair : cut_pairs(corpus.offsets, 100000, PairTask::next_sentence, 3, 0)) {
    for (int64_t t = pair.first.begin; t < pair.first.end; ++t) ++seen[static_cast<size_t>(t)];
    for (int64_t t = pair.second.begin; t < pair.second.end && pair.label == 0; ++t) ++seen[static_cast<size_t>(t)];
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), static_cast<int64_t>(seen.size()));
}

TEST(Segments, OrderIsKeptOrExchanged) {
  const Corpus corpus;
  int64_t pairs = 0, swapped = 0;
  for (int64_t epoch = 0; epoch < 20; ++epoch) {
    for (const SegmentPair& pair : cut_pairs(corpus.offsets, 64, PairTask::sentence_order, 3, epoch)) {
      ASSERT_TRUE(pair.first.size() > 0 && pair.second.size() > 0 && pair.first.size() + pair.second.size() <= 64);
      ASSERT_EQ(corpus.document(pair.first.begin), corpus.document(pair.second.begin));
      ASSERT_EQ(pair.first.begin > pair.second.begin, pair.label == 1);
      ++pairs, swapped += pair.label;
    }
  }
  EXPECT_NEAR(static_cast<double>(swapped) / static_cast<double>(pairs), 0.5,
              5 * 0.5 / std::sqrt(static_cast<double>(pairs)));
}

// 1000 documents of 200 sentences of one token. In a tenth pairs are shorter than they may be; a segment from elsewhere has
// as many tokens as are left to it.
TEST(Segments, AreAsLongAsTheyMayBeButInATenth) {
  constexpr int64_t kLength = 16;
  std::vector<int64_t> offsets{0};
  for (int d = 0; d < 1000; ++d) {
    for (int s = 0; s < 200; ++s) offsets.push_back(offsets.back() + 1);
    offsets.push_back(offsets.back());
  }
  for (const PairTask task : {PairTask::next_sentence, PairTask::sentence_order}) {
    int64_t first_pairs = 0, shorter = 0, longest = 0;
    for (const SegmentPair& pair : cut_pairs(offsets, kLength, task, 1, 0)) {
      const TokenRange& front = pair.label == 1 && task == PairTask::sentence_order ? pair.second : pair.first;
      if (pair.label == 1) longest = std::max(longest, pair.first.size());
      if (front.begin % 200 != 0) continue;
      ++first_pairs;
      // Elsewhere may be the end of a document.
      shorter += pair.first.size() + pair.second.size() < kLength && (task == PairTask::sentence_order || pair.second.end % 200 != 0);
    }
    EXPECT_EQ(first_pairs, 1000);
    EXPECT_NEAR(shorter, 0.1 * 14 / 15 * 1000, 40);  // four standard deviations
    EXPECT_EQ(longest, kLength - 1);
  }
}

TEST(Segments, PairsDependOnSeedAndEpoch) {
  const Corpus corpus;
  const auto starts = [&](uint64_t seed, int64_t epoch) {
    std::vector<int64_t> all;
    for (const SegmentPair& pair : cut_pairs(corpus.offsets, 64, PairTask::next_sentence, seed, epoch))
      all.push_back(pair.first.begin), all.push_back(pair.second.begin);
    return all;
  };
  EXPECT_EQ(starts(1, 2), starts(1, 2));
  EXPECT_NE(starts(1, 2), starts(2, 2));
  EXPECT_NE(starts(1, 2), starts(1, 3));
}

TEST(Segments, NextSentencesNeedDocuments) {
  const int64_t offsets[] = {0, 3, 6, 10};
  EXPECT_THROW(cut_pairs(offsets, 64, PairTask::next_sentence, 1, 0), Error);
  EXPECT_EQ(cut_pairs(offsets, 64, PairTask::sentence_order, 1, 0).size(), 1u);
}

}  // namespace
}  // namespace gamana
