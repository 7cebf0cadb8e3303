#include "gamana/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "gamana/base/check.h"

namespace gamana {

void check_schedule(const Schedule& s) {
  for (const char* known : {"constant", "linear", "cosine", "inverse_sqrt", "noam", "plateau"})
    if (s.name == known) return;
  fail("--schedule: \"{}\" is unknown; expected constant, linear, cosine, inverse_sqrt, noam or plateau", s.name);
}

double Schedule::rate(int64_t step, int reductions) const {
  const double t = static_cast<double>(step), w = static_cast<double>(std::max<int64_t>(warmup, 1));
  if (name == "noam") return peak / std::sqrt(width) * std::min(1 / std::sqrt(t), t / std::pow(w, 1.5));
  const double warm = std::min(1.0, t / w);
  const double rest = std::max(1.0, static_cast<double>(total_steps - warmup));
  const double done = std::clamp((t - static_cast<double>(warmup)) / rest, 0.0, 1.0);
  const auto down_to_floor = [&](double share) { return peak * warm * (floor + (1 - floor) * share); };
  if (name == "linear") return down_to_floor(1 - done);
  if (name == "cosine") return down_to_floor(0.5 * (1 + std::cos(std::numbers::pi * done)));
  if (name == "inverse_sqrt") return peak * std::min(warm, std::sqrt(w / t));
  if (name == "plateau") return peak * warm * std::pow(factor, reductions);
  return peak * warm;
}

}  // namespace gamana
