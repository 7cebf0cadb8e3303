// Samples follow the distribution that transformers' warpers leave: temperature, top_k, top_p, min_p, typical_p, in this order.
#include <cmath>
#include <map>
#include <numeric>

#include <gtest/gtest.h>

#include "gamana/decode/generate.h"
#include "gamana/decode/scan.h"
#include "tests/decode/reference.h"

namespace gamana {
namespace {

// Meister et al. 2023: those whose surprisal is nearest to the entropy, until they have the mass.
void keep_typical(double mass, std::vector<double>& x) {
  if (mass >= 1) return;
  const auto p = log_softmax(x);
  double entropy = 0, sum = 0;
  for (const double v : p) entropy -= std::isfinite(v) ? std::exp(v) * v : 0;
  std::vector<int> order(x.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) { return std::abs(-p[a] - entropy) < std::abs(-p[b] - entropy); });
  for (const int token : order) {
    if (sum >= mass) x[token] = -INFINITY;
    sum += std::exp(p[token]);
  }
}

// Probabilities of the first token.
std::vector<double> expected_distribution(const ToyModel& model, const GenerateOptions& o) {
  const auto logits = model.logits_after(0, {ToyModel::kStart});
  std::vector<double> x(logits.begin(), logits.end());
  double& start = x[ToyModel::kStart];  // the only token so far
  start = start < 0 ? start * o.repetition_penalty : start / o.repetition_penalty;
  for (const int token : o.suppress_tokens) x[token] = -INFINITY;
  for (double& v : x) v /= o.temperature;
  std::vector<int> order(x.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) { return x[a] > x[b]; });
  for (size_t i = o.top_k; o.top_k > 0 && i < order.size(); ++i) x[order[i]] = -INFINITY;
  auto p = log_softmax(x);
  double before = 0;
  for (const int token : order) {
    const double probability = std::exp(p[token]);
    if (before >= o.top_p) x[token] = -INFINITY;
    before += probability;
  }
  p = log_softmax(x);
  const double best = *std::max_element(p.begin(), p.end());
  for (size_t v = 0; v < x.size(); ++v)
    if (p[v] < best + std::log(o.min_p)) x[v] = -INFINITY;
  keep_typical(o.typical_p, x);
  p = log_softmax(x);
  for (double& v : p) v = std::exp(v);
  return p;
}

void expect_distribution(const ToyModel& shape, GenerateOptions options) {
  ToyModel model = shape;
  DecodeModel* models[] = {&model};
  const int samples = 200, sources = 20;
  options.do_sample = true;
  options.max_new_tokens = 1;
  options.num_return_sequences = samples;
  options.max_rows = 4 * samples;
  const std::vector<std::vector<int>> same(sources, {0, 3});
  std::map<int, int> counts;
  for (const auto& hypotheses : generate(models, same, options)) {
    ASSERT_EQ(hypotheses.size(), static_cast<size_t>(samples));
    for (const auto& h : hypotheses) ++counts[h.tokens[0]];
  }
  const auto p = expected_distribution(model, options);
  const double n = samples * sources;
  double chi_square = 0, rest_expected = 0, rest_found = 0;
  int cells = 0;
  for (size_t v = 0; v < p.size(); ++v) {
    const int found = counts.contains(v) ? counts[v] : 0;
    EXPECT_TRUE(p[v] > 0 || found == 0) << "token " << v << " was ruled out";
    if (p[v] * n < 10) {
      rest_expected += p[v] * n, rest_found += found;
    } else {
      chi_square += (found - p[v] * n) * (found - p[v] * n) / (p[v] * n), ++cells;
    }
  }
  if (rest_expected > 10) chi_square += std::pow(rest_found - rest_expected, 2) / rest_expected, ++cells;
  // Mean cells - 1, variance twice that: five deviations (the seed is fixed, so this never flickers).
  EXPECT_LT(chi_square, cells - 1 + 5 * std::sqrt(2.0 * cells)) << cells << " cells";
  EXPECT_GE(cells, 2);
}

TEST(Sampling, FollowsTheDistribution) {
  const ToyModel small(37, 5, true), large(2500, 9, true);
  for (const ToyModel* model : {&small, &large}) {
    for (const auto& [top_k, top_p] : {std::pair{0, 1.0f}, {12, 1.0f}, {0, 0.7f}, {20, 0.6f}}) {
      for (const float temperature : {1.0f, 0.5f}) {
        for (const float penalty : {1.0f, 3.0f}) {
          if (model == &large && temperature != 1 && penalty != 1) continue;
          SCOPED_TRACE(testing::Message() << model->vocabulary_size() << " tokens, top_k " << top_k << ", top_p "
                                          << top_p << ", temperature " << temperature << ", penalty " << penalty);
          GenerateOptions options;
          options.top_k = top_k;
          options.top_p = top_p;
          options.temperature = temperature;
          options.repetition_penalty = penalty;
          options.suppress_tokens = {ToyModel::kPad};
          expect_distribution(*model, options);
        }
      }
    }
  }
}

