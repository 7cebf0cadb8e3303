#include "gamana/decode/scan.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/decode/scan.cpp"
#include <hwy/foreach_target.h>

#include "gamana/base/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::HWY_NAMESPACE {

using namespace cpu::HWY_NAMESPACE;  // of the same instruction set

constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

float class_maxima(const float* logits, int n, float* maxima) {
  const FloatTag d;
  constexpr int kStep = hn::MaxLanes(FloatTag()), kVectors = kClasses / kStep;
  Vec largest[kVectors];
  for (Vec& v : largest) v = hn::Set(d, kMinusInfinity);
  int i = 0;
  for (; i + kClasses <= n; i += kClasses)
    for (int v = 0; v < kVectors; ++v) largest[v] = at_least(hn::LoadU(d, logits + i + v * kStep), largest[v]);
  for (int v = 0; v < kVectors; ++v) hn::StoreU(largest[v], d, maxima + v * kStep);
  for (int j = 0; i + j < n; ++j) maxima[j] = logits[i + j] > maxima[j] ? logits[i + j] : maxima[j];
  float top = -1e30f;
  for (int j = 0; j < kClasses; ++j) top = maxima[j] > top ? maxima[j] : top;
  return top;
}

int find_broken(const float* logits, int n) {
  const FloatTag d;
  constexpr int kStep = hn::MaxLanes(FloatTag());
  const Vec infinity = hn::Set(d, -kMinusInfinity);
  int i = 0;
  for (; i + kStep <= n; i += kStep)
    if (!hn::AllTrue(d, hn::Lt(hn::LoadU(d, logits + i), infinity))) break;
  while (i < n && logits[i] < -kMinusInfinity) ++i;
  return i;
}

float sum_exp(const float* logits, int n, float maximum, float scale) {
  const FloatTag d;
  const Vec top = hn::Set(d, maximum), factor = hn::Set(d, scale);
  return sum_of(n, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    return first(exp(hn::Mul(hn::Sub(load(logits + i, count), top), factor)), count);
  });
}

float weighted_sum(const float* logits, int n, float maximum, float scale) {
  const FloatTag d;
  const Vec top = hn::Set(d, maximum), factor = hn::Set(d, scale), lowest = hn::Set(d, std::numeric_limits<float>::lowest());
  return sum_of(n, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    const Vec excess = at_least(lowest, hn::Sub(load(logits + i, count), top));  // 0 times -infinity would be no number
    return first(hn::Mul(excess, exp(hn::Mul(excess, factor))), count);
  });
}

int find_in_sum(const float* logits, int n, float maximum, float scale, float target) {
  constexpr int kBlock = 64;
  float sum = 0;
  int begin = 0;
  for (; begin + kBlock < n; begin += kBlock) {
    const float next = sum + sum_exp(logits + begin, kBlock, maximum, scale);
    if (next > target) break;
    sum = next;
  }
  for (int i = begin; i < n; ++i) {
    if (logits[i] == kMinusInfinity) continue;
    sum += sum_exp(logits + i, 1, maximum, scale);
    if (sum > target) return i;
  }
  int last = n - 1;  // rounding: the sum stayed just below the target
  while (last > 0 && logits[last] == kMinusInfinity) --last;
  return last;
}

}  // namespace gamana::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana {

HWY_EXPORT(class_maxima);
HWY_EXPORT(find_broken);
HWY_EXPORT(sum_exp);
HWY_EXPORT(weighted_sum);
HWY_EXPORT(find_in_sum);

float class_maxima(const float* logits, int n, float* maxima) {
  return HWY_DYNAMIC_DISPATCH(class_maxima)(logits, n, maxima);
}

int find_broken(const float* logits, int n) { return HWY_DYNAMIC_DISPATCH(find_broken)(logits, n); }

float sum_exp(const float* logits, int n, float maximum, float scale) {
  return HWY_DYNAMIC_DISPATCH(sum_exp)(logits, n, maximum, scale);
}

float weighted_sum(const float* logits, int n, float maximum, float scale) {
  return HWY_DYNAMIC_DISPATCH(weighted_sum)(logits, n, maximum, scale);
}

int find_in_sum(const float* logits, int n, float maximum, float scale, float target) {
  return HWY_DYNAMIC_DISPATCH(find_in_sum)(logits, n, maximum, scale, target);
}

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

}  // namespace gamana
#endif
