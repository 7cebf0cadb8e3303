#include "gamana/decode/scan.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
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

constexpr int kLanes = 16;
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

void keep_best(std::vector<Candidate>& candidates, size_t k) {
  if (candidates.size() > k) {
    std::nth_element(candidates.begin(), candidates.begin() + k, candidates.end(), better);
    candidates.resize(k);
  }
  std::sort(candidates.begin(), candidates.end(), better);
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

GAMANA_CLONES float block_maxima(const float* logits, int n, float* maxima) {
  float largest = -1e30f;
  for (int begin = 0; begin < n; begin += kScanBlock) {
    const float* x = logits + begin;
    float lanes[kLanes];
    for (int j = 0; j < kLanes; ++j) lanes[j] = kMinusInfinity;
    if (n - begin >= kScanBlock) {
      for (int i = 0; i < kScanBlock; i += kLanes) {
        for (int j = 0; j < kLanes; ++j) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
      }
    } else {
      for (int i = 0; i < n - begin; ++i) lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
    }
    for (int half = kLanes / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; ++j) lanes[j] = lanes[j] > lanes[j + half] ? lanes[j] : lanes[j + half];
    }
    maxima[begin / kScanBlock] = lanes[0];
    largest = lanes[0] > largest ? lanes[0] : largest;
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
  const int blocks = (n + kScanBlock - 1) / kScanBlock;
  thread_local std::vector<float> sorted;
  thread_local std::vector<Candidate> found;
  // The k-th largest maximum of a block is no larger than the k-th largest entry.
  float threshold = std::numeric_limits<float>::lowest();
  if (k <= blocks) {
    sorted.assign(maxima, maxima + blocks);
    std::nth_element(sorted.begin(), sorted.begin() + (k - 1), sorted.end(), std::greater<>());
    threshold = std::max(threshold, sorted[k - 1]);
  }
  found.clear();
  for (int b = 0; b < blocks; ++b) {
    if (!(maxima[b] >= threshold)) continue;
    const int end = std::min(n, (b + 1) * kScanBlock);
    for (int i = b * kScanBlock; i < end; ++i) {
      if (logits[i] >= threshold) found.push_back({logits[i], first_token + i});
    }
  }
  keep_best(found, k);
  std::copy(found.begin(), found.end(), out);
  return static_cast<int>(found.size());
}

int find_in_sum(const float* logits, int n, float maximum, float scale, float target) {
  float sum = 0;
  int begin = 0;
  for (; begin + kScanBlock < n; begin += kScanBlock) {
    const float next = sum + sum_exp(logits + begin, kScanBlock, maximum, scale);
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
