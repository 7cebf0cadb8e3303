// Models without sources: prompts are read in pieces, what they have in common once, and the end of the context is met.
#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/decode/generate.h"
#include "tests/decode/reference.h"

namespace gamana {
namespace {

class Prompts : public testing::Test {
 protected:
  Prompts() { model.prompts_only = true; }
  // What greedy search finds without any cache.
  std::vector<int> expected(std::vector<int> tokens, int count) const {
    std::vector<int> out;
    for (int i = 0; i < count; ++i) {
      const auto logits = model.logits_after(0, tokens);
      const int best = static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
      out.push_back(best), tokens.push_back(best);
      if (best == ToyModel::kEnd) break;
    }
    return out;
  }
  std::vector<std::vector<Hypothesis>> run(const std::vector<std::vector<int>>& prompts, const RequestOptions& options,
                                           const RunOptions& run_options = {}, const GenerateCallbacks& callbacks = {}) {
    std::vector<GenerateRequest> requests;
    for (const auto& prompt : prompts) requests.push_back({{}, prompt, &options});
    return Generator(models, run_options).run(requests, callbacks);
  }
  std::string error(const std::vector<std::vector<int>>& prompts, const RequestOptions& options,
                    const RunOptions& run_options = {}) {
    try {
      run(prompts, options, run_options);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  static std::vector<int> some_tokens(int count, int first) {
    std::vector<int> tokens;
    for (int i = 0; i < count; ++i) tokens.push_back(3 + (first + i * 7) % 30);
    return tokens;
  }
  ToyModel model{37, 5, true};
  DecodeModel* models[1] = {&model};
};

TEST_F(Prompts, GoOnAsTheModelSays) {
  RequestOptions options;
  options.max_new_tokens = 12;
  const std::vector<std::vector<int>> prompts = {{5}, {9, 4, 4}, some_tokens(40, 3)};
  const auto results = run(prompts, options);
  for (size_t i = 0; i < prompts.size(); ++i) {
    EXPECT_EQ(results[i][0].tokens, expected(prompts[i], 12));
    EXPECT_EQ(results[i][0].finish, results[i][0].tokens.back() == ToyModel::kEnd ? Finish::end : Finish::length);
  }
  EXPECT_TRUE(model.encoded.empty());
}

// Greedy search, beams, samples.
std::vector<RequestOptions> request_kinds() {
  std::vector<RequestOptions> kinds(4);
  kinds[0].output_scores = true;
  kinds[0].alternatives = 3;
  kinds[1].num_beams = kinds[1].num_return_sequences = 3;
  kinds[2].do_sample = true;
  kinds[2].num_return_sequences = 3;
  kinds[2].top_k = 0;
  kinds[2].repetition_penalty = 1.3f;
  kinds[3].do_sample = true;
  kinds[3].temperature = 0.7f;
  kinds[3].top_k = 0;
  kinds[3].typical_p = 0.8f;
  for (RequestOptions& kind : kinds) kind.max_new_tokens = 10;
  return kinds;
}

TEST_F(Prompts, ResultsDependOnTheRequestAlone) {
  const std::vector<RequestOptions> kinds = request_kinds();
  std::vector<std::vector<int>> prompts;
  std::vector<GenerateRequest> requests;
  for (int i = 0; i < 12; ++i) prompts.push_back(some_tokens(1 + i * 3, i % 2));
  for (int i = 0; i < 12; ++i) requests.push_back({{}, prompts[i], &kinds[i % 4]});
  std::vector<std::vector<Hypothesis>> alone;
  for (const GenerateRequest& request : requests) alone.push_back(Generator(models).run({&request, 1})[0]);
  for (const int window : {0, 1, 4, 50})
    for (const int rows : {3, 12, 128})
      for (const int prompt_rows : {1, 5, 256}) {
        SCOPED_TRACE(fmt::format("window {}, {} rows, {} of prompts", window, rows, prompt_rows));
        model.near = window;
        RunOptions run_options;
        run_options.max_rows = rows, run_options.prompt_rows = prompt_rows;
        Generator generator(models, run_options);
        for (const int round : {0, 1}) {  // the second one finds what the first has left
          const auto together = generator.run(requests);
          for (size_t i = 0; i < requests.size(); ++i) {
            ASSERT_EQ(together[i].size(), alone[i].size());
            for (size_t s = 0; s < alone[i].size(); ++s) {
              EXPECT_EQ(together[i][s].tokens, alone[i][s].tokens) << i << ", round " << round;
              EXPECT_EQ(together[i][s].log_probabilities, alone[i][s].log_probabilities);
            }
          }
        }
      }
}

TEST_F(Prompts, AWindowKeepsItsLengthHoweverLongTheText) {
  model.positions = 1000, model.near = 8;
  RequestOptions options;
  options.max_new_tokens = 900;
  options.suppress_tokens = {ToyModel::kEnd};
  RunOptions run_options;
  run_options.prompt_rows = 16;
  const auto results = run({some_tokens(90, 1), some_tokens(50, 2)}, options, run_options);
  EXPECT_EQ(results[0][0].tokens.size(), 900u);
  EXPECT_EQ(model.places(), 2 * (8 + 1) + 16u);
  options.num_beams = 3;
  run({some_tokens(90, 1)}, options, run_options);
  EXPECT_EQ(model.places(), 3 * (8 + 1) + 16u);
  // Memory is counted so: 950 cells of 1000 bytes and 9 + 16 places of 100 bytes.
  options.num_beams = 1;
  run_options.max_memory = 952500;
  EXPECT_EQ(error({some_tokens(50, 1)}, options, run_options), "");
  run_options.max_memory -= 1;
  EXPECT_EQ(error({some_tokens(50, 1)}, options, run_options),
            "the cache of keys and values needs 1000 bytes per token x 950 tokens + 100 bytes x 25 within the window of "
            "layers = 0.9 MiB, and only 0.9 MiB are allowed");
}

TEST_F(Prompts, AreReadInPiecesWhileOthersGoOn) {
  RequestOptions options;
  options.max_new_tokens = 15;
  options.suppress_tokens = {ToyModel::kEnd};
  RunOptions run_options;
  run_options.prompt_rows = 4;
  const auto results = run({{5}, some_tokens(41, 1)}, options, run_options);
  EXPECT_EQ(model.steps, 10 + 14u);  // the last piece is read together with the token that is asked for
  EXPECT_EQ(model.most_rows, 6u);    // four, the one after them and the other's
  EXPECT_EQ(results[1][0].tokens.size(), 15u);
}

TEST_F(Prompts, WhatTheyShareIsComputedOnce) {
  RequestOptions options;
  options.max_new_tokens = 1;
  std::vector<int> a = some_tokens(30, 0), b = a;
  a.push_back(4), b.push_back(5), b.push_back(6);
  run({a, b, a}, options);
  EXPECT_EQ(model.rows_fed, 31 + 2 + 1u);
  // One after the other.
  model.rows_fed = 0;
  RunOptions narrow;
  narrow.max_rows = 1;
  run({a, b, a}, options, narrow);
  EXPECT_EQ(model.rows_fed, 31 + 2 + 1u);
  // Samples and beams.
  for (const bool sample : {true, false}) {
    RequestOptions wide;
    wide.max_new_tokens = 1;
    wide.do_sample = sample;
    wide.num_return_sequences = 4;
    wide.num_beams = sample ? 1 : 4;
    model.rows_fed = 0;
    run({a}, wide);
    EXPECT_EQ(model.rows_fed, sample ? 30 + 4u : 31u);
  }
}

TEST_F(Prompts, TheNextRunFindsTheHistory) {
  for (const bool reuse : {true, false}) {
    RequestOptions options;
    options.max_new_tokens = 5;
    options.suppress_tokens = {ToyModel::kEnd};
    RunOptions run_options;
    run_options.cells = 64;
    run_options.reuse_outputs = reuse;
    Generator generator(models, run_options);
    std::vector<int> history = some_tokens(20, 2);
    GenerateRequest request{{}, history, &options};
    auto first = generator.run({&request, 1});
    history.insert(history.end(), first[0][0].tokens.begin(), first[0][0].tokens.end());
    history.push_back(8);
    request.prompt = history;
    model.rows_fed = 0;
    const auto second = generator.run({&request, 1});
    // The last token of the answer (or all of it), the new one, what is generated but the last.
    EXPECT_EQ(model.rows_fed, (reuse ? 1 : 5) + 1 + 4u);
    EXPECT_EQ(second[0][0].tokens, run({history}, options)[0][0].tokens);
  }
}

TEST_F(Prompts, ThatLeaveNoRoomAreRefused) {
  RequestOptions options;
  EXPECT_EQ(error({{5}, some_tokens(64, 0)}, options),
            "prompt 2: it has 64 tokens, and the model's context of 64 has to hold one more");
  EXPECT_EQ(error({{5}, {}}, options), "prompt 2: expected at least one token to go on from, found none");
  EXPECT_EQ(error({{5, 37}}, options), "prompt 1: expected tokens from 0 to 36, found 37");
  options.suppress_tokens = {ToyModel::kEnd};
  const auto results = run({some_tokens(60, 0)}, options);
  EXPECT_EQ(results[0][0].tokens.size(), 4u);
  EXPECT_EQ(results[0][0].finish, Finish::length);
}

TEST_F(Prompts, TheOlderHalfIsForgottenWhereTheContextEnds) {
  model.positions = 16;
  RequestOptions options;
  options.overflow = Overflow::slide;
  options.max_new_tokens = 40;
  options.suppress_tokens = {ToyModel::kEnd};
  for (const int length : {3, 16, 17, 50}) {
    // By hand: the window begins anew at half of the context.
    std::vector<int> tokens = some_tokens(length, 1), out;
    size_t begin = 0, slides = 0;
    for (int i = 0; i < 40; ++i) {
      bool slid = false;
      while (tokens.size() - begin > 16) begin += 8, slid = true;
      slides += slid;
      auto logits = model.logits_after(0, {tokens.begin() + static_cast<std::ptrdiff_t>(begin), tokens.end()});
      logits[ToyModel::kEnd] = -1;
      out.push_back(static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
      tokens.push_back(out.back());
    }
    size_t told = 0;
    GenerateCallbacks callbacks;
    callbacks.slid = [&](size_t request) { told += request == 0; };
    RunOptions run_options;
    run_options.prompt_rows = 3;
    EXPECT_EQ(run({some_tokens(length, 1)}, options, run_options, callbacks)[0][0].tokens, out) << length;
    EXPECT_EQ(told, slides);
  }
  for (const bool sample : {true, false}) {  // several hypotheses at once: nothing runs out
    options.do_sample = sample;
    options.num_beams = sample ? 1 : 3;
    options.num_return_sequences = 3;
    const auto results = run({some_tokens(10, 1), some_tokens(12, 1)}, options);
    for (const auto& hypothesis : results[1]) EXPECT_EQ(hypothesis.tokens.size(), 40u);
  }
}

TEST_F(Prompts, AnyOfSeveralTokensEnds) {
  RequestOptions options;
  options.max_new_tokens = 30;
  options.suppress_tokens = {ToyModel::kEnd};
  const auto whole = run({{5, 6}}, options)[0][0].tokens;
  options.end_tokens = {36, whole[4], whole[7]};
  const size_t at = std::find_first_of(whole.begin(), whole.end(), options.end_tokens.begin(), options.end_tokens.end()) -
                    whole.begin();
  const auto found = run({{5, 6}}, options)[0][0];
  EXPECT_EQ(found.tokens, std::vector<int>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at) + 1));
  EXPECT_EQ(found.finish, Finish::end);
  options.min_length = static_cast<int>(2 + at + 3);
  EXPECT_GE(run({{5, 6}}, options)[0][0].tokens.size(), at + 3);
}

TEST_F(Prompts, TokensAreToldAsTheyComeAndMayBeStopped) {
  RequestOptions options;
  options.max_new_tokens = 20;
  options.suppress_tokens = {ToyModel::kEnd};
  options.do_sample = true;
  options.num_return_sequences = 2;
  std::map<std::pair<size_t, int>, std::vector<int>> told;
  GenerateCallbacks callbacks;
  callbacks.token = [&](size_t request, int sequence, int token) {
    auto& tokens = told[{request, sequence}];
    tokens.push_back(token);
    return !(request == 1 && sequence == 0 && tokens.size() == 3);
  };
  const auto results = run({{5}, {6, 7}}, options, {}, callbacks);
  for (size_t r = 0; r < 2; ++r)
    for (int s = 0; s < 2; ++s) {
      EXPECT_EQ(results[r][s].tokens, (told[{r, s}]));
      EXPECT_EQ(results[r][s].tokens.size(), r == 1 && s == 0 ? 3u : 20u);
      EXPECT_EQ(results[r][s].finish, r == 1 && s == 0 ? Finish::stopped : Finish::length);
    }
}

TEST_F(Prompts, AnInterruptionLeavesWhatIsThere) {
  for (const int beams : {1, 3}) {
    RequestOptions options;
    options.num_beams = beams;
    options.suppress_tokens = {ToyModel::kEnd};
    RunOptions run_options;
    run_options.max_rows = 2 * beams;
    int left = 5;
    GenerateCallbacks callbacks;
    callbacks.interrupted = [&] { return left-- == 0; };
    const auto results = run({{5}, {6, 7}, {8}}, options, run_options, callbacks);
    EXPECT_EQ(results[0][0].tokens.size(), 5u);
    EXPECT_EQ(results[0][0].finish, Finish::interrupted);
    EXPECT_EQ(results[1][0].tokens.size(), 5u);
    EXPECT_TRUE(results[2].empty());
  }
}

TEST_F(Prompts, ShortMemoryMeansFewerAtOnceOrARefusal) {
  RequestOptions options;
  options.max_new_tokens = 10;
  options.suppress_tokens = {ToyModel::kEnd};
  RunOptions run_options;
  const std::vector<std::vector<int>> prompts(8, std::vector<int>{5, 6});
  const auto free = run(prompts, options, run_options);
  EXPECT_GE(model.most_rows, 8u);
  model.most_rows = 0;
  run_options.max_memory = 25000;  // two times 12 tokens of 1000 bytes
  EXPECT_EQ(run(prompts, options, run_options)[7][0].tokens, free[7][0].tokens);
  EXPECT_LE(model.most_rows, 3u);
  run_options.max_memory = 11999;
  EXPECT_EQ(error(prompts, options, run_options),
            "the cache of keys and values needs 1000 bytes per token x 12 tokens = 0.0 MiB, and only 0.0 MiB are allowed");
}

TEST_F(Prompts, DamagedLogitsAreNamed) {
  model.pad_logit = std::numeric_limits<float>::quiet_NaN();
  for (const bool sample : {false, true}) {
    RequestOptions options;
    options.do_sample = sample;
    EXPECT_EQ(error({{5}}, options),
              "request 1: after 0 generated tokens the model's logit of token 1 is nan: its logits are not numbers, as if "
              "weights were damaged");
  }
}

TEST_F(Prompts, AlternativesAreTheModelsOwnBest) {
  RequestOptions options;
  options.max_new_tokens = 6;
  options.alternatives = 4;
  options.repetition_penalty = 1.5f;
  options.no_repeat_ngram_size = 1;
  options.suppress_tokens = {ToyModel::kEnd, 9, 10};
  const std::vector<int> prompt = {5, 6, 7, 8};
  for (const bool sample : {false, true}) {
    options.do_sample = sample;
    const Hypothesis found = run({prompt}, options)[0][0];
    std::vector<int> tokens = prompt;
    for (size_t t = 0; t < found.tokens.size(); ++t) {
      const auto p = reference_log_probabilities({&model}, EnsembleMean::probabilities, 0, tokens);
      std::vector<int> order(p.size());
      for (size_t v = 0; v < p.size(); ++v) order[v] = static_cast<int>(v);
      std::stable_sort(order.begin(), order.end(), [&](int x, int y) { return p[x] > p[y]; });
      ASSERT_EQ(found.alternatives[t].size(), 4u);
      for (size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(found.alternatives[t][i].token, order[i]);
        EXPECT_NEAR(found.alternatives[t][i].log_probability, p[order[i]], 1e-5);
      }
      EXPECT_NEAR(found.log_probabilities[t], p[found.tokens[t]], 1e-5);
      tokens.push_back(found.tokens[t]);
    }
  }
}

TEST_F(Prompts, TemperatureZeroIsGreedyAndTopKMayBeLarge) {
  RequestOptions options;
  options.max_new_tokens = 10;
  const auto greedy = run({{5, 9}}, options)[0][0].tokens;
  options.do_sample = true;
  options.temperature = 0;
  options.num_return_sequences = 2;
  const auto results = run({{5, 9}}, options);
  for (const auto& h : results[0]) EXPECT_EQ(h.tokens, greedy);
  options.temperature = 0.001f;
  options.top_k = 1000000;
  EXPECT_EQ(run({{5, 9}}, options)[0][0].tokens, greedy);
}

}  // namespace
}  // namespace gamana
