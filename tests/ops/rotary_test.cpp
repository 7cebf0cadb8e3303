#include <cmath>
#include <complex>

#include "tests/ops/gradient.h"

namespace gamana::test {
namespace {

constexpr int kRotaryHeads = 2, kRotaryWidth = 6, kChannels = kRotaryHeads * kRotaryWidth;
const std::vector<int32_t> kPositions{0, 1, 2, 7, 0, 3000};

// With a base of 500.
Operation with(RotaryOptions o) {
  return [o, frequencies = rotary_frequencies(o.width, 500)](Context& c, const std::vector<Tensor>& t) mutable {
    o.frequencies = frequencies.data();
    return rotary(c, t[0], kPositions, o);
  };
}

}  // namespace

// Each pair is a complex number that is multiplied with exp(i angle); other channels and the values stay.
TEST(Rotary, TurnsPairsOfQueriesAndKeys) {
  const int64_t rows = std::ssize(kPositions);
  const Matrix qkv = random_matrix(rows, 3 * kChannels, 1);
  for (bool interleaved : {false, true})
    for (int width : {4, kRotaryWidth}) {
      Matrix expected = qkv;
      for (int64_t r = 0; r < rows; ++r)
        for (int head = 0; head < 2 * kRotaryHeads; ++head)
          for (int i = 0; i < width / 2; ++i) {
            float* x = expected.values.data() + r * 3 * kChannels + head * kRotaryWidth;
            float &re = x[interleaved ? 2 * i : i], &im = x[interleaved ? 2 * i + 1 : i + width / 2];
            const auto frequency = static_cast<float>(1 / std::pow(500.0, 2.0 * i / width));
            const double angle = double(kPositions[r]) * frequency;
            const auto turned = std::complex<double>(re, im) * std::polar(1.0, angle);
            re = static_cast<float>(turned.real()), im = static_cast<float>(turned.imag());
          }
      const auto turn = with({.heads = kRotaryHeads, .width = width, .interleaved = interleaved});
      const auto found = values_of(cpu_kernels(), {qkv}, turn);
      for (size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected.values[i], 1e-6) << i;
    }
}

// With fewer heads of keys and values than of queries, those of queries and keys turn.
TEST(Rotary, GroupedHeads) {
  const int64_t rows = std::ssize(kPositions), cols = (4 + 2 * 2) * kRotaryWidth;
  const Matrix qkv = random_matrix(rows, cols, 1);
  const auto found = values_of(cpu_kernels(), {qkv}, with({.heads = 4, .kv_heads = 2, .width = kRotaryWidth}));
  for (int64_t r = 1; r < 4; ++r)
    for (int64_t i = 0; i < cols; ++i)
      EXPECT_EQ(found[r * cols + i] == qkv.values[r * cols + i], i >= 6 * kRotaryWidth) << r << " " << i;
  expect_gradients({qkv}, with({.heads = 4, .kv_heads = 2, .width = kRotaryWidth}));
}

TEST(Rotary, FrequenciesFallFromOne) {
  const auto f = rotary_frequencies(8, 10000);
  ASSERT_EQ(f.size(), 4u);
  for (int i = 0; i < 4; ++i) EXPECT_FLOAT_EQ(f[i], std::pow(10.0f, -i));
}

TEST(Rotary, Gradient) {
  for (bool interleaved : {false, true})
    expect_gradients({random_matrix(std::ssize(kPositions), 3 * kChannels, 1)},
                     with({.heads = kRotaryHeads, .width = 4, .interleaved = interleaved}));
}

}  // namespace gamana::test
