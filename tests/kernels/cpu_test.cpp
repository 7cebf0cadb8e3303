// cpu against ref: every size around the vector length, every instruction set, guards, one and two threads.
// Tolerances: a few roundings of 6e-8 for single formulas; 2e-6 where tanh or erf is inside (3e-7 each, slopes multiply
// them); sums over n numbers round n times, 2e-5 for 300 rows.
#include <limits>

#include "tests/kernels/numbers.h"

namespace gamana::test {
namespace {

constexpr DropoutMask kMask{0.3f, 0x123456789ABCDEFull};
constexpr DropoutMask kKeep{};
// Dropout, and whether it is centred.
constexpr std::pair<DropoutMask, bool> kNorms[] = {{kKeep, true}, {kMask, true}, {kKeep, false}, {kMask, false}};

using Arrays = std::vector<Guarded>;

std::vector<int32_t> indices(int64_t n, uint64_t seed, int64_t limit) {
  std::vector<int32_t> out(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) out[i] = static_cast<int32_t>(uniform(seed, i) * static_cast<double>(limit));
  return out;
}

// Small matrices of every width, and one of several chunks.
template <class Body>
void for_each_shape(const Body& body) {
  for (int64_t cols : kSizes)
    for (int64_t rows : {1, 5}) body(rows, cols);
  body(300, 257);
}

}  // namespace

TEST(Cpu, BiasActivation) {
  for (auto f : {Activation::none, Activation::relu, Activation::gelu, Activation::gelu_tanh, Activation::silu,
                 Activation::tanh})
    for_each_shape([&](int64_t rows, int64_t cols) {
      const Arrays arrays{Guarded(numbers(rows * cols, 1, 3)), Guarded(numbers(cols, 2)),
                          Guarded(numbers(rows * cols, 3))};
      expect_cpu_equals_ref(arrays, 2e-6, [&](const Kernels& k, Arrays& a) {
        k.bias_activation(rows, cols, a[0].data(), a[1].data(), f, a[2].data());
        k.bias_activation(rows, cols, a[0].data(), nullptr, f, a[0].data());
        k.activation_backward(rows, cols, a[2].data(), a[0].data(), f, a[2].data());
      });
    });
}

TEST(Cpu, Gated) {
  for (auto f : {Activation::none, Activation::relu, Activation::gelu, Activation::gelu_tanh, Activation::silu,
                 Activation::tanh})
    for_each_shape([&](int64_t rows, int64_t cols) {
      const Arrays arrays{Guarded(numbers(2 * rows * cols, 1, 3)), Guarded(numbers(rows * cols, 2)),
                          Guarded(numbers(2 * rows * cols, 3))};
      // The error of f or f' times the other half, up to 10.
      expect_cpu_equals_ref(arrays, 2e-5, [&](const Kernels& k, Arrays& a) {
        k.gated_backward(rows, cols, a[1].data(), a[0].data(), f, a[2].data());
        k.gated(rows, cols, a[0].data(), f, a[1].data());
      });
    });
}

// Positions as far as models go: the angle keeps its digits.
TEST(Cpu, Rotate) {
  for (bool interleaved : {false, true})
    for (bool back : {false, true})
      for (int head_width : {2, 6, 16, 34, 64, 80})
        for (int width : {2, head_width / 4 * 2, head_width}) {
          const int64_t rows = 70, stride = 3 * head_width + 5;
          const auto positions = indices(rows, 1, 10000);
          const std::vector<float> frequencies = {1, 0.7f, 0.3f, 0.2f, 0.1f, 1e-2f, 3e-3f, 1e-3f};
          std::vector<float> table(width / 2);
          for (size_t i = 0; i < table.size(); ++i) table[i] = frequencies[i % 8];
          const Rotation rotation{3, head_width, width, interleaved, table.data()};
          expect_cpu_equals_ref({Guarded(numbers(rows * stride, 1))}, 3e-7, [&](const Kernels& k, Arrays& a) {
            k.rotate(rows, rotation, positions.data(), back, {a[0].data(), stride});
          });
        }
}

TEST(Cpu, ActivationsOfExtremes) {
  const float huge = 1e4f;
  for (auto f : {Activation::relu, Activation::gelu, Activation::gelu_tanh, Activation::silu, Activation::tanh}) {
    const Arrays arrays{Guarded({-huge, -100, -20, -10, -0.0f, 0, 1e-20f, 10, 20, 100, huge}), Guarded(numbers(11, 1))};
    expect_cpu_equals_ref(arrays, 2e-6, [&](const Kernels& k, Arrays& a) {
      // Nothing saved by tanh is larger than 1.
      if (f != Activation::tanh) k.activation_backward(1, 11, a[1].data(), a[0].data(), f, a[1].data());
      k.bias_activation(1, 11, a[0].data(), nullptr, f, a[0].data());
    });
  }
}

TEST(Cpu, ActivationsKeepNaN) {
  for_each_target([] {
    for (auto f : {Activation::none, Activation::relu, Activation::gelu, Activation::gelu_tanh, Activation::silu,
                   Activation::tanh}) {
      float x[17] = {}, y[17];
      x[3] = x[16] = std::numeric_limits<float>::quiet_NaN();
      cpu_kernels().bias_activation(1, 17, x, nullptr, f, y);
      EXPECT_TRUE(std::isnan(y[3]) && std::isnan(y[16])) << static_cast<int>(f);
    }
  });
}

TEST(Cpu, ColumnSums) {
  for_each_shape([&](int64_t rows, int64_t cols) {
    const Arrays arrays{Guarded(numbers(rows * cols, 1)), Guarded(numbers(cols, 2))};
    expect_cpu_equals_ref(arrays, 2e-5, [&](const Kernels& k, Arrays& a) {
      k.add_column_sums(rows, cols, a[0].data(), a[1].data());
    });
  });
  expect_cpu_equals_ref({Guarded(numbers(150 * 2100, 1)), Guarded(numbers(2100, 2))}, 2e-5,
                        [&](const Kernels& k, Arrays& a) { k.add_column_sums(150, 2100, a[0].data(), a[1].data()); });
}

TEST(Cpu, AddAndDropout) {
  auto sizes = kSizes;
  sizes.push_back(50001);
  for (int64_t n : sizes)
    expect_cpu_equals_ref({Guarded(numbers(n, 1)), Guarded(numbers(n, 2)), Guarded(numbers(n, 3))}, 2e-7,
                          [&](const Kernels& k, Arrays& a) {
                            k.add(n, a[0].data(), a[1].data());
                            k.dropout(n, a[0].data(), kMask, a[2].data());
                            k.dropout(n, a[0].data(), {kMask.rate, 99}, a[0].data());
                          });
}

TEST(Cpu, RoundsToBf16ToNearestEven) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> x = {1.0f, 1.00390625f, 1.01171875f, -2.5f, inf, -inf, nan, -nan, 3.4e38f, 1e-42f, 0.0f, -0.0f};
  uint32_t bits = 0x7F800001;  // a NaN whose upper half is that of infinity
  x.emplace_back();
  std::memcpy(&x.back(), &bits, 4);
  const auto more = numbers(300, 1);
  x.insert(x.end(), more.begin(), more.end());
  const std::vector<uint16_t> first = {0x3F80, 0x3F80, 0x3F82, 0xC020, 0x7F80, 0xFF80};  // two ties
  for (size_t n : {size_t{13}, size_t{16}, size_t{17}, size_t{100}, x.size()}) {
    std::vector<uint16_t> want(n + 1, 7);
    ref_kernels().to_bf16(static_cast<int64_t>(n), x.data(), want.data());
    for (size_t i = 0; i < first.size(); ++i) ASSERT_EQ(want[i], first[i]);
    ASSERT_TRUE((want[12] & 0x7F) != 0);
    for_each_target([&] {
      std::vector<uint16_t> found(n + 1, 7);
      cpu_kernels().to_bf16(static_cast<int64_t>(n), x.data(), found.data());
      ASSERT_EQ(found, want);
    });
    std::vector<float> back(n + 1, 7), found(n + 1, 7);
    ref_kernels().from_bf16(static_cast<int64_t>(n), want.data(), back.data());
    for (size_t i = 0; i < n; ++i) {
      const bool normal = std::isnormal(x[i]) && std::isfinite(back[i]);
      if (normal) {
        ASSERT_NEAR(back[i] / x[i], 1, 1.0 / 256);
      }
    }
    for_each_target([&] {
      cpu_kernels().from_bf16(static_cast<int64_t>(n), want.data(), found.data());
      ASSERT_EQ(std::memcmp(found.data(), back.data(), (n + 1) * sizeof(float)), 0);
    });
  }
}

