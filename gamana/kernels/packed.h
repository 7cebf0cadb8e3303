#pragma once
// Products with a weight that stays, for inference: the weight is laid out once, nothing is set up per shape, and each
// row's result is the same, bit for bit, whatever the number of rows and threads.
#include <cstdint>
#include <functional>
#include <memory>

#include "gamana/kernels/gemm.h"

namespace gamana {

// A weight [n, k] in panels of `width` outputs: element (output j, input p) of panel j / width. bf16 keeps pairs of inputs
// side by side, as the CPU's dot product reads them. In f32 a weight all of whose numbers are of bf16 or all of f16, as those of most
// checkpoints, is kept so: the results are the same with half the memory to read.
class PackedWeight {
 public:
  // `done`, if given, hears of rows [begin, end) of the weight that are not read again.
  PackedWeight(Precision precision, int64_t n, int64_t k, const float* weight, int64_t stride,
               const std::function<void(int64_t begin, int64_t end)>& done = {});

  int64_t n() const { return n_; }
  int64_t k() const { return k_; }
  Precision precision() const { return precision_; }
  int bytes_per_number() const { return form_ == Form::f32 || form_ == Form::split ? 4 : 2; }
  static int64_t panel_width();

  // out [m, end - begin] = x [m, k] weight^T [k, n] for the outputs [begin, end), plus their part of bias [n] if given. `begin` is a multiple of
  // panel_width(). `half` is x in bf16, k rounded up to even with a zero; read in bf16 only. Splits into threads
  // unless it runs inside one.
  void multiply(int64_t m, const float* x, int64_t x_stride, const uint16_t* half, int64_t half_stride, const float* bias,
                int64_t begin, int64_t end, float* out, int64_t out_stride) const;

  // The weight of the outputs [begin, end) as it is multiplied: rows [end - begin, k].
  void unpack(int64_t begin, int64_t end, float* rows) const;

 private:
  struct Free {
    void operator()(void* p) const;
  };
  struct Part {
    int64_t m;
    const float* x;
    int64_t x_stride;
    const uint16_t* half;
    int64_t half_stride;
    const float* bias;
    int64_t begin, columns;  // of the outputs
    int64_t next;            // where the thread's next part begins, or -1
    float* out;
    int64_t out_stride;
  };
  void multiply_part(const Part& part) const;
  void multiply_tile(int64_t m, const float* x, int64_t x_stride, const float* bias, int64_t begin, int64_t end, float* out,
                     int64_t out_stride) const;

  enum class Form { f32, brain, half, pairs, split };  // brain and half: bf16 and f16 for f32; split: bf16x3, where the CPU and k allow it
  static Form form_of(Precision precision, int64_t n, int64_t k, const float* weight, int64_t stride);

  Precision precision_;
  Form form_;
  int64_t n_, k_;
  int64_t size_;   // values of the panels
  std::unique_ptr<void, Free> data_;
};

// Would unpack give the very numbers of a weight that is packed in this precision?
bool packs_exactly(Precision precision, int64_t n, int64_t k, const float* weight, int64_t stride);

}  // namespace gamana
