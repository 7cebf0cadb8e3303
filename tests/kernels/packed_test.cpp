// Packed products against sums in double; a row's bits do not depend on the other rows.
#include "gamana/kernels/packed.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "gamana/kernels/cpu/short_numbers.h"
#include "gamana/kernels/kernels.h"
#include "tests/kernels/numbers.h"
#include "tests/support/numbers.h"

namespace gamana {
namespace {

float halved(float x) {
  uint16_t half;
  cpu_kernels().to_bf16(1, &x, &half);
  const uint32_t bits = uint32_t(half) << 16;
  float y;
  std::memcpy(&y, &bits, 4);
  return y;
}

void check(Precision precision, int64_t m, int64_t n, int64_t k) {
  const bool is_half = precision == Precision::bf16;
  const int64_t even = (k + 1) / 2 * 2;
  std::vector<float> x = normal_numbers(m * k, 1), w = normal_numbers(n * k, 2), bias = normal_numbers(n, 3);
  if (is_half)
    for (auto* v : {&x, &w})
      for (float& f : *v) f = halved(f);
  std::vector<uint16_t> half(m * even, 0);
  for (int64_t r = 0; r < m; ++r) cpu_kernels().to_bf16(k, x.data() + r * k, half.data() + r * even);
  const PackedWeight packed(precision, n, k, w.data(), k);
  std::vector<float> out(m * n + 1, 77.0f), alone(n);
  packed.multiply(m, x.data(), k, half.data(), even, bias.data(), 0, n, out.data(), n);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = bias[j];
      for (int64_t p = 0; p < k; ++p) sum += double{x[i * k + p]} * w[j * k + p];
      ASSERT_NEAR(out[i * n + j], sum, 1e-5 * std::sqrt(double(k)) * 8) << m << " " << n << " " << k << " " << i << " " << j;
    }
  EXPECT_EQ(out[m * n], 77.0f);
  for (const int64_t row : {int64_t{0}, m - 1}) {
    packed.multiply(1, x.data() + row * k, k, half.data() + row * even, even, bias.data(), 0, n, alone.data(), n);
    for (int64_t j = 0; j < n; ++j) ASSERT_EQ(alone[j], out[row * n + j]);
  }
  const int64_t begin = n > 300 ? 256 : 0;  // a part of the outputs gets its part of the bias
  std::vector<float> part(m * (n - begin));
  packed.multiply(m, x.data(), k, half.data(), even, bias.data(), begin, n, part.data(), n - begin);
  for (int64_t j = begin; j < n; ++j) ASSERT_EQ(part[j - begin], out[j]);
}

// Rows come out as they were; those that were packed are told of, each once.
void check_unpacked(Precision precision, int64_t n, int64_t k) {
  std::vector<float> w = normal_numbers(n * k, 2), rows(n * k);
  if (precision == Precision::bf16)
    for (float& f : w) f = halved(f);
  int64_t done = 0;
  const PackedWeight packed(precision, n, k, w.data(), k, [&](int64_t begin, int64_t end) {
    EXPECT_EQ(begin, done);
    done = end;
  });
  EXPECT_EQ(done, n);
  packed.unpack(0, n, rows.data());
  EXPECT_EQ(rows, w);
  packed.unpack(n - 1, n, rows.data());
  EXPECT_EQ(std::vector<float>(rows.begin(), rows.begin() + k), std::vector<float>(w.end() - k, w.end()));
}

TEST(Packed, RowsComeOutAsTheyWere) {
  for (const Precision p : {Precision::f32, Precision::bf16}) {
    check_unpacked(p, 1, 1), check_unpacked(p, 31, 7), check_unpacked(p, 33, 64);
    check_unpacked(p, 5001, 1030);  // more than is packed at once
  }
}

TEST(Packed, TellsWhetherRowsWillComeOutAsTheyWere) {
  std::vector<float> w = normal_numbers(200 * 7, 2);
  EXPECT_TRUE(packs_exactly(Precision::f32, 200, 7, w.data(), 7));
  EXPECT_FALSE(packs_exactly(Precision::bf16, 200, 7, w.data(), 7));
  EXPECT_FALSE(packs_exactly(Precision::bf16x3, 200, 7, w.data(), 7));
  for (float& f : w) f = halved(f);
  EXPECT_TRUE(packs_exactly(Precision::bf16, 200, 7, w.data(), 7));
  w[199 * 7 + 6] += w[199 * 7 + 6] / 4096;
  EXPECT_FALSE(packs_exactly(Precision::bf16, 200, 7, w.data(), 7));
}

// The nearest numbers of f16 or bf16.
float short_number(float x, bool is_half) { return is_half ? static_cast<float>(static_cast<_Float16>(x)) : halved(x); }

// A weight of short numbers is kept short, and gives what it gave in f32, bit for bit. One more output that is not short makes the whole f32.
void check_short(bool is_half, int64_t m, int64_t n, int64_t k) {
  std::vector<float> x = normal_numbers(m * k, 1), w = normal_numbers((n + 1) * k, 2), bias = normal_numbers(n + 1, 3), rows(n * k);
  for (int64_t i = 0; i < n * k; ++i) w[i] = short_number(w[i] * (i % 5 == 0 ? 1e-6f : 1.0f), is_half);
  const PackedWeight shorter(Precision::f32, n, k, w.data(), k), whole(Precision::f32, n + 1, k, w.data(), k);
  ASSERT_EQ(shorter.bytes_per_number(), 2);
  ASSERT_EQ(whole.bytes_per_number(), 4);
  std::vector<float> out(m * n), expected(m * (n + 1));
  shorter.multiply(m, x.data(), k, nullptr, 0, bias.data(), 0, n, out.data(), n);
  whole.multiply(m, x.data(), k, nullptr, 0, bias.data(), 0, n + 1, expected.data(), n + 1);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) ASSERT_EQ(out[i * n + j], expected[i * (n + 1) + j]) << i << " " << j;
  shorter.unpack(0, n, rows.data());
  EXPECT_EQ(rows, std::vector<float>(w.begin(), w.begin() + n * k));
}

