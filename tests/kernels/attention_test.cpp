#include "gamana/kernels/cpu/attention.h"

#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "gamana/base/targets.h"  // before Highway: its list of targets depends on it

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "gamana/base/parallel.h"
#include "gamana/kernels/ref/attention.h"
#include "tests/support/numbers.h"

namespace gamana {
namespace {

constexpr float kGuard = -77.0f;

enum class Kind { self, causal, cross };

// One batch: q, k and v are parts of one matrix [rows, 3 C + 5] (self) or of two (cross), as a fused projection gives.
struct Case {
  Kind kind;
  int heads, width;
  float dropout;
  bool tap;
  int window = 0;
  BlockSparse sparse{};
  int kv_heads = 0;
  std::vector<int32_t> q_offsets{0}, kv_offsets{0};
  std::vector<int64_t> weight_offsets{0};
  std::vector<float> source, target;  // rows of v, k, q, 5 spare columns
  std::vector<float> d_out, out;      // rows of C + 3

  Case(Kind kind, int heads, int width, float dropout, bool tap, const std::vector<int>& lengths)
      : kind(kind), heads(heads), width(width), dropout(dropout), tap(tap) {
    for (size_t i = 0; i < lengths.size(); ++i) {
      const int queries = lengths[i], keys = kind == Kind::cross ? lengths[lengths.size() - 1 - i] : queries;
      q_offsets.push_back(q_offsets.back() + queries);
      kv_offsets.push_back(kv_offsets.back() + keys);
      weight_offsets.push_back(weight_offsets.back() + int64_t(heads) * queries * keys);
    }
    source = numbers(kv_offsets.back() * stride(), 1);
    target = kind == Kind::cross ? numbers(q_offsets.back() * stride(), 2) : source;
    d_out = numbers(q_offsets.back() * out_stride(), 3);
  }
  int64_t channels() const { return int64_t(heads) * width; }
  int64_t stride() const { return 3 * channels() + 5; }
  int64_t out_stride() const { return channels() + 3; }
  AttentionShape shape() const {
    const auto sequences = static_cast<int64_t>(q_offsets.size()) - 1;
    return {sequences,
            q_offsets.data(),
            kv_offsets.data(),
            heads,
            width,
            kind == Kind::causal,
            1.5f / std::sqrt(float(width)),
            {dropout, 0x123456789ABCDEFull},
            window,
            sparse,
            kv_heads};
  }
  Rows v() { return {source.data(), stride()}; }
  Rows k() { return {source.data() + channels(), stride()}; }
  Rows q() { return {target.data() + 2 * channels(), stride()}; }
};

// All that the kernels write, guards between the rows and behind the end included.
struct Results {
  std::vector<float> out, stats, weights, d_target, d_source;
};

using Forward = decltype(&cpu::attention);
using Backward = decltype(&cpu::attention_backward);

Results run(Case& t, Forward forward, Backward backward) {
  Results r;
  r.out.assign(t.q_offsets.back() * t.out_stride() + 16, kGuard);
  r.stats.assign(2 * t.heads * t.q_offsets.back() + 16, kGuard);
  r.weights.assign(t.tap ? t.weight_offsets.back() + 16 : 0, kGuard);
  r.d_source.assign(t.source.size() + 16, kGuard);
  r.d_target.assign(t.target.size() + 16, kGuard);
  const Rows out{r.out.data(), t.out_stride()}, d_out{t.d_out.data(), t.out_stride()};
  forward(t.shape(), t.q(), t.k(), t.v(), out, r.stats.data(), t.tap ? r.weights.data() : nullptr,
          t.weight_offsets.data());
  backward(t.shape(), t.q(), t.k(), t.v(), out, r.stats.data(), d_out,
           {r.d_target.data() + 2 * t.channels(), t.stride()}, {r.d_source.data() + t.channels(), t.stride()},
           {r.d_source.data(), t.stride()});
  return r;
}

void expect_near(const std::vector<float>& found, const std::vector<float>& expected, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i] == kGuard, expected[i] == kGuard) << what << ": guard " << i;
    ASSERT_NEAR(found[i], expected[i], tolerance * std::max(1.0f, std::abs(expected[i]))) << what << " " << i;
  }
}

