#include "gamana/ops/projection.h"

#include <gtest/gtest.h>

#include <vector>

#include "gamana/base/rng.h"

namespace gamana {
namespace {

// Parts of the vocabulary are the logits of the whole, with each part's own biases.
void check(bool packs, int64_t width) {
  const int64_t vocabulary = 700, rows = 5;
  Arena arena;
  Context c{cpu_kernels(), arena};
  c.packs = packs;
  std::vector<float> w(vocabulary * width), b(vocabulary), h(rows * width);
  for (size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(normal(1, i));
  for (size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(100 + i);
  for (size_t i = 0; i < h.size(); ++i) h[i] = static_cast<float>(normal(2, i));
  const Tensor weight = Tensor::borrow(w.data(), vocabulary, width), bias = Tensor::borrow(b.data(), 1, vocabulary);
  const Tensor hidden = Tensor::borrow(h.data(), rows, width);
  prepare_projection(c, hidden, weight);
  for (const auto& [begin, end] : {std::pair<int64_t, int64_t>{0, 256}, {256, 512}, {512, 700}}) {
    std::vector<float> logits(rows * (end - begin));
    project_part(c, hidden, weight, bias, begin, end, logits.data());
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t v = begin; v < end; ++v) {
        double sum = b[v];
        for (int64_t i = 0; i < width; ++i) sum += double{h[r * width + i]} * w[v * width + i];
        ASSERT_NEAR(logits[r * (end - begin) + v - begin], sum, 1e-3) << r << " " << v;
      }
  }
}

TEST(Projection, PartsArePackedOrNot) { check(true, 32), check(false, 32), check(true, 33); }

}  // namespace
}  // namespace gamana