TEST(Sampling, FollowsTheDistributionOfRareFilters) {
  const ToyModel small(37, 5, true), large(2500, 9, true);
  for (const ToyModel* model : {&small, &large}) {
    for (const auto& [min_p, typical_p] : {std::pair{0.1f, 1.0f}, {0.0f, 0.6f}, {0.0f, 0.95f}, {0.05f, 0.8f}}) {
      for (const int top_k : {0, 25}) {
        if (model == &large && top_k == 0 && min_p == 0) continue;  // several scans each: Filters.TypicalTokensAreFoundAmongTheLikeliest
        SCOPED_TRACE(testing::Message() << model->vocabulary_size() << " tokens, top_k " << top_k << ", min_p " << min_p
                                        << ", typical_p " << typical_p);
        GenerateOptions options;
        options.top_k = top_k;
        options.min_p = min_p;
        options.typical_p = typical_p;
        options.repetition_penalty = 1.5f;
        options.temperature = 0.8f;
        expect_distribution(*model, options);
      }
    }
  }
}

TEST(Sampling, AWideNucleusIsScannedAgain) {
  ToyModel flat(2500, 0.5f, true);  // 90 % of the mass needs two thousand of tokens
  DecodeModel* models[] = {&flat};
  GenerateOptions options;
  options.do_sample = true;
  options.top_k = 0;
  options.top_p = 0.9f;
  options.max_new_tokens = 1;
  options.num_return_sequences = 300;
  std::set<int> seen;
  const auto p = expected_distribution(flat, options);
  const auto results = generate(models, toy_sources(1), options);
  for (const auto& h : results[0]) {
    seen.insert(h.tokens[0]);
    EXPECT_GT(p[h.tokens[0]], 0);
  }
  EXPECT_GT(seen.size(), 250u);
}

TEST(Sampling, SeedsDiffer) {
  ToyModel model(37, 5, true);
  DecodeModel* models[] = {&model};
  GenerateOptions options;
  options.do_sample = true;
  const auto sources = toy_sources(5);
  const auto a = generate(models, sources, options), b = generate(models, sources, options);
  options.seed = 1;
  const auto c = generate(models, sources, options);
  int different = 0;
  for (size_t s = 0; s < sources.size(); ++s) {
    EXPECT_EQ(a[s][0].tokens, b[s][0].tokens);
    different += a[s][0].tokens != c[s][0].tokens;
  }
  EXPECT_GE(different, 4);
}

TEST(Scan, ExponentialsToTwoUlp) {
  for (float x = 0; x > -86; x -= 0.0137f) {
    EXPECT_NEAR(sum_exp(&x, 1, 0, 1), std::exp(static_cast<double>(x)), 0x1.0p-22 * std::exp(x)) << x;
    std::vector<float> many(16, x);  // the vectorised loop
    EXPECT_NEAR(sum_exp(many.data(), 16, 0, 1), 16 * std::exp(static_cast<double>(x)), 0x1.0p-18 * std::exp(x)) << x;
  }
}

TEST(Scan, EqualToPlainLoops) {
  for (const int n : {1, 15, 16, 17, 63, 64, 65, 100, 2047, 2048}) {
    std::vector<float> x(n);
    for (int i = 0; i < n; ++i) x[i] = 20 * std::sin(static_cast<float>(i * i % 997));
    float maxima[kClasses];
    const float maximum = class_maxima(x.data(), n, maxima);
    EXPECT_EQ(maximum, *std::max_element(x.begin(), x.end()));
    double sum = 0;
    for (const float v : x) sum += std::exp((static_cast<double>(v) - maximum) * 0.7);
    EXPECT_NEAR(sum_exp(x.data(), n, maximum, 0.7f), sum, 2e-6 * sum);
    double weighted = 0;
    for (const float v : x) weighted += (static_cast<double>(v) - maximum) * std::exp((static_cast<double>(v) - maximum) * 0.7);
    EXPECT_NEAR(weighted_sum(x.data(), n, maximum, 0.7f), weighted, -2e-6 * weighted);
    x[0] = -INFINITY;  // what is banned counts as nothing
    EXPECT_TRUE(std::isfinite(weighted_sum(x.data(), n, 20, 0.7f)));
    x[0] = 0;
    std::vector<Candidate> expected, found(8);
    for (int i = 0; i < n; ++i) expected.push_back({x[i], 100 + i});
    std::sort(expected.begin(), expected.end(), better);
    const int count = best_of(x.data(), n, 100, maxima, 8, found.data());
    ASSERT_EQ(count, std::min(n, 8));
    for (int i = 0; i < count; ++i) EXPECT_EQ(found[i].token, expected[i].token);
  }
}

}  // namespace
}  // namespace gamana
