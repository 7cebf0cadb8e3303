#pragma once
// Less memory for more time (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"): what `f` keeps for its
// backward is thrown away and computed again when its turn comes.
#include <functional>
#include <vector>

#include "gamana/tensor/context.h"

namespace gamana {

using Segment = std::function<std::vector<Tensor>(const std::vector<Tensor>& inputs)>;

// f(inputs); `f` must use c for all it does and be callable again until the tape has run. Without c.recompute, or without a tape,
// just f(inputs). Random masks are the same both times.
std::vector<Tensor> recompute(Context& c, const std::vector<Tensor>& inputs, Segment f);

}  // namespace gamana
