// t-SNE, van der Maaten and Hinton 2008, "Visualizing Data using t-SNE", with the trees of van der Maaten 2014,
// "Accelerating t-SNE using Tree-Based Algorithms". Equations are the latter's.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"
#include "gamana/view/projection.h"

namespace gamana::view {
namespace {

constexpr int64_t kComponents = 50, kGrain = 64;
constexpr double kExaggeration = 12;  // of the attraction at first, so that clusters form (2008, section 3.4)
constexpr int kExaggerated = 250;     // iterations
constexpr double kFirstSize = 1e-4;   // standard deviation of the first points

// Who attracts whom: row i has entries [begins[i], begins[i + 1]), symmetric, all of them sum to 1.
struct Attraction {
  std::vector<int64_t> begins;
  std::vector<int32_t> columns;
  std::vector<double> weights;
};

struct Neighbor {
  float distance;  // squared
  int32_t point;
  bool operator<(const Neighbor& other) const {
    return distance != other.distance ? distance < other.distance : point < other.point;
  }
};

// The k nearest of each of n points, [n, k].
std::vector<Neighbor> nearest(const std::vector<float>& rows, int64_t width, int64_t k) {
  const int64_t n = std::ssize(rows) / width;
  std::vector<float> columns(rows.size());  // [width, n]: distances to many points are added up side by side
  for (int64_t i = 0; i < std::ssize(rows); ++i) columns[i % width * n + i / width] = rows[i];
  std::vector<Neighbor> out(n * k);
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
    std::vector<float> distances(n);
    std::vector<Neighbor> list(n);
    for (int64_t i = begin; i < end; ++i) {
      std::fill(distances.begin(), distances.end(), 0.0f);
      for (int64_t first = 0; first < n; first += 2048)
        for (int64_t c = 0; c < width; ++c)
          for (int64_t j = first; j < std::min(n, first + 2048); ++j) {
            const float apart = columns[c * n + j] - rows[i * width + c];
            distances[j] += apart * apart;
          }
      for (int64_t j = 0; j < n; ++j) list[j] = {distances[j], static_cast<int32_t>(j)};
      std::swap(list[i], list.back());  // not its own neighbour
      std::nth_element(list.begin(), list.begin() + (k - 1), list.end() - 1);
      std::sort(list.begin(), list.begin() + k);
      std::copy_n(list.begin(), k, out.begin() + i * k);
    }
  });
  return out;
}

// p(j|i) of eq. 1 with the width of the Gaussian at which the perplexity is that wanted, by bisection.
void conditional(const Neighbor* list, int64_t k, double perplexity, double* out) {
  double beta = 1, low = 0, high = INFINITY;
  for (int step = 0; step < 100; ++step) {
    double sum = 0, mean = 0;
    for (int64_t j = 0; j < k; ++j) {
      const double apart = list[j].distance - list[0].distance;  // the nearest counts 1: nothing underflows to 0 / 0
      out[j] = std::exp(-beta * apart), sum += out[j], mean += apart * out[j];
    }
    for (int64_t j = 0; j < k; ++j) out[j] /= sum;
    const double entropy = std::log(sum) + beta * mean / sum, over = entropy - std::log(perplexity);
    if (std::abs(over) < 1e-6) break;
    (over > 0 ? low : high) = beta;
    beta = std::isinf(high) ? beta * 2 : (low + high) / 2;
  }
}

// p of eq. 2: (p(j|i) + p(i|j)) / 2n, of neighbours only.
Attraction attraction_of(const std::vector<float>& rows, int64_t width, double perplexity) {
  const int64_t n = std::ssize(rows) / width, k = std::min(n - 1, static_cast<int64_t>(3 * perplexity));
  const std::vector<Neighbor> neighbors = nearest(rows, width, k);
  std::vector<double> one_way(n * k);
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) conditional(&neighbors[i * k], k, perplexity, &one_way[i * k]);
  });
  std::vector<std::vector<std::pair<int32_t, double>>> both(n);
  for (int64_t i = 0; i < n * k; ++i) {
    const auto from = static_cast<int32_t>(i / k);
    both[from].push_back({neighbors[i].point, one_way[i]}), both[neighbors[i].point].push_back({from, one_way[i]});
  }
  Attraction out{{0}, {}, {}};
  for (auto& row : both) {
    std::stable_sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (size_t i = 0; i < row.size(); ++i) {
      const double weight = row[i].second / (2.0 * static_cast<double>(n));
      if (i > 0 && row[i].first == row[i - 1].first) out.weights.back() += weight;
      else out.columns.push_back(row[i].first), out.weights.push_back(weight);
    }
    out.begins.push_back(std::ssize(out.columns));
  }
  return out;
}

