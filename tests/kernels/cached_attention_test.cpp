// Attention of single rows over a cache: cpu against ref, in both precisions, and rows alone against rows together.
#include "gamana/kernels/cpu/attention.h"

#include <string>

#include "gamana/kernels/ref/attention.h"
#include "tests/kernels/numbers.h"

namespace gamana::test {
namespace {

constexpr float kGuard = -77.0f;

// A cache of 2,500 rows in both precisions, and rows that see up to `longest` scattered or contiguous ones.
struct CacheCase {
  static constexpr int kCells = 2500;
  CacheCase(int heads, int kv_heads, int width, Precision precision, const std::vector<int32_t>& lengths)
      : heads(heads),
        kv_heads(kv_heads),
        width(width),
        precision(precision),
        memory(numbers(kCells * stride(), 1, 0.6)),
        queries(numbers(2 * std::ssize(lengths) * (channels() + 3), 3, 0.6)),
        half(memory.size()) {
    ref_kernels().to_bf16(std::ssize(memory), memory.data(), half.data());
    for (int i = 0; i < 2 * kCells; ++i) scattered.push_back((i * 37 + 11) % kCells);
    for (int32_t length : lengths) {
      rows.push_back({scattered.data() + length, 0, 5, length});
      rows.push_back({nullptr, 13, 13 + length - 1, length});
    }
  }
  int64_t channels() const { return int64_t(heads) * width; }
  int64_t kv_channels() const { return int64_t(kv_heads) * width; }
  int64_t stride() const { return 2 * kv_channels() + 5; }  // keys, values, spare columns
  CacheRows part(int64_t column) {
    if (precision == Precision::f32) return {memory.data() + column, stride(), precision};
    return {half.data() + column, stride(), precision};
  }
  Rows q(int64_t row) { return {queries.data() + row * (channels() + 3), channels() + 3}; }
  template <class Kernel>
  std::vector<float> run(Kernel kernel, int64_t first, int64_t count) {
    std::vector<float> out(count * channels() + 1, kGuard);
    kernel(count, rows.data() + first, heads, kv_heads, width, 0.7f, q(first), part(0), part(kv_channels()),
           out.data());
    return out;
  }
  int heads, kv_heads, width;
  Precision precision;
  std::vector<float> memory, queries;
  std::vector<uint16_t> half;
  std::vector<int32_t> scattered;
  std::vector<CachedRow> rows;
};

// Outputs are means of numbers below 3.
void expect_near(const std::vector<float>& found, const std::vector<float>& expected, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  ASSERT_EQ(found.back(), kGuard) << what;
  for (size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 4e-6) << what << " " << i;
}

void compare(CacheCase t) {
  const auto count = static_cast<int64_t>(t.rows.size());
  const std::vector<float> expected = t.run(ref::cached_attention, 0, count);
  for_each_target([&] {
    const std::string name = "heads " + std::to_string(t.kv_heads) + " width " + std::to_string(t.width) +
                             " bf16 " + std::to_string(t.precision == Precision::bf16);
    set_threads(2);
    const std::vector<float> out = t.run(cpu::cached_attention, 0, count);
    expect_near(out, expected, name);
    set_threads(1);
    EXPECT_EQ(out, t.run(cpu::cached_attention, 0, count)) << name;
    for (int64_t r = 0; r < count; ++r) {
      const std::vector<float> alone = t.run(cpu::cached_attention, r, 1);
      EXPECT_TRUE(std::equal(alone.begin(), alone.end() - 1, out.begin() + r * t.channels())) << name << " row " << r;
    }
  });
}

}  // namespace

TEST(CachedAttention, EqualsTheReferenceAndRowsAreIndependent) {
  for (Precision precision : {Precision::f32, Precision::bf16}) {
    for (int width : {1, 7, 8, 16, 32, 33, 64, 80})
      compare({3, 3, width, precision, {1, 2, 3, 7, 15, 16, 17, 31, 64, 65, 500}});
    for (int kv_heads : {1, 2}) compare({6, kv_heads, 40, precision, {1, 5, 63, 130}});
    compare({2, 2, 16, precision, {2047, 2048, 2049}});  // blocks grow
  }
}

TEST(CachedAttention, EqualsTheLastRowOfAttention) {
  CacheCase t(6, 2, 40, Precision::f32, {1, 5, 64, 300});
  for (size_t r = 0; r < t.rows.size(); ++r) {
    if (t.rows[r].cells) continue;
    const auto row = static_cast<int64_t>(r);
    const std::vector<float> expected = t.run(cpu::cached_attention, row, 1);
    const int32_t q_offsets[] = {0, 1}, kv_offsets[] = {0, t.rows[r].length};
    AttentionShape shape{1, q_offsets, kv_offsets, 6, 40, true, 0.7f, {}};
    shape.kv_heads = 2;
    const auto rows = [&](int64_t column) {
      return Rows{t.memory.data() + t.rows[r].first * t.stride() + column, t.stride()};
    };
    std::vector<float> out(expected.size(), kGuard);
    cpu::attention(shape, t.q(row), rows(0), rows(t.kv_channels()), {out.data(), t.channels()}, nullptr, nullptr,
                   nullptr);
    expect_near(out, expected, "attention");
  }
}

}  // namespace gamana::test
