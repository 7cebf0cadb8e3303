// Attention, its gradient and a step of decoding, in GFLOP/s (products only: 4 T^2 D per head forward, 10 T^2 D with
// the scores computed again backward) and, for decoding, GB/s of keys and values read. One thread unless
// OMP_NUM_THREADS says otherwise.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "gamana/base/huge_pages.h"
#include "gamana/kernels/cpu/attention.h"

namespace gamana {
namespace {

using Numbers = std::vector<float, HugePages<float>>;  // as in the arena of activations

Numbers numbers(int64_t n) {
  Numbers out(static_cast<size_t>(n));
  uint32_t seed = 1;
  for (float& x : out) seed = seed * 1664525u + 1013904223u, x = static_cast<float>(seed >> 8) / 8388608.0f - 1.0f;
  return out;
}

// `sequences` sequences of `length`, q, k and v parts of one matrix.
struct Problem {
  Problem(int64_t sequences, int64_t length, int width, bool causal, float dropout, int heads = 8)
      : channels(heads * width),
        qkv(numbers(sequences * length * 3 * channels)),
        d_qkv(qkv.size()),
        out(sequences * length * channels),
        d_out(numbers(sequences * length * channels)),
        stats(2 * heads * sequences * length) {
    for (int64_t s = 0; s <= sequences; ++s) offsets.push_back(static_cast<int32_t>(s * length));
    const float scale = 1 / std::sqrt(float(width));
    shape = {sequences, offsets.data(), offsets.data(), heads, width, causal, scale, {dropout, 7}};
  }
  Rows part(Numbers& from, int which) { return {from.data() + which * channels, 3 * channels}; }
  void forward() {
    cpu::attention(shape, part(qkv, 0), part(qkv, 1), part(qkv, 2), {out.data(), channels}, stats.data(), nullptr,
                   nullptr);
  }
  void backward() {
    cpu::attention_backward(shape, part(qkv, 0), part(qkv, 1), part(qkv, 2), {out.data(), channels}, stats.data(),
                            {d_out.data(), channels}, part(d_qkv, 0), part(d_qkv, 1), part(d_qkv, 2));
  }
  int64_t channels;
  Numbers qkv, d_qkv, out, d_out, stats;
  std::vector<int32_t> offsets;
  AttentionShape shape;
};

void run(benchmark::State& state, bool gradient) {
  const int64_t length = state.range(0), width = state.range(1), sequences = std::max<int64_t>(1, 2000 / length);
  Problem p(sequences, length, static_cast<int>(width), state.range(2) == 1, state.range(3) / 100.0f);
  p.forward();
  for (auto _ : state) gradient ? p.backward() : p.forward();
  const double flops = (gradient ? 10.0 : 4.0) * length * length * width * 8 * sequences;
  state.counters["GFLOP/s"] = benchmark::Counter(flops * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

void Attention(benchmark::State& state) { run(state, false); }
void AttentionGradient(benchmark::State& state) { run(state, true); }

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"length", "width", "causal", "dropout"})->Unit(benchmark::kMicrosecond);
  for (int64_t length : {10, 20, 30, 40, 70, 128, 512})
    for (int64_t width : {32, 64}) b->Args({length, width, 0, 0});
  for (int64_t causal : {0, 1}) b->Args({30, 32, causal, 10});
  b->Args({8192, 64, 0, 0});
}
BENCHMARK(Attention)->Apply(shapes);
BENCHMARK(AttentionGradient)->Apply(shapes);

// Causal self-attention of 12 heads of 64, as GPT-2 small has it; within a window, as GPT-Neo has it.
void run_causal(benchmark::State& state, bool gradient) {
  Problem p(1, state.range(0), 64, true, 0, 12);
  p.shape.window = static_cast<int>(state.range(1));
  p.forward();
  for (auto _ : state) gradient ? p.backward() : p.forward();
  state.counters["tokens/s"] =
      benchmark::Counter(double(state.range(0)), benchmark::Counter::kIsIterationInvariantRate);
}

void CausalAttention(benchmark::State& state) { run_causal(state, false); }
void CausalAttentionGradient(benchmark::State& state) { run_causal(state, true); }

void causal_shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"length", "window"})->Unit(benchmark::kMillisecond)->UseRealTime();
  b->ArgsProduct({{1024, 8192}, {0, 255}});
}
BENCHMARK(CausalAttention)->Apply(causal_shapes);
BENCHMARK(CausalAttentionGradient)->Apply(causal_shapes);

// One sequence of 8 heads of 64: BigBird's blocks of 64, in training, beside full attention.
void run_long(benchmark::State& state, bool gradient) {
  Problem p(1, state.range(0), 64, false, 0);
  if (state.range(1) == 1) p.shape.sparse = {64, 3, true, 7};
  p.forward();
  for (auto _ : state) gradient ? p.backward() : p.forward();
  state.counters["tokens/s"] =
      benchmark::Counter(double(state.range(0)), benchmark::Counter::kIsIterationInvariantRate);
}

void LongAttention(benchmark::State& state) { run_long(state, false); }
void LongAttentionGradient(benchmark::State& state) { run_long(state, true); }

void long_shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"length", "sparse"})->Unit(benchmark::kMillisecond);
  b->ArgsProduct({{1024, 2048, 4096, 8192, 16384}, {0, 1}});
}
BENCHMARK(LongAttention)->Apply(long_shapes);
BENCHMARK(LongAttentionGradient)->Apply(long_shapes);

// Rows of hypotheses over `length` keys of 512 channels; scattered cells (self-attention) or one contiguous source for
// each 4 rows (beams).
void CachedAttention(benchmark::State& state) {
  const int64_t rows = state.range(0), length = state.range(1), width = state.range(2), channels = 512;
  const bool scattered = state.range(3) == 1;
  const int heads = static_cast<int>(channels / width);
  auto keys = numbers(rows * length * channels), values = keys, q = numbers(rows * channels), out = q;
  std::vector<int32_t> cells(rows * length);
  for (int64_t i = 0; i < rows * length; ++i) cells[i] = static_cast<int32_t>(i % length * rows + i / length);
  std::vector<CachedRow> row;
  for (int64_t r = 0; r < rows; ++r) {
    const auto first = static_cast<int32_t>(scattered ? 0 : r / 4 * length);
    const auto last = scattered ? cells[(r + 1) * length - 1] : static_cast<int32_t>(first + length - 1);
    row.push_back({scattered ? cells.data() + r * length : nullptr, first, last, static_cast<int32_t>(length)});
  }
  for (auto _ : state)
    cpu::cached_attention(rows, row.data(), heads, heads, static_cast<int>(width), 0.125f, {q.data(), channels},
                          {keys.data(), channels, Precision::f32}, {values.data(), channels, Precision::f32},
                          out.data());
  state.counters["GB/s"] =
      benchmark::Counter(8e-9 * rows * length * channels, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(CachedAttention)
    ->ArgNames({"rows", "length", "width", "scattered"})
    ->Unit(benchmark::kMicrosecond)
    ->ArgsProduct({{1, 8, 64}, {30, 200}, {32, 64}, {0, 1}});

}  // namespace
}  // namespace gamana
