#pragma once
// Matrix products of tensors in the context's precision.
#include "gamana/tensor/context.h"

namespace gamana {

// An operand: f32 values, and how to get them in bf16.
struct Operand {
  const float* data;
  const uint16_t* half;  // used in bf16; null in f32
  int64_t stride;
  bool transposed;
};

inline Operand operand(Context& c, const Tensor& x, bool transposed = false) {
  return {x.data(), c.precision == Precision::bf16 ? c.half(x) : nullptr, x.cols(), transposed};
}

// out[m, n] (+)= a[m, k] b[k, n].
inline void product(Context& c, int64_t m, int64_t n, int64_t k, const Operand& a, const Operand& b, float* out,
                    int64_t stride, bool add) {
  if (c.precision == Precision::bf16)
    c.kernels.gemm_bf16(a.transposed, b.transposed, m, n, k, a.half, a.stride, b.half, b.stride, out, stride, add);
  else
    c.kernels.gemm(a.transposed, b.transposed, m, n, k, a.data, a.stride, b.data, b.stride, out, stride, add);
}

// A gradient in bf16 for the length of a scope; nothing in f32.
class HalfScratch {
 public:
  HalfScratch(Context& c, const float* x, int64_t count) : arena_(c.arena) {
    if (c.precision != Precision::bf16) return;
    half_ = arena_.allocate<uint16_t>(count);
    c.kernels.to_bf16(count, x, half_);
  }
  ~HalfScratch() {
    if (half_) arena_.release(half_);
  }
  HalfScratch(const HalfScratch&) = delete;
  HalfScratch& operator=(const HalfScratch&) = delete;
  const uint16_t* get() const { return half_; }

 private:
  Arena& arena_;
  uint16_t* half_ = nullptr;
};

}  // namespace gamana
