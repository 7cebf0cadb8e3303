// Prefixes, limits, bans and what is said of bad options.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/decode/generate.h"
#include "gamana/decode/score.h"
#include "tests/decode/reference.h"

namespace gamana {
namespace {

class Rules : public testing::Test {
 protected:
  std::vector<int> first(const GenerateOptions& options, int source = 0) {
    return generate(models, toy_sources(source + 1), options)[source][0].tokens;
  }
  std::string error(const GenerateOptions& options, int sources = 2) {
    try {
      generate(models, toy_sources(sources), options);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  ToyModel model{37, 5, true};
  DecodeModel* models[1] = {&model};
};

TEST_F(Rules, PrefixIsOneStepAndContinuesAsIfItWereGenerated) {
  GenerateOptions options;
  const auto whole = first(options);
  ASSERT_GE(whole.size(), 4u);
  options.prefixes = {{whole.begin(), whole.begin() + 3}};
  model.steps = 0;
  EXPECT_EQ(first(options), whole);
  EXPECT_EQ(model.steps, whole.size() - 3);
}

TEST_F(Rules, LimitsAreTheSmallestOfAll) {
  GenerateOptions options;
  options.suppress_tokens = {ToyModel::kEnd};
  EXPECT_EQ(first(options).size(), 63u);  // the model's 64 positions hold the start token too
  options.max_length = 20;
  EXPECT_EQ(first(options).size(), 19u);
  options.max_new_tokens = 10;
  EXPECT_EQ(first(options).size(), 10u);
  options.max_length_factor = 1.5f;
  options.max_length_offset = 2;
  EXPECT_EQ(first(options, 1).size(), 7u);  // 3 tokens * 1.5 + 2 = 6.5
  options.prefixes = {{}, {4, 4}};
  EXPECT_EQ(first(options, 1).size(), 9u);
  options.max_length = 5;
  EXPECT_EQ(first(options, 1).size(), 4u);
  options.forced_eos_token_id = 9;
  EXPECT_EQ(first(options, 1).back(), 9);
}

TEST_F(Rules, MinLengthCountsTheStartToken) {
  for (const int beams : {1, 4}) {
    GenerateOptions options;
    options.num_beams = beams;
    options.early_stopping = EarlyStopping::yes;
    options.min_length = 40;  // by then the toy's end token is certain to be best
    EXPECT_EQ(first(options).size(), 40u);
  }
}

TEST_F(Rules, NgramsStandOnce) {
  ToyModel repeating(37, 5);
  DecodeModel* models[] = {&repeating};
  for (const int beams : {1, 4}) {
    GenerateOptions options;
    options.num_beams = beams;
    options.no_repeat_ngram_size = 2;
    options.suppress_tokens = {ToyModel::kEnd};
    options.max_length = 40;
    for (const auto& hypotheses : generate(models, toy_sources(6), options)) {
      std::set<std::pair<int, int>> seen;
      int before = ToyModel::kStart;
      for (const int token : hypotheses[0].tokens) {
        EXPECT_TRUE(seen.emplace(before, token).second) << before << " " << token << " twice";
        before = token;
      }
    }
  }
}

TEST_F(Rules, BadOptionsAreNamed) {
  const auto with = [&](auto change) {
    GenerateOptions options;
    change(options);
    return error(options);
  };
  EXPECT_EQ(with([](auto& o) { o.num_beams = 0; }), "num_beams: expected 1 to 1024, found 0");
  EXPECT_EQ(with([](auto& o) { o.temperature = -1; }),
            "temperature: expected 0 (the best token) or more, found -1");
  EXPECT_EQ(with([](auto& o) { o.num_return_sequences = 2; }),
            "num_return_sequences: expected at most num_beams (times patience below 1), found 2 with 1 beams");
  EXPECT_EQ(with([](auto& o) { o.suppress_tokens = {37}; }), "suppress_tokens: expected tokens from 0 to 36, found 37");
  EXPECT_EQ(with([](auto& o) { o.prefixes = {{1}}; }), "prefixes: expected none or one for each source, found 1");
  EXPECT_EQ(with([](auto& o) { o.prefixes = {{1}, std::vector<int>(63, 5)}; }),
            "prompt 2: expected at most 62 tokens, so that one can follow, found 63");
  EXPECT_EQ(with([](auto& o) { o.length_penalty = NAN; }), "length_penalty: expected a number, found nan");
  EXPECT_THROW(parse_early_stopping("sometimes"), Error);
  EXPECT_THROW(parse_length_normalization("google"), Error);
  EXPECT_EQ(parse_length_normalization("marian"), LengthNormalization::marian);
  DecodeModel* two[] = {&model, &model};
  ToyModel other(38);
  two[1] = &other;
  EXPECT_THROW(generate(two, toy_sources(1)), Error);
  EXPECT_THROW(generate({}, toy_sources(1)), Error);
  EXPECT_THROW(generate(models, std::vector<std::vector<int>>{{}}), Error);
}

TEST_F(Rules, BrokenLogitsAreAnErrorNotACrash) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (const int beams : {1, 3}) {
    GenerateOptions options;
    options.num_beams = beams;
    for (const float bad : {nan, infinity}) {
      model.pad_logit = bad;
      EXPECT_NE(error(options).find("not numbers"), std::string::npos) << bad << " with " << beams << " beams";
    }
    model.pad_logit = -infinity;  // a token the model rules out is fine
    EXPECT_EQ(error(options), "");
  }
  GenerateOptions options;
  for (int v = 0; v < 37; ++v) options.suppress_tokens.push_back(v);
  EXPECT_EQ(error(options, 1),
            "request 1: expected a token that may follow after 0 generated ones, found none: all are suppressed or ruled "
            "out by the model");
}

TEST_F(Rules, ScoringIsTheSumAlongTheTarget) {
  ToyModel large(3000, 9, true, 1), other(3000, 9, true, 2);
  DecodeModel* both[] = {&large, &other};
  const auto sources = toy_sources(7);
  std::vector<std::vector<int>> targets;
  for (int s = 0; s < 7; ++s) {
    targets.emplace_back();
    for (int t = 0; t < s * 2; ++t) targets[s].push_back((t * 977 + s * 31) % 3000);
  }
  for (const size_t models : {1u, 2u}) {
    const std::vector<const ToyModel*> toys = {&large, &other};
    const auto alone = score(std::span(both).first(models), sources, targets, 1);
    const auto together = score(std::span(both).first(models), sources, targets, 20);
    EXPECT_EQ(alone, together);
    for (int s = 0; s < 7; ++s) {
      ASSERT_EQ(together[s].size(), targets[s].size());
      std::vector<int> fed = {ToyModel::kStart};
      for (size_t t = 0; t < targets[s].size(); ++t) {
        const auto expected = reference_log_probabilities({toys.begin(), toys.begin() + models},
                                                          EnsembleMean::probabilities, s, fed)[targets[s][t]];
        EXPECT_NEAR(together[s][t], expected, 1e-5);
        fed.push_back(targets[s][t]);
      }
    }
  }
  targets[3][0] = 3000;
  EXPECT_THROW(score(both, sources, targets), Error);
  targets[3].assign(65, 1);
  EXPECT_THROW(score(both, sources, targets), Error);
}

TEST_F(Rules, ScoringAgreesWithGreedySearch) {
  GenerateOptions options;
  options.output_scores = true;
  const auto sources = toy_sources(4);
  std::vector<std::vector<int>> targets;
  const auto results = generate(models, sources, options);
  for (const auto& r : results) targets.push_back(r[0].tokens);
  const auto scores = score(models, sources, targets);
  for (size_t s = 0; s < sources.size(); ++s) EXPECT_EQ(scores[s], results[s][0].log_probabilities);
}

}  // namespace
}  // namespace gamana
