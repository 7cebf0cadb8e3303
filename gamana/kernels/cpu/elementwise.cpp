#include "gamana/kernels/cpu/functions.h"
#include "gamana/base/targets.h"
#include "gamana/kernels/cpu/packed_bf16.h"
#include "gamana/kernels/gemm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/elementwise.cpp"
#include <hwy/foreach_target.h>  // first of Highway

#include <hwy/highway.h>

#include <cstring>
#include <vector>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/grain.h"
#include "gamana/kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

HWY_INLINE Vec constant(float x) { return hn::Set(FloatTag(), x); }

// Each activation: its value, and its derivative as a function of what is saved for backward.
struct None {
  HWY_INLINE Vec value(Vec x) const { return x; }
  HWY_INLINE Vec slope(Vec) const { return constant(1.0f); }
};

struct Relu {
  HWY_INLINE Vec value(Vec x) const { return at_least(constant(0.0f), x); }
  HWY_INLINE Vec slope(Vec out) const { return hn::IfThenElseZero(hn::Gt(out, constant(0.0f)), constant(1.0f)); }
};

// x Phi(x), Phi the normal distribution (Hendrycks and Gimpel 2016, section 2).
struct Gelu {
  HWY_INLINE Vec phi(Vec x) const {
    return hn::MulAdd(erf(hn::Mul(x, constant(0.70710678f))), constant(0.5f), constant(0.5f));
  }
  HWY_INLINE Vec value(Vec x) const { return hn::Mul(x, phi(x)); }
  HWY_INLINE Vec slope(Vec x) const {
    const Vec density = hn::Mul(exp(hn::Mul(hn::Mul(x, x), constant(-0.5f))), constant(0.39894228f));
    return hn::MulAdd(x, density, phi(x));
  }
};

// x (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3). (1 + tanh(u)) / 2 = sigmoid(2 u) = 1 / (1 + e), and
// 1 - sigmoid = e * sigmoid keeps its digits where 1 - tanh^2 loses them.
struct GeluTanh {
  static constexpr float kRoot = 1.5957691f, kCube = 0.044715f * kRoot;  // 2 sqrt(2 / pi)
  HWY_INLINE Vec falling(Vec x) const {                                  // e = exp(-2 u)
    return exp(hn::Mul(x, hn::NegMulSub(hn::Mul(x, x), constant(kCube), constant(kRoot))));
  }
  HWY_INLINE Vec value(Vec x) const { return hn::Div(x, hn::Add(constant(1.0f), falling(x))); }
  HWY_INLINE Vec slope(Vec x) const {
    const Vec e = falling(x), s = hn::Div(constant(1.0f), hn::Add(constant(1.0f), e));
    const Vec u_slope = hn::MulAdd(hn::Mul(x, x), constant(3 * kCube), constant(kRoot));
    return hn::Mul(s, hn::MulAdd(hn::Mul(e, s), hn::Mul(x, u_slope), constant(1.0f)));
  }
};

struct Silu {
  HWY_INLINE Vec value(Vec x) const { return hn::Mul(x, sigmoid(x)); }
  HWY_INLINE Vec slope(Vec x) const {
    const Vec s = sigmoid(x);
    return hn::Mul(s, hn::MulAdd(x, hn::Sub(constant(1.0f), s), constant(1.0f)));
  }
};

struct Tanh {
  HWY_INLINE Vec value(Vec x) const { return tanh(x); }
  HWY_INLINE Vec slope(Vec out) const { return hn::NegMulAdd(out, out, constant(1.0f)); }
};

template <class Use>
void with_activation(Activation f, const Use& use) {
  switch (f) {
    case Activation::none: return use(None());
    case Activation::relu: return use(Relu());
    case Activation::gelu: return use(Gelu());
    case Activation::gelu_tanh: return use(GeluTanh());
    case Activation::silu: return use(Silu());
    case Activation::tanh: return use(Tanh());
  }
}

template <class F>
HWY_INLINE void activate_row(int64_t cols, float* pre, const float* bias, float* out, F f) {
  each_vector(cols, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
    Vec v = load(pre + i, count);
    if (bias) {
      v = hn::Add(v, load(bias + i, count));
      if (out != pre) store(v, pre + i, count);
    }
    store(f.value(v), out + i, count);
  });
}

void bias_activation(int64_t rows, int64_t cols, float* pre, const float* bias, Activation f, float* out) {
  if (f == Activation::none && !bias && out == pre) return;
  with_activation(f, [=](auto activation) HWY_ATTR {
    parallel_for(rows, row_grain(cols), [=](int64_t begin, int64_t end) HWY_ATTR {
      for (int64_t r = begin; r < end; ++r) activate_row(cols, pre + r * cols, bias, out + r * cols, activation);
    });
  });
}

