#include "gamana/kernels/gemm.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/gemm_f32.h"
#include "tests/support/numbers.h"

namespace gamana {
namespace {

struct GemmCase {
  bool trans_a, trans_b;
  int64_t m, n, k;
};

std::vector<float> product(const GemmCase& t, bool accumulate) {
  const auto a = numbers(t.m * t.k, 1), b = numbers(t.k * t.n, 2);
  auto c = numbers(t.m * t.n, 3);
  gemm(t.trans_a, t.trans_b, t.m, t.n, t.k, a.data(), t.trans_a ? t.m : t.k, b.data(), t.trans_b ? t.k : t.n, c.data(),
       t.n, accumulate);
  return c;
}

uint16_t cut_to(float x, uint16_t) { return static_cast<uint16_t>(std::bit_cast<uint32_t>(x) >> 16); }
float cut_to(float x, float) { return x; }
float widened(uint16_t x) { return std::bit_cast<float>(uint32_t{x} << 16); }
float widened(float x) { return x; }

// A matrix in f32 or in bf16 whose rows are followed by `gap` NaNs, which no product may read.
template <class T>
struct Gapped {
  int64_t rows, cols, stride;
  std::vector<T> values;

  Gapped(int64_t rows, int64_t cols, int64_t gap, uint32_t seed)
      : rows(rows), cols(cols), stride(cols + gap), values(static_cast<size_t>(rows * stride), cut_to(std::nanf(""), T{})) {
    const auto from = numbers(rows * cols, seed);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < cols; ++j) values[i * stride + j] = cut_to(from[i * cols + j], T{});
  }
  double at(bool transposed, int64_t i, int64_t j) const { return widened(transposed ? values[j * stride + i] : values[i * stride + j]); }
};
using Half = Gapped<uint16_t>;
using Single = Gapped<float>;

constexpr int64_t kGap = 3;
constexpr float kUntouched = 77.0f;

// [m, n + kGap], with guards in the gap.
std::vector<float> half_product(const GemmCase& t, const Half& a, const Half& b, bool accumulate) {
  auto c = numbers(t.m * (t.n + kGap), 3);
  for (int64_t i = 0; i < t.m; ++i) std::fill_n(c.begin() + i * (t.n + kGap) + t.n, kGap, kUntouched);
  gemm_bf16(t.trans_a, t.trans_b, t.m, t.n, t.k, a.values.data(), a.stride, b.values.data(), b.stride, c.data(), t.n + kGap,
            accumulate);
  return c;
}

void check_half(const GemmCase& t, bool accumulate) {
  const Half a = t.trans_a ? Half(t.k, t.m, kGap, 1) : Half(t.m, t.k, kGap, 1);
  const Half b = t.trans_b ? Half(t.n, t.k, kGap, 2) : Half(t.k, t.n, kGap, 2);
  const auto c = half_product(t, a, b, accumulate), before = numbers(t.m * (t.n + kGap), 3);
  for (int64_t i = 0; i < t.m; ++i)
    for (int64_t j = 0; j < t.n + kGap; ++j) {
      const int64_t at = i * (t.n + kGap) + j;
      double sum = j >= t.n ? kUntouched : accumulate ? before[at] : 0.0;
      for (int64_t p = 0; j < t.n && p < t.k; ++p)
        sum += a.at(t.trans_a, i, p) * b.at(t.trans_b, p, j);
      // Products of bf16 are exact in f32; their sums are not, as in f32.
      ASSERT_NEAR(c[at], sum, j < t.n ? 1e-6 * (t.k + 10) : 0.0)
          << t.trans_a << t.trans_b << " " << t.m << " " << t.n << " " << t.k << " " << i << " " << j;
    }
}

using FloatGemm = decltype(gemm);

std::vector<float> gapped_product(FloatGemm& multiply, const GemmCase& t, const Single& a, const Single& b, bool accumulate) {
  auto c = numbers(t.m * (t.n + kGap), 3);
  for (int64_t i = 0; i < t.m; ++i) std::fill_n(c.begin() + i * (t.n + kGap) + t.n, kGap, kUntouched);
  multiply(t.trans_a, t.trans_b, t.m, t.n, t.k, a.values.data(), a.stride, b.values.data(), b.stride, c.data(), t.n + kGap,
           accumulate);
  return c;
}

// The largest error of a sum, as a share of the sum of its products' sizes.
double largest_error(FloatGemm& multiply, const GemmCase& t, bool accumulate) {
  const Single a = t.trans_a ? Single(t.k, t.m, kGap, 1) : Single(t.m, t.k, kGap, 1);
  const Single b = t.trans_b ? Single(t.n, t.k, kGap, 2) : Single(t.k, t.n, kGap, 2);
  const auto c = gapped_product(multiply, t, a, b, accumulate), before = numbers(t.m * (t.n + kGap), 3);
  double worst = 0;
  for (int64_t i = 0; i < t.m; ++i) {
    for (int64_t j = t.n; j < t.n + kGap; ++j) EXPECT_EQ(c[i * (t.n + kGap) + j], kUntouched);
    for (int64_t j = 0; j < t.n; ++j) {
      double sum = accumulate ? before[i * (t.n + kGap) + j] : 0.0, size = std::abs(sum) + 1e-3;
      for (int64_t p = 0; p < t.k; ++p) {
        const double product = a.at(t.trans_a, i, p) * b.at(t.trans_b, p, j);
        sum += product, size += std::abs(product);
      }
      const double error = std::abs(c[i * (t.n + kGap) + j] - sum) / size;
      worst = error <= worst ? worst : error;  // a NaN is the worst
    }
  }
  return worst;
}

void expect_same_bits(FloatGemm& multiply, const GemmCase& t) {
  const Single a = t.trans_a ? Single(t.k, t.m, kGap, 1) : Single(t.m, t.k, kGap, 1);
  const Single b = t.trans_b ? Single(t.n, t.k, kGap, 2) : Single(t.k, t.n, kGap, 2);
  set_threads(1);
  const auto one = gapped_product(multiply, t, a, b, true);
  for (const int threads : {2, 5}) {
    set_threads(threads);
    EXPECT_EQ(one, gapped_product(multiply, t, a, b, true)) << threads;
  }
  set_threads(2);
}

void expect_sums_in_double(const GemmCase& t) {
  const auto a = numbers(t.m * t.k, 1), b = numbers(t.k * t.n, 2), before = numbers(t.m * t.n, 3);
  for (bool accumulate : {false, true}) {
    const auto c = product(t, accumulate);
    for (int64_t i = 0; i < t.m; ++i)
      for (int64_t j = 0; j < t.n; ++j) {
        double sum = accumulate ? before[i * t.n + j] : 0.0;
        for (int64_t p = 0; p < t.k; ++p)
          sum += double(t.trans_a ? a[p * t.m + i] : a[i * t.k + p]) * (t.trans_b ? b[j * t.k + p] : b[p * t.n + j]);
        // k products of numbers below 1: rounding errors stay below k * 2^-24.
        ASSERT_NEAR(c[i * t.n + j], sum, 1e-6 * (t.k + 10)) << t.m << " " << t.k << " " << i << " " << j;
      }
  }
}

}  // namespace

