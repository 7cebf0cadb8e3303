#include "gamana/view/by_length.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "gamana/base/check.h"
#include "gamana/view/chart.h"

namespace gamana::view {
namespace {

constexpr double kBarsHeight = 280, kColumn = 64, kBars = 0.3;  // kBars: share of the height that the tallest bar takes
constexpr Color kBar{0.90, 0.90, 0.91};

struct Bucket {
  int64_t longest = 0, sentences = 0;
};

// By the shortest length, of all models.
std::map<int64_t, Bucket> buckets_of(const std::vector<LengthCurve>& curves) {
  std::map<int64_t, Bucket> buckets;
  for (const LengthCurve& curve : curves) {
    for (const LengthPoint& p : curve.points) {
      if (!std::isfinite(p.score) || !std::isfinite(p.low) || !std::isfinite(p.high)) {
        fail("{}: expected finite scores, found {} ({} to {}) for sentences of {} words", curve.model, p.score, p.low,
             p.high, p.shortest);
      }
      buckets.insert({p.shortest, {p.longest, p.sentences}});
    }
  }
  return buckets;
}

std::string name_of(int64_t shortest, const Bucket& bucket) {
  if (bucket.longest == 0) return fmt::format("{}+", shortest);
  return shortest == bucket.longest ? fmt::format("{}", shortest) : fmt::format("{}–{}", shortest, bucket.longest);
}

void draw_buckets(Canvas& canvas, const Frame& frame, const std::map<int64_t, Bucket>& buckets) {
  int64_t most = 1;
  for (const auto& [shortest, bucket] : buckets) most = std::max(most, bucket.sentences);
  const double column = frame.width / static_cast<double>(buckets.size()), bottom = frame.y + frame.height;
  double x = frame.x;
  for (const auto& [shortest, bucket] : buckets) {
    const double height = frame.height * kBars * static_cast<double>(bucket.sentences) / static_cast<double>(most);
    const double width = std::min(column, 80.0) * 0.72;
    canvas.rectangle(x + (column - width) / 2, bottom - height, width, height, kBar);
    const TextStyle faint{.size = 10, .color = kFaintInk, .across = Side::middle, .down = Side::start};
    canvas.text(fmt::format("{}", bucket.sentences), x + column / 2, bottom + 22, faint);
    canvas.text(name_of(shortest, bucket), x + column / 2, bottom + 6,
                {.size = kTickSize, .color = kFaintInk, .across = Side::middle, .down = Side::start});
    x += column;
  }
  canvas.line({{frame.x, bottom}, {frame.x + frame.width, bottom}}, {.color = kFaintInk});
  canvas.text("source words, and below how many sentences there are (bars)", frame.x + frame.width / 2, bottom + 40,
              {.size = kLabelSize, .color = kFaintInk, .across = Side::middle, .down = Side::start});
}

void draw_curve(Canvas& canvas, const Frame& frame, const Axis& y, const std::map<int64_t, Bucket>& buckets,
                const LengthCurve& curve, double shift, Color color) {
  const double column = frame.width / static_cast<double>(buckets.size());
  std::vector<Point> points;
  for (const LengthPoint& p : curve.points) {
    const auto place = std::distance(buckets.begin(), buckets.find(p.shortest));
    const double x = frame.x + (static_cast<double>(place) + 0.5) * column + shift;
    points.push_back({x, y.at(p.score)});
    canvas.line({{x, y.at(p.low)}, {x, y.at(p.high)}}, {.color = color, .width = 1.4, .alpha = 0.7});
    for (double end : {p.low, p.high}) {
      canvas.line({{x - 3, y.at(end)}, {x + 3, y.at(end)}}, {.color = color, .width = 1.4, .alpha = 0.7});
    }
  }
  canvas.line(points, {.color = color, .width = 2});
  for (const Point& p : points) canvas.dot(p, 3.4, color);
}

}  // namespace

void draw_by_length(const std::vector<LengthCurve>& curves, const std::string& measure, const std::string& title,
                    const std::string& path) {
  const std::map<int64_t, Bucket> buckets = buckets_of(curves);
  if (buckets.empty()) fail("{}: expected scores of at least one length, found none", path);
  double low = 0, high = 0;
  std::vector<LegendEntry> entries;
  std::string description = measure + " by source words:";
  const auto color = [&](size_t i) { return palette(static_cast<int>(i), static_cast<int>(curves.size())); };
  for (size_t i = 0; i < curves.size(); ++i) {
    entries.push_back({curves[i].model, color(i), {}, true});
    description += " " + curves[i].model;
    for (const LengthPoint& p : curves[i].points) low = std::min(low, p.low), high = std::max({high, p.high, p.score});
  }
  for (const auto& [shortest, bucket] : buckets) description += fmt::format(" {}", name_of(shortest, bucket));
  save_picture(path, title, description, [&](Canvas& canvas) {
    const double width = std::max(kColumn * static_cast<double>(buckets.size()), 360.0);
    double top = 0;
    if (!title.empty()) {
      const TextStyle style{.size = 15, .bold = true, .down = Side::start, .width = width + 30, .wrap = true};
      canvas.text(title, -30, 0, style);
      top += canvas.text_size(title, style).y + 14;
    }
    top += draw_legend(canvas, -30, top, width + 30, entries);
    const Frame frame{0, top + 30, width, kBarsHeight};
    const Axis y{low, high > low ? high * 1.04 : 1, frame.y + kBarsHeight, frame.y};
    draw_values(canvas, frame, y, measure);
    draw_buckets(canvas, frame, buckets);
    const double apart = std::min(9.0, 28.0 / static_cast<double>(curves.size()));
    for (size_t i = 0; i < curves.size(); ++i) {
      const double shift = (static_cast<double>(i) - (static_cast<double>(curves.size()) - 1) / 2) * apart;
      draw_curve(canvas, frame, y, buckets, curves[i], shift, color(i));
    }
  });
}

}  // namespace gamana::view
