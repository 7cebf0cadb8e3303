#pragma once
// Embedding: rows of a table, scaled, plus positions (Vaswani et al. 2017, sections 3.4 and 3.5).
#include "gamana/kernels/ref/elementwise.h"

namespace gamana::ref {

template <class T>
void embed(int64_t rows, int64_t cols, const int32_t* ids, const T* table, float scale, const int32_t* position,
           const T* positions, DropoutMask mask, T* y) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c) {
      double sum = static_cast<double>(scale) * table[ids[r] * cols + c];
      if (positions) sum += positions[position[r] * cols + c];
      y[r * cols + c] = static_cast<T>(sum * dropout_factor(mask, r * cols + c));
    }
}

template <class T>
void embed_backward(int64_t rows, int64_t cols, const int32_t* ids, const T* d_y, float scale, T* d_table) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c) d_table[ids[r] * cols + c] += scale * d_y[r * cols + c];
}

}  // namespace gamana::ref
