#include <cmath>
#include <complex>

#include "tests/ops/gradient.h"

namespace gamana::test {
namespace {

constexpr int kHeads = 2, kWidth = 6, kChannels = kHeads * kWidth;
const std::vector<int32_t> kPositions{0, 1, 2, 7, 0, 3000};

Operation with(const RotaryOptions& o) {
  return [o](Context& c, const std::vector<Tensor>& t) { return rotary(c, t[0], kPositions, o); };
}

}  // namespace

// Each pair is a complex number that is multiplied with exp(i angle); other channels and the values stay.
TEST(Rotary, TurnsPairsOfQueriesAndKeys) {
  const int64_t rows = std::ssize(kPositions);
  const Matrix qkv = random_matrix(rows, 3 * kChannels, 1);
  for (bool interleaved : {false, true})
    for (int width : {4, kWidth}) {
      Matrix expected = qkv;
      for (int64_t r = 0; r < rows; ++r)
        for (int head = 0; head < 2 * kHeads; ++head)
          for (int i = 0; i < width / 2; ++i) {
            float* x = expected.values.data() + r * 3 * kChannels + head * kWidth;
            float &re = x[interleaved ? 2 * i : i], &im = x[interleaved ? 2 * i + 1 : i + width / 2];
            const double angle = kPositions[r] / std::pow(500.0, 2.0 * i / width);
            const auto turned = std::complex<double>(re, im) * std::polar(1.0, angle);
            re = static_cast<float>(turned.real()), im = static_cast<float>(turned.imag());
          }
      const auto found = values_of(cpu_kernels(), {qkv}, with({kHeads, width, interleaved, 500}));
      for (size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected.values[i], 1e-6) << i;
    }
}

TEST(Rotary, Gradient) {
  for (bool interleaved : {false, true})
    expect_gradients({random_matrix(std::ssize(kPositions), 3 * kChannels, 1)}, with({kHeads, 4, interleaved, 500}));
}

}  // namespace gamana::test
