// The steps that attention and its gradient share. Scores are kept transposed, one row per key and one column per
// query: the softmax of 16 queries is then a plain loop over keys without sums across a vector, and keys and values are
// read where they lie.
#if defined(GAMANA_KERNELS_CPU_ATTENTION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GAMANA_KERNELS_CPU_ATTENTION_INL_H_
#undef GAMANA_KERNELS_CPU_ATTENTION_INL_H_
#else
#define GAMANA_KERNELS_CPU_ATTENTION_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "gamana/kernels/cpu/attention_block.h"
#include "gamana/kernels/cpu/math-inl.h"
#include "gamana/kernels/cpu/product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Columns of transposed matrices are a multiple of this, so that half a vector serves a short sequence.
constexpr int64_t kColumns = 8;
using Columns = hn::CappedTag<float, kColumns>;

inline int64_t padded(int64_t columns) { return (columns + kColumns - 1) / kColumns * kColumns; }

// Calls body(tag, column) for columns [0, n), n a multiple of kColumns: whole vectors, then at most kColumns lanes.
template <class Body>
HWY_INLINE void for_columns(int64_t n, const Body& body) {
  const hn::ScalableTag<float> whole;
  const Columns half;
  int64_t c = 0;
  for (; c + int64_t(hn::Lanes(whole)) <= n; c += hn::Lanes(whole)) body(whole, c);
  for (; c < n; c += hn::Lanes(half)) body(half, c);
}

// to[width, columns] = factor * transposed from[count, width]; columns = padded(count), the added ones 0.
inline HWY_NOINLINE void transpose(int64_t count, int64_t width, Rows from, float factor, float* HWY_RESTRICT to) {
  const int64_t columns = padded(count);
  for (int64_t i = 0; i < columns; i += 4) {
    const float* row = from.data + i * from.stride;
    int64_t c = 0;
#if HWY_TARGET != HWY_SCALAR  // squares of 4 x 4 in registers
    const hn::FixedTag<float, 4> d;
    const hn::RepartitionToWide<decltype(d)> pairs;
    const auto load = [&](int64_t r) GAMANA_INLINE_BODY {
      return i + r < count ? hn::Mul(hn::Set(d, factor), hn::LoadU(d, row + r * from.stride + c)) : hn::Zero(d);
    };
    for (; c + 4 <= width; c += 4) {
      const auto r0 = load(0), r1 = load(1), r2 = load(2), r3 = load(3);
      const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1));
      const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1));
      const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
      const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
      float* out = to + c * columns + i;
      hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, out);
      hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, out + columns);
      hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, out + 2 * columns);
      hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, out + 3 * columns);
    }
#endif
    for (; c < width; ++c)
      for (int64_t r = 0; r < 4; ++r)
        to[c * columns + i + r] = i + r < count ? factor * row[r * from.stride + c] : 0.0f;
  }
}

inline HWY_NOINLINE void copy_rows(int64_t count, int64_t width, Rows from, Rows to) {
  for (int64_t i = 0; i < count; ++i) {
    const float* a = from.data + i * from.stride;
    float* b = to.data + i * to.stride;
    each_vector(width, [=](int64_t c, int64_t n) GAMANA_INLINE_BODY { store(load(a + c, n), b + c, n); });
  }
}

// Asks for the rows of the block of keys after `b`, if there is one: heads stand side by side, so the rows of one are
// some kilobytes apart, and no CPU foresees them. Into the second cache, which has room for them.
inline void prefetch_next(const KeyBlock& b, const std::vector<KeyBlock>& keys, int64_t width, Rows rows) {
  if (&b == &keys.back()) return;
  const KeyBlock& next = *(&b + 1);
  for (int64_t i = next.first; i < next.first + next.count; ++i)
    for (int64_t c = 0; c < width; c += 16) __builtin_prefetch(rows.data + i * rows.stride + c, 0, 2);
}

// scores[keys, columns] of a block of queries, whose transposed and scaled matrix is qt, and the bonus of the keys,
// whose rows are k. A key that a query must not see scores minus infinity.
inline void scores(const AttentionHead& h, const QueryBlock& block, const KeyBlock& keys, Rows k, const float* qt,
                   float* s) {
  const int64_t columns = padded(block.count), end = keys.first + keys.count;
  product(keys.count, columns, h.width, {k.data, k.stride, 1}, qt, columns, s, columns, false);
  for (int64_t i = 0; keys.bonus != 0 && i < keys.count * columns; ++i) s[i] += keys.bonus;
  if (h.first_seen(block.first + block.count - 1) <= keys.first && h.end_seen(block.first) >= end) return;
  constexpr float kHidden = -std::numeric_limits<float>::infinity();
  for (int64_t key = keys.first; key < end; ++key, s += columns) {
    const int64_t at = key - h.place(block.first);  // the column whose query stands at this key
    std::fill(s, s + std::clamp<int64_t>(at - h.ahead, 0, columns), kHidden);
    std::fill(s + std::clamp<int64_t>(at + h.behind + 1, 0, columns), s + columns, kHidden);
  }
}

