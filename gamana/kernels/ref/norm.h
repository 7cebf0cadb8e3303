#pragma once
// Layer normalisation (Ba et al. 2016, eq. 3) of mask(x) + residual, in double; not centred: by the root of the mean
// square (Zhang and Sennrich 2019, eq. 4).
#include "gamana/kernels/ref/elementwise.h"

namespace gamana::ref {

template <class T>
void norm(int64_t rows, int64_t cols, const T* x, const T* residual, DropoutMask mask, const T* gain, const T* bias,
          bool centred, float eps, T* sum, T* y, T* stats) {
  for (int64_t r = 0; r < rows; ++r) {
    double mean = 0, variance = 0;
    for (int64_t c = 0; c < cols; ++c) {
      const int64_t i = r * cols + c;
      sum[i] = static_cast<T>(x[i] * dropout_factor(mask, i) + (residual ? residual[i] : T(0)));
      if (centred) mean += static_cast<double>(sum[i]) / cols;
    }
    for (int64_t c = 0; c < cols; ++c) variance += (sum[r * cols + c] - mean) * (sum[r * cols + c] - mean) / cols;
    const double inverse = 1 / std::sqrt(variance + eps);
    for (int64_t c = 0; c < cols; ++c)
      y[r * cols + c] = static_cast<T>((sum[r * cols + c] - mean) * inverse * gain[c] + (bias ? bias[c] : T(0)));
    stats[2 * r] = static_cast<T>(mean), stats[2 * r + 1] = static_cast<T>(inverse);
  }
}

// With n = (sum - mean) * inverse and g = d_y * gain: d_sum = inverse * (g - mean(g) - n * mean(g * n)), without
// mean(g) where the norm is not centred.
template <class T>
void norm_backward(int64_t rows, int64_t cols, const T* d_y, const T* sum, const T* stats, const T* gain,
                   bool centred, DropoutMask mask, T* d_sum, T* d_x, T* d_gain, T* d_bias) {
  const auto normal = [&](int64_t r, int64_t c) -> double {
    return (static_cast<double>(sum[r * cols + c]) - stats[2 * r]) * stats[2 * r + 1];
  };
  for (int64_t c = 0; c < cols; ++c) {
    double gain_sum = 0, bias_sum = 0;
    for (int64_t r = 0; r < rows; ++r) gain_sum += d_y[r * cols + c] * normal(r, c), bias_sum += d_y[r * cols + c];
    if (d_gain) d_gain[c] += static_cast<T>(gain_sum);
    if (d_bias) d_bias[c] += static_cast<T>(bias_sum);
  }
  for (int64_t r = 0; r < rows; ++r) {
    double g_mean = 0, gn_mean = 0;
    for (int64_t c = 0; c < cols; ++c) {
      const double g = static_cast<double>(d_y[r * cols + c]) * gain[c];
      g_mean += centred ? g / cols : 0, gn_mean += g * normal(r, c) / cols;
    }
    for (int64_t c = 0; c < cols; ++c) {
      const int64_t i = r * cols + c;
      const double g = static_cast<double>(d_y[i]) * gain[c];
      const double d = stats[2 * r + 1] * (g - g_mean - normal(r, c) * gn_mean);
      d_sum[i] = static_cast<T>(d);
      if (d_x) d_x[i] = static_cast<T>(d * dropout_factor(mask, i));
    }
  }
}

}  // namespace gamana::ref