// Calls body(name) once for each instruction set the kernels are compiled for and this CPU has.
template <class Body>
void for_each_target(const Body& body) {
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().DeInit();
    body(std::string(hwy::TargetName(target)));
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
}

void compare(Case t) {
  const Results expected = run(t, ref::attention, ref::attention_backward);
  for_each_target([&](const std::string& target) {
    const std::string name = target + " kind " + std::to_string(int(t.kind)) + " width " + std::to_string(t.width) +
                             " dropout " + std::to_string(t.dropout) + " window " + std::to_string(t.window) +
                             " block " + std::to_string(t.sparse.block) + " random " +
                             std::to_string(t.sparse.random) + " kv_heads " + std::to_string(t.kv_heads);
    const Results found = run(t, cpu::attention, cpu::attention_backward);
    // Outputs are means of numbers below 1 / keep rate. A gradient sums over up to 300 rows terms below a few units,
    // each with the error 1e-6 of a weight.
    expect_near(found.out, expected.out, 2e-6, name + " out");
    expect_near(found.weights, expected.weights, 1e-6, name + " weights");
    expect_near(found.d_target, expected.d_target, 2e-5, name + " d_q");
    expect_near(found.d_source, expected.d_source, 2e-5, name + " d_k, d_v");
  });
}

const std::vector<int> kLengths{1, 2, 300, 15, 0, 16, 17, 31, 33, 70};
const std::vector<int> kShorter{1, 2, 140, 15, 0, 16, 17, 31, 33, 70};

}  // namespace

TEST(Attention, EqualsTheReferenceForAllWidths) {
  for (int width : {1, 7, 8, 16, 32, 33, 64, 80})
    for (Kind kind : {Kind::self, Kind::causal, Kind::cross})
      compare(Case(kind, 2, width, width % 2 ? 0.0f : 0.3f, width % 16 == 0, width % 16 ? kShorter : kLengths));
}

TEST(Attention, EqualsTheReferenceWithoutDropoutAndTap) {
  for (Kind kind : {Kind::self, Kind::causal, Kind::cross})
    for (float dropout : {0.0f, 0.1f}) compare(Case(kind, 3, 32, dropout, dropout == 0, {30, 11, 25, 8}));
}

// Too few heads and sequences: the gradient is cut into ranges of queries.
TEST(Attention, EqualsTheReferenceForOneLongSequence) {
  for (Kind kind : {Kind::self, Kind::causal}) compare(Case(kind, 1, 16, 0.1f, true, {600}));
  compare(Case(Kind::cross, 1, 16, 0, false, {400, 3, 0, 90}));
  compare(Case(Kind::causal, 1, 8, 0, false, {1700}));  // long enough for larger blocks, and for copies of keys
}

// Heads that share keys and values; with one sequence, also cut into ranges of queries.
TEST(Attention, EqualsTheReferenceWithGroupedHeads) {
  for (int kv_heads : {1, 2, 3})
    for (Kind kind : {Kind::self, Kind::causal, Kind::cross})
      for (const auto& lengths : {std::vector<int>{1, 2, 70, 0, 17}, {200}}) {
        Case t(kind, 6, kv_heads == 2 ? 7 : 16, kv_heads == 2 ? 0.2f : 0.0f, true, lengths);
        t.kv_heads = kv_heads, t.window = kv_heads == 3 ? 40 : 0;
        compare(t);
      }
}

// Windows that end within, at and beyond the borders of blocks; queries that see no key where there are fewer keys.
TEST(Attention, EqualsTheReferenceWithAWindow) {
  for (int window : {1, 7, 63, 64, 200})
    for (Kind kind : {Kind::self, Kind::causal, Kind::cross}) {
      Case t(kind, 2, 8, window % 2 ? 0.2f : 0.0f, true, {1, 2, 300, 0, 64, 129});
      t.window = window;
      compare(t);
    }
  Case long_one(Kind::self, 1, 16, 0, true, {1100});  // cut into ranges of queries
  long_one.window = 64;
  compare(long_one);
}