// The last two sizes are cut into large blocks, where the CPU has no AVX-512: of rows, and of columns.
TEST(Gemm, EqualsSumsInDouble) {
  for (bool trans_a : {false, true})
    for (bool trans_b : {false, true}) {
      for (int64_t m : {1, 15, 17, 100, 530})
        for (int64_t k : {1, 33, 700}) expect_sums_in_double({trans_a, trans_b, m, 37, k});
      expect_sums_in_double({trans_a, trans_b, 1000, 1100, 5});
      expect_sums_in_double({trans_a, trans_b, 800, 1600, 5});
    }
}

TEST(Gemm, SameBitsForAnyNumberOfThreads) {
  for (const GemmCase& t : {GemmCase{false, true, 777, 384, 128}, GemmCase{true, false, 384, 128, 1777}, GemmCase{false, true, 3, 2000, 64},
                        GemmCase{false, false, 1000, 1100, 64}, GemmCase{true, false, 800, 1600, 600}}) {
    set_threads(1);
    const auto one = product(t, true);
    set_threads(2);
    EXPECT_EQ(one, product(t, true));
  }
}

// Sizes around a tile (12), two tiles that are multiplied at a time, a block of rows (96), a panel (32) and a block of inputs (1,024).
TEST(Gemm, BlockedF32EqualsSumsInDouble) {
  if (!cpu::gemm_f32_takes(false, 1024, 1024, 1024)) GTEST_SKIP() << "this CPU has no AVX-512";
  for (bool trans_a : {false, true})
    for (bool trans_b : {false, true})
      for (bool accumulate : {false, true})
        for (const auto& [m, n, k] : {std::array<int64_t, 3>{1, 1, 1}, {11, 31, 15}, {25, 33, 17}, {97, 100, 65}, {203, 16, 200}, {37, 65, 1025}, {13, 40, 2070}, {3, 1400, 200}})
          EXPECT_LT(largest_error(cpu::gemm_f32, {trans_a, trans_b, m, n, k}, accumulate), 0x1p-20)
              << trans_a << trans_b << accumulate << " " << m << " " << n << " " << k;
}

