#include "gamana/kernels/gemm.h"

#include <algorithm>
#include <bit>
#include <vector>

#include <gtest/gtest.h>

#include "gamana/base/parallel.h"

namespace gamana {
namespace {

std::vector<float> numbers(int64_t n, uint32_t seed) {
  std::vector<float> out(static_cast<size_t>(n));
  for (float& x : out) seed = seed * 1664525u + 1013904223u, x = static_cast<float>(seed >> 8) / 8388608.0f - 1.0f;
  return out;
}

struct Case {
  bool trans_a, trans_b;
  int64_t m, n, k;
};

std::vector<float> product(const Case& t, bool accumulate) {
  const auto a = numbers(t.m * t.k, 1), b = numbers(t.k * t.n, 2);
  auto c = numbers(t.m * t.n, 3);
  gemm(t.trans_a, t.trans_b, t.m, t.n, t.k, a.data(), t.trans_a ? t.m : t.k, b.data(), t.trans_b ? t.k : t.n, c.data(),
       t.n, accumulate);
  return c;
}

// A matrix in bf16 whose rows are followed by `gap` NaNs, which no product may read.
struct Half {
  int64_t rows, cols, stride;
  std::vector<uint16_t> values;

  Half(int64_t rows, int64_t cols, int64_t gap, uint32_t seed)
      : rows(rows), cols(cols), stride(cols + gap), values(static_cast<size_t>(rows * stride), 0x7FC0) {
    const auto from = numbers(rows * cols, seed);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < cols; ++j)
        values[i * stride + j] = static_cast<uint16_t>(std::bit_cast<uint32_t>(from[i * cols + j]) >> 16);
  }
  float at(int64_t i, int64_t j) const { return std::bit_cast<float>(uint32_t{values[i * stride + j]} << 16); }
};

constexpr int64_t kGap = 3;
constexpr float kGuard = 77.0f;

// [m, n + kGap], with guards in the gap.
std::vector<float> half_product(const Case& t, const Half& a, const Half& b, bool accumulate) {
  auto c = numbers(t.m * (t.n + kGap), 3);
  for (int64_t i = 0; i < t.m; ++i) std::fill_n(c.begin() + i * (t.n + kGap) + t.n, kGap, kGuard);
  gemm_bf16(t.trans_a, t.trans_b, t.m, t.n, t.k, a.values.data(), a.stride, b.values.data(), b.stride, c.data(), t.n + kGap,
            accumulate);
  return c;
}

void check_half(const Case& t, bool accumulate) {
  const Half a = t.trans_a ? Half(t.k, t.m, kGap, 1) : Half(t.m, t.k, kGap, 1);
  const Half b = t.trans_b ? Half(t.n, t.k, kGap, 2) : Half(t.k, t.n, kGap, 2);
  const auto c = half_product(t, a, b, accumulate), before = numbers(t.m * (t.n + kGap), 3);
  for (int64_t i = 0; i < t.m; ++i)
    for (int64_t j = 0; j < t.n + kGap; ++j) {
      const int64_t at = i * (t.n + kGap) + j;
      double sum = j >= t.n ? kGuard : accumulate ? before[at] : 0.0;
      for (int64_t p = 0; j < t.n && p < t.k; ++p)
        sum += double(t.trans_a ? a.at(p, i) : a.at(i, p)) * (t.trans_b ? b.at(j, p) : b.at(p, j));
      // Products of bf16 are exact in f32; their sums are not, as in f32.
      ASSERT_NEAR(c[at], sum, j < t.n ? 1e-6 * (t.k + 10) : 0.0)
          << t.trans_a << t.trans_b << " " << t.m << " " << t.n << " " << t.k << " " << i << " " << j;
    }
}

}  // namespace

TEST(Gemm, EqualsSumsInDouble) {
  for (bool trans_a : {false, true})
    for (bool trans_b : {false, true})
      for (int64_t m : {1, 15, 17, 100, 530})
        for (int64_t k : {1, 33, 700}) {
          const Case t{trans_a, trans_b, m, 37, k};
          const auto a = numbers(m * k, 1), b = numbers(k * t.n, 2), before = numbers(m * t.n, 3);
          for (bool accumulate : {false, true}) {
            const auto c = product(t, accumulate);
            for (int64_t i = 0; i < m; ++i)
              for (int64_t j = 0; j < t.n; ++j) {
                double sum = accumulate ? before[i * t.n + j] : 0.0;
                for (int64_t p = 0; p < k; ++p)
                  sum += double(trans_a ? a[p * m + i] : a[i * k + p]) * (trans_b ? b[j * k + p] : b[p * t.n + j]);
                // k products of numbers below 1: rounding errors stay below k * 2^-24.
                ASSERT_NEAR(c[i * t.n + j], sum, 1e-6 * (k + 10)) << m << " " << k << " " << i << " " << j;
              }
          }
        }
}

TEST(Gemm, SameBitsForAnyNumberOfThreads) {
  for (const Case& t : {Case{false, true, 777, 384, 128}, Case{true, false, 384, 128, 1777}, Case{false, true, 3, 2000, 64}}) {
    set_threads(1);
    const auto one = product(t, true);
    set_threads(2);
    EXPECT_EQ(one, product(t, true));
  }
}

// Sizes around a tile (16, 32), around the blocks that a product of many rows is cut into (64 or 128 rows, 1,024 columns and
// inputs), and so small that no blocks are made.
TEST(Gemm, Bf16EqualsSumsInDouble) {
  if (!has_bf16()) GTEST_SKIP() << "this CPU has no bf16 products";
  for (bool trans_a : {false, true})
    for (bool trans_b : {false, true})
      for (bool accumulate : {false, true}) {
        for (int64_t m : {1, 33, 79, 130})
          for (int64_t n : {1, 37, 96})
            for (int64_t k : {1, 64, 333}) check_half({trans_a, trans_b, m, n, k}, accumulate);
        check_half({trans_a, trans_b, 65, 61, 2051}, accumulate);
        check_half({trans_a, trans_b, 66, 1057, 40}, accumulate);
        check_half({trans_a, trans_b, 1100, 33, 35}, accumulate);
      }
}

TEST(Gemm, Bf16SameBitsForAnyNumberOfThreads) {
  if (!has_bf16()) GTEST_SKIP() << "this CPU has no bf16 products";
  const Case cases[] = {{false, true, 777, 384, 128}, {true, false, 384, 128, 1777}, {false, true, 70, 2000, 64}};
  for (const Case& t : cases) {
    const Half a = t.trans_a ? Half(t.k, t.m, kGap, 1) : Half(t.m, t.k, kGap, 1);
    const Half b = t.trans_b ? Half(t.n, t.k, kGap, 2) : Half(t.k, t.n, kGap, 2);
    set_threads(1);
    const auto one = half_product(t, a, b, true);
    set_threads(2);
    EXPECT_EQ(one, half_product(t, a, b, true));
  }
}

}  // namespace gamana
