// Beam search against a slow reference, and what its options promise.
#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "tests/decode/reference.h"

namespace gamana {
namespace {

void expect_reference(const std::vector<ToyModel*>& toys, int sources, const GenerateOptions& options) {
  std::vector<DecodeModel*> models(toys.begin(), toys.end());
  const auto results = generate(models, toy_sources(sources), options);
  for (int s = 0; s < sources; ++s) {
    const auto expected = reference_beam_search({toys.begin(), toys.end()}, s, options);
    ASSERT_EQ(results[s].size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(results[s][i].tokens, expected[i].tokens) << "source " << s << " place " << i;
      EXPECT_NEAR(results[s][i].score, expected[i].score, 1e-4) << "source " << s << " place " << i;
    }
  }
}

TEST(Beam, EqualToReference) {
  ToyModel model(37, 5, true);
  for (const int beams : {2, 4, 7}) {
    for (const auto stopping : {EarlyStopping::yes, EarlyStopping::no, EarlyStopping::never}) {
      for (const auto normalization : {LengthNormalization::none, LengthNormalization::hf, LengthNormalization::gnmt}) {
        GenerateOptions options;
        options.num_beams = options.num_return_sequences = beams;
        options.early_stopping = stopping;
        options.length_normalization = normalization;
        options.length_penalty = 0.8f;
        options.max_length = 24;
        SCOPED_TRACE(testing::Message() << beams << " beams, stopping " << static_cast<int>(stopping)
                                        << ", normalization " << static_cast<int>(normalization));
        expect_reference({&model}, 5, options);
      }
    }
  }
}

// A token that stops texts is one more end token, by another name.
TEST(Beam, TextsStopAsTheyEnd) {
  ToyModel model(37, 5, true);
  model.prompts_only = true;
  DecodeModel* models[] = {&model};
  for (const int stop : {4, 9, 17, 25}) {
    RequestOptions options;
    options.num_beams = options.num_return_sequences = 4;
    options.max_new_tokens = 20;
    options.suppress_tokens = {ToyModel::kEnd};
    const std::vector<int> prompt = {5, 6, stop};
    const GenerateRequest request{{}, prompt, &options};
    GenerateCallbacks callbacks;
    callbacks.stops = [&](size_t, std::span<const int> generated) { return generated.back() == stop; };
    const auto found = Generator(models).run({&request, 1}, callbacks)[0];
    options.end_tokens = {stop};
    const auto expected = Generator(models).run({&request, 1})[0];
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].tokens, expected[i].tokens);
      EXPECT_EQ(found[i].score, expected[i].score);
      EXPECT_EQ(found[i].finish, expected[i].finish == Finish::end ? Finish::stopped : expected[i].finish);
    }
  }
}

TEST(Beam, EnsembleAveragesEither) {
  ToyModel one(2500, 11, true, 1), two(2500, 11, true, 2), three(2500, 9, true, 3);
  for (const auto mean : {EnsembleMean::probabilities, EnsembleMean::log_probabilities}) {
    GenerateOptions options;
    options.num_beams = 3;
    options.max_length = 8;
    options.ensemble_mean = mean;
    expect_reference({&one, &two, &three}, 2, options);
  }
}

TEST(Beam, EnsembleOfOneModelTwiceIsTheModel) {
  ToyModel one(37, 5, true), two(37, 5, true);
  DecodeModel *alone[] = {&one}, *both[] = {&one, &two};
  GenerateOptions options;
  options.num_beams = 4;
  const auto sources = toy_sources(4);
  const auto a = generate(alone, sources, options), b = generate(both, sources, options);
  for (size_t s = 0; s < sources.size(); ++s) EXPECT_EQ(a[s][0].tokens, b[s][0].tokens);
}

TEST(Beam, ScoreIsTheNormalizedSumOfLogProbabilities) {
  ToyModel model(37, 5, true);
  DecodeModel* models[] = {&model};
  GenerateOptions options;
  options.num_beams = 4;
  options.length_penalty = 0.6f;
  for (const int beams : {1, 4}) {
    options.num_beams = beams;
    options.output_scores = true;
    for (const auto& hypotheses : generate(models, toy_sources(5), options)) {
      const Hypothesis& h = hypotheses[0];
      ASSERT_EQ(h.log_probabilities.size(), h.tokens.size());
      double sum = 0;
      for (const float p : h.log_probabilities) sum += p;
      EXPECT_NEAR(h.score, sum / std::pow(h.tokens.size(), 0.6), 1e-4);
    }
  }
}

TEST(Beam, PatienceCollectsMoreAndNeverFindsWorse) {
  ToyModel model(37, 5, true);
  DecodeModel* models[] = {&model};
  GenerateOptions options;
  options.num_beams = 3;
  options.early_stopping = EarlyStopping::yes;
  const auto sources = toy_sources(20);
  const size_t before = model.rows_fed;
  const auto one = generate(models, sources, options);
  const size_t between = model.rows_fed;
  options.patience = 3;
  const auto three = generate(models, sources, options);
  EXPECT_GT(model.rows_fed - between, between - before);
  int better = 0;
  for (size_t s = 0; s < sources.size(); ++s) {
    EXPECT_GE(three[s][0].score, one[s][0].score);
    better += three[s][0].score > one[s][0].score;
  }
  EXPECT_GT(better, 0);
}

TEST(Beam, NormalizationsByTheirFormulas) {
  GenerateOptions options;
  options.length_penalty = 0.7f;
  options.length_normalization = LengthNormalization::none;
  EXPECT_FLOAT_EQ(options.normalize(-6, 10, 3), -6);
  options.length_normalization = LengthNormalization::hf;
  EXPECT_FLOAT_EQ(options.normalize(-6, 10, 3), -6 / std::pow(10.0f, 0.7f));
  options.length_normalization = LengthNormalization::gnmt;
  EXPECT_FLOAT_EQ(options.normalize(-6, 10, 3), -6 / std::pow(18 / 6.0f, 0.7f));
  options.length_normalization = LengthNormalization::marian;
  EXPECT_FLOAT_EQ(options.normalize(-6, 10, 3), -6 / std::pow(13.0f, 0.7f));
}

// No more than four tokens can follow, so the beams starve; a small vocabulary must not break anything.
TEST(Beam, MoreBeamsThanVocabulary) {
  ToyModel model(5, 5, true);
  DecodeModel* models[] = {&model};
  GenerateOptions options;
  options.num_beams = options.num_return_sequences = 12;
  options.max_length = 9;
  options.suppress_tokens = {ToyModel::kPad, ToyModel::kStart};
  const auto results = generate(models, toy_sources(3), options);
  for (const auto& hypotheses : results) {
    EXPECT_GE(hypotheses.size(), 2u);
    for (const auto& h : hypotheses) {
      for (const int token : h.tokens) EXPECT_TRUE(token == 0 || token > 2);
    }
  }
}

}  // namespace
}  // namespace gamana
