#include "gamana/view/projection.h"

#include <algorithm>
#include <cmath>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"

namespace gamana::view {
namespace {

constexpr int64_t kMoreAxes = 10;   // iterated beside those asked for: they make these converge
constexpr int kMostIterations = 200;
constexpr double kResidual = 1e-8;  // of an axis, relative to the greatest variance

using Matrix = std::vector<double>;  // row-major

// The rows less their mean.
std::vector<float> centered(std::span<const float> rows, int64_t width, std::vector<double>& mean) {
  const int64_t count = std::ssize(rows) / width;
  mean.assign(width, 0);
  for (int64_t r = 0; r < count; ++r)
    for (int64_t c = 0; c < width; ++c) mean[c] += rows[r * width + c];
  for (double& m : mean) m /= static_cast<double>(count);
  std::vector<float> out(rows.size());
  for (int64_t i = 0; i < std::ssize(rows); ++i) out[i] = static_cast<float>(rows[i] - mean[i % width]);
  return out;
}

Matrix covariance(const std::vector<float>& rows, int64_t width) {  // [width, width]
  constexpr int64_t kBlock = 16;  // rows of the matrix that stay in the cache while all of `rows` pass
  const int64_t count = std::ssize(rows) / width;
  Matrix out(width * width);
  parallel_for(width, kBlock, [&](int64_t begin, int64_t end) {
    for (int64_t r = 0; r < count; ++r) {
      const float* row = &rows[r * width];
      for (int64_t i = begin; i < end; ++i)
        for (int64_t j = i; j < width; ++j) out[i * width + j] += double{row[i]} * row[j];
    }
  });
  const double divisor = static_cast<double>(std::max<int64_t>(1, count - 1));
  for (int64_t i = 0; i < width; ++i)
    for (int64_t j = i; j < width; ++j) out[j * width + i] = out[i * width + j] /= divisor;
  return out;
}

double dot(const double* a, const double* b, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

// Gram and Schmidt, each axis twice: once leaves the rounding of nearly parallel ones.
void orthonormalize(Matrix& axes, int64_t width) {
  for (int64_t i = 0; i < std::ssize(axes) / width; ++i) {
    double* axis = &axes[i * width];
    for (int again = 0; again < 2; ++again) {
      for (int64_t j = 0; j < i; ++j) {
        const double along = dot(axis, &axes[j * width], width);
        for (int64_t c = 0; c < width; ++c) axis[c] -= along * axes[j * width + c];
      }
      const double length = std::sqrt(dot(axis, axis, width));
      for (int64_t c = 0; length > 0 && c < width; ++c) axis[c] /= length;
    }
  }
}

// Eigenvectors of a symmetric matrix [n, n] as rows, by Jacobi's rotations; `m` becomes diagonal.
Matrix eigenvectors(Matrix& m, int64_t n) {
  Matrix vectors(n * n);
  for (int64_t i = 0; i < n; ++i) vectors[i * n + i] = 1;
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0, on = 0;
    for (int64_t i = 0; i < n * n; ++i) (i / n == i % n ? on : off) += m[i] * m[i];
    if (off <= 1e-30 * on) break;
    for (int64_t p = 0; p < n; ++p) {
      for (int64_t q = p + 1; q < n; ++q) {
        if (m[p * n + q] == 0) continue;
        const double ratio = (m[q * n + q] - m[p * n + p]) / (2 * m[p * n + q]);
        const double t = std::copysign(1 / (std::abs(ratio) + std::sqrt(ratio * ratio + 1)), ratio);
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        const auto turn = [&](double& a, double& b) {
          const double x = a, y = b;
          a = c * x - s * y, b = s * x + c * y;
        };
        for (int64_t k = 0; k < n; ++k) turn(m[k * n + p], m[k * n + q]);
        for (int64_t k = 0; k < n; ++k) turn(m[p * n + k], m[q * n + k]);
        for (int64_t k = 0; k < n; ++k) turn(vectors[p * n + k], vectors[q * n + k]);
      }
    }
  }
  return vectors;
}

// Replaces the axes, and their products with the matrix, by the eigenvectors within their span (Rayleigh and Ritz), those
// of the greatest eigenvalues first. Returns the eigenvalues.
std::vector<double> rotate_to_eigenvectors(Matrix& axes, Matrix& products, int64_t width) {
  const int64_t n = std::ssize(axes) / width;
  Matrix inside(n * n);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = i; j < n; ++j)
      inside[i * n + j] = inside[j * n + i] = dot(&axes[i * width], &products[j * width], width);
  const Matrix turns = eigenvectors(inside, n);
  std::vector<int64_t> order(n);
  for (int64_t i = 0; i < n; ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return inside[a * n + a] > inside[b * n + b]; });
  std::vector<double> values;
  for (const int64_t i : order) values.push_back(std::max(0.0, inside[i * n + i]));
  for (Matrix* matrix : {&axes, &products}) {
    Matrix turned(matrix->size());
    for (int64_t i = 0; i < n; ++i)
      for (int64_t k = 0; k < n; ++k)
        for (int64_t c = 0; c < width; ++c)
          turned[i * width + c] += turns[order[i] * n + k] * (*matrix)[k * width + c];
    *matrix = std::move(turned);
  }
  return values;
}

