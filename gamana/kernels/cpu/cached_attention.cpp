#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/attention.h"
#include "gamana/kernels/cpu/scratch.h"
#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/cached_attention.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "gamana/kernels/cpu/math-inl.h"

#ifndef GAMANA_KERNELS_CPU_CACHED_ATTENTION_CPP_
#define GAMANA_KERNELS_CPU_CACHED_ATTENTION_CPP_
namespace gamana::cpu {

// What is alike for all rows. A head of queries takes `pitch` floats of scratch, its width in whole strips.
struct CachedHeads {
  int heads, sharing;
  int64_t width, pitch;
  float scale;
  CacheRows keys, values;
};

// Keys [first, first + count) of one row, and where their part of the result goes: of each head the largest score, the
// sum of exp(score - largest), and the values times these.
struct CachedBlock {
  int64_t row, first, count;
  float *largest, *total, *sums;  // [heads] [heads] [heads, pitch]
};

}  // namespace gamana::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu::HWY_NAMESPACE {

// Numbers are taken in strips of two vectors: of floats the first and the second half, of bf16, where two numbers lie
// in 32 bits, the even and the odd ones. Queries and sums of values are laid out as what they meet.
struct Strip {
  Vec a, b;
};

HWY_INLINE Strip load_strip(const float* p, int64_t count) {
  return {load(p, count), count > lanes() ? load(p + lanes(), count - lanes()) : hn::Zero(FloatTag())};
}

HWY_INLINE Strip load_strip(const uint16_t* p, int64_t count) {
  const FloatTag d;
  const BitsTag du;
  HWY_ALIGN uint32_t part[HWY_MAX_BYTES / sizeof(uint32_t)] = {};
  const bool whole = HWY_TARGET != HWY_SCALAR && count >= 2 * lanes();
  if (!whole) std::memcpy(part, p, static_cast<size_t>(std::min(count, 2 * lanes())) * sizeof(uint16_t));
  const Bits pairs = whole ? hn::LoadU(du, reinterpret_cast<const uint32_t*>(p)) : hn::Load(du, part);
  return {hn::BitCast(d, hn::ShiftLeft<16>(pairs)), hn::BitCast(d, hn::And(pairs, hn::Set(du, 0xFFFF0000u)))};
}

// body(c, count) for c = 0, 2 lanes(), 4 lanes()...; count is 2 lanes() except at the end.
template <class Body>
HWY_INLINE void each_strip(int64_t width, const Body& body) {
  const int64_t step = 2 * lanes();
  int64_t c = 0;
  for (; c + step <= width; c += step) body(c, step);
  if (c < width) body(c, width - c);
}

// A head's numbers as strips of T have them, and back.
template <class T>
HWY_INLINE void to_strips(int64_t width, const float* x, float* to) {
  const FloatTag d;
  each_strip(width, [=](int64_t c, int64_t count) GAMANA_INLINE_BODY {
    Strip s = load_strip(x + c, count);
#if HWY_TARGET != HWY_SCALAR
    if (sizeof(T) == 2) s = {hn::ConcatEven(d, s.b, s.a), hn::ConcatOdd(d, s.b, s.a)};
#endif
    hn::Store(s.a, d, to + c), hn::Store(s.b, d, to + c + lanes());
  });
}

// Those of bf16.
HWY_INLINE void from_strips(int64_t width, const float* x, float* to) {
  const int64_t n = lanes();
  for (int64_t c = 0; c < width; ++c) to[c] = x[c / (2 * n) * (2 * n) + c % 2 * n + c % (2 * n) / 2];
}

HWY_INLINE int64_t cell(const CachedRow& row, int64_t j) {
  if (j == row.length - 1) return row.last;
  return row.cells ? row.cells[j] : row.first + j;
}

// The cache rows of keys [j, j + 4); behind the end the last one again.
template <class T>
struct FourRows {
  FourRows(const CachedRow& row, int64_t j, int64_t end, const CacheRows& rows) {
    for (int64_t i = 0; i < 4; ++i)
      at[i] = static_cast<const T*>(rows.data) + cell(row, std::min(j + i, end - 1)) * rows.stride;
  }
  // Asks for the next `pieces` of 256 bytes of the rows' `width` numbers, one row after the other: cells lie anywhere,
  // so the CPU does not foresee them, and memory gives most when it is read in order. Into the second cache: the first
  // one's few pending misses are left to what is needed now.
  HWY_INLINE void prefetch(int64_t pieces, int64_t width) {
    for (; pieces > 0 && row < 4; --pieces) {
      const T* line = at[row] + column;
      for (int i = 0; i < 4; ++i) __builtin_prefetch(line + i * kPiece / 4, 0, 2);
      column += kPiece;
      if (column >= width) column = 0, ++row;
    }
  }
  static constexpr int64_t kPiece = 256 / sizeof(T);
  int64_t row = 0, column = 0;  // what to ask for next
  const T* at[4];
};

