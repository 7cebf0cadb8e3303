#include "gamana/view/projection.h"

#include <cmath>
#include <limits>
#include <set>

#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"
#include "support.h"
#include "tests/support/golden.h"

namespace gamana::view {
namespace {

// `clusters` clouds of equal size, one after the other.
std::vector<float> clouds(int clusters, int each, int64_t width) {
  std::vector<float> rows;
  for (int64_t i = 0; i < int64_t{clusters} * each * width; ++i) {
    const double center = 5 * normal(stream_key(1, i / each / width), i % width);
    rows.push_back(static_cast<float>(center + normal(stream_key(2, 0), i)));
  }
  return rows;
}

// The share of the points whose nearest point is of their own cloud.
double kept_together(const std::vector<Point>& points, int each) {
  int together = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    size_t nearest = i;
    double least = INFINITY;
    for (size_t j = 0; j < points.size(); ++j) {
      const double apart = std::hypot(points[i].x - points[j].x, points[i].y - points[j].y);
      if (j != i && apart < least) least = apart, nearest = j;
    }
    together += nearest / each == i / each;
  }
  return static_cast<double>(together) / static_cast<double>(points.size());
}

bool same(const std::vector<Point>& a, const std::vector<Point>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](Point p, Point q) { return p.x == q.x && p.y == q.y; });
}

TEST(Pca, AgreesWithScikitLearn) {
  const Json& g = golden("view/projection")["pca"];
  const Pca pca = principal_components(g["rows"].get<std::vector<float>>(), 20, 3);
  ASSERT_EQ(pca.variances.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    double along = 0;  // axes agree up to their sign
    for (int c = 0; c < 20; ++c) along += pca.axes[i * 20 + c] * g["axes"][i * 20 + c].get<double>();
    EXPECT_NEAR(std::abs(along), 1, 1e-9) << i;
    // Rows less their mean are kept as floats, of 7 digits.
    const double variance = g["variances"][i];
    EXPECT_NEAR(pca.variances[i] / variance, 1, 1e-6) << i;
    for (int r = 0; r < 60; ++r) {
      EXPECT_NEAR(pca.values[r * 3 + i], std::copysign(1, along) * g["values"][r * 3 + i].get<double>(),
                  2e-6 * std::sqrt(variance));
    }
  }
}

TEST(Pca, AxesAreOrthonormalAndSignsFixed) {
  const std::vector<float> rows = clouds(3, 40, 30);
  const Pca pca = principal_components(rows, 30, 12);
  for (int i = 0; i < 12; ++i) {
    for (int j = 0; j <= i; ++j) {
      double product = 0;
      for (int c = 0; c < 30; ++c) product += pca.axes[i * 30 + c] * pca.axes[j * 30 + c];
      EXPECT_NEAR(product, i == j, 1e-9);
    }
    const auto [low, high] = std::minmax_element(pca.axes.begin() + i * 30, pca.axes.begin() + (i + 1) * 30);
    EXPECT_GT(*high, -*low);
    EXPECT_TRUE(i == 0 || pca.variances[i] <= pca.variances[i - 1]);
  }
}

TEST(Pca, FewOrEqualRows) {
  EXPECT_EQ(project_pca(std::vector<float>{1, 2, 3}, 3)[0].x, 0);
  for (const Point& p : project_pca(std::vector<float>(40, 0.25f), 4)) EXPECT_EQ(std::hypot(p.x, p.y), 0);
  const std::vector<Point> line = project_pca(std::vector<float>{1, 2, 6}, 1);
  EXPECT_FLOAT_EQ(line[2].x, 3);
  EXPECT_EQ(line[2].y, 0);
  EXPECT_EQ(principal_components(std::vector<float>{1, 2, 3, 5}, 2, 9).variances.size(), 2u);
}

TEST(Projection, SameBitsWhateverTheThreads) {
  const std::vector<float> rows = clouds(5, 60, 20);
  const int before = threads();
  set_threads(1);
  const std::vector<Point> pca = project_pca(rows, 20), tsne = project_tsne(rows, 20, {.iterations = 30}).points;
  set_threads(3);
  EXPECT_TRUE(same(pca, project_pca(rows, 20)));
  EXPECT_TRUE(same(tsne, project_tsne(rows, 20, {.iterations = 30}).points));
  EXPECT_FALSE(same(tsne, project_tsne(rows, 20, {.iterations = 30, .seed = 1}).points));
  set_threads(before);
}

TEST(Tsne, IsAsGoodAsScikitLearns) {
  const Json& g = golden("view/projection")["tsne"];
  const std::vector<float> rows = g["rows"].get<std::vector<float>>();
  const TsneMap map = project_tsne(rows, g["width"], {.perplexity = g["perplexity"], .angle = 0.2});
  // Other beginnings (seeds) end in other minima, up to 5 % apart.
  EXPECT_NEAR(map.divergence / g["divergence"].get<double>(), 1, 0.06);
  EXPECT_EQ(kept_together(map.points, 50), 1);
}

TEST(Tsne, TreesChangeLittle) {
  const std::vector<float> rows = clouds(4, 100, 60);
  const TsneMap exact = project_tsne(rows, 60, {.iterations = 400, .angle = 0});
  const TsneMap trees = project_tsne(rows, 60, {.iterations = 400});
  EXPECT_NEAR(trees.divergence / exact.divergence, 1, 0.03);
  EXPECT_EQ(kept_together(trees.points, 100), 1);
}

TEST(Tsne, FewOrEqualRows) {
  EXPECT_EQ(project_tsne(std::vector<float>{1, 2}, 2).points.size(), 1u);
  for (const std::vector<float>& rows : {std::vector<float>{1, 2, 3, 4}, std::vector<float>(300, 1.0f)}) {
    const std::vector<Point> points = project_tsne(rows, 2, {.iterations = 50}).points;
    EXPECT_EQ(points.size(), rows.size() / 2);
    for (const Point& p : points) EXPECT_TRUE(std::isfinite(p.x) && std::isfinite(p.y));
  }
}

TEST(Projection, SaysWhatIsWrong) {
  const std::vector<float> rows = {1, 2, 3, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_EQ(error_of([&] { project_pca(rows, 3); }), "projection: expected rows of 3 numbers, found 4 numbers");
  EXPECT_EQ(error_of([&] { project_pca(rows, 2); }), "projection: expected finite numbers, found nan in row 2");
  EXPECT_EQ(error_of([] { project_pca({}, 2); }), "projection: expected rows of 2 numbers, found 0 numbers");
  EXPECT_EQ(error_of([&] { project_tsne(rows, 2, {.perplexity = 0}); }),
            "t-SNE: expected a perplexity of 1 or more, found 0");
  EXPECT_EQ(error_of([&] { project_tsne(rows, 2, {.angle = 1}); }), "t-SNE: expected an angle from 0 to 0.7, found 1");
}

}  // namespace
}  // namespace gamana::view
