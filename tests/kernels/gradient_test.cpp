// The backward kernels of ref against central differences in double (step 1e-5: an error of 1e-10 for smooth
// functions), and the statistics of dropout.
#include <functional>

#include "gamana/kernels/ref/elementwise.h"
#include "gamana/kernels/ref/embed.h"
#include "gamana/kernels/ref/loss.h"
#include "gamana/kernels/ref/norm.h"
#include "tests/kernels/numbers.h"

namespace gamana::test {
namespace {

using Doubles = std::vector<double>;

constexpr DropoutMask kDropped{0.3f, 77};

double dot(const Doubles& a, const Doubles& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// d f / d x[i] for every i against `gradient`.
void expect_gradient(Doubles x, const std::function<double(const Doubles&)>& f, const Doubles& gradient) {
  constexpr double kStep = 1e-5;
  ASSERT_EQ(x.size(), gradient.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const double at = x[i];
    x[i] = at + kStep;
    const double up = f(x);
    x[i] = at - kStep;
    const double down = f(x);
    x[i] = at;
    EXPECT_NEAR(gradient[i], (up - down) / (2 * kStep), 1e-7) << i;
  }
}

}  // namespace

TEST(Gradient, Activations) {
  const auto x = numbers<double>(40, 1, 2), d_out = numbers<double>(40, 2);
  for (auto f : {Activation::none, Activation::relu, Activation::gelu, Activation::gelu_tanh, Activation::silu,
                 Activation::tanh}) {
    const auto forward = [&](Doubles pre) {
      Doubles out(40);
      ref::bias_activation<double>(4, 10, pre.data(), nullptr, f, out.data());
      return out;
    };
    const Doubles saved = slope_is_of_input(f) ? x : forward(x);
    Doubles d_pre(40);
    ref::activation_backward(4, 10, d_out.data(), saved.data(), f, d_pre.data());
    expect_gradient(x, [&](const Doubles& v) { return dot(forward(v), d_out); }, d_pre);
  }
}

TEST(Gradient, Gated) {
  const auto x = numbers<double>(40, 1, 2), d_out = numbers<double>(20, 2);
  for (auto f : {Activation::none, Activation::relu, Activation::gelu, Activation::gelu_tanh, Activation::silu,
                 Activation::tanh}) {
    Doubles d_x(40);
    ref::gated_backward(4, 5, d_out.data(), x.data(), f, d_x.data());
    expect_gradient(x, [&](const Doubles& v) {
      Doubles out(20);
      ref::gated(4, 5, v.data(), f, out.data());
      return dot(out, d_out);
    }, d_x);
  }
}

static void expect_norm_gradient(bool centred) {
  constexpr int64_t kRows = 3, kCols = 7, kSize = kRows * kCols;
  const auto x = numbers<double>(kSize, 1), residual = numbers<double>(kSize, 2), gain = numbers<double>(kCols, 3),
             bias = numbers<double>(kCols, 4), d_y = numbers<double>(kSize, 5);
  Doubles sum(kSize), y(kSize), stats(2 * kRows);
  const auto loss = [&](const Doubles& x, const Doubles& residual, const Doubles& gain, const Doubles& bias) {
    ref::norm<double>(kRows, kCols, x.data(), residual.data(), kDropped, gain.data(), bias.data(), centred, 1e-5f,
                      sum.data(), y.data(), stats.data());
    return dot(y, d_y);
  };
  loss(x, residual, gain, bias);
  Doubles d_sum(kSize), d_x(kSize), d_gain(kCols), d_bias(kCols);
  ref::norm_backward(kRows, kCols, d_y.data(), sum.data(), stats.data(), gain.data(), centred, kDropped, d_sum.data(),
                     d_x.data(), d_gain.data(), d_bias.data());
  expect_gradient(x, [&](const Doubles& v) { return loss(v, residual, gain, bias); }, d_x);
  expect_gradient(residual, [&](const Doubles& v) { return loss(x, v, gain, bias); }, d_sum);
  expect_gradient(gain, [&](const Doubles& v) { return loss(x, residual, v, bias); }, d_gain);
  expect_gradient(bias, [&](const Doubles& v) { return loss(x, residual, gain, v); }, d_bias);
}

TEST(Gradient, Norm) { expect_norm_gradient(true); }
TEST(Gradient, NormThatIsNotCentred) { expect_norm_gradient(false); }

TEST(Gradient, Embed) {
  constexpr int64_t kRows = 5, kCols = 3;
  const int32_t ids[kRows] = {2, 0, 2, 3, 2};
  const auto table = numbers<double>(4 * kCols, 1), d_y = numbers<double>(kRows * kCols, 2);
  Doubles y(kRows * kCols), d_table(4 * kCols);
  ref::embed_backward(kRows, kCols, ids, d_y.data(), 1.5f, d_table.data());
  expect_gradient(table, [&](const Doubles& v) {
    ref::embed<double>(kRows, kCols, ids, v.data(), 1.5f, nullptr, nullptr, {}, y.data());
    return dot(y, d_y);
  }, d_table);
}

TEST(Gradient, CrossEntropy) {
  constexpr int64_t kRows = 3, kVocabulary = 9;
  const int32_t targets[kRows] = {0, 8, 4};
  const auto logits = numbers<double>(kRows * kVocabulary, 1, 2), bias = numbers<double>(kVocabulary, 2);
  for (float smoothing : {0.0f, 0.2f}) {
    Doubles loss(kRows), nll(kRows), gradient = logits;
    const auto total = [&](Doubles z) {
      ref::cross_entropy(kRows, kVocabulary, z.data(), bias.data(), targets, smoothing, 1.0f, loss.data(), nll.data());
      return 0.5 * (loss[0] + loss[1] + loss[2]);
    };
    ref::cross_entropy(kRows, kVocabulary, gradient.data(), bias.data(), targets, smoothing, 0.5f, loss.data(),
                       nll.data());
    expect_gradient(logits, total, gradient);
  }
}

TEST(Gradient, Distillation) {
  constexpr int64_t kRows = 3, kVocabulary = 9;
  const auto logits = numbers<double>(kRows * kVocabulary, 1, 2), bias = numbers<double>(kVocabulary, 2),
             teacher = numbers<double>(kRows * kVocabulary, 3, 2);
  Doubles loss(kRows), gradient = logits;
  const auto run = [&](Doubles& z, float scale) {
    Doubles t = teacher;
    ref::distillation(kRows, kVocabulary, z.data(), bias.data(), t.data(), bias.data(), 2.0f, scale, loss.data());
  };
  const auto total = [&](Doubles z) {
    run(z, 1);
    return 0.5 * (loss[0] + loss[1] + loss[2]);
  };
  run(gradient, 0.5f);
  expect_gradient(logits, total, gradient);
}

TEST(Dropout, KeepsItsShareAndStreamsDiffer) {
  constexpr int64_t kSize = 200000;
  const std::vector<float> ones(kSize, 1.0f);
  const auto mask = [&](float rate, uint64_t key) {
    std::vector<float> out(kSize);
    cpu_kernels().dropout(kSize, ones.data(), {rate, key}, out.data());
    return out;
  };
  for (float rate : {0.05f, 0.1f, 0.5f, 0.9f}) {
    double kept = 0, sum = 0;
    for (float v : mask(rate, 3)) kept += v != 0, sum += v;
    const double deviation = std::sqrt(rate * (1 - rate) / kSize);
    EXPECT_NEAR(kept / kSize, 1 - rate, 5 * deviation);
    EXPECT_NEAR(sum / kSize, 1, 5 * deviation / (1 - rate));
  }
  // Two streams agree where chance has it, also when one is shifted: 0.5 of the elements, 5 deviations of 0.0011.
  const auto one = mask(0.5f, stream_key(1, 1, 1));
  for (uint64_t other = 2; other < 8; ++other) {
    const auto two = mask(0.5f, stream_key(1, 1, other));
    for (int64_t shift : {0, 1, 512}) {
      double equal = 0;
      for (int64_t i = 0; i + shift < kSize; ++i) equal += one[i] == two[i + shift];
      EXPECT_NEAR(equal / static_cast<double>(kSize - shift), 0.5, 0.006) << other << " " << shift;
    }
  }
}

}  // namespace gamana::test
