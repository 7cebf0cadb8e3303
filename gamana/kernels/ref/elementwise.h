#pragma once
// Functions of ref_kernels(): the formulas of the papers in plain loops, sums in double. Templates on the number type,
// so that gradients can be checked against finite differences in double. kernels.h says what each does.
#include <cmath>
#include <cstring>

#include "gamana/kernels/kernels.h"

namespace gamana::ref {

// What element `index` is multiplied with.
inline double dropout_factor(DropoutMask mask, int64_t index) {
  const bool keep = random_bits(mask.key, static_cast<uint32_t>(index)) >= mask.rate * 4294967296.0;
  return keep ? 1.0 / (1.0 - mask.rate) : 0.0;
}

inline double activation(Activation f, double x) {
  switch (f) {
    case Activation::none: return x;
    case Activation::relu: return x > 0 ? x : x * 0;  // NaN stays NaN
    case Activation::gelu: return x * 0.5 * (1 + std::erf(x / std::sqrt(2.0)));
    case Activation::gelu_tanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case Activation::silu: return x / (1 + std::exp(-x));
    case Activation::tanh: return std::tanh(x);
  }
  return x;
}

// f' as a function of what is saved, see slope_is_of_input.
inline double activation_slope(Activation f, double saved) {
  const double x = saved;
  switch (f) {
    case Activation::none: return 1;
    case Activation::relu: return x > 0 ? 1 : 0;
    case Activation::gelu:
      return 0.5 * (1 + std::erf(x / std::sqrt(2.0))) + x * std::exp(-x * x / 2) / std::sqrt(2 * M_PI);
    case Activation::gelu_tanh: {
      const double c = std::sqrt(2 / M_PI), t = std::tanh(c * (x + 0.044715 * x * x * x));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x);
    }
    case Activation::silu: {
      const double s = 1 / (1 + std::exp(-x));
      return s * (1 + x * (1 - s));
    }
    case Activation::tanh: return 1 - x * x;
  }
  return 1;
}

template <class T>
void bias_activation(int64_t rows, int64_t cols, T* pre, const T* bias, Activation f, T* out) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c) {
      T& x = pre[r * cols + c];
      if (bias) x += bias[c];
      out[r * cols + c] = static_cast<T>(activation(f, x));
    }
}

template <class T>
void activation_backward(int64_t rows, int64_t cols, const T* d_out, const T* saved, Activation f, T* d_pre) {
  for (int64_t i = 0; i < rows * cols; ++i) d_pre[i] = static_cast<T>(d_out[i] * activation_slope(f, saved[i]));
}

template <class T>
void gated(int64_t rows, int64_t cols, const T* x, Activation f, T* out) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c) {
      const T* at = x + r * 2 * cols + c;
      out[r * cols + c] = static_cast<T>(activation(f, at[0]) * at[cols]);
    }
}

// With x = [u, v] and y = f(u) v:  d_u = d_y v f'(u),  d_v = d_y f(u).
template <class T>
void gated_backward(int64_t rows, int64_t cols, const T* d_out, const T* x, Activation f, T* d_x) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c) {
      const int64_t u = r * 2 * cols + c, v = u + cols;
      const double d = d_out[r * cols + c], value = activation(f, x[u]);
      d_x[u] = static_cast<T>(d * x[v] * activation_slope(f, slope_is_of_input(f) ? double(x[u]) : value));
      d_x[v] = static_cast<T>(d * value);
    }
}

template <class T>
void add_column_sums(int64_t rows, int64_t cols, const T* x, T* out) {
  for (int64_t c = 0; c < cols; ++c) {
    double sum = out[c];
    for (int64_t r = 0; r < rows; ++r) sum += x[r * cols + c];
    out[c] = static_cast<T>(sum);
  }
}

inline float from_bf16(uint16_t x) {
  const uint32_t bits = static_cast<uint32_t>(x) << 16;
  float out;
  std::memcpy(&out, &bits, 4);
  return out;
}

inline void from_bf16(int64_t n, const uint16_t* x, float* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = from_bf16(x[i]);
}

// bf16 is the upper half of a float; which of the two neighbours is nearer, and the even one of equals.
inline void to_bf16(int64_t n, const float* x, uint16_t* y) {
  for (int64_t i = 0; i < n; ++i) {
    uint32_t bits;
    std::memcpy(&bits, x + i, 4);
    const uint16_t upper = static_cast<uint16_t>(bits >> 16), lower = static_cast<uint16_t>(bits);
    if (std::isnan(x[i])) y[i] = upper | 0x40;  // quiet
    else y[i] = lower > 0x8000 || (lower == 0x8000 && upper % 2 == 1) ? upper + 1 : upper;
  }
}

template <class T>
void add(int64_t n, const T* x, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] += x[i];
}

template <class T>
void dropout(int64_t n, const T* x, DropoutMask mask, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(x[i] * dropout_factor(mask, i));
}

}  // namespace gamana::ref
