#include "gamana/kernels/kernels.h"
#include "gamana/kernels/ref/attention.h"
#include "gamana/kernels/ref/elementwise.h"
#include "gamana/kernels/ref/embed.h"
#include "gamana/kernels/ref/loss.h"
#include "gamana/kernels/ref/norm.h"
#include "gamana/kernels/ref/optimizer.h"
#include "gamana/kernels/ref/rotary.h"
#include "gamana/kernels/rnn.h"

namespace gamana {
namespace ref {
namespace {

float widen(float x) { return x; }
float widen(uint16_t x) { return from_bf16(x); }

template <class T>
void product(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const T* a, int64_t lda, const T* b,
             int64_t ldb, float* c, int64_t ldc, bool accumulate) {
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = accumulate ? c[i * ldc + j] : 0.0;
      for (int64_t p = 0; p < k; ++p)
        sum += static_cast<double>(widen(trans_a ? a[p * lda + i] : a[i * lda + p])) *
               widen(trans_b ? b[j * ldb + p] : b[p * ldb + j]);
      c[i * ldc + j] = static_cast<float>(sum);
    }
}

}  // namespace
}  // namespace ref

const Kernels& ref_kernels() {
  static const Kernels table = {
      .name = "ref",
      .gemm = ref::product<float>,
      .gemm_bf16 = ref::product<uint16_t>,
      .gemm_bf16x3 = ref::product<float>,
      .bias_activation = ref::bias_activation<float>,
      .activation_backward = ref::activation_backward<float>,
      .gated = ref::gated<float>,
      .gated_backward = ref::gated_backward<float>,
      .add_column_sums = ref::add_column_sums<float>,
      .to_bf16 = ref::to_bf16,
      .from_bf16 = ref::from_bf16,
      .add = ref::add<float>,
      .dropout = ref::dropout<float>,
      .norm = ref::norm<float>,
      .norm_backward = ref::norm_backward<float>,
      .embed = ref::embed<float>,
      .embed_backward = ref::embed_backward<float>,
      .rotate = ref::rotate,
      .attention = ref::attention,
      .attention_backward = ref::attention_backward,
      .cached_attention = ref::cached_attention,
      .cross_entropy = ref::cross_entropy<float>,
      .distillation = ref::distillation<float>,
      .sum_of_squares = ref::sum_of_squares,
      .adam = ref::adam,
      .sgd = ref::sgd,
      .adadelta = ref::adadelta,
      .moving_average = ref::moving_average,
      .rnn = &ref_rnn_kernels(),
  };
  return table;
}

}  // namespace gamana
