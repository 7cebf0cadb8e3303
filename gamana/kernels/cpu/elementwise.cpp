#include "gamana/kernels/cpu/functions.h"
#include "gamana/kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/elementwise.cpp"
#include <hwy/foreach_target.h>  // first of Highway

#include <hwy/highway.h>

#include <algorithm>
#include <vector>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

void dropout(int64_t n, const float* x, DropoutMask mask, float* y) {
  parallel_for(n, 1 << 13, [=](int64_t begin, int64_t end) {
    const Dropper drop(mask);
    each_vector(end - begin, [&](int64_t i, int64_t count) GAMANA_INLINE_BODY {
      store(drop(load(x + begin + i, count), static_cast<uint32_t>(begin + i)), y + begin + i, count);
    });
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

HWY_EXPORT(dropout);
void dropout(int64_t n, const float* x, DropoutMask mask, float* y) { HWY_DYNAMIC_DISPATCH(dropout)(n, x, mask, y); }

}  // namespace gamana::cpu
#endif
