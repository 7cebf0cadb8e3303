#pragma once
// Rotary positions (Su et al. 2021, eq. 34) in double.
#include <cmath>

#include "gamana/kernels/kernels.h"

namespace gamana::ref {

inline void rotate(int64_t rows, const Rotation& rotation, const int32_t* positions, bool back, Rows x) {
  const int half = rotation.width / 2;
  for (int64_t r = 0; r < rows; ++r)
    for (int head = 0; head < rotation.heads; ++head) {
      float* channels = x.data + r * x.stride + int64_t(head) * rotation.head_width;
      for (int i = 0; i < half; ++i) {
        const double angle = double(positions[r]) * rotation.frequencies[i];
        const double cosine = std::cos(angle), sine = back ? -std::sin(angle) : std::sin(angle);
        float& a = channels[rotation.interleaved ? 2 * i : i];
        float& b = channels[rotation.interleaved ? 2 * i + 1 : i + half];
        const double before = a;
        a = static_cast<float>(before * cosine - b * sine);
        b = static_cast<float>(before * sine + b * cosine);
      }
    }
}

}  // namespace gamana::ref