TEST(Gemm, BlockedF32SameBitsForAnyNumberOfThreads) {
  if (!cpu::gemm_f32_takes(false, 1024, 1024, 1024)) GTEST_SKIP() << "this CPU has no AVX-512";
  for (const GemmCase& t : {GemmCase{false, true, 777, 384, 1200}, GemmCase{true, false, 384, 800, 1777}, GemmCase{false, false, 300, 70, 64}})
    expect_same_bits(cpu::gemm_f32, t);
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
  const GemmCase cases[] = {{false, true, 777, 384, 128}, {true, false, 384, 128, 1777}, {false, true, 70, 2000, 64}};
  for (const GemmCase& t : cases) {
    const Half a = t.trans_a ? Half(t.k, t.m, kGap, 1) : Half(t.m, t.k, kGap, 1);
    const Half b = t.trans_b ? Half(t.n, t.k, kGap, 2) : Half(t.k, t.n, kGap, 2);
    set_threads(1);
    const auto one = half_product(t, a, b, true);
    set_threads(2);
    EXPECT_EQ(one, half_product(t, a, b, true));
  }
}

// Each product may lose 2^-16: twice 2^-18 for what two numbers keep of themselves, 2^-18 for the product of their low halves,
// and what the sums of f32 round.
TEST(Gemm, Bf16x3EqualsSumsInDouble) {
  if (!has_bf16x3()) GTEST_SKIP() << "this CPU has no AMX";
  for (bool trans_a : {false, true})
    for (bool trans_b : {false, true})
      for (bool accumulate : {false, true})
        for (const auto& [m, n, k] : {std::array<int64_t, 3>{1, 5, 7}, {79, 96, 64}, {130, 37, 333}, {65, 61, 2051}, {66, 1057, 40}, {1100, 33, 35}})
          EXPECT_LT(largest_error(gemm_bf16x3, {trans_a, trans_b, m, n, k}, accumulate), 0x1p-16)
              << trans_a << trans_b << accumulate << " " << m << " " << n << " " << k;
}

TEST(Gemm, Bf16x3SameBitsForAnyNumberOfThreads) {
  if (!has_bf16x3()) GTEST_SKIP() << "this CPU has no AMX";
  for (const GemmCase& t : {GemmCase{false, true, 777, 384, 128}, GemmCase{true, false, 384, 128, 1777}, GemmCase{false, true, 70, 2000, 64}})
    expect_same_bits(gemm_bf16x3, t);
}

}  // namespace gamana
