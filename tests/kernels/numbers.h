#pragma once
// Inputs of kernel tests, and outputs whose surroundings are watched.
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "gamana/base/targets.h"

#include <hwy/targets.h>

#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"
#include "gamana/kernels/kernels.h"

namespace gamana::test {

// Sizes around the lengths of vectors.
inline const std::vector<int64_t> kSizes = {1, 7, 15, 16, 17, 31, 33, 64, 100, 257};

template <class T = float>
std::vector<T> numbers(int64_t n, uint64_t seed, double spread = 1.0) {
  std::vector<T> out(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(spread * normal(seed, i));
  return out;
}

// An array between guards: a kernel that writes beyond it is found by `intact`.
class Guarded {
 public:
  explicit Guarded(std::vector<float> values) : size_(values.size()), all_(size_ + 2 * kGuard, kMark) {
    std::copy(values.begin(), values.end(), all_.begin() + kGuard);
  }
  float* data() { return all_.data() + kGuard; }
  std::vector<float> values() const { return {all_.begin() + kGuard, all_.end() - kGuard}; }
  bool intact() const {
    for (size_t i = 0; i < kGuard; ++i)
      if (all_[i] != kMark || all_[all_.size() - 1 - i] != kMark) return false;
    return true;
  }

 private:
  static constexpr size_t kGuard = 64;
  static constexpr float kMark = -12345.0f;
  size_t size_;
  std::vector<float> all_;
};

// body() once per instruction set that this CPU has, the compiler's baseline among them.
template <class Body>
void for_each_target(const Body& body) {
  std::vector<int64_t> targets = hwy::SupportedAndGeneratedTargets();
  if (targets.back() != HWY_STATIC_TARGET) targets.push_back(HWY_STATIC_TARGET);
  for (int64_t target : targets) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    SCOPED_TRACE(hwy::TargetName(target));
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

// Runs the same work on copies of `arrays` with ref and, for every instruction set, with cpu on one and two threads.
// Expects |cpu - ref| <= tolerance * (1 + |ref|), untouched guards, and the same bits for both numbers of threads.
template <class Run>
void expect_cpu_equals_ref(const std::vector<Guarded>& arrays, double tolerance, const Run& run) {
  auto expected = arrays;
  run(ref_kernels(), expected);
  for_each_target([&] {
    auto one = arrays, two = arrays;
    const int before = threads();
    set_threads(1), run(cpu_kernels(), one);
    set_threads(2), run(cpu_kernels(), two);
    set_threads(before);
    for (size_t a = 0; a < arrays.size(); ++a) {
      ASSERT_TRUE(one[a].intact()) << "array " << a;
      const auto want = expected[a].values(), found = one[a].values(), again = two[a].values();
      ASSERT_EQ(0, std::memcmp(found.data(), again.data(), found.size() * sizeof(float))) << "threads, array " << a;
      for (size_t i = 0; i < want.size(); ++i)
        ASSERT_NEAR(found[i], want[i], tolerance * (1 + std::abs(want[i]))) << "array " << a << " element " << i;
    }
  });
}

}  // namespace gamana::test
