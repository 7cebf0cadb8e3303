#pragma once
// How recurrences are cut into groups of sequences, and where each group finds its scratch.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "gamana/kernels/rnn.h"

namespace gamana::cpu {

// Sequences that one thread walks through all time steps. Members stand longest first, so those that still run at a
// time step are a prefix and each product of the step is dense.
struct RnnGroup {
  int recurrence;
  const int32_t* members;  // [count]
  int64_t count;
  float* state;    // [count, H] forward: s_{t-1}; backward: gradient of s_t from later steps
  float* cell;     // [count, H] backward, lstm: gradient of c_t
  float* product;  // [count, G]
  float* query;    // [count, A] additive
  float* scores;   // [longest source]
  float* d_v;      // [A] this group's part
};

struct RnnPlan {
  RnnPlan(int count, const Recurrence* r, float* scratch) {
    int64_t total = 0;
    for (int i = 0; i < count; ++i) total += r[i].sequences;
    order.reserve(static_cast<size_t>(total));
    for (int i = 0; i < count; ++i) add(i, r[i], scratch);
  }

  std::vector<int32_t> order;
  std::vector<RnnGroup> groups;
  int64_t used = 0;  // floats of scratch

 private:
  // At most 32 rows: enough for a weight that comes from the second cache to be hidden behind the arithmetic, and as
  // many groups as keep several threads busy.
  static int64_t group_count(int64_t sequences) {
    if (sequences <= 64) return sequences <= 8 ? 1 : 2;
    return (sequences + 127) / 128 * 4;
  }

  float* take(float* scratch, int64_t floats) {
    float* place = scratch ? scratch + used : nullptr;
    used += (floats + 15) / 16 * 16;
    return place;
  }

  void add(int index, const Recurrence& r, float* scratch) {
    const int64_t H = r.hidden, G = gate_count(r.cell) * H,
                  A = r.alignment.score == Score::additive ? r.alignment.key_width : 0;
    int64_t sources = 0;
    if (r.alignment.score != Score::none)
      for (int64_t s = 0; s < r.sequences; ++s)
        sources = std::max<int64_t>(sources, r.alignment.source_end[s] - r.alignment.source_begin[s]);
    std::vector<int32_t> sorted(static_cast<size_t>(r.sequences));
    for (size_t s = 0; s < sorted.size(); ++s) sorted[s] = static_cast<int32_t>(s);
    const auto length = [&](int32_t s) { return r.offsets[s + 1] - r.offsets[s]; };
    std::sort(sorted.begin(), sorted.end(), [&](int32_t a, int32_t b) {
      return length(a) != length(b) ? length(a) > length(b) : a < b;
    });
    const int64_t count = group_count(r.sequences);
    for (int64_t g = 0; g < count; ++g) {
      const int32_t* members = order.data() + order.size();
      // Dealt like cards, back and forth, so that groups are equally long.
      for (int64_t p = 0; p < r.sequences; ++p)
        if ((p / count % 2 ? count - 1 - p % count : p % count) == g) order.push_back(sorted[static_cast<size_t>(p)]);
      const int64_t rows = order.data() + order.size() - members;
      groups.push_back({index, members, rows, take(scratch, rows * H), take(scratch, rows * H), take(scratch, rows * G),
                        take(scratch, rows * A), take(scratch, sources), take(scratch, A)});
    }
  }
};

}  // namespace gamana::cpu
