// What a coarse weight tells of products holds for the products, and tells something.
#include "gamana/kernels/coarse.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gamana/kernels/kernels.h"
#include "tests/kernels/numbers.h"
#include "tests/support/numbers.h"

namespace gamana {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Bounds {
  std::vector<float> largest, low, high;  // [groups, m]
};

// The largest outputs of groups, and what was told of them.
Bounds bounds(Precision precision, int64_t m, int64_t n, int64_t k, std::vector<float> x, const std::vector<float>& w,
              const std::vector<float>& bias) {
  const PackedWeight packed(precision, n, k, w.data(), k);
  const CoarseWeight coarse(packed, bias.empty() ? nullptr : bias.data());
  const int64_t even = (k + 1) / 2 * 2, groups = coarse.groups();
  std::vector<uint16_t> half(m * even, 0);
  for (int64_t i = 0; i < m; ++i) cpu_kernels().to_bf16(k, x.data() + i * k, half.data() + i * even);
  std::vector<float> out(m * n);
  packed.multiply(m, x.data(), k, half.data(), even, bias.empty() ? nullptr : bias.data(), 0, n, out.data(), n);
  if (precision == Precision::bf16)
    for (int64_t i = 0; i < m; ++i) cpu_kernels().from_bf16(k, half.data() + i * even, x.data() + i * k);
  Bounds b{std::vector<float>(groups * m, -kInfinity), std::vector<float>(groups * m), std::vector<float>(groups * m)};
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      float& largest = b.largest[j / CoarseWeight::kGroup * m + i];
      largest = std::max(largest, out[i * n + j]);
    }
  coarse.bound(m, x.data(), k, b.low.data(), b.high.data());
  return b;
}

void expect_held(const Bounds& b) {
  for (size_t i = 0; i < b.largest.size(); ++i) {
    ASSERT_LE(b.low[i], b.largest[i]) << i;
    ASSERT_GE(b.high[i], b.largest[i]) << i;
  }
}

void check(Precision precision) {
  for (const int64_t m : {1, 2, 5, 12, 13})
    for (const int64_t n : {1, 31, 33, 64, 1100})
      for (const int64_t k : {1, 2, 7, 64, 129, 513}) {
        SCOPED_TRACE(testing::Message() << m << " " << n << " " << k);
        std::vector<float> x = normal_numbers(m * k, 1), w = normal_numbers(n * k, 2);
        expect_held(bounds(precision, m, n, k, x, w, {}));
        expect_held(bounds(precision, m, n, k, x, w, normal_numbers(n, 3)));
        for (int64_t i = 0; i < m; ++i) x[i * k + k / 2] *= 300;  // as a few dimensions of trained models are
        for (int64_t j = 0; j < n; ++j) w[j * k] *= 20, w[j * k + k / 3] += 4;
        expect_held(bounds(precision, m, n, k, x, w, normal_numbers(n, 4)));
      }
}

TEST(Coarse, TellsBetweenWhatNumbersOutputsLie) {
  test::for_each_target([] { check(Precision::f32); });
}

TEST(Coarse, TellsBetweenWhatNumbersOutputsLieInBf16) {
  if (!has_bf16()) GTEST_SKIP() << "this CPU has no bf16 products";
  check(Precision::bf16);
}

TEST(Coarse, TellsBetweenWhatNumbersOutputsLieInBf16x3) {
  if (!has_bf16x3()) GTEST_SKIP() << "this CPU has no AMX";
  check(Precision::bf16x3);
}

// Outputs are normal with a deviation of sqrt(k). Numbers from -4 to 4 in 255 steps leave 0.02 of it, the bound is some ten times that.
TEST(Coarse, TellsEnoughToLeaveMostOut) {
  const int64_t n = 32 * 1000, k = 512;
  const Bounds b = bounds(Precision::f32, 1, n, k, normal_numbers(k, 5), normal_numbers(n * k, 6), {});
  const float reached = *std::max_element(b.low.begin(), b.low.end());
  EXPECT_LT(std::count_if(b.high.begin(), b.high.end(), [=](float high) { return high >= reached; }), 50);
  for (size_t i = 0; i < b.low.size(); ++i) ASSERT_LT(b.high[i] - b.low[i], 0.5f * std::sqrt(512.0f));
}

