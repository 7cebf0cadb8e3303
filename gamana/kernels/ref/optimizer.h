#pragma once
// Steps of the optimizers, one weight after the other.
#include <cmath>

#include "gamana/kernels/kernels.h"

namespace gamana::ref {

inline double sum_of_squares(int64_t n, const float* x) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]) * x[i];
  return sum;
}

inline void adam(int64_t n, const AdamStep& step, const float* gradient, float* weight, float* moment1,
                 float* moment2) {
  for (int64_t i = 0; i < n; ++i) {
    double g = static_cast<double>(step.gradient_scale) * gradient[i], w = weight[i];
    if (step.decoupled) w -= static_cast<double>(step.rate) * step.weight_decay * w;
    else g += step.weight_decay * w;
    const double m = step.beta1 * static_cast<double>(moment1[i]) + (1.0 - step.beta1) * g;
    const double v = step.beta2 * static_cast<double>(moment2[i]) + (1.0 - step.beta2) * g * g;
    w -= step.rate * (m / step.correction1) / (std::sqrt(v / step.correction2) + step.epsilon);
    moment1[i] = static_cast<float>(m), moment2[i] = static_cast<float>(v), weight[i] = static_cast<float>(w);
  }
}

inline void sgd(int64_t n, float rate, float momentum, float weight_decay, float gradient_scale, const float* gradient,
                float* weight, float* velocity) {
  for (int64_t i = 0; i < n; ++i) {
    const double w = weight[i];
    const double v = static_cast<double>(momentum) * velocity[i] +
                     static_cast<double>(gradient_scale) * gradient[i] + weight_decay * w;
    velocity[i] = static_cast<float>(v), weight[i] = static_cast<float>(w - rate * v);
  }
}

inline void adadelta(int64_t n, float rate, float rho, float epsilon, float gradient_scale, const float* gradient,
                     float* weight, float* mean_square_gradient, float* mean_square_update) {
  for (int64_t i = 0; i < n; ++i) {
    const double g = static_cast<double>(gradient_scale) * gradient[i], before = mean_square_update[i];
    const double g2 = rho * static_cast<double>(mean_square_gradient[i]) + (1.0 - rho) * g * g;
    const double update = -std::sqrt(before + epsilon) / std::sqrt(g2 + epsilon) * g;
    mean_square_gradient[i] = static_cast<float>(g2);
    mean_square_update[i] = static_cast<float>(rho * before + (1.0 - rho) * update * update);
    weight[i] = static_cast<float>(weight[i] + rate * update);
  }
}

inline void moving_average(int64_t n, float decay, const float* weight, float* average) {
  for (int64_t i = 0; i < n; ++i)
    average[i] = static_cast<float>(static_cast<double>(decay) * average[i] + (1.0 - decay) * weight[i]);
}

}  // namespace gamana::ref
