#pragma once
// Logits of a part of the vocabulary, for decoding.
#include "gamana/tensor/context.h"

namespace gamana {

// Call before project_part is called by several threads: makes what they share.
void prepare_projection(Context& c, const Tensor& hidden, const Tensor& weight);
// logits[r * (end - begin) + v - begin] = hidden[r] · weight[v] + bias[v].  hidden [N, C], weight [V, C], bias [1, V] or empty; begin is
// a multiple of 256.
void project_part(Context& c, const Tensor& hidden, const Tensor& weight, const Tensor& bias, int64_t begin, int64_t end,
                  float* logits);

}  // namespace gamana
