#pragma once
// Work in chunks whose borders depend on sizes only, so that results never depend on the number of threads.
#include <algorithm>
#include <cstdint>

#include <omp.h>

namespace gamana {

// Calls body(begin, end) for consecutive chunks of `grain` items of [0, n). Chunks run on any thread, in any order.
template <class Body>
void parallel_for(int64_t n, int64_t grain, const Body& body) {
  const int64_t chunks = (n + grain - 1) / grain;
  if (chunks <= 1 || omp_in_parallel()) {
    for (int64_t c = 0; c < chunks; ++c) body(c * grain, std::min(n, (c + 1) * grain));
    return;
  }
#pragma omp parallel for schedule(dynamic, 1)
  for (int64_t c = 0; c < chunks; ++c) body(c * grain, std::min(n, (c + 1) * grain));
}

inline void set_threads(int threads) { omp_set_num_threads(threads); }
inline int threads() { return omp_get_max_threads(); }

}  // namespace gamana