TEST(Cpu, Norm) {
  for (const auto& [mask, centred] : kNorms)
    for_each_shape([mask, centred](int64_t rows, int64_t cols) {
      const int64_t n = rows * cols;
      // A mean far from 0 would show a variance taken as a difference of squares. Of one column the variance is 0, and
      // rounding decides the rest.
      auto x = numbers(n, 1);
      for (float& v : x) v += 3;
      const Arrays arrays{Guarded(x), Guarded(numbers(n, 2)), Guarded(numbers(cols, 3)), Guarded(numbers(cols, 4)),
                          Guarded(numbers(n, 5)), Guarded(numbers(n, 6)), Guarded(numbers(2 * rows, 7))};
      expect_cpu_equals_ref(arrays, 5e-6, [&](const Kernels& k, Arrays& a) {
        k.norm(rows, cols, a[0].data(), a[1].data(), mask, a[2].data(), a[3].data(), centred, 1e-2f, a[4].data(),
               a[5].data(), a[6].data());
      });
      expect_cpu_equals_ref(arrays, 5e-6, [&](const Kernels& k, Arrays& a) {
        k.norm(rows, cols, a[0].data(), nullptr, mask, a[2].data(), nullptr, centred, 1e-2f, a[0].data(),
               a[5].data(), a[6].data());
      });
    });
}

