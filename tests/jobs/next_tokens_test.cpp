// Judged tokens against logits of transformers (tests/golden/decoders.json) and against windows judged alone.
#include "gamana/jobs/next_tokens.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "gamana/base/file.h"
#include "gamana/base/parallel.h"
#include "tests/support/formula_weights.h"
#include "tests/support/golden.h"
#include "tests/support/messages.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

const Json& golden_gpt2() {
  for (const Json& c : golden("decoders")["cases"])
    if (c["class"] == "GPT2LMHeadModel") return c;
  throw std::runtime_error("no GPT2LMHeadModel");
}

LoadedModel gpt2() {
  static int count = 0;
  const std::string folder = temporary("next" + std::to_string(count++));
  make_directory(folder);
  write_formula_weights(folder + "/model.safetensors", golden_gpt2()["tensors"]);
  write_json(folder + "/config.json", golden_gpt2()["config"]);
  return load_text_model(folder);
}

TEST(NextTokens, AreThoseOfTheReferencesLogits) {
  const LoadedModel loaded = gpt2();
  for (size_t text = 0; text < golden("decoders")["texts"].size(); ++text) {
    const auto ids = golden("decoders")["texts"][text].get<std::vector<int32_t>>();
    const auto logits = golden_gpt2()["outputs"][text].get<std::vector<double>>();  // [tokens, 50]
    const NextTokenScores s = score_next_tokens(*loaded.model, Precision::f32, ids, 24, 3);
    EXPECT_TRUE(std::isnan(s.bits[0]) && std::isnan(s.entropy[0]));
    EXPECT_EQ(s.rank[0], 0);
    ASSERT_EQ(s.top_ids.size(), 3 * ids.size());
    for (size_t i = 1; i < ids.size(); ++i) {
      std::vector<double> p(logits.begin() + (i - 1) * 50, logits.begin() + i * 50);
      double sum = 0, entropy = 0;
      for (double& x : p) sum += x = std::exp(x);
      for (double& x : p) x /= sum, entropy -= x * std::log2(x);
      std::vector<int32_t> order(p.size());
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return p[a] > p[b]; });
      // Logits agree to 1e-4 with those of transformers, so do logarithms of probabilities.
      EXPECT_NEAR(s.bits[i], -std::log2(p[ids[i]]), 3e-4);
      EXPECT_NEAR(s.entropy[i], entropy, 1e-3);
      EXPECT_EQ(order[s.rank[i] - 1], ids[i]);
      for (size_t k = 0; k < 3; ++k) {
        EXPECT_EQ(s.top_ids[3 * i + k], order[k]);
        EXPECT_NEAR(s.top_probabilities[3 * i + k], p[order[k]], 1e-4);
      }
    }
  }
}

std::vector<int32_t> long_text() {
  std::vector<int32_t> ids(53);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i * 17 % 47);
  return ids;
}

TEST(NextTokens, LongTextsAreReadInWindows) {
  const LoadedModel loaded = gpt2();
  const std::vector<int32_t> ids = long_text();
  const auto judged = [&](size_t begin, size_t end) {
    return score_next_tokens(*loaded.model, Precision::f32, std::span(ids).subspan(begin, end - begin), 24, 0);
  };
  const NextTokenScores all = score_next_tokens(*loaded.model, Precision::f32, ids, 16, 0);
  // Windows of 16 tokens, 8 apart; each but the first tells of its second half.
  for (size_t i = 1; i < ids.size(); ++i) {
    const size_t begin = i < 16 ? 0 : (i - 8) / 8 * 8, end = std::min(ids.size(), begin + 16);
    const NextTokenScores window = judged(begin, end);
    EXPECT_EQ(all.bits[i], window.bits[i - begin]) << i;  // whatever stands beside it in a batch
    EXPECT_EQ(all.rank[i], window.rank[i - begin]);
    EXPECT_EQ(all.entropy[i], window.entropy[i - begin]);
  }
  const std::vector<int32_t> one = {5};
  EXPECT_EQ(score_next_tokens(*loaded.model, Precision::f32, one, 16, 2).rank, std::vector<int32_t>{0});
  EXPECT_EQ(score_next_tokens(*loaded.model, Precision::f32, ids, 2, 999).top, 50);
}

TEST(NextTokens, AreTheSameWhateverTheThreads) {
  const LoadedModel loaded = gpt2();
  const int before = threads();
  set_threads(1);
  const NextTokenScores one = score_next_tokens(*loaded.model, Precision::f32, long_text(), 24, 5);
  set_threads(3);
  const NextTokenScores three = score_next_tokens(*loaded.model, Precision::f32, long_text(), 24, 5);
  set_threads(before);
  EXPECT_TRUE(std::equal(one.bits.begin() + 1, one.bits.end(), three.bits.begin() + 1));
  EXPECT_EQ(one.top_probabilities, three.top_probabilities);
  EXPECT_EQ(one.top_ids, three.top_ids);
}

TEST(NextTokens, NumbersThatAreNoneAreNamed) {
  LoadedModel loaded = gpt2();
  loaded.model->parameters().weights()[44 * 16] = NAN;  // of the embedding of token 44
  loaded.model->parameters().weights_changed();
  EXPECT_EQ(message_of([&] {
              score_next_tokens(*loaded.model, Precision::f32, std::vector<int32_t>{5, 9, 3}, 24, 1);
            }),
            "token 2 of the text: the model gives numbers that are not finite for what comes there");
}

}  // namespace
}  // namespace gamana
