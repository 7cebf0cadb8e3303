// The vector functions against the C library in double, over their whole ranges, for every instruction set.
#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/kernels/math_test.cpp"
#include <hwy/foreach_target.h>  // first of Highway

#include <hwy/highway.h>

#include "gamana/kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

// y[i] = f(x[i]) for f = exp, sigmoid, tanh, erf.
void apply(int which, int64_t n, const float* x, float* y) {
  each_vector(n, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    const Vec v = load(x + i, count);
    store(which == 0 ? exp(v) : which == 1 ? sigmoid(v) : which == 2 ? tanh(v) : erf(v), y + i, count);
  });
}

void bits(uint64_t key, int64_t n, uint32_t* y) {
  const BitsTag d;
  for (int64_t i = 0; i + lanes() <= n; i += lanes())
    hn::StoreU(random_bits(key, hn::Add(hn::Iota(d, 0), hn::Set(d, static_cast<uint32_t>(i)))), d, y + i);
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <limits>

#include "tests/kernels/numbers.h"

namespace gamana::cpu {
namespace {

HWY_EXPORT(apply);
HWY_EXPORT(bits);

double exact(int which, double x) {
  return which == 0 ? std::exp(x) : which == 1 ? 1 / (1 + std::exp(-x)) : which == 2 ? std::tanh(x) : std::erf(x);
}

std::vector<float> grid(double from, double to) {
  constexpr int kCount = 20001;
  std::vector<float> x(kCount);
  for (int i = 0; i < kCount; ++i) x[i] = static_cast<float>(from + (to - from) * i / (kCount - 1));
  return x;
}

}  // namespace

TEST(Math, RelativeErrors) {
  const struct {
    int function;
    double from, to, error;
  } cases[] = {{0, -87.3, 88.3, 2.4e-7},  // 2 ulp
               {1, -30, 30, 3e-7},
               {2, -12, 12, 4e-7},  // rational approximations of 3e-7 each, and the rounding of a quotient
               {2, -1e-3, 1e-3, 4e-7},
               {3, -6, 6, 5e-7},
               {3, -1e-3, 1e-3, 5e-7}};
  for (const auto& c : cases) {
    const auto x = grid(c.from, c.to);
    std::vector<float> y(x.size());
    test::for_each_target([&] {
      HWY_DYNAMIC_DISPATCH(apply)(c.function, static_cast<int64_t>(x.size()), x.data(), y.data());
      for (size_t i = 0; i < x.size(); ++i) {
        const double want = exact(c.function, x[i]);
        ASSERT_NEAR(y[i], want, c.error * std::abs(want)) << c.function << " of " << x[i];
      }
    });
  }
}

TEST(Math, Limits) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> x = {-inf, -200, 0, 200, inf, nan};
  const float wanted[4][5] = {{0, 0, 1, 2.39e38f, 2.39e38f}, {0, 0, 0.5f, 1, 1}, {-1, -1, 0, 1, 1}, {-1, -1, 0, 1, 1}};
  test::for_each_target([&] {
    for (int f = 0; f < 4; ++f) {
      float y[6];
      HWY_DYNAMIC_DISPATCH(apply)(f, 6, x.data(), y);
      for (int i = 0; i < 5; ++i)
        EXPECT_NEAR(y[i], wanted[f][i], 0.01 * std::abs(wanted[f][i]) + 1e-38) << f << " of " << x[i];
      EXPECT_TRUE(std::isnan(y[5])) << f;
    }
  });
}

TEST(Math, RandomBitsEqualTheScalarHash) {
  const uint64_t key = stream_key(1, 2, 3);
  test::for_each_target([&] {
    std::vector<uint32_t> found(1024);
    HWY_DYNAMIC_DISPATCH(bits)(key, 1024, found.data());
    for (uint32_t i = 0; i < 1024; ++i) ASSERT_EQ(found[i], random_bits(key, i)) << i;
  });
}

}  // namespace gamana::cpu
#endif