TEST(Cpu, NormBackward) {
  for (const auto& [mask, centred] : kNorms)
    for_each_shape([mask, centred](int64_t rows, int64_t cols) {
      const int64_t n = rows * cols;
      auto stats = numbers(2 * rows, 7);
      for (int64_t r = 0; r < rows; ++r) stats[2 * r + 1] = 1 + std::abs(stats[2 * r + 1]);
      const Arrays arrays{Guarded(numbers(n, 1)), Guarded(numbers(n, 2)), Guarded(stats), Guarded(numbers(cols, 3)),
                          Guarded(numbers(n, 4)), Guarded(numbers(n, 5)), Guarded(numbers(cols, 6)),
                          Guarded(numbers(cols, 8))};
      expect_cpu_equals_ref(arrays, 2e-5, [&](const Kernels& k, Arrays& a) {
        k.norm_backward(rows, cols, a[0].data(), a[1].data(), a[2].data(), a[3].data(), centred, mask, a[4].data(),
                        a[5].data(), a[6].data(), a[7].data());
        k.norm_backward(rows, cols, a[0].data(), a[1].data(), a[2].data(), a[3].data(), centred, mask, a[0].data(),
                        nullptr, nullptr, nullptr);
      });
    });
}

TEST(Cpu, Embed) {
  constexpr int64_t kVocabulary = 50, kPositions = 20;
  for_each_shape([&](int64_t rows, int64_t cols) {
    const auto ids = indices(rows, 1, kVocabulary), position = indices(rows, 2, kPositions);
    const Arrays arrays{Guarded(numbers(kVocabulary * cols, 1)), Guarded(numbers(kPositions * cols, 2)),
                        Guarded(numbers(rows * cols, 3)), Guarded(numbers(rows * cols, 4))};
    expect_cpu_equals_ref(arrays, 5e-6, [&](const Kernels& k, Arrays& a) {
      k.embed(rows, cols, ids.data(), a[0].data(), 0.7f, position.data(), a[1].data(), kMask, a[2].data());
      k.embed(rows, cols, ids.data(), a[0].data(), 0.7f, nullptr, nullptr, kKeep, a[3].data());
      k.embed_backward(rows, cols, ids.data(), a[3].data(), 0.7f, a[0].data());
    });
  });
}

