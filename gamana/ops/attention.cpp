#include <cmath>

#include "gamana/ops/ops.h"

namespace gamana {
namespace {

int kv_heads(const AttentionOptions& o) { return o.kv_heads ? o.kv_heads : o.heads; }

AttentionShape shape_of(const std::vector<int32_t>& q_offsets, const std::vector<int32_t>& kv_offsets, int64_t width,
                        const AttentionOptions& o, DropoutMask mask) {
  GAMANA_DCHECK(q_offsets.size() == kv_offsets.size() && o.heads % kv_heads(o) == 0);
  const float scale = o.scale != 0 ? o.scale : 1.0f / std::sqrt(static_cast<float>(width));
  return {static_cast<int64_t>(q_offsets.size()) - 1, q_offsets.data(), kv_offsets.data(), o.heads,
          static_cast<int>(width), o.causal, scale, mask, o.window, o.sparse, kv_heads(o)};
}

void run(Context& c, const AttentionShape& shape, const std::vector<int32_t>& q_offsets,
         const std::vector<int32_t>& kv_offsets, Rows q, Rows k, Rows v, Rows out, float* stats,
         const AttentionOptions& o) {
  if (!c.tap) return c.kernels.attention(shape, q, k, v, out, stats, nullptr, nullptr);
  std::vector<int64_t> offsets{0};
  for (int64_t s = 0; s < shape.sequences; ++s)
    offsets.push_back(offsets.back() + int64_t{o.heads} * (q_offsets[s + 1] - q_offsets[s]) *
                                           (kv_offsets[s + 1] - kv_offsets[s]));
  const Scratch<float> weights(c.arena, offsets.back());
  c.kernels.attention(shape, q, k, v, out, stats, weights, offsets.data());
  c.tap({o.name, o.heads, &q_offsets, &kv_offsets, weights, &offsets});
}

}  // namespace

Tensor self_attention(Context& c, const Tensor& qkv, const std::vector<int32_t>& offsets, const AttentionOptions& o) {
  const int64_t rows = qkv.rows(), all = qkv.cols(), width = all / (o.heads + 2 * kv_heads(o));
  const int64_t cols = o.heads * width, kv_cols = kv_heads(o) * width;
  const bool records = c.records(qkv);
  GAMANA_DCHECK(all == cols + 2 * kv_cols && (!o.sparse.block || (!o.causal && !o.window)));
  AttentionShape shape = shape_of(offsets, offsets, width, o, c.next_mask(o.dropout));
  shape.sparse.draws = c.training;
  const Tensor out = c.tensor(rows, cols, records);
  const auto q = [all](float* data) { return Rows{data, all}; };
  const auto k = [all, cols](float* data) { return Rows{data + cols, all}; };
  const auto v = [all, cols, kv_cols](float* data) { return Rows{data + cols + kv_cols, all}; };
  const Tensor stats = records ? c.tensor(2 * o.heads, rows, false) : Tensor();
  run(c, shape, offsets, offsets, q(qkv.data()), k(qkv.data()), v(qkv.data()), {out.data(), cols},
      records ? stats.data() : nullptr, o);
  c.keep_in_half(qkv), c.keep_in_half(out);
  if (records)
    c.tape->record({out}, [&c, shape, qkv, out, stats, q, k, v, cols] {
      const GradSlot d = grad_slot(c.arena, qkv);
      GAMANA_DCHECK(!d.add);  // the projection feeds this attention alone
      c.kernels.attention_backward(shape, q(qkv.data()), k(qkv.data()), v(qkv.data()), {out.data(), cols},
                                   stats.data(), {out.node().grad, cols}, q(d.data), k(d.data), v(d.data));
    });
  return out;
}

Tensor cross_attention(Context& c, const Tensor& q, const std::vector<int32_t>& q_offsets, const Tensor& kv,
                       const std::vector<int32_t>& kv_offsets, const AttentionOptions& o) {
  const int64_t cols = q.cols(), width = cols / o.heads, kv_cols = kv_heads(o) * width;
  GAMANA_DCHECK(cols == o.heads * width && kv.cols() == 2 * kv_cols && !o.sparse.block);
  const bool records = c.records(q, kv);
  const AttentionShape shape = shape_of(q_offsets, kv_offsets, width, o, c.next_mask(o.dropout));
  const Tensor out = c.tensor(q.rows(), cols, records);
  const auto part = [kv_cols](float* data, int i) { return Rows{data + i * kv_cols, 2 * kv_cols}; };
  const Tensor stats = records ? c.tensor(2 * o.heads, q.rows(), false) : Tensor();
  run(c, shape, q_offsets, kv_offsets, {q.data(), cols}, part(kv.data(), 0), part(kv.data(), 1), {out.data(), cols},
      records ? stats.data() : nullptr, o);
  c.keep_in_half(q), c.keep_in_half(kv), c.keep_in_half(out);
  if (records)
    c.tape->record({out}, [&c, shape, q, kv, out, stats, part, cols] {
      const GradSlot d_q = grad_slot(c.arena, q), d_kv = grad_slot(c.arena, kv);
      GAMANA_DCHECK(!d_q.add && !d_kv.add);
      c.kernels.attention_backward(shape, {q.data(), cols}, part(kv.data(), 0), part(kv.data(), 1), {out.data(), cols},
                                   stats.data(), {out.node().grad, cols}, {d_q.data, cols}, part(d_kv.data, 0),
                                   part(d_kv.data, 1));
    });
  return out;
}

}  // namespace gamana
