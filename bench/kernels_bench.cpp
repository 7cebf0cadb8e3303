// Bytes that each kernel moves per second. Run with --benchmark_repetitions=5 on an idle machine; OMP_NUM_THREADS sets
// the threads. `copy` is what the memory gives.
#include <cstring>
#include <vector>

#include <benchmark/benchmark.h>

#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"
#include "gamana/kernels/kernels.h"

namespace gamana {
namespace {

constexpr int64_t kRows = 4096, kCols = 512, kWide = 2048, kVocabulary = 10000, kWeights = 8 << 20;
constexpr DropoutMask kMask{0.1f, 0x123456789ABCDEFull};

std::vector<float> numbers(int64_t n, float spread = 1.0f) {
  std::vector<float> out(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) out[i] = spread * static_cast<float>(uniform(1, static_cast<uint64_t>(i)) - 0.5);
  return out;
}

std::vector<int32_t> indices(int64_t n, int64_t limit) {
  std::vector<int32_t> out(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) out[i] = static_cast<int32_t>(mix(static_cast<uint64_t>(i)) % limit);
  return out;
}

// Runs `work` and counts `arrays` reads or writes of `floats` numbers.
template <class Work>
void measure(benchmark::State& state, int64_t floats, double arrays, const Work& work) {
  work();
  for (auto _ : state) work();
  state.counters["GB/s"] = benchmark::Counter(static_cast<double>(floats) * arrays * 4e-9,
                                              benchmark::Counter::kIsIterationInvariantRate);
  state.counters["ns/el"] =
      benchmark::Counter(static_cast<double>(floats) * 1e-9,
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void copy(benchmark::State& state) {
  const auto x = numbers(kRows * kWide);
  auto y = x;
  measure(state, kRows * kWide, 2, [&] {
    parallel_for(kRows, 16, [&](int64_t begin, int64_t end) {
      std::memcpy(y.data() + begin * kWide, x.data() + begin * kWide, static_cast<size_t>((end - begin) * kWide * 4));
    });
  });
}

void bias_activation(benchmark::State& state, Activation f) {
  auto pre = numbers(kRows * kWide, 6), out = pre;
  const auto bias = numbers(kWide, 1e-6f);
  measure(state, kRows * kWide, 3, [&] {
    cpu_kernels().bias_activation(kRows, kWide, pre.data(), bias.data(), f, out.data());
  });
}

void activation_backward(benchmark::State& state, Activation f) {
  const auto d_out = numbers(kRows * kWide), saved = numbers(kRows * kWide, 6);
  auto d_pre = d_out;
  measure(state, kRows * kWide, 3, [&] {
    cpu_kernels().activation_backward(kRows, kWide, d_out.data(), saved.data(), f, d_pre.data());
  });
}

void add_column_sums(benchmark::State& state) {
  const auto x = numbers(kRows * kWide);
  auto out = numbers(kWide);
  measure(state, kRows * kWide, 1, [&] { cpu_kernels().add_column_sums(kRows, kWide, x.data(), out.data()); });
}

void to_bf16(benchmark::State& state) {
  const auto x = numbers(kRows * kWide);
  std::vector<uint16_t> y(x.size());
  measure(state, kRows * kWide, 1.5, [&] { cpu_kernels().to_bf16(kRows * kWide, x.data(), y.data()); });
}

void add(benchmark::State& state) {
  const auto x = numbers(kRows * kCols);
  auto y = x;
  measure(state, kRows * kCols, 3, [&] { cpu_kernels().add(kRows * kCols, x.data(), y.data()); });
}

void dropout(benchmark::State& state) {
  const auto x = numbers(kRows * kCols);
  auto y = x;
  measure(state, kRows * kCols, 2, [&] { cpu_kernels().dropout(kRows * kCols, x.data(), kMask, y.data()); });
}

void norm(benchmark::State& state, DropoutMask mask) {
  const int64_t rows = state.range(0);
  const auto x = numbers(rows * kCols), residual = x, gain = numbers(kCols);
  auto sum = x, y = x, stats = numbers(2 * rows);
  measure(state, rows * kCols, 4, [&] {
    cpu_kernels().norm(rows, kCols, x.data(), residual.data(), mask, gain.data(), gain.data(), true, 1e-5f, sum.data(),
                       y.data(), stats.data());
  });
}

void norm_backward(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const auto d_y = numbers(rows * kCols), sum = d_y, gain = numbers(kCols), stats = numbers(2 * rows);
  auto d_sum = d_y, d_x = d_y, d_gain = gain, d_bias = gain;
  measure(state, rows * kCols, 4, [&] {
    cpu_kernels().norm_backward(rows, kCols, d_y.data(), sum.data(), stats.data(), gain.data(), true, kMask,
                                d_sum.data(), d_x.data(), d_gain.data(), d_bias.data());
  });
}

void embed(benchmark::State& state) {
  const auto table = numbers(kVocabulary * kCols), positions = numbers(64 * kCols);
  const auto ids = indices(kRows, kVocabulary), position = indices(kRows, 64);
  auto y = numbers(kRows * kCols);
  measure(state, kRows * kCols, 2, [&] {
    cpu_kernels().embed(kRows, kCols, ids.data(), table.data(), 2, position.data(), positions.data(), kMask, y.data());
  });
}

void embed_backward(benchmark::State& state) {
  auto table = numbers(kVocabulary * kCols);
  const auto ids = indices(kRows, kVocabulary);
  const auto d_y = numbers(kRows * kCols);
  measure(state, kRows * kCols, 3, [&] {
    cpu_kernels().embed_backward(kRows, kCols, ids.data(), d_y.data(), 2, table.data());
  });
}

void cross_entropy(benchmark::State& state) {
  const int64_t rows = state.range(0);
  auto logits = numbers(rows * kVocabulary, 6);
  const auto bias = numbers(kVocabulary);
  const auto targets = indices(rows, kVocabulary);
  std::vector<float> loss(static_cast<size_t>(rows)), nll(loss);
  measure(state, rows * kVocabulary, 2, [&] {
    cpu_kernels().cross_entropy(rows, kVocabulary, logits.data(), bias.data(), targets.data(), 0.1f, 1, loss.data(),
                                nll.data());
  });
}

void sum_of_squares(benchmark::State& state) {
  const auto x = numbers(kWeights);
  measure(state, kWeights, 1, [&] { benchmark::DoNotOptimize(cpu_kernels().sum_of_squares(kWeights, x.data())); });
}

void adam(benchmark::State& state) {
  const auto gradient = numbers(kWeights);
  auto weight = gradient, m = gradient, v = std::vector<float>(gradient.size(), 0.1f);
  const AdamStep step{1e-6f, 0.9f, 0.98f, 1e-9f, 0.01f, 0.1f, 0.02f, 1, true};
  measure(state, kWeights, 7, [&] {
    cpu_kernels().adam(kWeights, step, gradient.data(), weight.data(), m.data(), v.data());
  });
}

void moving_average(benchmark::State& state) {
  const auto weight = numbers(kWeights);
  auto average = weight;
  measure(state, kWeights, 3, [&] { cpu_kernels().moving_average(kWeights, 0.999f, weight.data(), average.data()); });
}

BENCHMARK(copy)->UseRealTime();
BENCHMARK_CAPTURE(bias_activation, relu, Activation::relu)->UseRealTime();
BENCHMARK_CAPTURE(bias_activation, gelu, Activation::gelu)->UseRealTime();
BENCHMARK_CAPTURE(bias_activation, gelu_tanh, Activation::gelu_tanh)->UseRealTime();
BENCHMARK_CAPTURE(bias_activation, silu, Activation::silu)->UseRealTime();
BENCHMARK_CAPTURE(bias_activation, tanh, Activation::tanh)->UseRealTime();
BENCHMARK_CAPTURE(activation_backward, relu, Activation::relu)->UseRealTime();
BENCHMARK_CAPTURE(activation_backward, gelu, Activation::gelu)->UseRealTime();
BENCHMARK(add_column_sums)->UseRealTime();
BENCHMARK(to_bf16)->UseRealTime();
BENCHMARK(add)->UseRealTime();
BENCHMARK(dropout)->UseRealTime();
BENCHMARK_CAPTURE(norm, plain, DropoutMask{})->Arg(64)->Arg(kRows)->UseRealTime();
BENCHMARK_CAPTURE(norm, dropout, kMask)->Arg(64)->Arg(kRows)->UseRealTime();
BENCHMARK(norm_backward)->Arg(64)->Arg(kRows)->UseRealTime();
BENCHMARK(embed)->UseRealTime();
BENCHMARK(embed_backward)->UseRealTime();
BENCHMARK(cross_entropy)->Arg(2)->Arg(512)->Arg(1024)->UseRealTime();
BENCHMARK(sum_of_squares)->UseRealTime();
BENCHMARK(adam)->UseRealTime();
BENCHMARK(moving_average)->UseRealTime();

}  // namespace
}  // namespace gamana
