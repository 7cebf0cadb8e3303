#pragma once
// Products of sentence embeddings with each other, in f32 whatever the context's precision: the matrices are small, and
// losses read differences of cosines. With rows of length 1 (ops/pool.h) these are cosines.
#include "gamana/tensor/context.h"

namespace gamana {

// Each row of a with each row of b, factor * a b^T: a [M, C], b [N, C] -> [M, N].
Tensor similarity(Context& c, const Tensor& a, const Tensor& b, float factor);

// Each row of a with the same row of b: a, b [N, C] -> [N, 1].
Tensor row_products(Context& c, const Tensor& a, const Tensor& b);

}  // namespace gamana
