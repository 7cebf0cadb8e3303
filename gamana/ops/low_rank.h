#pragma once
// What low-rank parts add to a projection (Hu et al. 2022, section 4.1).
#include <vector>

#include "gamana/ops/ops.h"
#include "gamana/ops/product.h"

namespace gamana {

// Of one part, for backward.
struct LowRankKept {
  Tensor narrow;  // scale * dropout(x) A^T [N, r]
  DropoutMask mask;
};

// y += scale * dropout(x) A^T B^T, in the columns of each part.  x [N, in], y [N, out].
std::vector<LowRankKept> add_low_rank(Context& c, const Tensor& x, const std::vector<LowRank>& parts, const Tensor& y);
// Adds to the gradients of A, B and x; `d_y` is the gradient of y.
void low_rank_backward(Context& c, const Tensor& x, const std::vector<LowRank>& parts, const std::vector<LowRankKept>& kept,
                       const Operand& d_y);

}  // namespace gamana
