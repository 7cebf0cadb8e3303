#pragma once
// How layers declare their parameters: shapes, first values, and the names under which they are visited.
#include <cmath>
#include <string>

#include "gamana/ops/ops.h"

namespace gamana {

// `gain` of Glorot and Bengio 2010, eq. 16. A matrix that holds several projections one below the other is drawn as if
// each stood alone: the gain makes up for the larger number of rows.
inline Linear make_linear(int64_t in, int64_t out, int parts = 1, bool bias = true) {
  const double gain = std::sqrt(static_cast<double>(in + out) / static_cast<double>(in + out / parts));
  return {{out, in, Init::xavier_uniform, static_cast<float>(gain), {}, false, 1, true},
          {bias ? 1 : 0, bias ? out : 0, Init::zeros, 0, {}}};
}

// Drawn from a normal distribution, as BERT and GPT draw theirs.
inline Linear normal_linear(int64_t in, int64_t out, float deviation, bool bias) {
  return {{out, in, Init::normal, deviation, {}, false, 1, true}, {bias ? 1 : 0, bias ? out : 0, Init::zeros, 0, {}}};
}

// Rows for words, which the projection to the vocabulary may share.
inline Parameter word_table(int64_t words, int64_t width, float deviation) {
  return {words, width, Init::normal, deviation, {}, false, 1, false, true};
}

inline LayerNorm make_norm(int64_t width, float epsilon = kNormEpsilon, bool bias = true) {
  return {{1, width, Init::ones, 0, {}}, {bias ? 1 : 0, bias ? width : 0, Init::zeros, 0, {}}, epsilon};
}

// The last product of a feed-forward sublayer. What it reads is the widest tensor of a layer: until backward it is kept in bf16,
// or, in f32, made again from what the activation's slope needs anyway.
inline Tensor project_down(Context& c, const Tensor& inner, const Linear& down) {
  c.keep_in_half(inner);
  const Tensor y = linear(c, inner, down);
  inner.node().drop_values();
  return y;
}

inline void visit(const ParameterVisitor& v, const std::string& name, Linear& layer) {
  v(name + ".weight", layer.weight);
  if (layer.bias.rows) v(name + ".bias", layer.bias);
  for (size_t i = 0; i < layer.low_rank.size(); ++i) {
    const std::string part = name + ".low_rank." + std::to_string(i);
    v(part + ".a", layer.low_rank[i].a), v(part + ".b", layer.low_rank[i].b);
  }
}

inline void visit(const ParameterVisitor& v, const std::string& name, LayerNorm& norm) {
  v(name + ".weight", norm.gain);
  if (norm.bias.rows) v(name + ".bias", norm.bias);
}

}  // namespace gamana