void activation_backward(int64_t rows, int64_t cols, const float* d_out, const float* saved, Activation f,
                         float* d_pre) {
  with_activation(f, [=](auto activation) HWY_ATTR {
    parallel_for(rows * cols, kGrain, [=](int64_t begin, int64_t end) HWY_ATTR {
      each_vector(end - begin, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
        const Vec slope = activation.slope(load(saved + begin + i, count));
        store(hn::Mul(load(d_out + begin + i, count), slope), d_pre + begin + i, count);
      });
    });
  });
}

void gated(int64_t rows, int64_t cols, const float* x, Activation f, float* out) {
  with_activation(f, [=](auto activation) HWY_ATTR {
    parallel_for(rows, row_grain(2 * cols), [=](int64_t begin, int64_t end) HWY_ATTR {
      for (int64_t r = begin; r < end; ++r) {
        const float *u = x + r * 2 * cols, *v = u + cols;
        each_vector(cols, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
          store(hn::Mul(activation.value(load(u + i, count)), load(v + i, count)), out + r * cols + i, count);
        });
      }
    });
  });
}

void gated_backward(int64_t rows, int64_t cols, const float* d_out, const float* x, Activation f, float* d_x) {
  const bool of_input = slope_is_of_input(f);
  with_activation(f, [=](auto activation) HWY_ATTR {
    parallel_for(rows, row_grain(2 * cols), [=](int64_t begin, int64_t end) HWY_ATTR {
      for (int64_t r = begin; r < end; ++r) {
        const float *u = x + r * 2 * cols, *v = u + cols, *d = d_out + r * cols;
        float *d_u = d_x + r * 2 * cols, *d_v = d_u + cols;
        each_vector(cols, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
          const Vec in = load(u + i, count), value = activation.value(in), dy = load(d + i, count);
          const Vec slope = activation.slope(of_input ? in : value);
          store(hn::Mul(hn::Mul(dy, load(v + i, count)), slope), d_u + i, count);
          store(hn::Mul(dy, value), d_v + i, count);
        });
      }
    });
  });
}

// to[c] += x[0, c] + x[1, c] + ..., four rows at a time so that `to` is touched less.
HWY_INLINE void add_rows(int64_t rows, int64_t cols, int64_t stride, const float* x, float* to) {
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const float* row = x + r * stride;
    each_vector(cols, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
      const Vec low = hn::Add(load(row + i, count), load(row + stride + i, count));
      const Vec high = hn::Add(load(row + 2 * stride + i, count), load(row + 3 * stride + i, count));
      store(hn::Add(load(to + i, count), hn::Add(low, high)), to + i, count);
    });
  }
  for (; r < rows; ++r) {
    const float* row = x + r * stride;
    each_vector(cols, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
      store(hn::Add(load(to + i, count), load(row + i, count)), to + i, count);
    });
  }
}

// Tiles of 128 rows and 1024 columns; the sums of each block of rows are kept apart and added in order.
void add_column_sums(int64_t rows, int64_t cols, const float* x, float* out) {
  constexpr int64_t kRows = 128, kCols = 1024;
  const int64_t blocks = (rows + kRows - 1) / kRows, stripes = (cols + kCols - 1) / kCols;
  thread_local std::vector<float> scratch;
  float* sums = out;
  if (blocks > 1) scratch.assign(static_cast<size_t>(blocks * cols), 0.0f), sums = scratch.data();
  const int64_t grain = std::max<int64_t>(1, kGrain / std::min(rows * cols + 1, kRows * std::min(cols, kCols) + 1));
  parallel_for(blocks * stripes, grain, [=](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t tile = begin; tile < end; ++tile) {
      const int64_t block = tile / stripes, row = block * kRows, column = tile % stripes * kCols;
      add_rows(std::min(kRows, rows - row), std::min(kCols, cols - column), cols, x + row * cols + column,
               sums + block * cols + column);
    }
  });
  if (blocks > 1) add_rows(blocks, cols, cols, sums, out);
}