// A quadtree: squares, each with the number and the mean of its points (section 4.2).
class Tree {
 public:
  explicit Tree(const std::vector<Point>& points) : points_(points), order_(points.size()) {
    double low = INFINITY, high = -INFINITY;
    for (const Point& p : points) low = std::min({low, p.x, p.y}), high = std::max({high, p.x, p.y});
    std::iota(order_.begin(), order_.end(), 0);
    nodes_.push_back({});
    split(0, 0, std::ssize(points), {low, low}, high - low, 0);
  }

  int64_t point(int64_t place) const { return order_[place]; }  // in the order of the leaves

  // What pushes point i away, before it is divided by Z; returns its part of Z (eq. 5 and 8).
  double repulsion(int64_t i, double angle, Point& force) const {
    double z = 0;
    const Point at = points_[i];
    const auto push = [&](const Point& from, double count) {
      const double x = at.x - from.x, y = at.y - from.y, q = 1 / (1 + x * x + y * y);
      z += count * q, force.x += count * q * q * x, force.y += count * q * q * y;
    };
    // Nodes stand before their children and say which node follows all of these.
    for (size_t n = 0; n < nodes_.size();) {
      const Node& node = nodes_[n];
      const double x = at.x - node.mean.x, y = at.y - node.mean.y;
      if (node.leaf) {
        for (int64_t j = node.begin; j < node.end; ++j)
          if (order_[j] != i) push(points_[order_[j]], 1);
        ++n;
      } else if (node.width * node.width < angle * angle * (x * x + y * y)) {
        push(node.mean, static_cast<double>(node.end - node.begin));
        n = node.next;
      } else {
        ++n;
      }
    }
    return z;
  }

 private:
  struct Node {
    Point mean;
    double width = 0;
    int64_t begin = 0, end = 0;  // in order_
    size_t next = 0;
    bool leaf = false;
  };

  // Points in one place end the splitting by its depth.
  void split(size_t n, int64_t begin, int64_t end, Point corner, double width, int depth) {
    Point mean;
    for (int64_t j = begin; j < end; ++j) mean.x += points_[order_[j]].x, mean.y += points_[order_[j]].y;
    const double count = static_cast<double>(end - begin);
    nodes_[n] = {{mean.x / count, mean.y / count}, width, begin, end, 0, end - begin == 1 || depth == 48};
    const double half = width / 2;
    int64_t first = begin;
    for (int quarter = 0; quarter < 4 && !nodes_[n].leaf; ++quarter) {
      const Point low{corner.x + (quarter & 1 ? half : 0), corner.y + (quarter & 2 ? half : 0)};
      const auto inside = [&](int32_t i) {
        const bool right = points_[i].x >= corner.x + half, below = points_[i].y >= corner.y + half;
        return right == bool(quarter & 1) && below == bool(quarter & 2);
      };
      const auto last = std::stable_partition(order_.begin() + first, order_.begin() + end, inside) - order_.begin();
      if (last == first) continue;
      nodes_.push_back({});
      split(nodes_.size() - 1, first, last, low, half, depth + 1);
      first = last;
    }
    nodes_[n].next = nodes_.size();
  }

  const std::vector<Point>& points_;
  std::vector<int32_t> order_;
  std::vector<Node> nodes_;
};

struct Gradient {
  std::vector<Point> slopes;
  double z = 0;  // what makes the similarities of the points sum to 1 (eq. 3)
};

// Eq. 8; attraction is multiplied by `exaggeration`.
Gradient gradient_of(const std::vector<Point>& points, const Attraction& p, double exaggeration, double angle) {
  const int64_t n = std::ssize(points);
  const Tree tree(points);
  std::vector<Point> pulls(n), pushes(n);
  std::vector<double> parts(n);
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t place = begin; place < end; ++place) {
      const int64_t i = tree.point(place);  // neighbours walk through the same nodes
      for (int64_t e = p.begins[i]; e < p.begins[i + 1]; ++e) {
        const double x = points[i].x - points[p.columns[e]].x, y = points[i].y - points[p.columns[e]].y;
        const double pull = p.weights[e] / (1 + x * x + y * y);
        pulls[i].x += pull * x, pulls[i].y += pull * y;
      }
      parts[i] = tree.repulsion(i, angle, pushes[i]);
    }
  });
  Gradient out{std::vector<Point>(n), std::accumulate(parts.begin(), parts.end(), 0.0)};
  for (int64_t i = 0; i < n; ++i) {
    out.slopes[i].x = 4 * (exaggeration * pulls[i].x - pushes[i].x / out.z);
    out.slopes[i].y = 4 * (exaggeration * pulls[i].y - pushes[i].y / out.z);
  }
  return out;
}