#if HWY_TARGET != HWY_SCALAR
// The four sums of lanes i, i + 4, i + 8...
template <class V>
HWY_INLINE void store_folded(V v, float* out) {
  const hn::DFromV<V> d;
  if constexpr (hn::MaxLanes(d) > 4)
    store_folded(hn::Add(hn::LowerHalf(v), hn::UpperHalf(hn::Half<hn::DFromV<V>>(), v)), out);
  else
    hn::StoreU(v, d, out);
}
#endif

// The sums of all lanes of each of four vectors, times `scale`.
HWY_INLINE void store_sums(Vec v0, Vec v1, Vec v2, Vec v3, float scale, float* out) {
#if HWY_TARGET == HWY_SCALAR
  int i = 0;
  for (Vec v : {v0, v1, v2, v3}) out[i++] = scale * hn::GetLane(v);
#else
  const FloatTag d;
  const hn::RepartitionToWide<FloatTag> pairs;
  const auto v01 = hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, v0, v1), hn::InterleaveUpper(d, v0, v1)));
  const auto v23 = hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, v2, v3), hn::InterleaveUpper(d, v2, v3)));
  const Vec low = hn::BitCast(d, hn::InterleaveLower(pairs, v01, v23));
  const Vec high = hn::BitCast(d, hn::InterleaveUpper(pairs, v01, v23));
  store_folded(hn::Mul(hn::Set(d, scale), hn::Add(low, high)), out);
#endif
}

// scores[head * room + j] of the block's keys.
template <class T>
static void block_scores(const CachedHeads& h, const CachedRow& row, const CachedBlock& block, const float* q,
                         int64_t room, float* scores) {
  const int64_t end = block.first + block.count, row_width = h.heads / h.sharing * h.width;
  const int64_t pieces = (4 * row_width / FourRows<T>::kPiece + h.heads) / h.heads;  // of the next rows, for each head
  FourRows<T> key(row, block.first, end, h.keys);
  for (int64_t j = 0; j < block.count; j += 4) {
    FourRows<T> next(row, block.first + j + 4, end, h.keys);
    for (int head = 0; head < h.heads; ++head) {
      const int64_t at = head / h.sharing * h.width;
      next.prefetch(pieces, row_width);
      Vec s0 = hn::Zero(FloatTag()), s1 = s0, s2 = s0, s3 = s0;
      const auto add = [&](int64_t c, int64_t count) GAMANA_INLINE_BODY {
        const float* x = q + head * h.pitch + c;
        const Vec a = hn::Load(FloatTag(), x), b = hn::Load(FloatTag(), x + lanes());
        const Strip k0 = load_strip(key.at[0] + at + c, count), k1 = load_strip(key.at[1] + at + c, count);
        const Strip k2 = load_strip(key.at[2] + at + c, count), k3 = load_strip(key.at[3] + at + c, count);
        s0 = hn::MulAdd(b, k0.b, hn::MulAdd(a, k0.a, s0)), s1 = hn::MulAdd(b, k1.b, hn::MulAdd(a, k1.a, s1));
        s2 = hn::MulAdd(b, k2.b, hn::MulAdd(a, k2.a, s2)), s3 = hn::MulAdd(b, k3.b, hn::MulAdd(a, k3.a, s3));
      };
      each_strip(h.width, add);
      store_sums(s0, s1, s2, s3, h.scale, scores + head * room + j);
    }
    key = next;
  }
}

// Scores of one head become exp(score - largest); those behind the end, up to a whole vector and a whole four, 0.
static void block_softmax(int64_t count, float* scores, float* largest, float* total) {
  const FloatTag d;
  const int64_t end = (count + 3 + lanes()) / lanes() * lanes();
  for (int64_t i = count; i < end; ++i) scores[i] = -std::numeric_limits<float>::infinity();
  Vec top = hn::Set(d, -std::numeric_limits<float>::max()), sum = hn::Zero(d);
  for (int64_t i = 0; i < end; i += lanes()) top = hn::Max(top, hn::Load(d, scores + i));
  top = hn::MaxOfLanes(d, top);
  for (int64_t i = 0; i < end; i += lanes()) {
    const Vec e = exp(hn::Sub(hn::Load(d, scores + i), top));
    sum = hn::Add(sum, e);
    hn::Store(e, d, scores + i);
  }
  *largest = hn::GetLane(top), *total = hn::GetLane(hn::SumOfLanes(d, sum));
}

