#pragma once
// Distillation as its table says, and cross-entropy with label smoothing (Szegedy et al. 2016, section 7): the target distribution is
// q = (1 - smoothing) [target] + smoothing / vocabulary, the loss -sum(q log p), its gradient p - q.
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace gamana::ref {

template <class T>
void cross_entropy(int64_t rows, int64_t vocabulary, T* logits, const T* bias, const int32_t* targets, float smoothing,
                   float scale, T* loss, T* nll) {
  for (int64_t r = 0; r < rows; ++r) {
    T* z = logits + r * vocabulary;
    if (bias)
      for (int64_t v = 0; v < vocabulary; ++v) z[v] += bias[v];
    const double highest = *std::max_element(z, z + vocabulary);
    double sum = 0, total = 0;
    for (int64_t v = 0; v < vocabulary; ++v) sum += std::exp(z[v] - highest);
    const double log_sum = highest + std::log(sum);
    for (int64_t v = 0; v < vocabulary; ++v) {
      const double log_p = z[v] - log_sum;
      const double q = (v == targets[r] ? 1.0 - smoothing : 0.0) + static_cast<double>(smoothing) / vocabulary;
      if (v == targets[r]) nll[r] = static_cast<T>(-log_p);
      total -= q == 0 ? 0 : q * log_p;
      z[v] = static_cast<T>(scale * (std::exp(log_p) - q));
    }
    loss[r] = static_cast<T>(total);
  }
}

// log softmax(z / T), where z may have a bias.
template <class T>
void log_softmax(int64_t n, T* z, const T* bias, float temperature) {
  double highest = -HUGE_VAL, sum = 0;
  for (int64_t v = 0; v < n; ++v) {
    z[v] = static_cast<T>((z[v] + (bias ? bias[v] : T(0))) / temperature);
    highest = std::max(highest, static_cast<double>(z[v]));
  }
  for (int64_t v = 0; v < n; ++v) sum += std::exp(z[v] - highest);
  for (int64_t v = 0; v < n; ++v) z[v] = static_cast<T>(z[v] - highest - std::log(sum));
}

template <class T>
void distillation(int64_t rows, int64_t vocabulary, T* logits, const T* bias, T* teacher, const T* teacher_bias,
                  float temperature, float scale, T* loss) {
  for (int64_t r = 0; r < rows; ++r) {
    T *log_p = logits + r * vocabulary, *log_q = teacher + r * vocabulary;
    log_softmax(vocabulary, log_p, bias, temperature), log_softmax(vocabulary, log_q, teacher_bias, temperature);
    double sum = 0;
    for (int64_t v = 0; v < vocabulary; ++v) {
      const double q = std::exp(log_q[v]), p = std::exp(log_p[v]);
      sum += q == 0 ? 0 : q * (static_cast<double>(log_q[v]) - log_p[v]);
      log_p[v] = static_cast<T>(scale * temperature * (p - q));
    }
    loss[r] = static_cast<T>(static_cast<double>(temperature) * temperature * sum);
  }
}

}  // namespace gamana::ref
