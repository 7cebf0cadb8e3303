// Products of embeddings: values against their formulas, gradients of both sides against central differences.
#include "gamana/ops/similarity.h"

#include "gradient.h"

namespace gamana {
namespace {

using test::expect_gradients;
using test::random_matrix;

TEST(Similarity, EachWithEach) {
  const test::Matrix a{2, 2, {1, 2, -1, 0}}, b{3, 2, {1, 1, 0, 3, 2, -1}};
  const auto y =
      test::values_of(cpu_kernels(), {a, b}, [](Context& c, const auto& x) { return similarity(c, x[0], x[1], 2); });
  EXPECT_EQ(y, (std::vector<float>{6, 12, 0, -2, 0, -4}));
}

TEST(Similarity, GradientsOfBothSides) {
  expect_gradients({random_matrix(3, 5, 1), random_matrix(4, 5, 2)},
                   [](Context& c, const auto& x) { return similarity(c, x[0], x[1], 1.5f); });
}

TEST(Similarity, OfAMatrixWithItself) {
  expect_gradients({random_matrix(3, 4, 3)}, [](Context& c, const auto& x) { return similarity(c, x[0], x[0], 0.5f); });
}

TEST(Similarity, RowByRow) {
  const test::Matrix a{2, 2, {1, 2, -1, 0}}, b{2, 2, {1, 1, 2, -1}};
  const auto f = [](Context& c, const auto& x) { return row_products(c, x[0], x[1]); };
  EXPECT_EQ(test::values_of(cpu_kernels(), {a, b}, f), (std::vector<float>{3, -2}));
  expect_gradients({random_matrix(3, 5, 4), random_matrix(3, 5, 5)}, f);
}

TEST(PairFeatures, SideBySide) {
  const test::Matrix u{2, 2, {1, 2, -1, 0}}, v{2, 2, {1, 5, 2, -1}};
  const auto f = [](Context& c, const auto& x) { return pair_features(c, x[0], x[1], {true, true, true}); };
  EXPECT_EQ(test::values_of(cpu_kernels(), {u, v}, f),
            (std::vector<float>{1, 2, 1, 5, 0, 3, 1, 10, -1, 0, 2, -1, 3, 1, -2, 0}));
}

TEST(PairFeatures, Gradients) {
  for (const PairParts parts : {PairParts{}, {true, false, false}, {false, true, true}, {true, true, true}})
    expect_gradients({random_matrix(3, 5, 6), random_matrix(3, 5, 7)},
                     [&](Context& c, const auto& x) { return pair_features(c, x[0], x[1], parts); });
}

TEST(PairFeatures, EqualVectorsGetNoGradientOfTheirDifference) {
  const test::Matrix u{1, 2, {3, -1}};
  const auto f = [](Context& c, const auto& x) { return pair_features(c, x[0], x[1], {false, true, false}); };
  const auto gradients = test::gradients_of(cpu_kernels(), {u, u}, f, {1, 1});
  EXPECT_EQ(gradients[0], (std::vector<float>{0, 0}));
  EXPECT_EQ(gradients[1], (std::vector<float>{0, 0}));
}

}  // namespace
}  // namespace gamana