template <class T>
static void block_sums(const CachedHeads& h, const CachedRow& row, const CachedBlock& block, int64_t room,
                       const float* weights) {
  const FloatTag d;
  const int64_t end = block.first + block.count, row_width = h.heads / h.sharing * h.width;
  const int64_t pieces = (4 * row_width / FourRows<T>::kPiece + h.heads) / h.heads;  // of the next rows, for each head
  FourRows<T> value(row, block.first, end, h.values);
  for (int64_t j = 0; j < block.count; j += 4) {
    FourRows<T> next(row, block.first + j + 4, end, h.values);
    for (int head = 0; head < h.heads; ++head) {
      const int64_t at = head / h.sharing * h.width;
      next.prefetch(pieces, row_width);
      const float* weight = weights + head * room + j;
      float* sums = block.sums + head * h.pitch;
      const Vec w0 = hn::Set(d, weight[0]), w1 = hn::Set(d, weight[1]);
      const Vec w2 = hn::Set(d, weight[2]), w3 = hn::Set(d, weight[3]);
      const auto add = [&](int64_t c, int64_t count) GAMANA_INLINE_BODY {
        const Strip v0 = load_strip(value.at[0] + at + c, count), v1 = load_strip(value.at[1] + at + c, count);
        const Strip v2 = load_strip(value.at[2] + at + c, count), v3 = load_strip(value.at[3] + at + c, count);
        Vec a = j == 0 ? hn::Zero(d) : hn::Load(d, sums + c), b = j == 0 ? a : hn::Load(d, sums + c + lanes());
        a = hn::MulAdd(w0, v0.a, a), b = hn::MulAdd(w0, v0.b, b);
        a = hn::MulAdd(w1, v1.a, a), b = hn::MulAdd(w1, v1.b, b);
        a = hn::MulAdd(w2, v2.a, a), b = hn::MulAdd(w2, v2.b, b);
        a = hn::MulAdd(w3, v3.a, a), b = hn::MulAdd(w3, v3.b, b);
        hn::Store(a, d, sums + c), hn::Store(b, d, sums + c + lanes());
      };
      each_strip(h.width, add);
    }
    value = next;
  }
}

// Keys, then values, are each walked once, a whole row of the cache at a time. scratch: [heads, pitch], [heads, room].
template <class T>
static void attend_block_of(const CachedHeads& h, const CachedRow& row, const CachedBlock& block, const float* q,
                            int64_t room, float* scratch) {
  float* scores = scratch + h.heads * h.pitch;
  for (int head = 0; head < h.heads; ++head) to_strips<T>(h.width, q + head * h.width, scratch + head * h.pitch);
  block_scores<T>(h, row, block, scratch, room, scores);
  for (int head = 0; head < h.heads; ++head)
    block_softmax(block.count, scores + head * room, block.largest + head, block.total + head);
  block_sums<T>(h, row, block, room, scores);
}

void attend_block(const CachedHeads& h, const CachedRow& row, const CachedBlock& block, const float* q, int64_t room,
                  float* scratch) {
  const auto attend = h.keys.precision == Precision::bf16 ? attend_block_of<uint16_t> : attend_block_of<float>;
  attend(h, row, block, q, room, scratch);
}

// The softmax over all blocks of a row, in their order (Milakov and Gimelshein 2018, section 3.1): of one head, the
// first block gets the sums of all.
static void merge_blocks(int64_t strips, int64_t pitch, int64_t head, std::span<const CachedBlock> blocks) {
  const FloatTag d;
  float largest = blocks[0].largest[head], total = 0;
  for (const CachedBlock& b : blocks) largest = std::max(largest, b.largest[head]);
  float* sums = blocks[0].sums + head * pitch;
  for (const CachedBlock& b : blocks) {
    const Vec factor = exp(hn::Set(d, b.largest[head] - largest));
    const float* own = b.sums + head * pitch;
    total += hn::GetLane(factor) * b.total[head];
    for (int64_t c = 0; c < strips; c += lanes()) {
      const Vec before = &b == blocks.data() ? hn::Zero(d) : hn::Load(d, sums + c);
      hn::Store(hn::MulAdd(factor, hn::Load(d, own + c), before), d, sums + c);
    }
  }
  blocks[0].total[head] = total;
}

