#include "gamana/kernels/kernels.h"
#include "gamana/kernels/rnn.h"

namespace gamana {
namespace {

template <class Function>
struct Nothing;

template <class Result, class... Arguments>
struct Nothing<Result (*)(Arguments...)> {
  static Result call(Arguments...) { return Result(); }
};

template <class Function>
void clear(Function& function) {
  function = Nothing<Function>::call;
}

const RnnKernels& dry_rnn_kernels() {
  static const RnnKernels table = [] {
    RnnKernels k{};
    clear(k.pack), clear(k.prepare_keys), clear(k.forward), clear(k.backward);
    k.scratch_size = cpu_rnn_kernels().scratch_size;
    return k;
  }();
  return table;
}

Kernels make_table() {
  Kernels k{};
  k.name = "dry";
  clear(k.gemm), clear(k.gemm_bf16), clear(k.gemm_bf16x3);
  clear(k.bias_activation), clear(k.activation_backward), clear(k.gated), clear(k.gated_backward);
  clear(k.add_column_sums);
  clear(k.to_bf16), clear(k.from_bf16), clear(k.add), clear(k.dropout);
  clear(k.norm), clear(k.norm_backward);
  clear(k.embed), clear(k.embed_backward);
  clear(k.rotate), clear(k.attention), clear(k.attention_backward), clear(k.cached_attention);
  clear(k.cross_entropy), clear(k.distillation);
  clear(k.sum_of_squares), clear(k.adam), clear(k.sgd), clear(k.adadelta), clear(k.moving_average);
  k.rnn = &dry_rnn_kernels();
  return k;
}

}  // namespace

const Kernels& dry_kernels() {
  static const Kernels table = make_table();
  return table;
}

}  // namespace gamana
