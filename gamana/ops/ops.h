#pragma once
// The differentiable operations. Each checks shapes, allocates its result, calls a kernel, and records the matching
// backward kernel on the tape. [N, C]: N tokens of a ragged batch, C channels.
#include <span>
#include <string>

#include "gamana/base/batch.h"
#include "gamana/tensor/context.h"
#include "gamana/tensor/parameters.h"

namespace gamana {

// Beside the rows of a weight from `first_row` on: scale * B A, of low rank (Hu et al. 2022, section 4.1). a [r, in],
// b [out', r]; dropout is of what A reads.
struct LowRank {
  Parameter a, b;
  int64_t first_row = 0;
  float scale = 1, dropout = 0;
};

// y = f(x W^T + b), and what low-rank parts add before f.  x [N, in], weight [out, in], bias [1, out] -> [N, out].
struct Linear {
  Parameter weight, bias;
  std::vector<LowRank> low_rank = {};
};
Tensor linear(Context& c, const Tensor& x, const Linear& layer, Activation activation = Activation::none);

// Layer normalisation (Ba et al. 2016). gain [1, C], bias [1, C] or empty. Not centred: RMSNorm (Zhang and Sennrich
// 2019, eq. 4), x / sqrt(mean(x^2) + epsilon) * gain.
constexpr float kNormEpsilon = 1e-5f;
struct LayerNorm {
  Parameter gain, bias;
  float epsilon = kNormEpsilon;
  bool centred = true;
};
Tensor layer_norm(Context& c, const Tensor& x, const LayerNorm& norm);

// Post-norm (Vaswani et al. 2017, section 3.1): norm(residual + dropout(x)). x is a sublayer's result that nobody else reads:
// the sum takes its memory.
Tensor add_norm(Context& c, const Tensor& x, const Tensor& residual, const LayerNorm& norm, float dropout);

// Pre-norm (Xiong et al. 2020): the sum goes on, its norm feeds the next sublayer. The sum takes x's memory.
struct SumAndNorm {
  Tensor sum, normed;
};
SumAndNorm add_then_norm(Context& c, const Tensor& x, const Tensor& residual, const LayerNorm& norm, float dropout);

// Gated activation (Shazeer 2020, section 2): f(x[:, :I]) * x[:, I:].  x [N, 2I] -> [N, I].
Tensor gated(Context& c, const Tensor& x, Activation activation);

// residual + dropout(x).
Tensor add(Context& c, const Tensor& x, const Tensor& residual, float dropout);
Tensor dropout(Context& c, const Tensor& x, float rate);

// dropout(scale * table[ids] + positions[first_position + position]).  table [V, C]; positions [P, C] learned, or fixed if it
// wants no gradient, or empty. Throws Error for an id or position outside its table.
Tensor embed(Context& c, std::span<const int32_t> ids, const Tensor& table, float scale,
             std::span<const int32_t> position, const Tensor& positions, float dropout, int first_position = 0);

// Which rows attend to which, and how.
struct AttentionOptions {
  int heads = 1;
  bool causal = false;
  float dropout = 0;
  std::string name{};  // for whoever taps the weights
  int window = 0;    // keys at most this far from the query; 0: any
  BlockSparse sparse{};  // of self-attention; its key tells layers apart, and it draws where the context trains
  int kv_heads = 0;      // of keys and values; 0: as many. Query head h reads head h / (heads / kv_heads)
  float scale = 0;       // of the scores; 0: 1 / sqrt(d)
};
// softmax(Q K^T / sqrt(d)) V per head (Vaswani et al. 2017, eq. 1) within each sequence; with H heads of queries and K
// of keys and values, K < H, grouped-query attention (Ainslie et al. 2023, section 2.2).
// qkv [N, (H + 2 K) d], queries, keys and values side by side -> [N, H d].
Tensor self_attention(Context& c, const Tensor& qkv, const std::vector<int32_t>& offsets, const AttentionOptions& o);
// q [Nq, H d], kv [Nk, 2 K d] -> [Nq, H d]; query sequence s sees source sequence s.
Tensor cross_attention(Context& c, const Tensor& q, const std::vector<int32_t>& q_offsets, const Tensor& kv,
                       const std::vector<int32_t>& kv_offsets, const AttentionOptions& o);

// Rotary positions (Su et al. 2021, eq. 34): pair i of a head's first `width` channels turns by position *
// frequencies[i] radians, so that the product of a query and a key depends on their distance.
struct RotaryOptions {
  int heads = 1;
  int kv_heads = 0;          // 0: as many
  int width = 0;             // even
  bool interleaved = false;  // pairs are neighbours (GPT-J); otherwise i and i + width / 2 (Llama, ModernBERT)
  const float* frequencies = nullptr;  // [width / 2]
};
// Turns queries and keys of qkv [N, (H + 2 K) d], the projection that attention reads, and takes its memory. Positions
// and frequencies outlive the step.
Tensor rotary(Context& c, const Tensor& qkv, std::span<const int32_t> positions, const RotaryOptions& o);
// theta^(-2 i / width) for i in [0, width / 2).
std::vector<float> rotary_frequencies(int width, double theta);

// Projection to the vocabulary, softmax and cross-entropy in chunks of rows: the [N, V] matrix never exists whole.
// Gradients are made on the way (the loss is the last operation of a step) for `scale` times the sum of the losses.
// x [N, C], weight [V, C], bias [1, V] or empty, targets [N]. `smoothing`: Szegedy et al. 2016, section 7.
struct LossSum {
  double loss = 0;      // sum over rows, smoothed
  double nll = 0;       // sum over rows of -log p(target)
  int64_t correct = 0;  // rows in which nothing is likelier than the target; counted where nothing is recorded
};
LossSum projected_cross_entropy(Context& c, const Tensor& x, const Tensor& weight, const Tensor& bias,
                                std::span<const int32_t> targets, float smoothing, float scale,
                                float* nll_by_row = nullptr);

// Rows and their projection to the vocabulary: x [N, C], weight [V, C], bias [1, V] or empty.
struct Projected {
  const Tensor &x, &weight, &bias;
};
// Sum over rows of T^2 KL(softmax(teacher / T) || softmax(student / T)) (Hinton et al. 2015, section 2), in the same way. The
// teacher wants no gradient; its width may be another.
LossSum projected_distillation(Context& c, const Projected& student, const Projected& teacher, float temperature,
                               float scale);

}  // namespace gamana
