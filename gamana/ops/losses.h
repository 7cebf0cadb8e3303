#pragma once
// Losses on logits that stand whole in memory: few classes, one row for each text or token. Each is a sum over rows in
// double; gradients are those of `scale` times the sum.
#include <span>

#include "gamana/ops/ops.h"

namespace gamana {

constexpr int32_t kNoTarget = -1;  // a row that counts for nothing

// -log softmax(logits)[target].  logits [N, K], targets [N]. `class_weights` [K] or empty: what a row of that target counts.
LossSum cross_entropy(Context& c, const Tensor& logits, std::span<const int32_t> targets, std::span<const float> class_weights,
                      float scale);

// -target log s - (1 - target) log(1 - s), s = sigmoid(logit), mean over the K labels of a row.  logits, targets [N, K].
// `correct` counts the rows whose labels are all told right (logit above 0).
LossSum binary_cross_entropy(Context& c, const Tensor& logits, std::span<const float> targets, float scale);

// (logit - target)^2, mean over the K values of a row.  logits, targets [N, K].
LossSum squared_error(Context& c, const Tensor& logits, std::span<const float> targets, float scale);

// A softmax over the rows of each group in every column: the start and end of an answer among the tokens of a text (K = 2,
// Devlin et al. 2019, section 4.2), the right one of several choices (K = 1).  logits [N, K], group g owns rows [offsets[g],
// offsets[g+1]), targets [G, K] count rows from the group's first. The loss of a group is the mean over its columns.
LossSum group_cross_entropy(Context& c, const Tensor& logits, const std::vector<int32_t>& offsets, std::span<const int32_t> targets,
                            float scale);

// Distillation (Hinton et al. 2015, section 2): T^2 KL(softmax(teacher / T) || softmax(logits / T)).  logits, teacher [N, K];
// teacher wants no gradient.
LossSum distillation_loss(Context& c, const Tensor& logits, const Tensor& teacher, float temperature, float scale);

// 1 - cos(x, y) of each row (Sanh et al. 2019, section 2).  x, y [N, C]; y wants no gradient.
LossSum cosine_loss(Context& c, const Tensor& x, const Tensor& y, float scale);

// max(|a - p| - |a - n| + margin, 0) of each row, 2-norms (Reimers and Gurevych 2019, section 3).  anchor, positive, negative [N, C].
// `correct` counts the rows in which the positive is nearer.
LossSum triplet_loss(Context& c, const Tensor& anchor, const Tensor& positive, const Tensor& negative, float margin, float scale);

}  // namespace gamana
