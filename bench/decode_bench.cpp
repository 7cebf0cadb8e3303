// One step of a decoder with the sizes of GPT-2 small: its products, in GB/s of weights read, beside a plain loop that
// reads as much; and attention over a cache of a thousand tokens, in GB/s of keys and values.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "gamana/base/huge_pages.h"
#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/attention.h"
#include "gamana/kernels/packed.h"

namespace gamana {
namespace {

constexpr int kLayers = 12, kHeads = 12, kWidth = 768;
constexpr int64_t kVocabulary = 50257;

using Numbers = std::vector<float, HugePages<float>>;

Precision precision(const benchmark::State& state) { return state.range(0) ? Precision::bf16 : Precision::f32; }
double bytes(Precision p) { return p == Precision::bf16 ? 2 : 4; }

void report(benchmark::State& state, double read) {
  state.counters["GB/s"] = benchmark::Counter(read * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

// What memory gives: sums of 512 MB.
void Read(benchmark::State& state) {
  constexpr int64_t kPart = 1 << 18, kSums = 64;
  const Numbers x(int64_t{1} << 27, 1.0f);
  for (auto _ : state)
    parallel_for(std::ssize(x) / kPart, 1, [&](int64_t part, int64_t) {
      float sums[kSums] = {};
      for (const float* p = x.data() + part * kPart; p < x.data() + (part + 1) * kPart; p += kSums)
        for (int64_t i = 0; i < kSums; ++i) sums[i] += p[i];
      benchmark::DoNotOptimize(sums);
    });
  report(state, 4.0 * static_cast<double>(x.size()));
}
BENCHMARK(Read)->Unit(benchmark::kMillisecond)->UseRealTime();

// The products of a token: queries, keys and values; their output; feed-forward; vocabulary.
void DecodeProducts(benchmark::State& state) {
  const Precision kind = precision(state);
  const int64_t rows = state.range(1);
  std::vector<std::pair<int64_t, int64_t>> sizes;
  for (int i = 0; i < kLayers; ++i)
    sizes.insert(sizes.end(), {{3 * kWidth, kWidth}, {kWidth, kWidth}, {4 * kWidth, kWidth}, {kWidth, 4 * kWidth}});
  sizes.emplace_back(kVocabulary, kWidth);
  const std::vector<float> values(kVocabulary * kWidth, 0.01f), x(rows * 4 * kWidth, 0.5f);
  const std::vector<uint16_t> half(x.size(), 0x3F00);
  std::vector<float> out(rows * kVocabulary);
  std::vector<std::unique_ptr<PackedWeight>> weights;
  double numbers = 0;
  for (const auto& [n, k] : sizes) {
    weights.push_back(std::make_unique<PackedWeight>(kind, n, k, values.data(), k));
    numbers += static_cast<double>(n * k);
  }
  for (auto _ : state)
    for (const auto& w : weights)
      w->multiply(rows, x.data(), w->k(), half.data(), w->k(), nullptr, 0, w->n(), out.data(), w->n());
  report(state, numbers * bytes(kind));
}
BENCHMARK(DecodeProducts)
    ->ArgNames({"bf16", "rows"})
    ->ArgsProduct({{0, 1}, {1, 8}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// One row in each of 12 layers, whose keys and values lie apart.
void DecodeAttention(benchmark::State& state) {
  const Precision kind = precision(state);
  const auto length = static_cast<int32_t>(state.range(1));
  const auto row_bytes = static_cast<int64_t>(kWidth * bytes(kind)), side = length * row_bytes;
  Numbers memory(2 * kLayers * side / 4, 0.01f);
  std::vector<float> q(kWidth, 0.1f), out(kWidth);
  std::vector<int32_t> cells(length);
  for (int32_t i = 0; i < length; ++i) cells[i] = i;
  const CachedRow row{cells.data(), 0, length - 1, length};
  for (auto _ : state)
    for (int64_t layer = 0; layer < kLayers; ++layer) {
      char* keys = reinterpret_cast<char*>(memory.data()) + 2 * layer * side;
      cpu::cached_attention(1, &row, kHeads, kHeads, kWidth / kHeads, 0.125f, {q.data(), kWidth}, {keys, kWidth, kind},
                            {keys + side, kWidth, kind}, out.data());
    }
  report(state, 4.0 * static_cast<double>(memory.size()));
}
BENCHMARK(DecodeAttention)
    ->ArgNames({"bf16", "length"})
    ->ArgsProduct({{0, 1}, {100, 1000, 8000}})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

}  // namespace
}  // namespace gamana