// What is wrong in a weight or an input may not be passed over.
void check_what_is_no_number() {
  const int64_t n = 100, k = 40;
  const std::vector<float> x = normal_numbers(2 * k, 7), w = normal_numbers(n * k, 8), bias = normal_numbers(n, 9);
  for (const float wrong : {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity}) {
    auto broken = w;
    broken[70 * k + 3] = wrong;  // in group 2
    const Bounds of_weight = bounds(Precision::f32, 2, n, k, x, broken, bias);
    for (const int i : {4, 5}) EXPECT_FALSE(std::isfinite(of_weight.high[i])) << wrong;
    for (const int i : {0, 1, 2, 3, 6, 7}) EXPECT_TRUE(std::isfinite(of_weight.high[i])) << wrong;
    broken = x;
    broken[k + 5] = wrong;  // in row 1
    const Bounds of_input = bounds(Precision::f32, 2, n, k, broken, w, bias);
    for (int i = 0; i < 8; ++i) EXPECT_EQ(std::isfinite(of_input.high[i]), i % 2 == 0) << wrong;
  }
  auto ruled_out = bias;  // an output that is -infinity is as good as none
  for (int j = 32; j < 64; ++j) ruled_out[j] = -kInfinity;
  ruled_out[5] = -kInfinity;
  expect_held(bounds(Precision::f32, 2, n, k, x, w, ruled_out));
  ruled_out[5] = kInfinity;
  EXPECT_FALSE(std::isfinite(bounds(Precision::f32, 2, n, k, x, w, ruled_out).high[0]));
}

TEST(Coarse, TellsOfWhatIsNoNumber) { test::for_each_target(check_what_is_no_number); }

TEST(Coarse, TakesZerosAndNumbersNearTheLimits) {
  const int64_t n = 64, k = 24;
  const std::vector<float> x = normal_numbers(k, 10), zeros(n * k, 0.0f), none(k, 0.0f);
  std::vector<float> w = normal_numbers(n * k, 11);
  expect_held(bounds(Precision::f32, 1, n, k, x, zeros, {}));
  expect_held(bounds(Precision::f32, 1, n, k, none, w, {}));
  for (const float factor : {1e-18f, 1e-20f, 1e-22f, 1e-24f, 1e-26f, 1e-38f, 1e-44f, 1e18f, 1e30f}) {
    auto scaled = w;
    for (float& f : scaled) f *= factor;
    expect_held(bounds(Precision::f32, 1, n, k, x, scaled, {}));
  }
}

// Inputs that are rounded to whole numbers all lose as much as they can, beside one that is large; or are all as large.
void check_rounded_inputs() {
  for (const int64_t k : {513, 600, 4001}) {
    const int64_t n = 64;
    std::vector<float> w(n * k, 1.0f), x(k, 1.0f);
    expect_held(bounds(Precision::f32, 1, n, k, x, w, {}));
    const float step = 1.0f / static_cast<float>(std::min<int64_t>(INT16_MAX, INT32_MAX / (127 * k)));
    for (const float part : {0.49f, -0.49f, 0.51f}) {
      x.assign(k, part * step), x[0] = 1;
      expect_held(bounds(Precision::f32, 1, n, k, x, w, {}));
    }
    for (const float factor : {1e-30f, 1e-26f, 1e-20f, 1e17f}) {
      std::vector<float> scaled = normal_numbers(k, 12);
      for (float& f : scaled) f *= factor;
      expect_held(bounds(Precision::f32, 1, n, k, scaled, w, {}));
    }
  }
}

TEST(Coarse, HoldsWhereInputsAreRounded) { test::for_each_target(check_rounded_inputs); }

}  // namespace
}  // namespace gamana