// Lengths around the one from which on it is sparse, and around the ends of blocks; blocks larger than those of the kernel.
TEST(Attention, EqualsTheReferenceWhereItIsSparse) {
  for (const auto& [block, random] : {std::pair{3, 0}, {4, 1}, {16, 2}, {5, 3}, {70, 1}, {130, 0}})
    for (bool draws : {false, true}) {
      const int full = (5 + 2 * random) * block;
      std::vector<int> lengths{full + 1, 0, full + block + 1};
      if (block < 64)
        lengths.insert(lengths.end(), {1, full - 1, full, full + block - 1, full + block, full + 3 * block - 1});
      Case t(Kind::self, 2, 8, draws ? 0.2f : 0.0f, block < 16, lengths);
      t.sparse = {block, random, draws, 5};
      compare(t);
    }
  Case alone(Kind::self, 1, 16, 0, false, {1100});  // cut into ranges of queries
  alone.sparse = {32, 3, false, 0};
  compare(alone);
}

TEST(Attention, RandomBlocksAreDifferentOnesNotSeenAnyhow) {
  const BlockSparse rule{64, 3, true, 7};
  constexpr int64_t kBlocks = 20;
  std::vector<int> count(kBlocks);
  for (int head = 0; head < 300; ++head)
    for (int64_t row = 1; row < kBlocks - 1; ++row) {
      auto drawn = drawn_blocks(rule, kBlocks, head, row);
      std::sort(drawn.begin(), drawn.end());
      ASSERT_EQ(drawn.size(), 3u);
      ASSERT_TRUE(drawn[0] != drawn[1] && drawn[1] != drawn[2]);
      for (const int64_t block : drawn) {
        ASSERT_TRUE(block > 0 && block < kBlocks - 1 && std::abs(block - row) > 1) << row << " " << block;
        ++count[block];
      }
    }
  // 300 heads, 15 rows that do not see a middle block, 3 of their 15 candidates: 900, with a deviation of 27.
  for (int64_t block = 3; block < kBlocks - 3; ++block) EXPECT_NEAR(count[block], 900, 5 * 27) << block;
  BlockSparse other = rule;
  other.key = 8;
  EXPECT_NE(drawn_blocks(rule, kBlocks, 0, 9), drawn_blocks(rule, kBlocks, 1, 9));
  EXPECT_NE(drawn_blocks(rule, kBlocks, 0, 9), drawn_blocks(other, kBlocks, 0, 9));
  EXPECT_EQ(drawn_blocks(rule, kBlocks, 0, 9), drawn_blocks(rule, kBlocks, 0, 9));
}

// Every query and head has a stream of its own, so that no two weights share their fate because a sequence is long.
TEST(Attention, DropoutOfLongSequences) {
  compare(Case(Kind::cross, 2, 8, 0.2f, true, {3, 5000}));
  constexpr int64_t kPairs = 4000;
  for (const auto& [row, head, shift] : {std::tuple{0, 1, 2048}, {1, 0, 2 * 2048}, {1, 1, 0}}) {
    int64_t alike = 0;
    for (uint32_t j = 0; j < kPairs; ++j) {
      const uint32_t one = random_bits(attention_stream(7, 5, 2, 0), j + static_cast<uint32_t>(shift));
      const uint32_t other = random_bits(attention_stream(7, 5 + row, 2, head), j);
      alike += one >> 31 == other >> 31;
    }
    EXPECT_NEAR(static_cast<double>(alike) / kPairs, 0.5, 5 * 0.5 / std::sqrt(kPairs)) << row << head;
  }
}