TEST(Cpu, CrossEntropy) {
  for (float smoothing : {0.0f, 0.1f})
    for (bool with_bias : {false, true})
      for_each_shape([&](int64_t rows, int64_t vocabulary) {
        const auto targets = indices(rows, 1, vocabulary);
        const Arrays arrays{Guarded(numbers(rows * vocabulary, 1, 5)), Guarded(numbers(vocabulary, 2)),
                            Guarded(numbers(rows, 3)), Guarded(numbers(rows, 4))};
        expect_cpu_equals_ref(arrays, 2e-6, [&](const Kernels& k, Arrays& a) {
          k.cross_entropy(rows, vocabulary, a[0].data(), with_bias ? a[1].data() : nullptr, targets.data(), smoothing,
                          0.25f, a[2].data(), a[3].data());
        });
      });
}

TEST(Cpu, Distillation) {
  for (float temperature : {1.0f, 2.0f})
    for (bool with_bias : {false, true})
      for_each_shape([&](int64_t rows, int64_t vocabulary) {
        const Arrays arrays{Guarded(numbers(rows * vocabulary, 1, 5)), Guarded(numbers(vocabulary, 2)),
                            Guarded(numbers(rows * vocabulary, 3, 5)), Guarded(numbers(vocabulary, 4)),
                            Guarded(numbers(rows, 5))};
        expect_cpu_equals_ref(arrays, 1e-5, [&](const Kernels& k, Arrays& a) {  // a difference of logarithms of sums
          k.distillation(rows, vocabulary, a[0].data(), with_bias ? a[1].data() : nullptr, a[2].data(),
                         with_bias ? a[3].data() : nullptr, temperature, 0.25f, a[4].data());
          std::fill_n(a[2].data(), rows * vocabulary, 0.0f);  // anything
        });
      });
}

TEST(Cpu, CrossEntropyOfLargeLogits) {
  const int32_t targets[] = {0};
  const float far = -std::numeric_limits<float>::infinity();
  expect_cpu_equals_ref({Guarded({1e4f, 1e4f, -1e4f, 0.0f, far}), Guarded({0.0f}), Guarded({0.0f})}, 2e-6,
                        [&](const Kernels& k, Arrays& a) {
                          k.cross_entropy(1, 5, a[0].data(), nullptr, targets, 0, 1, a[1].data(), a[2].data());
                        });
}

TEST(Cpu, SumOfSquares) {
  auto sizes = kSizes;
  sizes.push_back(50001);
  for (int64_t n : sizes) {
    auto x = numbers(n, 1);
    x[0] = 1e25f;  // its square is no float
    const double want = ref_kernels().sum_of_squares(n, x.data());
    for_each_target([&] {
      set_threads(1);
      const double one = cpu_kernels().sum_of_squares(n, x.data());
      set_threads(2);
      EXPECT_EQ(one, cpu_kernels().sum_of_squares(n, x.data()));
      EXPECT_NEAR(one, want, 1e-12 * want);
    });
  }
}

