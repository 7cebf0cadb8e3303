#include "gamana/kernels/cpu/attention.h"
#include "gamana/kernels/cpu/functions.h"
#include "gamana/kernels/rnn.h"

namespace gamana {

const Kernels& cpu_kernels() {
  static const Kernels table = {
      .name = "cpu",
      .gemm = gamana::gemm,
      .gemm_bf16 = gamana::gemm_bf16,
      .gemm_bf16x3 = gamana::gemm_bf16x3,
      .bias_activation = cpu::bias_activation,
      .activation_backward = cpu::activation_backward,
      .gated = cpu::gated,
      .gated_backward = cpu::gated_backward,
      .add_column_sums = cpu::add_column_sums,
      .to_bf16 = cpu::to_bf16,
      .from_bf16 = cpu::from_bf16,
      .add = cpu::add,
      .dropout = cpu::dropout,
      .norm = cpu::norm,
      .norm_backward = cpu::norm_backward,
      .embed = cpu::embed,
      .embed_backward = cpu::embed_backward,
      .rotate = cpu::rotate,
      .attention = cpu::attention,
      .attention_backward = cpu::attention_backward,
      .cached_attention = cpu::cached_attention,
      .cross_entropy = cpu::cross_entropy,
      .distillation = cpu::distillation,
      .sum_of_squares = cpu::sum_of_squares,
      .adam = cpu::adam,
      .sgd = cpu::sgd,
      .adadelta = cpu::adadelta,
      .moving_average = cpu::moving_average,
      .rnn = &cpu_rnn_kernels(),
  };
  return table;
}

}  // namespace gamana