TEST(Attention, QueriesWithoutVisibleKeysGiveZero) {
  Case t(Kind::cross, 2, 16, 0, true, {5, 70, 200, 0, 3});
  AttentionShape shape = t.shape();
  shape.causal = true;  // 200 queries see 70 keys: the first 130 see none
  std::vector<float> out(t.q_offsets.back() * t.channels(), kGuard), expected = out;
  std::vector<float> weights(t.weight_offsets.back(), kGuard), expected_weights = weights;
  cpu::attention(shape, t.q(), t.k(), t.v(), {out.data(), t.channels()}, nullptr, weights.data(),
                 t.weight_offsets.data());
  ref::attention(shape, t.q(), t.k(), t.v(), {expected.data(), t.channels()}, nullptr,
                 expected_weights.data(), t.weight_offsets.data());
  expect_near(out, expected, 2e-6, "out");
  expect_near(weights, expected_weights, 1e-6, "weights");
}

TEST(Attention, SameBitsForAnyNumberOfThreads) {
  Case cases[] = {Case(Kind::causal, 3, 32, 0.1f, true, kLengths), Case(Kind::causal, 3, 32, 0.1f, true, {400}),
                  Case(Kind::self, 1, 32, 0.1f, true, {400, 150}), Case(Kind::causal, 6, 32, 0.1f, true, {400})};
  cases[2].sparse = {16, 1, true, 3};
  cases[3].kv_heads = 2;
  for (Case& t : cases) {
    set_threads(1);
    const Results one = run(t, cpu::attention, cpu::attention_backward);
    set_threads(2);
    const Results two = run(t, cpu::attention, cpu::attention_backward);
    EXPECT_EQ(one.out, two.out);
    EXPECT_EQ(one.weights, two.weights);
    EXPECT_EQ(one.d_source, two.d_source);
    EXPECT_EQ(one.d_target, two.d_target);
  }
}

TEST(Attention, GradientOfTheReferenceEqualsFiniteDifferences) {
  std::vector<Case> cases;
  using enum Kind;
  for (Kind kind : {self, causal, cross, self, self, self, causal, cross})
    cases.emplace_back(kind, cases.size() < 6 ? 2 : 4, 3, 0.25f, false, std::vector<int>{4, 1, 6});
  cases[3].window = cases[6].window = 2;
  cases[6].kv_heads = cases[7].kv_heads = 2;
  for (int i : {4, 5}) cases[i] = Case(Kind::self, 2, 3, 0.25f, false, {15, 13}), cases[i].sparse = {2, 1, i == 5, 9};
  for (Case& t : cases) {
    const AttentionShape shape = t.shape();
    const int64_t queries = t.q_offsets.back(), keys = t.kv_offsets.back(), channels = t.channels();
    std::vector<double> inputs[3], gradients[3];
    for (int which = 0; which < 3; ++which) {
      const int64_t size = (which == 0 ? queries : keys) * channels;
      for (float x : numbers(size, 5 + which)) inputs[which].push_back(x);
      gradients[which].resize(size);
    }
    std::vector<double> d_out(t.d_out.begin(), t.d_out.begin() + queries * channels), out(d_out.size());
    using M = ref::Matrix<double>;
    const auto matrix = [&](std::vector<double>& x) { return M{x.data(), channels}; };
    const auto loss = [&] {
      ref::attention_of<double>(shape, matrix(inputs[0]), matrix(inputs[1]), matrix(inputs[2]), matrix(out), nullptr,
                                nullptr, nullptr);
      return ref::dot(queries * channels, out.data(), d_out.data());
    };
    ref::attention_gradient_of<double>(shape, matrix(inputs[0]), matrix(inputs[1]), matrix(inputs[2]), matrix(d_out),
                                       matrix(gradients[0]), matrix(gradients[1]), matrix(gradients[2]));
    for (int which = 0; which < 3; ++which)
      for (size_t i = 0; i < inputs[which].size(); ++i) {
        const double x = inputs[which][i], step = 1e-5;
        inputs[which][i] = x + step;
        const double above = loss();
        inputs[which][i] = x - step;
        const double below = loss();
        inputs[which][i] = x;
        // The central difference errs by step^2 and by 1e-16 / step.
        ASSERT_NEAR(gradients[which][i], (above - below) / (2 * step), 1e-9) << which << " " << i;
      }
  }
}

}  // namespace gamana