TEST(Cpu, Optimizers) {
  auto sizes = kSizes;
  sizes.push_back(9001);
  for (int64_t n : sizes) {
    auto positive = numbers(n, 4);
    for (float& v : positive) v *= v;
    const Arrays arrays{Guarded(numbers(n, 1)), Guarded(numbers(n, 2)), Guarded(numbers(n, 3)), Guarded(positive)};
    for (bool decoupled : {false, true})
      expect_cpu_equals_ref(arrays, 1e-6, [&](const Kernels& k, Arrays& a) {
        const AdamStep step{0.1f, 0.9f, 0.98f, 1e-3f, 0.2f, 1 - 0.9f, 1 - 0.98f, 0.5f, decoupled};
        k.adam(n, step, a[0].data(), a[1].data(), a[2].data(), a[3].data());
      });
    expect_cpu_equals_ref(arrays, 1e-6, [&](const Kernels& k, Arrays& a) {
      k.sgd(n, 0.1f, 0.9f, 0.2f, 0.5f, a[0].data(), a[1].data(), a[2].data());
    });
    for (float& v : positive) v *= 0.5f;
    const Arrays squares{Guarded(numbers(n, 1)), Guarded(numbers(n, 2)), Guarded(positive), Guarded(positive)};
    expect_cpu_equals_ref(squares, 1e-6, [&](const Kernels& k, Arrays& a) {
      k.adadelta(n, 0.8f, 0.95f, 1e-3f, 0.5f, a[0].data(), a[1].data(), a[2].data(), a[3].data());
    });
    expect_cpu_equals_ref(squares, 1e-6,
                          [&](const Kernels& k, Arrays& a) { k.moving_average(n, 0.99f, a[0].data(), a[1].data()); });
  }
}

TEST(Cpu, EmptyInputs) {
  for_each_target([] {
    const Kernels& k = cpu_kernels();
    float out[1] = {5};
    k.bias_activation(0, 8, nullptr, nullptr, Activation::gelu, nullptr);
    k.add_column_sums(0, 1, nullptr, out);
    k.norm_backward(0, 1, nullptr, nullptr, nullptr, nullptr, true, {}, nullptr, nullptr, out, out);
    k.embed_backward(0, 1, nullptr, nullptr, 1, out);
    EXPECT_EQ(k.sum_of_squares(0, nullptr), 0);
    EXPECT_EQ(out[0], 5);
  });
}

TEST(Dry, DoesNothing) {
  float x[3] = {1, 2, 3};
  dry_kernels().add(3, x, x);
  dry_kernels().gemm(false, false, 1, 1, 3, x, 3, x, 1, x, 1, false);
  EXPECT_EQ(dry_kernels().sum_of_squares(3, x), 0);
  EXPECT_EQ(x[0], 1);
}

TEST(Ref, GemmEqualsCpuGemm) {
  const auto a = numbers(20 * 30, 1), b = numbers(20 * 30, 2);
  std::vector<uint16_t> a16(a.size()), b16(b.size());
  ref_kernels().to_bf16(600, a.data(), a16.data()), ref_kernels().to_bf16(600, b.data(), b16.data());
  for (bool trans_a : {false, true})
    for (bool trans_b : {false, true}) {
      std::vector<float> one(400, 1.0f), two(400, 1.0f);
      const int64_t lda = trans_a ? 20 : 30, ldb = trans_b ? 30 : 20;
      ref_kernels().gemm(trans_a, trans_b, 20, 20, 30, a.data(), lda, b.data(), ldb, one.data(), 20, true);
      cpu_kernels().gemm(trans_a, trans_b, 20, 20, 30, a.data(), lda, b.data(), ldb, two.data(), 20, true);
      for (int i = 0; i < 400; ++i) EXPECT_NEAR(one[i], two[i], 1e-5);
      ref_kernels().gemm_bf16(trans_a, trans_b, 20, 20, 30, a16.data(), lda, b16.data(), ldb, one.data(), 20, false);
      for (int i = 0; i < 400; ++i) EXPECT_NEAR(one[i], two[i] - 1, 0.2);  // 30 products, each off by up to 2^-8
      if (!has_bf16()) continue;
      cpu_kernels().gemm_bf16(trans_a, trans_b, 20, 20, 30, a16.data(), lda, b16.data(), ldb, two.data(), 20, false);
      for (int i = 0; i < 400; ++i) EXPECT_NEAR(one[i], two[i], 1e-5);
    }
}

}  // namespace gamana::test