TEST(Packed, AWeightOfShortNumbersIsKeptShort) {
  test::for_each_target([] {
    for (const bool is_half : {false, true})
      for (const int64_t m : {1, 3, 12, 13, 97})
        for (const int64_t n : {1, 31, 32, 33, 700})
          for (const int64_t k : {1, 7, 64, 129}) check_short(is_half, m, n, k);
    check_short(true, 13, 70, 2500);
  });
}

TEST(Packed, AllNumbersOfF16) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = std::bit_cast<_Float16>(static_cast<uint16_t>(bits));
    const float x = static_cast<float>(half);
    if (!std::isfinite(x)) {
      EXPECT_FALSE(cpu::is_half(x));
      continue;
    }
    ASSERT_TRUE(cpu::is_half(x)) << bits;
    ASSERT_EQ(cpu::to_half(x), bits);
    ASSERT_EQ(std::bit_cast<uint32_t>(cpu::from_half(static_cast<uint16_t>(bits))), std::bit_cast<uint32_t>(x));
    for (const float other : {std::nextafter(x, 1e9f), std::nextafter(x, -1e9f)})
      EXPECT_TRUE(other == 0 || !cpu::is_half(other)) << other;
  }
  for (const float x : {65520.0f, 65536.0f, 1e30f, -1e30f, 3e-8f}) EXPECT_FALSE(cpu::is_half(x));
}

void check_sizes(Precision precision) {
  for (const int64_t m : {1, 2, 11, 12, 13, 16, 33, 97, 200})
    for (const int64_t n : {1, 31, 32, 33, 700})
      for (const int64_t k : {1, 2, 7, 64, 129}) check(precision, m, n, k);
  for (const int64_t m : {1, 13, 40})  // more inputs than are multiplied at a stretch
    for (const int64_t k : {1024, 1025, 2500}) check(precision, m, 70, k);
}

TEST(Packed, F32EqualsSumsInDouble) {
  test::for_each_target([] { check_sizes(Precision::f32); });
}

TEST(Packed, Bf16x3EqualsSumsInDouble) {
  if (!has_bf16x3()) GTEST_SKIP() << "this CPU has no AMX";
  check_sizes(Precision::bf16x3);
}

TEST(Packed, Bf16EqualsSumsInDouble) {
  if (!has_bf16()) GTEST_SKIP() << "this CPU has no bf16 products";
  check_sizes(Precision::bf16);
}

}  // namespace
}  // namespace gamana
