#pragma once
// Products of sentence embeddings with each other, in f32 whatever the context's precision: the matrices are small, and
// losses read differences of cosines. With rows of length 1 (ops/pool.h) these are cosines.
#include "gamana/tensor/context.h"

namespace gamana {

// Each row of a with each row of b, factor * a b^T: a [M, C], b [N, C] -> [M, N].
Tensor similarity(Context& c, const Tensor& a, const Tensor& b, float factor);

// Each row of a with the same row of b: a, b [N, C] -> [N, 1].
Tensor row_products(Context& c, const Tensor& a, const Tensor& b);

// What a classifier of pairs reads of two vectors; the names are those of sentence-transformers' SoftmaxLoss.
struct PairParts {
  bool rep = true;              // u and v
  bool difference = true;       // |u - v|
  bool multiplication = false;  // u * v
  int64_t count() const { return 2 * rep + difference + multiplication; }
};
// The parts of each row side by side, in this order (Reimers and Gurevych 2019, section 3): u, v [N, C] -> [N, count C].
Tensor pair_features(Context& c, const Tensor& u, const Tensor& v, const PairParts& parts);

}  // namespace gamana