HWY_INLINE uint16_t round_to_bf16(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

void to_bf16(int64_t n, const float* x, uint16_t* y) {
  parallel_for(n, kGrain, [=](int64_t begin, int64_t end) HWY_ATTR {
    const FloatTag d;
    const BitsTag du;
    const hn::RebindToSigned<FloatTag> di;
    const hn::Rebind<uint16_t, FloatTag> half;
    const Bits one = hn::Set(du, 1u), below_half = hn::Set(du, 0x7FFFu), quiet = hn::Set(du, 0x400000u);
    int64_t i = begin;
    for (; i + lanes() <= end; i += lanes()) {
      const Vec v = hn::LoadU(d, x + i);
      const Bits bits = hn::BitCast(du, v);
      const Bits rounded = hn::Add(hn::Add(bits, below_half), hn::And(hn::ShiftRight<16>(bits), one));
      const auto is_nan = hn::RebindMask(du, hn::IsNaN(v));
      const Bits kept = hn::ShiftRight<16>(hn::IfThenElse(is_nan, hn::Or(bits, quiet), rounded));
      hn::StoreU(hn::DemoteTo(half, hn::BitCast(di, kept)), half, y + i);
    }
    for (; i < end; ++i) y[i] = round_to_bf16(x[i]);
  });
}

void from_bf16(int64_t n, const uint16_t* x, float* y) {
  parallel_for(n, kGrain, [=](int64_t begin, int64_t end) HWY_ATTR {
    const BitsTag du;
    const hn::Rebind<uint16_t, FloatTag> half;
    int64_t i = begin;
    for (; i + lanes() <= end; i += lanes()) {
      const Bits bits = hn::ShiftLeft<16>(hn::PromoteTo(du, hn::LoadU(half, x + i)));
      hn::StoreU(hn::BitCast(FloatTag(), bits), FloatTag(), y + i);
    }
    for (; i < end; ++i) {
      const uint32_t bits = static_cast<uint32_t>(x[i]) << 16;
      std::memcpy(y + i, &bits, sizeof bits);
    }
  });
}

void add(int64_t n, const float* x, float* y) {
  parallel_for(n, kGrain, [=](int64_t begin, int64_t end) HWY_ATTR {
    each_vector(end - begin, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
      store(hn::Add(load(x + begin + i, count), load(y + begin + i, count)), y + begin + i, count);
    });
  });
}

void dropout(int64_t n, const float* x, DropoutMask mask, float* y) {
  parallel_for(n, kGrain, [=](int64_t begin, int64_t end) HWY_ATTR {
    const Dropper drop(mask);
    each_vector(end - begin, [=](int64_t i, int64_t count) GAMANA_INLINE_BODY {
      store(drop(load(x + begin + i, count), begin + i), y + begin + i, count);
    });
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

HWY_EXPORT(bias_activation);
HWY_EXPORT(activation_backward);
HWY_EXPORT(gated);
HWY_EXPORT(gated_backward);
HWY_EXPORT(add_column_sums);
HWY_EXPORT(to_bf16);
HWY_EXPORT(from_bf16);
HWY_EXPORT(add);
HWY_EXPORT(dropout);

void bias_activation(int64_t rows, int64_t cols, float* pre, const float* bias, Activation f, float* out) {
  HWY_DYNAMIC_DISPATCH(bias_activation)(rows, cols, pre, bias, f, out);
}

void activation_backward(int64_t rows, int64_t cols, const float* d_out, const float* saved, Activation f,
                         float* d_pre) {
  HWY_DYNAMIC_DISPATCH(activation_backward)(rows, cols, d_out, saved, f, d_pre);
}

void gated(int64_t rows, int64_t cols, const float* x, Activation f, float* out) {
  HWY_DYNAMIC_DISPATCH(gated)(rows, cols, x, f, out);
}

void gated_backward(int64_t rows, int64_t cols, const float* d_out, const float* x, Activation f, float* d_x) {
  HWY_DYNAMIC_DISPATCH(gated_backward)(rows, cols, d_out, x, f, d_x);
}

void add_column_sums(int64_t rows, int64_t cols, const float* x, float* out) {
  HWY_DYNAMIC_DISPATCH(add_column_sums)(rows, cols, x, out);
}

void from_bf16(int64_t n, const uint16_t* x, float* y) { HWY_DYNAMIC_DISPATCH(from_bf16)(n, x, y); }
void to_bf16(int64_t n, const float* x, uint16_t* y) {
  static const bool native = has_bf16();
  if (!native) return HWY_DYNAMIC_DISPATCH(to_bf16)(n, x, y);
  parallel_for(n, kGrain, [=](int64_t begin, int64_t end) { round_to_bf16(end - begin, x + begin, y + begin); });
}

void add(int64_t n, const float* x, float* y) { HWY_DYNAMIC_DISPATCH(add)(n, x, y); }

void dropout(int64_t n, const float* x, DropoutMask mask, float* y) { HWY_DYNAMIC_DISPATCH(dropout)(n, x, mask, y); }

}  // namespace gamana::cpu
#endif
