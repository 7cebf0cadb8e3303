// Products of small matrices, for the inside of attention: the vector runs along the columns, 8 (4) rows times 2
// vectors of sums stay in registers. For shapes that a library's call overhead would dwarf.
#if defined(GAMANA_KERNELS_CPU_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GAMANA_KERNELS_CPU_PRODUCT_INL_H_
#undef GAMANA_KERNELS_CPU_PRODUCT_INL_H_
#else
#define GAMANA_KERNELS_CPU_PRODUCT_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Element (i, p) stands at data[i * row_step + p * inner_step]: either may be 1, so transposing is free.
struct Left {
  const float* data;
  int64_t row_step, inner_step;
};

// 8 rows hold 16 sums in the 32 vector registers of AVX-512 and NEON; others have 16 registers.
constexpr int kTileRows = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 8 : 4;

template <int kRows, int kVectors, class D>
HWY_INLINE void product_tile(D d, int64_t inner, Left a, const float* HWY_RESTRICT b, int64_t ldb,
                             float* HWY_RESTRICT c, int64_t ldc, bool add) {
  constexpr int64_t kLanes = hn::MaxLanes(d);
  hn::Vec<D> sums[kRows][kVectors];
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) sums[i][j] = add ? hn::LoadU(d, c + i * ldc + j * kLanes) : hn::Zero(d);
  for (int64_t p = 0; p < inner; ++p) {
    hn::Vec<D> right[kVectors];
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) right[j] = hn::LoadU(d, b + p * ldb + j * kLanes);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const auto left = hn::Set(d, a.data[i * a.row_step + p * a.inner_step]);
#pragma GCC unroll 2
      for (int j = 0; j < kVectors; ++j) sums[i][j] = hn::MulAdd(left, right[j], sums[i][j]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) hn::StoreU(sums[i][j], d, c + i * ldc + j * kLanes);
}

// All rows of kVectors vectors of columns; what is left below kTileRows goes in halves.
template <int kVectors, int kRows = kTileRows, class D>
HWY_INLINE void product_strip(D d, int64_t rows, int64_t inner, Left a, const float* b, int64_t ldb, float* c,
                              int64_t ldc, bool add) {
  for (; rows >= kRows; rows -= kRows, a.data += kRows * a.row_step, c += kRows * ldc)
    product_tile<kRows, kVectors>(d, inner, a, b, ldb, c, ldc, add);
  if constexpr (kRows > 1)
    if (rows > 0) product_strip<kVectors, kRows / 2>(d, rows, inner, a, b, ldb, c, ldc, add);
}

template <class D>
HWY_INLINE void product_columns(D d, int64_t rows, int64_t columns, int64_t inner, Left a, const float* b, int64_t ldb,
                                float* c, int64_t ldc, bool add) {
  constexpr int64_t kLanes = hn::MaxLanes(d);
  for (; columns >= 2 * kLanes; columns -= 2 * kLanes, b += 2 * kLanes, c += 2 * kLanes)
    product_strip<2>(d, rows, inner, a, b, ldb, c, ldc, add);
  if (columns >= kLanes) {
    product_strip<1>(d, rows, inner, a, b, ldb, c, ldc, add);
    columns -= kLanes, b += kLanes, c += kLanes;
  }
  if constexpr (kLanes > 1)
    if (columns > 0) product_columns(hn::CappedTag<float, kLanes / 2>(), rows, columns, inner, a, b, ldb, c, ldc, add);
}

// c[rows, columns] (+)= a[rows, inner] b[inner, columns].
inline HWY_NOINLINE void product(int64_t rows, int64_t columns, int64_t inner, Left a, const float* b, int64_t ldb,
                                 float* c, int64_t ldc, bool add) {
  product_columns(hn::ScalableTag<float>(), rows, columns, inner, a, b, ldb, c, ldc, add);
}

}  // namespace gamana::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