// One more block of keys of the softmax (Milakov and Gimelshein 2018, algorithm 3): s becomes exp(s - largest), where
// `largest` and `sum` of each query follow, and `shrink` is what earlier blocks are to be multiplied with.
inline HWY_NOINLINE void softmax_block(int64_t n, int64_t columns, float* HWY_RESTRICT s, float* HWY_RESTRICT largest,
                                       float* HWY_RESTRICT sum, float* HWY_RESTRICT shrink) {
  for_columns(columns, [&](auto d, int64_t c) GAMANA_INLINE_BODY {
    const auto before = hn::Load(d, largest + c);
    auto top = before;
    for (int64_t j = 0; j < n; ++j) top = hn::Max(top, hn::LoadU(d, s + j * columns + c));
    const auto factor = exp(hn::Sub(before, top));
    auto total = hn::Mul(factor, hn::Load(d, sum + c));
    for (int64_t j = 0; j < n; ++j) {
      const auto e = exp(hn::Sub(hn::LoadU(d, s + j * columns + c), top));
      total = hn::Add(total, e);
      hn::StoreU(e, d, s + j * columns + c);
    }
    hn::Store(top, d, largest + c);
    hn::Store(total, d, sum + c);
    hn::Store(factor, d, shrink + c);
  });
}

// The softmax of nothing; finite, so that queries without a visible key get weights 0.
inline void softmax_begin(int64_t columns, float* largest, float* sum) {
  std::fill_n(largest, columns, -std::numeric_limits<float>::max());
  std::fill_n(sum, columns, 0.0f);
}

// sum becomes its inverse, 0 for queries without a visible key.
inline void softmax_end(int64_t columns, float* sum) {
  for (int64_t c = 0; c < columns; ++c) sum[c] = sum[c] == 0.0f ? 0.0f : 1.0f / sum[c];
}

// Scores become the weights of a softmax whose largest score and inverse sum are known.
inline HWY_NOINLINE void softmax_known(int64_t n, int64_t columns, float* HWY_RESTRICT s,
                                       const float* HWY_RESTRICT largest, const float* HWY_RESTRICT inverse) {
  for_columns(columns, [&](auto d, int64_t c) GAMANA_INLINE_BODY {
    const auto top = hn::Load(d, largest + c), factor = hn::Load(d, inverse + c);
    for (int64_t j = 0; j < n; ++j) {
      float* at = s + j * columns + c;
      hn::StoreU(hn::Mul(factor, exp(hn::Sub(hn::LoadU(d, at), top))), d, at);
    }
  });
}

// to = from with dropped weights 0 and kept ones divided by the keep rate; to may be from.
inline HWY_NOINLINE void drop(const AttentionShape& shape, const AttentionHead& h, const QueryBlock& block,
                              const KeyBlock& keys, const float* from, float* to) {
  const Dropper dropper(shape.dropout);
  const int64_t columns = padded(block.count);
  for_columns(columns, [&](auto d, int64_t c) GAMANA_INLINE_BODY {
    const hn::RebindToUnsigned<decltype(d)> du;
    // The streams of the queries, gamana::attention_stream.
    const auto first = static_cast<uint32_t>(2 * ((h.row + block.first + c) * shape.heads + h.head));
    const auto step = hn::Set(du, 2 * static_cast<uint32_t>(shape.heads)), one = hn::Set(du, 1);
    const auto index = hn::Add(hn::Mul(hn::Iota(du, 0), step), hn::Set(du, first));
    const auto low = random_bits(dropper.key, index), high = random_bits(dropper.key, hn::Add(index, one));
    for (int64_t j = 0; j < keys.count; ++j) {
      const auto bits = random_bits(low, high, hn::Set(du, static_cast<uint32_t>(keys.first + j)));
      const auto dropped = hn::RebindMask(d, hn::Lt(bits, hn::Set(du, dropper.threshold)));
      const auto value = hn::Mul(hn::Set(d, dropper.factor), hn::LoadU(d, from + j * columns + c));
      hn::StoreU(hn::IfThenZeroElse(dropped, value), d, to + j * columns + c);
    }
  });
}

// Row i of `rows` times factors[i].
inline HWY_NOINLINE void scale_rows(int64_t count, int64_t width, const float* factors, Rows rows) {
  const hn::ScalableTag<float> d;
  for (int64_t i = 0; i < count; ++i) {
    float* row = rows.data + i * rows.stride;
    int64_t c = 0;
    for (; c + int64_t(hn::Lanes(d)) <= width; c += hn::Lanes(d))
      hn::StoreU(hn::Mul(hn::Set(d, factors[i]), hn::LoadU(d, row + c)), d, row + c);
    for (; c < width; ++c) row[c] *= factors[i];
  }
}

}  // namespace gamana::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
