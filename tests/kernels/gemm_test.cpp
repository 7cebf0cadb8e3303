#include "gamana/kernels/gemm.h"

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

}  // namespace gamana