void join_blocks(const CachedHeads& h, std::span<const CachedBlock> blocks, float* out) {
  const FloatTag d;
  const int64_t strips = (h.width + 2 * lanes() - 1) / (2 * lanes()) * (2 * lanes());  // what of the pitch is in use
  for (int head = 0; head < h.heads; ++head, out += h.width) {
    if (blocks.size() > 1) merge_blocks(strips, h.pitch, head, blocks);
    float* sums = blocks[0].sums + head * h.pitch;
    const Vec factor = hn::Set(d, 1.0f / blocks[0].total[head]);
    if (h.keys.precision == Precision::f32) {
      each_vector(h.width, [=](int64_t c, int64_t n)
                               GAMANA_INLINE_BODY { store(hn::Mul(factor, hn::Load(d, sums + c)), out + c, n); });
      continue;
    }
    for (int64_t c = 0; c < strips; c += lanes()) hn::Store(hn::Mul(factor, hn::Load(d, sums + c)), d, sums + c);
    from_strips(h.width, sums, out);
  }
}

}  // namespace gamana::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {

HWY_EXPORT(attend_block);
HWY_EXPORT(join_blocks);

namespace {

constexpr int64_t kStrip = HWY_ARCH_X86 ? 32 : 128;  // floats: two of the longest vectors
constexpr int64_t kItemFloats = 64 * 1024;           // keys and values read for one parallel item, some microseconds
constexpr int64_t kFewestCells = 64, kMostBlocks = 32;

int64_t whole_strips(int64_t n) { return (n + kStrip - 1) / kStrip * kStrip; }

// Cells of a block. The length of the row decides alone, so that its result does not depend on what else is computed.
int64_t block_cells(int64_t length) {
  constexpr int64_t kEnough = kMostBlocks * kFewestCells;
  return std::max<int64_t>(1, (length + kEnough - 1) / kEnough) * kFewestCells;
}

}  // namespace

void cached_attention(int64_t rows, const CachedRow* row, int heads, int kv_heads, int head_width, float scale, Rows q,
                      CacheRows keys, CacheRows values, float* out) {
  struct ForParts;
  struct ForCache;
  const CachedHeads h{heads, heads / kv_heads, head_width, whole_strips(head_width), scale, keys, values};
  std::vector<CachedBlock> blocks;
  std::vector<int64_t> first_block;  // of each row
  int64_t longest = 0, cells = 0;
  blocks.reserve(rows), first_block.reserve(rows + 1);
  for (int64_t r = 0; r < rows; ++r) {
    first_block.push_back(std::ssize(blocks));
    for (int64_t j = 0, step = block_cells(row[r].length); j < row[r].length; j += step)
      blocks.push_back({r, j, std::min(step, row[r].length - j), nullptr, nullptr, nullptr});
    longest = std::max(longest, block_cells(row[r].length)), cells += row[r].length;
  }
  first_block.push_back(std::ssize(blocks));
  const int64_t part = heads * h.pitch + whole_strips(2 * heads), room = whole_strips(longest) + 2 * kStrip;
  const int64_t count = std::ssize(blocks);
  float* parts = scratch<ForParts>(static_cast<size_t>(count * part));
  for (CachedBlock& b : blocks) {
    b.sums = parts, b.largest = parts + heads * h.pitch, b.total = b.largest + heads;
    parts += part;
  }
  const auto join = [&](int64_t r) {
    const auto own = std::span(blocks).subspan(first_block[r], first_block[r + 1] - first_block[r]);
    HWY_DYNAMIC_DISPATCH(join_blocks)(h, own, out + r * heads * head_width);
  };
  const int64_t work = std::max<int64_t>(1, 2 * cells * heads * head_width);
  parallel_for(count, std::max<int64_t>(1, kItemFloats * count / work), [&](int64_t begin, int64_t end) {
    float* memory = scratch<ForCache>(static_cast<size_t>(heads * (h.pitch + room)));
    for (int64_t i = begin; i < end; ++i) {
      const CachedBlock& b = blocks[i];
      HWY_DYNAMIC_DISPATCH(attend_block)(h, row[b.row], b, q.data + b.row * q.stride, room, memory);
      if (b.count == row[b.row].length) join(b.row);
    }
  });
  for (int64_t r = 0; r < rows; ++r)
    if (first_block[r + 1] - first_block[r] > 1) join(r);
}

}  // namespace gamana::cpu
#endif
