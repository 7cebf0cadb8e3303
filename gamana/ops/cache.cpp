#include "gamana/ops/cache.h"

#include <algorithm>
#include <cmath>

#include "gamana/base/parallel.h"

namespace gamana {
namespace {

constexpr int64_t kCacheGrain = 16;  // rows: some tens of kilobytes

// The first token that a new one sees.
int64_t first_seen(const NewTokens& h, int window) {
  return window ? std::max(0, h.length - h.rows - window) : 0;
}

// The first token with a row in what attention reads.
int64_t first_row(const NewTokens& h, int window) { return first_seen(h, window) / kKeyGroup * kKeyGroup; }

// What all hypotheses see of the cache, one after the other; to [offsets.back(), cols].
void read_cache(Context& c, std::span<const NewTokens> hypotheses, int window, std::span<const int32_t> offsets,
                int64_t cols, CacheRows from, float* to) {
  for (size_t i = 0; i < hypotheses.size(); ++i) {
    const NewTokens& h = hypotheses[i];
    const int64_t first = first_seen(h, window), begin = first - first_row(h, window);
    float* rows = to + offsets[i] * cols;
    std::fill_n(rows, begin * cols, 0.0f);
    parallel_for(h.length - first, kCacheGrain, [&, rows](int64_t from_token, int64_t to_token) {
      for (int64_t j = from_token; j < to_token; ++j) {
        const int64_t at = h.cells[first + j - h.first] * from.stride;
        float* row = rows + (begin + j) * cols;
        if (from.precision == Precision::bf16)
          c.kernels.from_bf16(cols, static_cast<const uint16_t*>(from.data) + at, row);
        else
          std::copy_n(static_cast<const float*>(from.data) + at, cols, row);
      }
    });
  }
}

}  // namespace

void write_cache(Context& c, std::span<const int32_t> cells, int64_t cols, Rows from, CacheRows to) {
  parallel_for(std::ssize(cells), kCacheGrain, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const float* row = from.data + r * from.stride;
      const int64_t at = cells[r] * to.stride;
      if (to.precision == Precision::bf16)
        c.kernels.to_bf16(cols, row, static_cast<uint16_t*>(to.data) + at);
      else
        std::copy_n(row, cols, static_cast<float*>(to.data) + at);
    }
  });
}

Tensor prefill_attention(Context& c, std::span<const NewTokens> hypotheses, int64_t head_width, Rows q, CacheRows keys,
                         CacheRows values, const AttentionOptions& o) {
  const int kv_heads = o.kv_heads ? o.kv_heads : o.heads;
  const int64_t cols = o.heads * head_width, kv_cols = kv_heads * head_width;
  std::vector<int32_t> q_offsets{0}, kv_offsets{0};
  for (const NewTokens& h : hypotheses) {
    GAMANA_DCHECK(h.rows <= h.length && h.first <= first_seen(h, o.window));
    q_offsets.push_back(q_offsets.back() + h.rows);
    kv_offsets.push_back(kv_offsets.back() + static_cast<int32_t>(h.length - first_row(h, o.window)));
  }
  const Tensor out = c.tensor(q_offsets.back(), cols, false);
  const Scratch<float> k(c.arena, kv_offsets.back() * kv_cols), v(c.arena, kv_offsets.back() * kv_cols);
  read_cache(c, hypotheses, o.window, kv_offsets, kv_cols, keys, k);
  read_cache(c, hypotheses, o.window, kv_offsets, kv_cols, values, v);
  const float scale = o.scale != 0 ? o.scale : 1.0f / std::sqrt(static_cast<float>(head_width));
  const AttentionShape shape{std::ssize(hypotheses), q_offsets.data(), kv_offsets.data(), o.heads,
                             static_cast<int>(head_width), true, scale, {}, o.window, {}, kv_heads};
  c.kernels.attention(shape, q, {k, kv_cols}, {v, kv_cols}, {out.data(), cols}, nullptr, nullptr, nullptr);
  return out;
}

}  // namespace gamana
