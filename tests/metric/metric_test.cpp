// What sacreBLEU's scores do not show: faults, any bytes, threads, samples, buckets.
#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"
#include "gamana/metric/bleu.h"
#include "gamana/metric/by_length.h"
#include "gamana/metric/chrf.h"
#include "gamana/metric/ter.h"
#include "tests/metric/golden.h"

namespace gamana {
namespace {

std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(Metric, SaysBothCountsWhereTheyDiffer) {
  const std::string message = message_of([] { Bleu().statistics({"a", "b"}, {{"a", "b"}, {"a", "b", "c"}}); });
  EXPECT_EQ(message, "BLEU: expected as many hypotheses as lines of reference 2, found 2 and 3");
  EXPECT_EQ(message_of([] { Chrf().statistics({}, {{}}); }), "chrF2: expected at least one line, found none");
  EXPECT_EQ(message_of([] { Ter().statistics({"a"}, {}); }), "TER: expected at least one reference, found none");
}

TEST(Metric, SaysWhichNamesThereAre) {
  EXPECT_EQ(message_of([] { bleu_tokenizer("14a"); }),
            "expected a tokenizer of BLEU (13a, intl, char, zh, none), found \"14a\"");
  EXPECT_EQ(message_of([] { bleu_smoothing("x"); }),
            "expected a smoothing of BLEU (exp, floor, add-k, none), found \"x\"");
  EXPECT_EQ(message_of([] { Chrf({0}); }), "chrF: expected a character order of 1 or more, found 0");
}

// Library callers may pass anything: bytes that are not UTF-8 included.
TEST(Metric, TakesAnyBytes) {
  Lines hypotheses, reference;
  for (uint64_t line = 0; line < 300; ++line) {
    std::string a, b;
    for (uint64_t i = 0; i < line % 40; ++i) {
      const uint64_t r = mix(line * 64 + i);
      a += static_cast<char>(r), b += static_cast<char>(r >> (r % 5 == 0 ? 8 : 0));
    }
    hypotheses.push_back(a), reference.push_back(b);
  }
  for (const char* name : {"13a", "intl", "char", "zh", "none"}) {
    BleuOptions options{bleu_tokenizer(name), true, Smoothing::exp, {}, false};
    EXPECT_GE(Bleu(options).corpus(hypotheses, {reference}).score, 0);
  }
  EXPECT_EQ(Chrf().score(Chrf().statistics(hypotheses, {hypotheses}).sum()), 100);
  const Ter ter({true, true, true, false});
  EXPECT_EQ(ter.score(ter.statistics(hypotheses, {hypotheses}).sum()), 0);
}

TEST(Metric, DoesNotDependOnThreads) {
  Lines hypotheses, reference;
  for (int repeat = 0; repeat < 4; ++repeat) {  // several chunks
    const GoldenCorpus corpus = golden_corpus(1, 0, 200);
    hypotheses.insert(hypotheses.end(), corpus.hypotheses.begin(), corpus.hypotheses.end());
    reference.insert(reference.end(), corpus.references[0].begin(), corpus.references[0].end());
  }
  const Bleu bleu;
  const Ter ter;
  const int before = threads();
  set_threads(1);
  const Statistics alone = bleu.statistics(hypotheses, {reference});
  const Statistics ter_alone = ter.statistics(hypotheses, {reference});
  const std::vector<double> scores = resample(ter, ter_alone, {50, 1});
  set_threads(3);
  EXPECT_EQ(bleu.statistics(hypotheses, {reference}).values, alone.values);
  EXPECT_EQ(ter.statistics(hypotheses, {reference}).values, ter_alone.values);
  EXPECT_EQ(resample(ter, ter_alone, {50, 1}), scores);
  set_threads(before);
}

TEST(Bootstrap, IntervalLeavesTheFortiethPartOutsideOnEachSide) {
  std::vector<double> scores;
  for (int i = 0; i < 1000; ++i) scores.push_back((i * 7) % 1000);  // 0..999
  const Interval i = interval(scores);
  EXPECT_DOUBLE_EQ(i.mean, 499.5);
  EXPECT_DOUBLE_EQ(i.low, 25);
  EXPECT_DOUBLE_EQ(i.high, 974);
}

TEST(Bootstrap, KnowsABetterSystemFromTheSame) {
  const GoldenCorpus corpus = golden_corpus(1, 0, 150);
  Lines better = corpus.hypotheses;
  for (size_t i = 0; i < better.size(); i += 3) better[i] = corpus.references[0][i];
  const Bleu bleu;
  const Statistics system = bleu.statistics(better, corpus.references);
  const Statistics baseline = bleu.statistics(corpus.hypotheses, corpus.references);
  const Comparison c = compare(bleu, system, baseline);
  EXPECT_GT(c.difference.low, 0);
  EXPECT_LT(c.p_value, 0.05);
  const Comparison same = compare(bleu, baseline, baseline);
  EXPECT_EQ(same.difference.low, 0);
  EXPECT_EQ(same.difference.high, 0);
  EXPECT_GT(compare(bleu, baseline, system).p_value, 0);
  EXPECT_NE(message_of([&] { compare(bleu, system, bleu.statistics({"a"}, {{"a"}})); }), "no error");
}

TEST(ByLength, PutsEachSourceInItsBucket) {
  const auto words = [](int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += "w ";
    return out;
  };
  const Lines sources{words(0), words(5), words(6), words(10), words(50), words(51), words(400)};
  const Lines hypotheses{"a b c d", "a b c x", "a b c d", "a b c d", "a", "a b c d", "e f g h"};
  const Lines reference(hypotheses.size(), "a b c d");
  BleuOptions options;
  options.effective_order = true;
  const Bleu bleu(options);
  const Statistics statistics = bleu.statistics(hypotheses, {reference});
  const std::vector<LengthScore> scores = score_by_length(bleu, statistics, sources);
  ASSERT_EQ(scores.size(), 4u);
  const int64_t expected[4][3] = {{1, 5, 2}, {6, 10, 2}, {46, 50, 1}, {51, 0, 2}};
  for (size_t b = 0; b < 4; ++b) {
    EXPECT_EQ(scores[b].shortest, expected[b][0]);
    EXPECT_EQ(scores[b].longest, expected[b][1]);
    EXPECT_EQ(scores[b].lines, expected[b][2]);
    EXPECT_LE(scores[b].interval.low, scores[b].score);
    EXPECT_GE(scores[b].interval.high, scores[b].score);
  }
  EXPECT_NEAR(scores[1].score, 100, 1e-9);
  EXPECT_NEAR(scores[0].score, bleu.corpus(part(hypotheses, 0, 2), {part(reference, 0, 2)}).score, 1e-12);
  EXPECT_NE(message_of([&] { score_by_length(bleu, statistics, {"a"}); }), "no error");
  EXPECT_NE(message_of([&] { score_by_length(bleu, statistics, sources, {5, 50}); }), "no error");
}

// A run that moves is one edit (Snover et al. 2006, figure 1), not one for each word.
// sacreBLEU's numbers. Orders that one of both has no n-gram of do not count.
TEST(Chrf, OfLinesShorterThanItsOrder) {
  ChrfOptions words;
  words.word_order = 2;
  const auto score = [](const ChrfOptions& options, const std::string& hypothesis, const std::string& reference) {
    const Chrf chrf(options);
    return chrf.score(chrf.statistics({hypothesis}, {{reference}}).sum());
  };
  EXPECT_NEAR(score({}, "ab", "abcdefg"), 26.76056338028169, 1e-9);
  EXPECT_NEAR(score(words, "ab", "abcdefg"), 17.84037558685446, 1e-9);
  EXPECT_NEAR(score(words, "a b", "a b c d e f g"), 26.76056338028169, 1e-9);
}

TEST(Ter, CountsAShiftOnce) {
  const Ter ter;
  const Lines hypothesis{"this week the saudis denied information published in the new york times"};
  const Lines reference{"saudi arabia denied this week information published in the american new york times"};
  const Statistics s = ter.statistics(hypothesis, {reference});
  EXPECT_EQ(s.row(0)[0], 4);
  EXPECT_EQ(s.row(0)[1], 13);
}

// The beam keeps a line of a hundred thousand words in memory and time.
TEST(Ter, TakesALineOfAHundredThousandWords) {
  std::vector<uint32_t> reference, hypothesis;
  for (uint32_t i = 0; i < 100000; ++i) {
    reference.push_back(i);
    if (i % 1000 != 0) hypothesis.push_back(i);
  }
  EXPECT_EQ(metric::translation_edits(reference, reference), 0);
  EXPECT_EQ(metric::translation_edits(hypothesis, reference), 100);
}

}  // namespace
}  // namespace gamana
