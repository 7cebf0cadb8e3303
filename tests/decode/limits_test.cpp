// Rules where they meet: forced and banned tokens, ends, patience, several requests, runs that fail.
#include <cmath>
#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/decode/generate.h"
#include "gamana/decode/scan.h"
#include "tests/decode/reference.h"

namespace gamana {
namespace {

class Meeting : public testing::Test {
 protected:
  static constexpr int kVocabulary = 37;
  Hypothesis first(const GenerateOptions& options) { return generate(models, toy_sources(1), options)[0][0]; }
  std::string error(const GenerateOptions& options) {
    try {
      first(options);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  static std::vector<int> all_but(std::vector<int> some) {
    std::vector<int> others;
    for (int v = 0; v < kVocabulary; ++v)
      if (std::find(some.begin(), some.end(), v) == some.end()) others.push_back(v);
    return others;
  }
  ToyModel model{kVocabulary, 5, true};
  DecodeModel* models[1] = {&model};
};

TEST_F(Meeting, OtherEndTokensTakeTheModelsPlace) {
  GenerateOptions options;
  const std::vector<int> usual = first(options).tokens;
  ASSERT_EQ(usual.back(), ToyModel::kEnd);
  options.end_tokens = {usual[1]};
  EXPECT_EQ(first(options).tokens, (std::vector<int>{usual[0], usual[1]}));
  options.suppress_tokens = options.end_tokens = {kVocabulary - 1};
  const std::vector<int> endless = first(options).tokens;
  EXPECT_EQ(endless.size(), 63u);
  EXPECT_NE(std::find(endless.begin(), endless.end(), int{ToyModel::kEnd}), endless.end());
}

// As SuppressTokensAtBeginLogitsProcessor: the first token that is not forced.
TEST_F(Meeting, TokensThatMayNotBeginComeLater) {
  GenerateOptions options;
  options.max_new_tokens = 2, options.suppress_tokens = all_but({8, 9});
  const int best = first(options).tokens[0], other = best == 8 ? 9 : 8;
  options.begin_suppress_tokens = {best};
  EXPECT_EQ(first(options).tokens[0], other);
  options.suppress_tokens = all_but({best, 10}), options.begin_suppress_tokens = {best}, options.bad_words_ids = {{10, 10}};
  EXPECT_EQ(first(options).tokens, (std::vector<int>{10, best}));  // only the first
  options.bad_words_ids = {};
  options.forced_bos_token_id = best;  // forced all the same; then the second may not be it
  EXPECT_EQ(first(options).tokens, (std::vector<int>{best, 10}));
  options.prefixes = {{11}};  // nothing is forced behind a prompt
  EXPECT_EQ(first(options).tokens[1], 10);
}

TEST_F(Meeting, ForcedTokensHaveTheModelsOwnProbability) {
  GenerateOptions options;
  options.forced_bos_token_id = 20, options.forced_eos_token_id = 21, options.max_new_tokens = 3;
  for (const int beams : {1, 2}) {
    options.num_beams = beams, options.output_scores = true;
    const Hypothesis h = first(options);
    ASSERT_EQ(h.tokens.size(), 3u);
    EXPECT_EQ(h.tokens[0], 20);
    EXPECT_EQ(h.tokens[2], 21);
    std::vector<int> tokens = {ToyModel::kStart};
    for (size_t t = 0; t < 3; ++t) {
      const auto p = reference_log_probabilities({&model}, EnsembleMean::probabilities, 0, tokens);
      EXPECT_NEAR(h.log_probabilities[t], p[static_cast<size_t>(h.tokens[t])], 1e-5);
      tokens.push_back(h.tokens[t]);
    }
  }
}

TEST_F(Meeting, ATokenBannedTwiceIsOneAlternative) {
  GenerateOptions options;
  options.max_new_tokens = 1, options.alternatives = kVocabulary;
  const int best = first(options).tokens[0];
  options.suppress_tokens = {best}, options.bad_words_ids = {{best}};
  const auto found = first(options).alternatives[0];
  const auto p = reference_log_probabilities({&model}, EnsembleMean::probabilities, 0, {ToyModel::kStart});
  ASSERT_EQ(found.size(), static_cast<size_t>(kVocabulary));
  EXPECT_EQ(found[0].token, best);
  for (const TokenLogProbability& t : found) EXPECT_NEAR(t.log_probability, p[static_cast<size_t>(t.token)], 1e-5);
}

// What the model rules out is no choice, although it stood in the prompt and is penalised.
TEST_F(Meeting, RepetitionDoesNotMakeTheImpossiblePossible) {
  model.pad_logit = -std::numeric_limits<float>::infinity();
  GenerateOptions options;
  options.prefixes = {{ToyModel::kPad, 5}}, options.repetition_penalty = 1.3f;
  options.suppress_tokens = all_but({ToyModel::kPad}), options.max_new_tokens = 1;
  for (const bool sample : {false, true}) {
    options.do_sample = sample;
    EXPECT_NE(error(options).find("found none"), std::string::npos);
  }
  options.suppress_tokens = all_but({ToyModel::kPad, 5});
  EXPECT_EQ(first(options).tokens.back(), 5);
}

// All that may come stands in the prompt, so that nothing is left to the scan.
TEST_F(Meeting, SamplingAmongTokensOfThePromptAlone) {
  GenerateOptions options;
  options.prefixes = {{5, 6}}, options.repetition_penalty = 1.1f, options.do_sample = true, options.max_new_tokens = 1;
  options.suppress_tokens = all_but({5, 6});
  for (const auto& [top_k, top_p, typical_p] : {std::tuple{0, 1.0f, 1.0f}, {0, 0.9f, 1.0f}, {0, 1.0f, 0.9f}, {5, 1.0f, 1.0f}}) {
    options.top_k = top_k, options.top_p = top_p, options.typical_p = typical_p;
    const int token = first(options).tokens.back();
    EXPECT_TRUE(token == 5 || token == 6) << token;
  }
}

// Colder than numbers have room for: e^(difference / temperature) is infinite.
TEST_F(Meeting, ColdSamplingTakesTheBestTokenWhereverItStood) {
  int best = 9;
  const auto is_far_ahead = [&] {  // where repetition is welcome
    const auto logits = model.logits_after(0, {ToyModel::kStart, best});
    return 2 * logits[best] > std::max(logits[7], logits[8]) + 2;
  };
  while (!is_far_ahead()) ASSERT_LT(++best, kVocabulary);
  GenerateOptions options;
  options.max_new_tokens = 1, options.prefixes = {{best}}, options.repetition_penalty = 0.5f;
  options.suppress_tokens = all_but({best, 7, 8});
  options.do_sample = true, options.top_k = 0, options.temperature = 1e-3f;
  for (options.seed = 0; options.seed < 20; ++options.seed) EXPECT_EQ(first(options).tokens.back(), best);
}

TEST_F(Meeting, PatienceBelowOneCollectsAtLeastOne) {
  GenerateOptions options;
  options.num_beams = 2, options.patience = 0.1f;
  EXPECT_EQ(generate(models, toy_sources(1), options)[0].size(), 1u);
  EXPECT_EQ(first(options).tokens.back(), ToyModel::kEnd);
  options.num_beams = 4, options.patience = 0.5f, options.num_return_sequences = 3;
  EXPECT_EQ(error(options), "num_return_sequences: expected at most num_beams (times patience below 1), found 3 with 4 beams");
  options.num_return_sequences = 2;
  EXPECT_EQ(error(options), "");
}

TEST_F(Meeting, LimitsOfTheSmallestModelAndOfEachRequest) {
  ToyModel smaller{kVocabulary, 5, true, 1};
  smaller.positions = 9;
  GenerateOptions options;
  options.suppress_tokens = {ToyModel::kEnd};
  for (std::vector<DecodeModel*> both : {std::vector<DecodeModel*>{&model, &smaller}, {&smaller, &model}})
    EXPECT_EQ(generate(both, toy_sources(1), options)[0][0].tokens.size(), 8u);
  options.max_length = 1;
  EXPECT_EQ(error(options), "max_length: expected 0 (no limit) or more than the start token, found 1");
  const RequestOptions good;
  RequestOptions bad;
  bad.num_beams = 0;
  const std::vector<int> source = {0};
  const GenerateRequest requests[] = {{source, {}, &good}, {source, {}, &bad}};
  EXPECT_THROW(Generator(models).run(requests), Error);
}

// What the cache holds after a fault is unknown, so the next run begins anew.
TEST_F(Meeting, ARunThatFailsLeavesNothingBehind) {
  model.prompts_only = true;
  RequestOptions options;
  options.max_new_tokens = 12, options.suppress_tokens = {ToyModel::kEnd};
  const std::vector<int> prompt = {5, 6, 7, 8, 9, 10};
  const GenerateRequest request{{}, prompt, &options};
  Generator generator(models);
  const auto expected = generator.run({&request, 1})[0][0].tokens;
  for (int i = 0; i < 20; ++i) {
    int told = 0;
    GenerateCallbacks callbacks;
    callbacks.token = [&](size_t, int, int) -> bool { return ++told < 5 ? true : throw std::runtime_error("full"); };
    EXPECT_THROW(generator.run({&request, 1}, callbacks), std::runtime_error);
    model.rows_fed = 0;
    EXPECT_EQ(generator.run({&request, 1})[0][0].tokens, expected);
    EXPECT_EQ(model.rows_fed, prompt.size() + 11);
  }
}

// Of a vocabulary in two chunks: a fault in the first is not covered up by the second, and either may be ruled out whole.
TEST(Chunks, EachMayBeBrokenOrRuledOut) {
  ToyModel model{2100, 5, true};
  DecodeModel* models[] = {&model};
  for (const bool first : {true, false}) {
    GenerateOptions options;
    options.do_sample = true, options.top_k = 0, options.max_new_tokens = 8;
    for (int v = 0; v < 2100; ++v)
      if ((v < 2048) == first) options.suppress_tokens.push_back(v);
    for (const float typical : {1.0f, 0.9f}) {
      options.typical_p = typical;
      const auto found = generate(models, toy_sources(1), options);
      for (const int token : found[0][0].tokens) EXPECT_EQ(token < 2048, !first);
    }
  }
  model.pad_logit = NAN;
  EXPECT_THROW(generate(models, toy_sources(1)), Error);
}

TEST(ExpSums, OfNumbersFarApart) {
  for (const auto& [a, b] : {std::pair{200.0f, -200.0f}, {-200.0f, 200.0f}, {3.0f, 3.0f}, {-1e30f, 5.0f}}) {
    ExpSum sum{a, 1};
    sum.add({b, 1});
    const double highest = std::max(a, b);
    EXPECT_NEAR(sum.log(), highest + std::log(std::exp(a - highest) + std::exp(b - highest)), 1e-5) << a << " " << b;
  }
}

}  // namespace
}  // namespace gamana
