#pragma once
// The residual stream of a Transformer. A sublayer's result f joins the stream x; `in` is what the next sublayer reads.
#include "gamana/ops/ops.h"

namespace gamana {

struct ResidualStream {
  Context& c;
  bool pre_norm;
  float dropout;  // of what joins
  Tensor x, in;

  // Post-norm (Vaswani et al. 2017, section 3.1): x = in = norm(x + f). Pre-norm (Xiong et al. 2020): x = x + f, in = the next norm
  // of x, or x itself where there is none. What the sublayer read is made again in backward.
  void join(const Tensor& f, const LayerNorm& post, const LayerNorm& next_pre) {
    if (!pre_norm) {
      x = in = add_norm(c, f, x, post, dropout);
    } else if (next_pre.gain.rows) {
      const auto [sum, normed] = add_then_norm(c, f, x, next_pre, dropout);
      in.node().drop_values();
      x = sum, in = normed;
    } else {
      x = in = add(c, f, x, dropout);
    }
  }
};

}  // namespace gamana
