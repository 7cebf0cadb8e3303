#include "gamana/kernels/rnn.h"

#include <cmath>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/json.h"
#include "gamana/base/parallel.h"
#include "tests/kernels/rnn_problem.h"

namespace gamana {
namespace {

using namespace rnn_test;

const std::vector<int> kSequenceLengths = {3, 1, 7, 0, 2, 5, 1, 1, 6, 4, 2, 3};
const char* const kInputs[] = {"x",    "weight",       "bias", "first",        "first_cell",
                               "keys", "query_weight", "v",    "memory_gates", "memory"};

std::vector<Problem> problems(int H) {
  std::vector<Problem> out;
  for (Cell cell : {Cell::gru, Cell::lstm}) {
    for (bool reversed : {false, true})
      for (bool first : {false, true}) out.push_back(make_problem(cell, Score::none, H, kSequenceLengths, reversed, first));
    for (Score score : {Score::additive, Score::dot}) out.push_back(make_problem(cell, score, H, kSequenceLengths));
  }
  return out;
}

std::string name(const Problem& p) {
  return fmt::format("{} score {} H {}{}{}", p.cell == Cell::gru ? "gru" : "lstm", static_cast<int>(p.score), p.H,
                     p.reversed ? " reversed" : "", p.with_first ? " first" : "");
}

// Largest difference, relative to the largest number where that is above 1.
double distance(const Floats& a, const Floats& b) {
  if (a.size() != b.size()) return INFINITY;
  double most = 0, size = 1;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!(std::isfinite(a[i]) && std::isfinite(b[i]))) return INFINITY;
    most = std::max(most, std::abs(double(a[i]) - b[i])), size = std::max(size, std::abs(double(b[i])));
  }
  return most / size;
}

}  // namespace

// Both follow the same recurrence; single rounding errors (1e-7) grow over 7 steps of sums of up to 64 terms.
TEST(Rnn, CpuEqualsReference) {
  for (int H : {1, 7, 16, 33, 64})
    for (const Problem& p : problems(H)) {
      const Result fast = run(cpu_rnn_kernels(), p), slow = run(ref_rnn_kernels(), p);
      EXPECT_TRUE(fast.whole) << name(p);
      EXPECT_LT(distance(fast.gates, slow.gates), 5e-6) << name(p);
      EXPECT_LT(distance(fast.side, slow.side), 5e-6) << name(p);
      EXPECT_LT(distance(fast.states, slow.states), 5e-6) << name(p);
      EXPECT_LT(distance(fast.weights, slow.weights), 5e-6) << name(p);
      EXPECT_LT(distance(fast.contexts, slow.contexts), 5e-6) << name(p);
      for (size_t i = 0; i < fast.gradients.size(); ++i)
        EXPECT_LT(distance(fast.gradients[i], slow.gradients[i]), 1e-5) << name(p) << " " << kInputs[i];
    }
}

// Along a random direction of each input: central differences of step 1e-2 are off by 1e-4 of the third derivative.
TEST(Rnn, GradientEqualsDifferences) {
  for (int H : {1, 5})
    for (Problem p : problems(H)) {
      const Result r = run(ref_rnn_kernels(), p);
      for (size_t i = 0; i < p.inputs().size(); ++i) {
        Floats& input = *p.inputs()[i];
        const Floats before = input, direction = numbers(static_cast<int64_t>(input.size()), 77, 1);
        const double length = 1e-2 / std::sqrt(1.0 + static_cast<double>(input.size()));
        double expected = 0, losses[2];
        for (size_t j = 0; j < input.size(); ++j) expected += double(direction[j]) * r.gradients[i][j];
        for (int side : {0, 1}) {
          for (size_t j = 0; j < input.size(); ++j)
            input[j] = static_cast<float>(before[j] + (side ? length : -length) * direction[j]);
          losses[side] = loss(p, run(ref_rnn_kernels(), p, false));
        }
        input = before;
        const double found = (losses[1] - losses[0]) / (2 * length);
        EXPECT_NEAR(found, expected, 2e-3 * (1 + std::abs(expected))) << name(p) << " " << kInputs[i];
      }
    }
}

TEST(Rnn, SameBitsForAnyNumberOfThreads) {
  std::vector<int> lengths;
  for (int i = 0; i < 90; ++i) lengths.push_back(1 + i * 7 % 11);
  for (Score score : {Score::none, Score::additive, Score::dot}) {
    const Problem p = make_problem(Cell::gru, score, 24, lengths);
    set_threads(1);
    const Result one = run(cpu_rnn_kernels(), p);
    set_threads(2);
    const Result two = run(cpu_rnn_kernels(), p);
    EXPECT_EQ(one.states, two.states);
    EXPECT_EQ(one.gradients, two.gradients);
  }
}

// Products, softmax and cells of a row do not see the other rows.
TEST(Rnn, SequenceAloneEqualsSequenceInBatch) {
  const Problem all = make_problem(Cell::lstm, Score::additive, 33, kSequenceLengths);
  const Result together = run(cpu_rnn_kernels(), all);
  for (int64_t s = 0; s < all.S(); ++s) {
    Problem one = all;
    const auto slice = [](Floats& f, int64_t begin, int64_t end, int64_t width) {
      f = Floats(f.begin() + begin * width, f.begin() + end * width);
    };
    const int32_t begin = all.offsets[s], end = all.offsets[s + 1], from = all.sources[s], to = all.sources[s + 1];
    one.offsets = {0, end - begin}, one.sources = {0, to - from};
    slice(one.x, begin, end, one.G()), slice(one.first, s, s + 1, one.H), slice(one.first_cell, s, s + 1, one.H);
    slice(one.keys, from, to, one.A), slice(one.memory, from, to, one.C), slice(one.memory_gates, from, to, one.G());
    Floats states = together.states;
    slice(states, begin, end, one.H);
    EXPECT_EQ(run(cpu_rnn_kernels(), one, false).states, states) << s;
  }
}

// Scores of saturated networks: keys and queries beyond the cut.
TEST(Rnn, LargeKeysStayFinite) {
  Problem p = make_problem(Cell::gru, Score::additive, 16, {4, 2});
  for (size_t i = 0; i < p.keys.size(); ++i) p.keys[i] *= 1e4f;
  for (float& q : p.query_weight) q *= 1e4f;
  const Result fast = run(cpu_rnn_kernels(), p);
  for (float x : fast.states) EXPECT_TRUE(std::isfinite(x));
  for (const Floats& gradient : fast.gradients)
    for (float x : gradient) EXPECT_TRUE(std::isfinite(x));
}

}  // namespace gamana
