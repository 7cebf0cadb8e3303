#pragma once
// Learning rates by step. Each is `peak` times a factor; each warms up linearly over `warmup` steps.
#include <cstdint>
#include <string>

namespace gamana {

struct Schedule {
  // constant; linear: to `floor` at total_steps; cosine: half a period, to the same (Loshchilov and Hutter 2017);
  // inverse_sqrt: sqrt(warmup / step), peak reached at the end of warm-up; noam: width^-0.5 min(step^-0.5, step warmup^-1.5)
  // times peak (Vaswani et al. 2017, eq. 3); plateau: constant, times `factor` when validation does not improve for
  // `patience` validations.
  std::string name = "inverse_sqrt";
  double peak = 1e-3;
  int64_t warmup = 0, total_steps = 0;  // the trainer fills in total_steps, and 2000 for a negative warmup, or half of a shorter run
  double floor = 0;         // linear and cosine: as a share of the peak
  int width = 512;          // noam
  double factor = 0.5;      // plateau
  int patience = 2;         // plateau

  // The rate of step 1, 2, …; `reductions`: how often plateau has reduced it.
  double rate(int64_t step, int reductions = 0) const;
};

// Throws Error naming the known schedules.
void check_schedule(const Schedule& schedule);

}  // namespace gamana
