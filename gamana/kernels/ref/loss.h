#pragma once
// Cross-entropy with label smoothing (Szegedy et al. 2016, section 7): the target distribution is
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

}  // namespace gamana::ref
