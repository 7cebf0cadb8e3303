#include "gamana/data/masking.h"

#include <gtest/gtest.h>

#include <numeric>

namespace gamana {
namespace {

constexpr int32_t kMask = 4, kVocabulary = 1000;
const MaskRule kRule{.mask_token = kMask, .vocabulary = kVocabulary};

struct Example {
  std::vector<int32_t> ids, words;
  std::vector<uint8_t> special;
};

// [CLS] 100 101 … [SEP], with special tokens also in the middle; words of one to three tokens.
Example example(size_t n) {
  Example e;
  for (size_t i = 0; i < n; ++i) {
    e.ids.push_back(static_cast<int32_t>(100 + i));
    e.special.push_back(i == 0 || i + 1 == n || i == n / 2);
    e.words.push_back(e.special.back() ? -1 : static_cast<int32_t>(i * 4 / 9));
  }
  return e;
}

TEST(Masking, CountsAndSharesAreThoseOfThePaper) {
  const size_t n = 203;  // 200 that are not special
  int hidden = 0, random = 0, kept = 0, random_low = 0;
  for (int64_t k = 0; k < 1000; ++k) {
    Example e = example(n);
    const MaskedTokens masked = mask_tokens(e.ids, e.special, {}, kRule, 1, 2, k);
    ASSERT_EQ(masked.places.size(), 30u);
    ASSERT_EQ(masked.labels.size(), 30u);
    std::vector<int32_t> restored = e.ids;
    for (size_t i = 0; i < 30; ++i) {
      const auto place = static_cast<size_t>(masked.places[i]);
      ASSERT_FALSE(e.special[place]);
      const bool is_mask = e.ids[place] == kMask, same = e.ids[place] == masked.labels[i];
      is_mask ? ++hidden : same ? ++kept : ++random;
      if (!is_mask && !same) random_low += e.ids[place] < kVocabulary / 2;
      ASSERT_TRUE(e.ids[place] >= 0 && e.ids[place] < kVocabulary);
      restored[place] = masked.labels[i];
    }
    ASSERT_EQ(restored, example(n).ids) << "nothing else changes";
  }
  // Of 30,000 draws; five standard deviations.
  EXPECT_NEAR(hidden, 24000, 5 * 69.3);
  EXPECT_NEAR(kept, 3000, 5 * 52);
  EXPECT_NEAR(random, 3000, 5 * 52);
  EXPECT_NEAR(random_low, random / 2, 5 * 27.4);
}

TEST(Masking, AllPlacesAreAsLikely) {
  std::vector<int> counts(43);
  for (int64_t k = 0; k < 10000; ++k) {
    Example e = example(43);
    for (const int32_t place : mask_tokens(e.ids, e.special, {}, kRule, 1, 0, k).places)
      ++counts[static_cast<size_t>(place)];
  }
  for (size_t i = 0; i < counts.size(); ++i) EXPECT_NEAR(counts[i], example(43).special[i] ? 0 : 1500, 5 * 35.7) << i;
}

TEST(Masking, DependsOnSeedEpochAndExample) {
  const auto places = [](uint64_t seed, int64_t epoch, int64_t k) {
    Example e = example(203);
    auto all = mask_tokens(e.ids, e.special, {}, kRule, seed, epoch, k).places;
    all.insert(all.end(), e.ids.begin(), e.ids.end());
    return all;
  };
  EXPECT_EQ(places(1, 2, 3), places(1, 2, 3));
  EXPECT_NE(places(1, 2, 3), places(2, 2, 3));
  EXPECT_NE(places(1, 2, 3), places(1, 3, 3));
  EXPECT_NE(places(1, 2, 3), places(1, 2, 4));
}

TEST(Masking, WordsAreWhole) {
  for (int64_t k = 0; k < 300; ++k) {
    Example e = example(203);
    const MaskedTokens masked = mask_tokens(e.ids, e.special, e.words, kRule, 1, 2, k);
    EXPECT_TRUE(masked.places.size() >= 29 && masked.places.size() <= 30) << masked.places.size();
    std::vector<bool> chosen(e.ids.size());
    for (const int32_t place : masked.places) chosen[static_cast<size_t>(place)] = true;
    for (size_t i = 1; i < chosen.size(); ++i)
      if (e.words[i] == e.words[i - 1] && e.words[i] >= 0) {
        EXPECT_EQ(chosen[i], chosen[i - 1]) << i;
      }
  }
}

TEST(Masking, ShortExamplesHaveOne) {
  Example e = example(2);
  e.special = {0, 1};
  EXPECT_EQ(mask_tokens(e.ids, e.special, {}, kRule, 1, 0, 0).places.size(), 1u);
  e = example(5);
  e.special = {1, 0, 0, 0, 1}, e.words = {-1, 0, 0, 0, -1};
  EXPECT_EQ(mask_tokens(e.ids, e.special, e.words, kRule, 1, 0, 0).places, (std::vector<int32_t>{1, 2, 3}));
  e.words = {0, 0, 0, 0, 0}, e.special = {1, 0, 1, 0, 1};
  EXPECT_EQ(mask_tokens(e.ids, e.special, e.words, kRule, 1, 0, 0).places.size(), 1u) << "special tokens end words";
  e.special = {1, 1, 1, 1, 1};
  EXPECT_TRUE(mask_tokens(e.ids, e.special, {}, kRule, 1, 0, 0).places.empty());
  EXPECT_TRUE(mask_tokens({}, {}, {}, kRule, 1, 0, 0).places.empty());
}

}  // namespace
}  // namespace gamana
