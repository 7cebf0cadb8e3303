#pragma once
// Matrix products of tensors in the context's precision.
#include "gamana/tensor/context.h"

namespace gamana {

// An operand, in bf16 where that is the precision, else in f32.
struct Operand {
  const float* data;
  const uint16_t* half;
  int64_t stride;
  bool transposed;

  // Rows (as they are stored) from `row` on.
  Operand from_row(int64_t row) const {
    return {data ? data + row * stride : nullptr, half ? half + row * stride : nullptr, stride, transposed};
  }
};

inline Operand operand(Context& c, const Tensor& x, bool transposed = false) {
  if (c.precision == Precision::bf16) return {nullptr, c.half(x), x.cols(), transposed};
  return {x.data(), nullptr, x.cols(), transposed};
}

// out[m, n] (+)= a[m, k] b[k, n].
inline void product(Context& c, int64_t m, int64_t n, int64_t k, const Operand& a, const Operand& b, float* out,
                    int64_t stride, bool add) {
  if (c.precision == Precision::bf16)
    return c.kernels.gemm_bf16(a.transposed, b.transposed, m, n, k, a.half, a.stride, b.half, b.stride, out, stride, add);
  const auto gemm = c.precision == Precision::bf16x3 ? c.kernels.gemm_bf16x3 : c.kernels.gemm;
  gemm(a.transposed, b.transposed, m, n, k, a.data, a.stride, b.data, b.stride, out, stride, add);
}

// A matrix in bf16 for the length of a scope; nothing in f32, or where x is null.
class HalfScratch {
 public:
  HalfScratch(Context& c, const float* x, int64_t count) : arena_(c.arena) {
    if (c.precision != Precision::bf16 || !x) return;
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

// A weight as an operand. Training changes it at every step: its bf16 form then lives as long as this object, since making it
// twice a step costs little beside the products, and keeping it half as much memory as the weight.
class WeightOperand {
 public:
  WeightOperand(Context& c, const Tensor& weight)
      : scratch_(c, c.training ? weight.data() : nullptr, weight.size()),
        operand_(scratch_.get() ? Operand{nullptr, scratch_.get(), weight.cols(), false} : operand(c, weight)) {}
  Operand plain() const { return operand_; }
  Operand transposed() const { return {operand_.data, operand_.half, operand_.stride, true}; }

 private:
  HalfScratch scratch_;
  Operand operand_;
};

}  // namespace gamana