// Eq. 4, of pairs that are neighbours; of the others p is 0.
double divergence(const std::vector<Point>& points, const Attraction& p, double z) {
  double sum = 0;
  for (int64_t i = 0; i < std::ssize(points); ++i) {
    for (int64_t e = p.begins[i]; e < p.begins[i + 1]; ++e) {
      const double x = points[i].x - points[p.columns[e]].x, y = points[i].y - points[p.columns[e]].y;
      if (p.weights[e] > 0) sum += p.weights[e] * std::log(p.weights[e] * (1 + x * x + y * y) * z);
    }
  }
  return sum;
}

// One coordinate of a step with momentum and a rate of its own that grows while the direction stays (2008, section 3.4).
void advance(double& at, double& speed, double& gain, double slope, double momentum, double rate) {
  gain = (slope > 0) != (speed > 0) ? gain + 0.2 : std::max(0.01, gain * 0.8);
  speed = momentum * speed - rate * gain * slope;
  at += speed;
}

void center(std::vector<Point>& points) {
  Point mean;
  for (const Point& p : points) mean.x += p.x, mean.y += p.y;
  for (Point& p : points) {
    p.x -= mean.x / static_cast<double>(points.size()), p.y -= mean.y / static_cast<double>(points.size());
  }
}

// The first two components, small, and a little apart where rows are equal.
std::vector<Point> first_points(const Pca& pca, uint64_t seed) {
  const size_t axes = pca.variances.size(), n = pca.values.size() / axes;
  const double scale = pca.variances[0] > 0 ? kFirstSize / std::sqrt(pca.variances[0]) : 0;
  const auto coordinate = [&](size_t i, size_t axis) {
    return (axis < axes ? scale * pca.values[i * axes + axis] : 0) +
           0.01 * kFirstSize * normal(stream_key(seed, axis), i);
  };
  std::vector<Point> points;
  for (size_t i = 0; i < n; ++i) points.push_back({coordinate(i, 0), coordinate(i, 1)});
  return points;
}

}  // namespace

TsneMap project_tsne(std::span<const float> rows, int64_t width, const TsneOptions& o) {
  if (!(o.perplexity >= 1) || !std::isfinite(o.perplexity)) {
    fail("t-SNE: expected a perplexity of 1 or more, found {}", o.perplexity);
  }
  if (!(o.angle >= 0 && o.angle <= 0.7)) fail("t-SNE: expected an angle from 0 to 0.7, found {}", o.angle);
  if (o.iterations < 0) fail("t-SNE: expected 0 iterations or more, found {}", o.iterations);
  const Pca pca = principal_components(rows, width, kComponents);
  TsneMap out{first_points(pca, o.seed), 0};
  const auto n = static_cast<double>(out.points.size());
  if (n < 2) return out;
  const double perplexity = std::clamp((n - 1) / 3, 1.0, o.perplexity);
  const Attraction attraction = attraction_of(pca.values, std::ssize(pca.variances), perplexity);
  const double rate = std::max(50.0, n / kExaggeration / 4);  // Belkina et al. 2019, "Automated optimized parameters …"
  std::vector<Point> speeds(out.points.size()), gains(out.points.size(), {1, 1});
  for (int step = 0; step < o.iterations; ++step) {
    const bool early = step < kExaggerated;
    const Gradient g = gradient_of(out.points, attraction, early ? kExaggeration : 1, o.angle);
    const double momentum = early ? 0.5 : 0.8;
    for (size_t i = 0; i < out.points.size(); ++i) {
      advance(out.points[i].x, speeds[i].x, gains[i].x, g.slopes[i].x, momentum, rate);
      advance(out.points[i].y, speeds[i].y, gains[i].y, g.slopes[i].y, momentum, rate);
    }
    center(out.points);
  }
  out.divergence = divergence(out.points, attraction, gradient_of(out.points, attraction, 1, o.angle).z);
  return out;
}

}  // namespace gamana::view
