#include "gamana/kernels/cpu/functions.h"
#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/embed.cpp"
#include <hwy/foreach_target.h>  // first of Highway

#include <hwy/highway.h>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/grain.h"
#include "gamana/kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

void embed(int64_t rows, int64_t cols, const int32_t* ids, const float* table, float scale, const int32_t* position,
           const float* positions, DropoutMask mask, float* y) {
  parallel_for(rows, row_grain(cols), [=](int64_t begin, int64_t end) HWY_ATTR {
    const Dropper drop(mask);
    const Vec factor = hn::Set(FloatTag(), scale);
    for (int64_t r = begin; r < end; ++r) {
      const float* word = table + ids[r] * cols;
      const float* place = positions ? positions + position[r] * cols : nullptr;
      each_vector(cols, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
        Vec v = hn::Mul(load(word + i, count), factor);
        if (place) v = hn::Add(v, load(place + i, count));
        store(drop(v, r * cols + i), y + r * cols + i, count);
      });
    }
  });
}

// The work is split by columns: each stripe walks the rows in order, so equal ids are added in order without sorting,
// and only rows of the table that occur are touched.
void embed_backward(int64_t rows, int64_t cols, const int32_t* ids, const float* d_y, float scale, float* d_table) {
  constexpr int64_t kStripe = 128;
  const int64_t stripes = (cols + kStripe - 1) / kStripe;
  parallel_for(stripes, std::max<int64_t>(1, kGrain / (rows * kStripe + 1)), [=](int64_t begin, int64_t end) HWY_ATTR {
    const Vec factor = hn::Set(FloatTag(), scale);
    const int64_t column = begin * kStripe, width = std::min(end * kStripe, cols) - column;
    for (int64_t r = 0; r < rows; ++r) {
      const float* from = d_y + r * cols + column;
      float* to = d_table + ids[r] * cols + column;
      each_vector(width, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
        store(hn::MulAdd(load(from + i, count), factor, load(to + i, count)), to + i, count);
      });
    }
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

HWY_EXPORT(embed);
HWY_EXPORT(embed_backward);

void embed(int64_t rows, int64_t cols, const int32_t* ids, const float* table, float scale, const int32_t* position,
           const float* positions, DropoutMask mask, float* y) {
  HWY_DYNAMIC_DISPATCH(embed)(rows, cols, ids, table, scale, position, positions, mask, y);
}

void embed_backward(int64_t rows, int64_t cols, const int32_t* ids, const float* d_y, float scale, float* d_table) {
  HWY_DYNAMIC_DISPATCH(embed_backward)(rows, cols, ids, d_y, scale, d_table);
}

}  // namespace gamana::cpu
#endif
