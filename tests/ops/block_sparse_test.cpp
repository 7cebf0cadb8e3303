// BigBird's attention against transformers (tools/golden/bigbird.py), and what training draws.
#include "gamana/base/json.h"
#include "tests/ops/gradient.h"
#include "tests/support/golden.h"
#include "tests/support/numbers.h"

namespace gamana::test {
namespace {

// Queries (times 4), keys and values side by side.
Matrix golden_input(int64_t length, int64_t channels) {
  Matrix qkv{length, 3 * channels, std::vector<float>(static_cast<size_t>(length * 3 * channels))};
  for (int part = 0; part < 3; ++part) {
    const auto from = numbers(length * channels, static_cast<uint32_t>(part + 1));
    for (int64_t i = 0; i < length * channels; ++i)
      qkv.values[i / channels * 3 * channels + part * channels + i % channels] = (part == 0 ? 4 : 1) * from[i];
  }
  return qkv;
}

Operation attend(int heads, const BlockSparse& sparse, std::vector<int32_t> offsets) {
  return [=](Context& c, const std::vector<Tensor>& t) {
    return self_attention(c, t[0], offsets, {.heads = heads, .name = "", .sparse = sparse});
  };
}

// Columns [column, column + channels) of `found`, which has `stride`.
void expect_golden(const Json& golden, const Json& rows, const std::vector<float>& found, int64_t stride,
                   int64_t column, int64_t channels) {
  const auto listed = rows.get<std::vector<int64_t>>();
  const auto values = golden["rows"].get<std::vector<double>>(), sums = golden["sum"].get<std::vector<double>>();
  std::vector<double> sum(static_cast<size_t>(channels));
  for (int64_t r = 0; r < std::ssize(found) / stride; ++r)
    for (int64_t i = 0; i < channels; ++i) sum[i] += static_cast<double>(1 + r % 7) * found[r * stride + column + i];
  for (size_t i = 0; i < values.size(); ++i)
    ASSERT_NEAR(found[listed[i / channels] * stride + column + i % channels], values[i],
                2e-6 * (1 + std::abs(values[i])))
        << "row " << listed[i / channels];
  // Rounding errors of single rows mostly cancel in a sum of thousands.
  for (int64_t i = 0; i < channels; ++i) ASSERT_NEAR(sum[i], sums[i], 1e-4 * (1 + std::abs(sums[i])));
}

}  // namespace

TEST(BlockSparse, EqualsTransformers) {
  const Json& all = golden("bigbird");
  const auto channels = all["channels"].get<int64_t>();
  for (const Json& test : all["cases"]) {
    const auto length = test["length"].get<int64_t>();
    const BlockSparse sparse{test["block"], test["random"]};
    const Operation f = attend(all["heads"], sparse, {0, static_cast<int32_t>(length)});
    const Matrix qkv = golden_input(length, channels);
    for (const Kernels* kernels : {&cpu_kernels(), &ref_kernels()}) {
      if (kernels == &ref_kernels() && length > 300) continue;  // its time is the square of the length
      SCOPED_TRACE(std::string(kernels->name) + " length " + std::to_string(length) + " block " +
                   std::to_string(sparse.block));
      expect_golden(test["out"], test["rows"], values_of(*kernels, {qkv}, f), channels, 0, channels);
      const auto d = gradients_of(*kernels, {qkv}, f, numbers(length * channels, 4))[0];
      for (int part = 0; part < 3; ++part)
        expect_golden(test[part == 0 ? "d_q" : part == 1 ? "d_k" : "d_v"], test["rows"], d, 3 * channels,
                      part * channels, channels);
    }
  }
}

TEST(BlockSparse, TrainingDrawsBlocksThatDependOnTheLayer) {
  const Matrix qkv = golden_input(200, 8);
  const auto out = [&](uint64_t layer, bool training) {
    return values_of(cpu_kernels(), {qkv}, attend(2, {8, 1, false, layer}, {0, 200}), training);
  };
  EXPECT_EQ(out(1, true), out(1, true));
  EXPECT_NE(out(1, true), out(2, true));
  EXPECT_NE(out(1, true), out(1, false));
  EXPECT_EQ(out(1, false), out(2, false));
}

TEST(BlockSparse, SequencesOfABatchAreAsAlone) {
  const Operation batch = attend(2, {8, 1}, {0, 150, 150, 180, 280}), alone = attend(2, {8, 1}, {0, 100});
  const Matrix qkv = golden_input(280, 8);
  const Matrix last{100, 24, {qkv.values.begin() + 180 * 24, qkv.values.end()}};
  const auto all = values_of(cpu_kernels(), {qkv}, batch);
  EXPECT_EQ(std::vector<float>(all.begin() + 180 * 8, all.end()), values_of(cpu_kernels(), {last}, alone));
}

}  // namespace gamana::test
