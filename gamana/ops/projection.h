#pragma once
// Logits of a part of the vocabulary, for decoding.
#include "gamana/tensor/context.h"

namespace gamana {

// Call before project_part is called by several threads: makes what they share.
void prepare_projection(Context& c, const Tensor& hidden, const Tensor& weight);
// logits[r * (end - begin) + v - begin] = hidden[r] · weight[v] + bias[v].  hidden [N, C], weight [V, C], bias [1, V] or empty; begin is
// a multiple of CoarseWeight::kGroup.
void project_part(Context& c, const Tensor& hidden, const Tensor& weight, const Tensor& bias, int64_t begin, int64_t end,
                  float* logits);


// low[g * N + r] and high[...]: between what numbers the largest logit of row r lies among the outputs of group g, as
// CoarseWeight::bound tells. False where that costs no less than the logits.
bool bound_projection(Context& c, const Tensor& hidden, const Tensor& weight, const Tensor& bias, float* low, float* high);

}  // namespace gamana