// Orthogonal iteration (Golub and Van Loan, Matrix Computations, 8.2.4) from `axes` [n, width], random directions, until
// each of the first `wanted` is an eigenvector, or nearly. Returns the eigenvalues.
std::vector<double> iterate(const Matrix& matrix, int64_t width, int64_t wanted, Matrix& axes) {
  const int64_t n = std::ssize(axes) / width;
  std::vector<double> values;
  for (int iteration = 0; iteration < kMostIterations; ++iteration) {
    orthonormalize(axes, width);
    Matrix products(axes.size());
    parallel_for(width, 32, [&](int64_t begin, int64_t end) {
      for (int64_t i = 0; i < n; ++i)
        for (int64_t r = begin; r < end; ++r)
          products[i * width + r] = dot(&matrix[r * width], &axes[i * width], width);
    });
    values = rotate_to_eigenvectors(axes, products, width);
    double worst = 0;
    for (int64_t i = 0; i < wanted; ++i) {
      double residual = 0;
      for (int64_t c = i * width; c < (i + 1) * width; ++c)
        residual += std::pow(products[c] - values[i] * axes[c], 2);
      worst = std::max(worst, std::sqrt(residual));
    }
    if (worst <= kResidual * values[0]) break;
    axes = std::move(products);
  }
  return values;
}

void check_rows(std::span<const float> rows, int64_t width) {
  if (width < 1 || rows.empty() || std::ssize(rows) % width != 0) {
    fail("projection: expected rows of {} numbers, found {} numbers", width, rows.size());
  }
  for (size_t i = 0; i < rows.size(); ++i)
    if (!std::isfinite(rows[i])) {
      fail("projection: expected finite numbers, found {} in row {}", rows[i], static_cast<int64_t>(i) / width + 1);
    }
}

}  // namespace

Pca principal_components(std::span<const float> rows, int64_t width, int64_t components) {
  check_rows(rows, width);
  Pca out{width, {}, {}, {}, {}};
  const std::vector<float> data = centered(rows, width, out.mean);
  const int64_t count = std::ssize(rows) / width, wanted = std::clamp<int64_t>(components, 1, width);
  Matrix axes(std::min(wanted + kMoreAxes, width) * width);
  for (int64_t i = 0; i < std::ssize(axes); ++i) axes[i] = normal(stream_key(0, 0), static_cast<uint64_t>(i));
  out.variances = iterate(covariance(data, width), width, wanted, axes);
  out.variances.resize(wanted), axes.resize(wanted * width);
  for (int64_t i = 0; i < wanted; ++i) {
    const auto axis = axes.begin() + i * width;
    const auto [low, high] = std::minmax_element(axis, axis + width);
    if (-*low > *high) std::transform(axis, axis + width, axis, std::negate<>());
  }
  out.values.resize(count * wanted);
  parallel_for(count, 64, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      for (int64_t i = 0; i < wanted; ++i) {
        double sum = 0;
        for (int64_t c = 0; c < width; ++c) sum += data[r * width + c] * axes[i * width + c];
        out.values[r * wanted + i] = static_cast<float>(sum);
      }
  });
  out.axes = std::move(axes);
  return out;
}

std::vector<Point> project_pca(std::span<const float> rows, int64_t width) {
  const Pca pca = principal_components(rows, width, 2);
  const size_t axes = pca.variances.size();
  std::vector<Point> points;
  for (size_t i = 0; i < pca.values.size(); i += axes)
    points.push_back({pca.values[i], axes > 1 ? pca.values[i + 1] : 0.0f});
  return points;
}

}  // namespace gamana::view
