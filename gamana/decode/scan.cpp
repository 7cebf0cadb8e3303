#include "gamana/decode/scan.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>

// The loops below are written so that the compiler vectorises them; each is compiled for several instruction sets and
// the loader picks.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(NDEBUG)
#define GAMANA_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define GAMANA_CLONES
#endif

namespace gamana {
namespace {

constexpr int kLanes = 16, kBlock = 64;
constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

// e^x for x <= 0 to 2 ulp; below -87 it stays at 1e-38. (Cody-Waite reduction, degree 6.)
inline __attribute__((always_inline)) float exp_negative(float x) {
  x = x < -87.0f ? -87.0f : x;
  const float shifted = x * 1.44269504088896f + 12582912.0f;  // 1.5 * 2^23: adding it rounds to the nearest integer
  const float n = shifted - 12582912.0f;
  const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t bits;
  std::memcpy(&bits, &shifted, 4);
  bits = (bits - 0x4B400000 + 127) << 23;
  float scale;
  std::memcpy(&scale, &bits, 4);
  return p * scale;
}

}  // namespace

Candidate* keep_best(Candidate* begin, Candidate* end, size_t k) {
  if (static_cast<size_t>(end - begin) > k) {
    std::nth_element(begin, begin + k, end, better);
    end = begin + k;
  }
  std::sort(begin, end, better);
  return end;
}

void ExpSum::add(const ExpSum& other) {
  if (other.maximum > maximum) {
    sum = sum * std::exp(maximum - other.maximum) + other.sum;
    maximum = other.maximum;
  } else {
    sum += other.sum * std::exp(other.maximum - maximum);
  }
}

float ExpSum::log() const { return maximum + std::log(sum); }

GAMANA_CLONES float class_maxima(const float* logits, int n, float* maxima) {
  float lanes[kClasses];
  for (int j = 0; j < kClasses; ++j) lanes[j] = kMinusInfinity;
  int i = 0;
  for (; i + kClasses <= n; i += kClasses) {
    for (int j = 0; j < kClasses; ++j) lanes[j] = logits[i + j] > lanes[j] ? logits[i + j] : lanes[j];
  }
  for (int j = 0; i + j < n; ++j) lanes[j] = logits[i + j] > lanes[j] ? logits[i + j] : lanes[j];
  float largest = -1e30f;
  for (int j = 0; j < kClasses; ++j) {
    maxima[j] = lanes[j];
    largest = lanes[j] > largest ? lanes[j] : largest;
  }
  return largest;
}

GAMANA_CLONES float sum_exp(const float* logits, int n, float maximum, float scale) {
  float lanes[kLanes] = {};
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int j = 0; j < kLanes; ++j) lanes[j] += exp_negative((logits[i + j] - maximum) * scale);
  }
  for (; i < n; ++i) lanes[i % kLanes] += exp_negative((logits[i] - maximum) * scale);
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int j = 0; j < half; ++j) lanes[j] += lanes[j + half];
  }
  return lanes[0];
}

int best_of(const float* logits, int n, int first_token, const float* maxima, int k, Candidate* out) {
  Candidate found[kVocabularyChunk + 1];
  // The k-th largest maximum of a class is no larger than the k-th largest entry.
  float threshold = std::numeric_limits<float>::lowest();
  if (k <= kClasses) {
    float sorted[kClasses];
    std::copy_n(maxima, kClasses, sorted);
    std::nth_element(sorted, sorted + (k - 1), sorted + kClasses, std::greater<>());
    threshold = std::max(threshold, sorted[k - 1]);
  }
  size_t count = 0;
  for (int j = 0; j < kClasses; ++j) {
    if (!(maxima[j] >= threshold)) continue;
    for (int i = j; i < n; i += kClasses) {  // without a branch that would be mispredicted
      found[count] = {logits[i], first_token + i};
      count += logits[i] >= threshold;
    }
  }
  const Candidate* end = keep_best(found, found + count, k);
  return static_cast<int>(std::copy(static_cast<const Candidate*>(found), end, out) - out);
}

int find_in_sum(const float* logits, int n, float maximum, float scale, float target) {
  float sum = 0;
  int begin = 0;
  for (; begin + kBlock < n; begin += kBlock) {
    const float next = sum + sum_exp(logits + begin, kBlock, maximum, scale);
    if (next > target) break;
    sum = next;
  }
  for (int i = begin; i < n; ++i) {
    if (logits[i] == kMinusInfinity) continue;
    sum += exp_negative((logits[i] - maximum) * scale);
    if (sum > target) return i;
  }
  int last = n - 1;  // rounding: the sum stayed just below the target
  while (last > 0 && logits[last] == kMinusInfinity) --last;
  return last;
}

}  // namespace gamana
