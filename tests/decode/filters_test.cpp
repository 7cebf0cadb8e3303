// What may follow, and how likely, as transformers' processors and warpers leave it (tools/golden/filters.py).
#include <cmath>

#include <gtest/gtest.h>

#include "gamana/base/json.h"
#include "gamana/decode/sampler.h"

namespace gamana {
namespace {

// Gives the logits it has, whatever is fed.
class FixedModel : public DecodeModel {
 public:
  explicit FixedModel(std::vector<float> logits) : logits_(std::move(logits)) {}
  int vocabulary_size() const override { return static_cast<int>(logits_.size()); }
  int start_token() const override { return -1; }
  int end_token() const override { return -1; }
  int max_positions() const override { return 64; }
  void reserve(int, int, int) override {}
  void encode(std::span<const std::vector<int>>, std::span<const int>) override {}
  void step(std::span<const StepRow>) override {}
  void project(int begin, int end, float* logits) const override {
    std::copy(logits_.begin() + begin, logits_.begin() + end, logits);
  }

 private:
  std::vector<float> logits_;
};

std::vector<float> hashed_logits(const Json& c) {
  const auto mix = [](uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7FEB352Du;
    x = (x ^ (x >> 15)) * 0x846CA68Bu;
    return x ^ (x >> 16);
  };
  std::vector<float> logits;
  const double steps = c["steps"];
  for (uint32_t v = 0; v < c["vocabulary"].get<uint32_t>(); ++v) {
    double uniform = (mix(c["seed"].get<uint32_t>() ^ mix(v)) >> 8) * 0x1.0p-24;
    if (steps > 0) uniform = std::floor(uniform * steps) / steps;
    logits.push_back(static_cast<float>((uniform - 0.3) * c["spread"].get<double>()));
  }
  return logits;
}

RequestOptions options_from(const Json& json) {
  RequestOptions o;
  o.do_sample = true;
  o.end_tokens = {0, 3};
  o.temperature = json["temperature"];
  o.top_k = json["top_k"];
  o.top_p = json.value("top_p", o.top_p);
  o.min_p = json.value("min_p", o.min_p);
  o.typical_p = json.value("typical_p", o.typical_p);
  o.repetition_penalty = json.value("repetition_penalty", o.repetition_penalty);
  o.no_repeat_ngram_size = json.value("no_repeat_ngram_size", o.no_repeat_ngram_size);
  o.min_length = json.value("min_length", o.min_length);
  o.min_new_tokens = json.value("min_new_tokens", o.min_new_tokens);
  o.suppress_tokens = json.value("suppress_tokens", o.suppress_tokens);
  o.begin_suppress_tokens = json.value("begin_suppress_tokens", o.begin_suppress_tokens);
  o.bad_words_ids = json.value("bad_words_ids", o.bad_words_ids);
  return o;
}

// Tokens that may be drawn, ascending, with their probabilities. `best`: so many of the likeliest are looked at from the start.
std::vector<std::pair<int, double>> distribution(const RequestOptions& options, const std::vector<float>& logits,
                                                 const std::vector<int>& tokens, int best = 0) {
  FixedModel model(logits);
  DecodeModel* models[] = {&model};
  Projection projection(models, EnsembleMean::probabilities);
  const Processors processors(options, -1);
  const Sampler sampler(options);
  RowRules rules;
  processors.fill(tokens, 0, false, rules);
  rules.wants = sampler.request(model.vocabulary_size());
  rules.wants.best = std::max(rules.wants.best, best);
  std::vector<Choice> choices;
  while (true) {
    const auto scans = projection.scan({&rules, 1});
    processors.choices(scans[0], rules, false, choices);
    if (sampler.filter(scans[0], rules, choices)) break;
    rules.wants.best *= 8;
  }
  double total = 0;
  std::vector<std::pair<int, double>> found;
  for (const Choice& c : choices) {
    const double weight = std::exp((static_cast<double>(c.value) - choices[0].value) / options.temperature);
    found.emplace_back(c.token, weight);
    total += weight;
  }
  for (auto& [token, weight] : found) weight /= total;
  std::sort(found.begin(), found.end());
  return found;
}

TEST(Filters, EqualToTransformers) {
  const Json golden = read_json(GAMANA_SOURCE_DIR "/tests/golden/filters.json");
  ASSERT_GT(golden["cases"].size(), 300u);
  for (const Json& c : golden["cases"]) {
    SCOPED_TRACE(c["options"].dump() + " seed " + c["seed"].dump() + " vocabulary " + c["vocabulary"].dump());
    const auto found = distribution(options_from(c["options"]), hashed_logits(c), c["tokens"].get<std::vector<int>>());
    ASSERT_EQ(found.size(), c["count"].get<size_t>());
    for (size_t i = 0; i < c["kept"].size(); ++i) {
      const size_t at = i < 20 || found.size() <= 40 ? i : found.size() - 40 + i;
      EXPECT_EQ(found[at].first, c["kept"][i].get<int>());
      // Six digits are written; transformers divides by the temperature in float, up to 6 * 2^-24 of 20 here.
      EXPECT_NEAR(found[at].second, c["probabilities"][i].get<double>(), 1e-5 * found[at].second + 1e-7);
    }
  }
}

// The entropy that the scan tells and some of the likeliest give what all tokens give.
TEST(Filters, TypicalTokensAreFoundAmongTheLikeliest) {
  constexpr int kVocabulary = 6000;
  for (const double spread : {2, 8, 40})
    for (const float typical_p : {0.2f, 0.7f, 0.95f})
      for (const float penalty : {1.0f, 1.4f}) {
        SCOPED_TRACE(testing::Message() << "spread " << spread << ", typical_p " << typical_p << ", penalty " << penalty);
        RequestOptions o;
        o.do_sample = true, o.top_k = 0, o.temperature = 0.8f, o.typical_p = typical_p, o.repetition_penalty = penalty;
        o.suppress_tokens = {5};
        const auto logits = hashed_logits({{"vocabulary", kVocabulary}, {"seed", 3}, {"spread", spread}, {"steps", 0}});
        const std::vector<int> tokens = {1, 70, 71, 4000};
        const auto some = distribution(o, logits, tokens), all = distribution(o, logits, tokens, kVocabulary);
        EXPECT_LT(some.size(), static_cast<size_t>(kVocabulary));
        ASSERT_EQ(some.size(), all.size());
        for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(some[i], all[i]);
      }
}

}  // namespace
}  // namespace gamana
