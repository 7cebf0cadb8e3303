// A cache of keys and values against attention over whole sequences.
#include "gamana/ops/cache.h"

#include <cmath>
#include <cstring>

#include "tests/ops/gradient.h"

namespace gamana::test {
namespace {

constexpr int kHeads = 4, kKeyHeads = 2, kWidth = 24;
constexpr int64_t kColumns = kHeads * kWidth, kKeyColumns = kKeyHeads * kWidth, kAll = kColumns + 2 * kKeyColumns;

// The projections of one hypothesis, and the cells its tokens lie in.
struct Hypothesis {
  Matrix qkv;
  std::vector<int32_t> cells;
};

Hypothesis hypothesis(int64_t length, int32_t first_cell, uint64_t seed) {
  Hypothesis h{random_matrix(length, kAll, seed), std::vector<int32_t>(length)};
  for (int64_t i = 0; i < length; ++i) h.cells[i] = first_cell + static_cast<int32_t>(i * 7 % length);
  return h;
}

struct Cache {
  explicit Cache(Precision precision) : precision(precision), memory(2000 * 2 * kKeyColumns) {}
  CacheRows keys() { return {memory.data(), 2 * kKeyColumns, precision}; }
  CacheRows values() {
    auto* data = reinterpret_cast<char*>(memory.data());
    return {data + kKeyColumns * (precision == Precision::bf16 ? 2 : 4), 2 * kKeyColumns, precision};
  }
  Precision precision;
  std::vector<float> memory;
};

// Results of the tokens [begin, end) of each hypothesis, whose earlier ones are in the cache.
std::vector<float> prefill(Context& c, Cache& cache, const std::vector<const Hypothesis*>& hypotheses, int32_t begin,
                           int32_t end, int window) {
  std::vector<NewTokens> tokens;
  Matrix q{0, kAll, {}};
  for (const Hypothesis* h : hypotheses) {
    const int32_t last = std::min<int32_t>(end, static_cast<int32_t>(h->cells.size()));
    auto* first = const_cast<float*>(h->qkv.values.data()) + begin * kAll;
    write_cache(c, std::span(h->cells).subspan(begin, last - begin), 2 * kKeyColumns, {first + kColumns, kAll},
                {cache.memory.data(), 2 * kKeyColumns, cache.precision});
    q.values.insert(q.values.end(), first, first + (last - begin) * kAll);
    tokens.push_back({h->cells.data(), last, last - begin});
  }
  const Tensor out = prefill_attention(c, tokens, kWidth, {q.values.data(), kAll}, cache.keys(), cache.values(),
                                       {.heads = kHeads, .window = window, .kv_heads = kKeyHeads});
  return {out.data(), out.data() + out.size()};
}

std::vector<float> whole(const Hypothesis& h, int window) {
  const std::vector<int32_t> offsets{0, static_cast<int32_t>(h.cells.size())};
  return values_of(cpu_kernels(), {h.qkv}, [&](Context& c, const std::vector<Tensor>& t) {
    return self_attention(c, t[0], offsets, {.heads = kHeads, .causal = true, .window = window, .kv_heads = kKeyHeads});
  });
}

}  // namespace

// The guarantee of cache.h: pieces of any size, with any neighbours, give the bits of the whole.
TEST(Prefill, SameBitsHoweverAPromptIsCutAndBatched) {
  const Hypothesis a = hypothesis(300, 20, 1), b = hypothesis(171, 700, 2);
  for (int window : {0, 50, 130}) {
    const std::vector<float> expected = whole(a, window), other = whole(b, window);
    for (int32_t piece : {1, 5, 64, 100, 129, 171}) {
      Arena arena;
      Context c{cpu_kernels(), arena};
      {  // what is not seen may be anything
        const Scratch<float> dirt(arena, 1 << 20);
        std::fill_n(dirt.get(), 1 << 20, NAN);
      }
      Cache alone(Precision::f32), both(Precision::f32);
      for (int32_t begin = 0; begin < 300; begin += piece) {
        const auto found = prefill(c, alone, {&a}, begin, begin + piece, window);
        ASSERT_EQ(0, std::memcmp(found.data(), &expected[begin * kColumns], found.size() * sizeof(float)))
            << window << " " << piece << " " << begin;
      }
      const auto found = prefill(c, both, {&b, &a}, 0, piece, window);
      ASSERT_EQ(0, std::memcmp(found.data(), other.data(), piece * kColumns * sizeof(float)));
      ASSERT_EQ(0, std::memcmp(&found[piece * kColumns], expected.data(), piece * kColumns * sizeof(float)));
    }
  }
}

// One token at a time by cached_attention, whose window is the tail of the cells.
TEST(Prefill, CachedAttentionAgrees) {
  const Hypothesis h = hypothesis(300, 20, 1);
  for (int window : {0, 50})
    for (Precision precision : {Precision::f32, Precision::bf16}) {
      Arena arena;
      Context c{cpu_kernels(), arena};
      Cache cache(precision);
      const auto expected = prefill(c, cache, {&h}, 0, 300, window);
      std::vector<float> found(kColumns);
      for (int32_t i = 0; i < 300; ++i) {
        const int32_t seen = window ? std::min(i + 1, window + 1) : i + 1;
        const CachedRow row{h.cells.data() + i + 1 - seen, 0, h.cells[i], seen};
        c.kernels.cached_attention(1, &row, kHeads, kKeyHeads, kWidth, 1 / std::sqrt(float{kWidth}),
                                   {const_cast<float*>(h.qkv.values.data()) + i * kAll, kAll}, cache.keys(),
                                   cache.values(), found.data());
        for (int64_t j = 0; j < kColumns; ++j) ASSERT_NEAR(found[j], expected[i * kColumns + j], 3e-6) << i;
      }
      if (precision == Precision::f32) continue;
      // Keys and values err by up to 2^-9 of numbers up to 4.
      const auto exact = whole(h, window);
      for (size_t i = 0; i < exact.size(); ++i) ASSERT_NEAR(expected[i], exact[i], 0.03);
    }
}

}  // namespace gamana::test
