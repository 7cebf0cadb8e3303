// Scores, signatures and statistics against sacreBLEU's: every tokenizer and option of BLEU, chrF and TER.
#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"
#include "gamana/metric/bleu.h"
#include "gamana/metric/bootstrap.h"
#include "gamana/metric/chrf.h"
#include "gamana/metric/ter.h"
#include "tests/metric/golden.h"

namespace gamana {
namespace {

// Both sides add and divide the same doubles; only exp and log may differ in their last bit.
constexpr double kScoreTolerance = 1e-9;

const Json& scores() {
  static const Json json = golden("scores.json");
  return json;
}

BleuOptions bleu_options(const Json& json) {
  BleuOptions o;
  o.tokenizer = bleu_tokenizer(get_or<std::string>(json, "tokenize", "13a"));
  o.lowercase = get_or(json, "lowercase", false);
  o.smoothing = bleu_smoothing(get_or<std::string>(json, "smooth_method", "exp"));
  if (json.contains("smooth_value")) o.smooth_value = json["smooth_value"].get<double>();
  o.effective_order = get_or(json, "effective_order", false);
  return o;
}

ChrfOptions chrf_options(const Json& json) {
  ChrfOptions o;
  o.char_order = get_or(json, "char_order", o.char_order);
  o.word_order = get_or(json, "word_order", o.word_order);
  o.beta = get_or(json, "beta", o.beta);
  o.lowercase = get_or(json, "lowercase", false);
  o.whitespace = get_or(json, "whitespace", false);
  o.eps_smoothing = get_or(json, "eps_smoothing", false);
  return o;
}

TercomOptions ter_options(const Json& json) {
  return {get_or(json, "normalized", false), get_or(json, "no_punct", false), get_or(json, "asian_support", false),
          get_or(json, "case_sensitive", false)};
}

GoldenCorpus corpus_of(const Json& expected) {
  return golden_corpus(expected["references"], expected["begin"], expected["end"]);
}

void expect_equal(const Metric& metric, const Json& expected) {
  SCOPED_TRACE(metric.name() + " " + expected["options"].dump() + " lines from " + expected["begin"].dump());
  const GoldenCorpus corpus = corpus_of(expected);
  const Statistics statistics = metric.statistics(corpus.hypotheses, corpus.references);
  EXPECT_EQ(metric.name(), expected["name"]);
  EXPECT_EQ(metric.signature(corpus.references.size()), expected["signature"]);
  EXPECT_NEAR(metric.score(statistics.sum()), expected["score"], kScoreTolerance);
  const int64_t group = scores()["group"];
  for (int64_t begin = 0; begin < statistics.lines(); begin += group) {
    std::vector<double> sums(static_cast<size_t>(statistics.width));
    for (int64_t line = begin; line < std::min(begin + group, statistics.lines()); ++line)
      for (size_t k = 0; k < sums.size(); ++k) sums[k] += statistics.row(line)[k];
    const auto wanted = expected["groups"][static_cast<size_t>(begin / group)].get<std::vector<double>>();
    ASSERT_EQ(sums.size(), wanted.size());
    for (size_t k = 0; k < sums.size(); ++k)
      EXPECT_NEAR(sums[k], wanted[k], kScoreTolerance) << "lines from " << begin << ", column " << k;
  }
}

TEST(Sacrebleu, IsOfTheVersionNamed) { EXPECT_EQ(scores()["versions"]["sacrebleu"], kSacrebleuVersion); }

TEST(Sacrebleu, Bleu) {
  for (const Json& expected : scores()["bleu"]) {
    const Bleu bleu(bleu_options(expected["options"]));
    expect_equal(bleu, expected);
    const GoldenCorpus corpus = corpus_of(expected);
    const BleuScore score = bleu.corpus(corpus.hypotheses, corpus.references);
    EXPECT_EQ(score.verbose(), expected["verbose"]);
    EXPECT_NEAR(score.brevity_penalty, expected["bp"], kScoreTolerance);
    for (int n = 0; n < BleuScore::kOrders; ++n)
      EXPECT_NEAR(score.precisions[n], expected["precisions"][n], kScoreTolerance);
  }
}

TEST(Sacrebleu, BleuOfSentences) {
  BleuOptions options;
  options.effective_order = true;
  const Bleu bleu(options);
  const GoldenCorpus corpus = golden_corpus();
  const Statistics statistics = bleu.statistics(corpus.hypotheses, corpus.references);
  const Json& expected = scores()["sentence_bleu"];
  ASSERT_EQ(statistics.lines(), std::ssize(expected));
  for (int64_t line = 0; line < statistics.lines(); ++line)
    EXPECT_NEAR(bleu.score(statistics.row(line)), expected[line], kScoreTolerance) << corpus.hypotheses[line];
}

TEST(Sacrebleu, Chrf) {
  for (const Json& expected : scores()["chrf"]) expect_equal(Chrf(chrf_options(expected["options"])), expected);
}

TEST(Sacrebleu, Ter) {
  for (const Json& expected : scores()["ter"]) expect_equal(Ter(ter_options(expected["options"])), expected);
}

// The golden values are sacreBLEU's estimates on our samples.
TEST(Sacrebleu, PairedBootstrap) {
  const Lines baseline = scores()["baseline"].get<Lines>();
  const Bleu bleu;
  const Chrf chrf;
  const Ter ter;
  const Metric* const metrics[] = {&bleu, &chrf, &ter};
  for (size_t m = 0; m < 3; ++m) {
    const Json& expected = scores()["comparisons"][m];
    SCOPED_TRACE(expected["name"]);
    const GoldenCorpus corpus = golden_corpus(1, 0, baseline.size());
    const Comparison c = compare(*metrics[m], metrics[m]->statistics(corpus.hypotheses, corpus.references),
                                 metrics[m]->statistics(baseline, corpus.references),
                                 {expected["samples"].get<int>(), expected["seed"].get<uint64_t>()});
    EXPECT_NEAR(c.score, expected["scores"][0], kScoreTolerance);
    EXPECT_NEAR(c.baseline_score, expected["scores"][1], kScoreTolerance);
    EXPECT_NEAR(c.p_value, expected["p"], kScoreTolerance);
    EXPECT_NEAR(c.system.mean, expected["means"][0], kScoreTolerance);
    EXPECT_NEAR(c.baseline.mean, expected["means"][1], kScoreTolerance);
    EXPECT_NEAR(c.system.margin(), expected["margins"][0], kScoreTolerance);
    EXPECT_NEAR(c.baseline.margin(), expected["margins"][1], kScoreTolerance);
  }
}

}  // namespace
}  // namespace gamana
