// Where a model tells between what numbers its logits lie, decoding looks at few of them and finds the same.
#include "gamana/decode/narrow.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gamana/decode/generate.h"
#include "tests/decode/toy_model.h"
#include "tests/support/messages.h"

namespace gamana {
namespace {

constexpr float kDoubt = 0.002f;
constexpr int kVocabulary = 20003;

// Tells by how much it does not know each logit: up to `doubt` on either side, never the same.
class ToldModel : public ToyModel {
 public:
  explicit ToldModel(float doubt) : ToyModel(kVocabulary, 5, true), doubt_(doubt) {}
  void step(std::span<const StepRow> rows) override {
    ToyModel::step(rows);
    rows_ = std::count_if(rows.begin(), rows.end(), [](const StepRow& r) { return r.wants_logits; });
  }
  void project(int begin, int end, float* logits) const override {
    projected += end - begin;
    ToyModel::project(begin, end, logits);
    if (broken >= begin && broken < end && told > 3)
      for (size_t i = 0; i < rows_; ++i) logits[i * (end - begin) + broken - begin] = std::nanf("");
  }
  bool bound_logits(std::span<float> low, std::span<float> high) override {
    if (doubt_ < 0) return false;
    ++told;
    most_rows_told = std::max(most_rows_told, rows_);
    for (int begin = 0, at = 0; begin < kVocabulary; begin += kLogitGroup) {
      const int n = std::min(kLogitGroup, kVocabulary - begin);
      std::vector<float> logits(rows_ * n);
      ToyModel::project(begin, begin + n, logits.data());
      for (size_t i = 0; i < rows_; ++i, ++at) {
        const float largest = *std::max_element(logits.begin() + i * n, logits.begin() + (i + 1) * n);
        low[at] = largest - doubt_ * static_cast<float>(at % 7) / 7, high[at] = largest + doubt_ * static_cast<float>(at % 5) / 5;
        if (broken >= begin && broken < begin + n && told > 3) high[at] = std::nanf("");
        if (told % 3 == 2 && at % 4 == 1) low[at] = std::nanf("");  // of a few it may know nothing
      }
    }
    return true;
  }

  bool can_bound_at_once() const override { return prepared; }

  mutable int64_t projected = 0;
  bool prepared = false;
  int64_t told = 0;
  size_t most_rows_told = 0;
  int broken = -1;

 private:
  float doubt_;
  size_t rows_ = 0;
};

struct Outcome {
  std::vector<std::vector<Hypothesis>> found;
  int64_t projected, told;
  size_t rows;
};

Outcome run(float doubt, GenerateOptions options, int sources = 3, int rows = 8, bool prepared = false) {
  ToldModel model(doubt);
  model.prepared = prepared;
  DecodeModel* models[] = {&model};
  options.min_length = options.max_length = 40;
  options.max_rows = rows;
  auto found = generate(models, toy_sources(sources), options);
  return {std::move(found), model.projected, model.told, model.most_rows_told};
}

void expect_same(const Outcome& a, const Outcome& b) {
  ASSERT_EQ(a.found.size(), b.found.size());
  for (size_t s = 0; s < a.found.size(); ++s) {
    ASSERT_EQ(a.found[s].size(), b.found[s].size());
    for (size_t h = 0; h < a.found[s].size(); ++h) EXPECT_EQ(a.found[s][h].tokens, b.found[s][h].tokens);
  }
}

void check(const GenerateOptions& options, double share) {
  const Outcome whole = run(-1, options, 1), narrow = run(kDoubt, options, 1);
  EXPECT_EQ(whole.told, 0);
  EXPECT_EQ(narrow.told, 39 - 8);  // the first steps are not worth asking
  EXPECT_LT(static_cast<double>(narrow.projected), share * static_cast<double>(whole.projected));
  expect_same(whole, narrow);
}

TEST(Narrowing, GreedySearchFindsTheSame) { check({}, 0.4); }

TEST(Narrowing, SamplingOfTheBestDrawsTheSame) {
  GenerateOptions options;
  options.do_sample = true, options.top_k = 5, options.num_return_sequences = 2;
  check(options, 0.4);
}

TEST(Narrowing, RulesHoldAllTheSame) {
  GenerateOptions options;
  options.suppress_tokens = {700, 701, 4000};
  options.no_repeat_ngram_size = 1;
  check(options, 0.5);
  options.no_repeat_ngram_size = 0, options.repetition_penalty = 1.3f;
  check(options, 0.5);
  options.repetition_penalty = 0.7f;
  check(options, 0.5);
}

TEST(Narrowing, AsksFromTheFirstStepWhereNothingHasToBePrepared) {
  const Outcome whole = run(-1, {}, 1), narrow = run(kDoubt, {}, 1, 8, true);
  EXPECT_EQ(narrow.told, 39);
  expect_same(whole, narrow);
}

TEST(Narrowing, LooksEverywhereWhereItDoesNotPay) {
  const Outcome whole = run(-1, {}), doubtful = run(100, {});
  expect_same(whole, doubtful);
  EXPECT_EQ(doubtful.projected, whole.projected);
  EXPECT_EQ(doubtful.told, 8);  // and asks no longer
  const Outcome many = run(kDoubt, {}, 20, 20);
  EXPECT_LE(many.rows, 12u);
}

TEST(Narrowing, SumsNeedAllLogits) {
  GenerateOptions scored, beams, drawn, nucleus;
  scored.output_scores = true;
  beams.num_beams = 2;
  drawn.do_sample = true, drawn.top_k = 0;
  nucleus.do_sample = true, nucleus.top_k = 0, nucleus.top_p = 0.9f;
  for (const GenerateOptions& options : {scored, beams, drawn, nucleus}) EXPECT_EQ(run(kDoubt, options).told, 0);
}

TEST(Narrowing, DamagedLogitsAreStillSeen) {
  ToldModel model(kDoubt);
  model.broken = 3210;
  DecodeModel* models[] = {&model};
  GenerateOptions options;
  options.min_length = options.max_length = 40;
  EXPECT_NE(message_of([&] { generate(models, toy_sources(1), options); }).find("logit of token 3210 is nan"), std::string::npos);
}

}  // namespace
}  // namespace gamana
