// Recurrences forward and backward on sentences as long as Multi30k's: tokens/s, and GFLOP/s of the products in the
// loop (the state's and the query's; what `linear` does outside is not counted).
#include <benchmark/benchmark.h>

#include <vector>

#include "gamana/base/parallel.h"
#include "gamana/kernels/rnn.h"

namespace gamana {
namespace {

using Floats = std::vector<float>;

Floats numbers(int64_t n, float scale) {
  Floats out(static_cast<size_t>(n));
  uint32_t seed = 1;
  for (float& x : out)
    seed = seed * 1664525u + 1013904223u, x = scale * (static_cast<float>(seed >> 8) / 8388608.0f - 1.0f);
  return out;
}

// One direction with all its buffers.
struct Job {
  Job(Cell cell, Score score, int hidden, int sequences) : H(hidden), G(gate_count(cell) * hidden) {
    for (int s = 0; s < sequences; ++s) offsets.push_back(offsets.back() + 8 + s * 7 % 13);
    const int64_t N = offsets.back();
    raw = numbers(G * H, 0.06f), bias = numbers(G, 0.1f), inputs = numbers(N * G, 1.0f), gates = inputs;
    states.resize(N * H), side = d_states = previous = states, first.resize(sequences * H), d_first = first;
    weight.resize(rnn_packed_size(G, H)), weight_back = weight;
    r.cell = cell, r.hidden = H, r.sequences = sequences, r.offsets = offsets.data(), r.weight = weight.data();
    r.bias = bias.data(), r.gates = {gates.data(), G}, r.side = side.data(), r.states = {states.data(), H};
    r.first_state = score == Score::none ? nullptr : first.data();
    g.weight = weight_back.data(), g.d_states = {d_states.data(), H}, g.previous = previous.data();
    g.d_first_state = score == Score::none ? nullptr : d_first.data();
    if (score != Score::none) add_alignment(score);
    scratch.resize(kernels.scratch_size(1, &r));
  }

  void add_alignment(Score score) {
    const int64_t N = offsets.back(), A = H, C = 2 * H;
    weight_offsets = {0};
    for (size_t s = 0; s + 1 < offsets.size(); ++s) {
      const int64_t length = offsets[s + 1] - offsets[s];
      weight_offsets.push_back(weight_offsets.back() + length * length);
    }
    raw_query = numbers(A * H, 0.06f), v = numbers(A, 0.3f), raw_keys = numbers(N * A, 1.0f), keys = raw_keys;
    memory = numbers(N * C, 1.0f), memory_gates = numbers(N * G, 0.5f), contexts.resize(N * C), queries.resize(N * A);
    query.resize(rnn_packed_size(A, H)), query_back = query, weights.resize(weight_offsets.back());
    d_contexts.resize(N * C), d_memory = d_contexts, d_keys = keys, d_memory_gates = memory_gates, d_v = v;
    r.alignment = {score, int(A), int(C), offsets.data(), offsets.data() + 1, keys.data(), query.data(), v.data(),
                   memory_gates.data(), {memory.data(), C}, weights.data(), weight_offsets.data(), queries.data(),
                   {contexts.data(), C}};
    g.alignment = {query_back.data(), {d_contexts.data(), C}, d_keys.data(), d_memory_gates.data(), d_memory.data(),
                   d_v.data()};
  }

  void prepare(bool backward) {
    kernels.pack(backward, G, H, raw.data(), backward ? weight_back.data() : weight.data());
    if (r.alignment.score == Score::additive)
      kernels.pack(backward, H, H, raw_query.data(), backward ? query_back.data() : query.data());
    if (!backward) gates = inputs;
    if (!backward && r.alignment.score == Score::additive)
      kernels.prepare_keys(keys.size(), raw_keys.data(), keys.data());
  }

  const RnnKernels& kernels = cpu_rnn_kernels();
  int H;
  int64_t G;
  std::vector<int32_t> offsets{0};
  std::vector<int64_t> weight_offsets;
  Floats raw, bias, inputs, gates, states, side, d_states, previous, first, d_first, weight, weight_back, scratch;
  Floats raw_query, query, query_back, v, raw_keys, keys, memory, memory_gates, contexts, queries, weights;
  Floats d_contexts, d_memory, d_keys, d_memory_gates, d_v;
  Recurrence r;
  RecurrenceGrad g;
};

// Arguments: cell, score, hidden width, sequences, threads, backward too.
void recurrence(benchmark::State& state) {
  Job job(static_cast<Cell>(state.range(0)), static_cast<Score>(state.range(1)), static_cast<int>(state.range(2)),
          static_cast<int>(state.range(3)));
  set_threads(static_cast<int>(state.range(4)));
  const bool backward = state.range(5);
  for (auto _ : state) {
    job.prepare(false);
    job.kernels.forward(1, &job.r, job.scratch.data());
    if (!backward) continue;
    job.prepare(true);
    job.kernels.backward(1, &job.r, &job.g, job.scratch.data());
  }
  const double tokens = static_cast<double>(job.offsets.back()) * static_cast<double>(state.iterations());
  const double columns = static_cast<double>(job.G) + (job.r.alignment.score == Score::additive ? job.H : 0);
  state.counters["tokens/s"] = benchmark::Counter(tokens, benchmark::Counter::kIsRate);
  state.counters["GFLOP/s"] =
      benchmark::Counter(tokens * 2e-9 * columns * job.H * (backward ? 2 : 1), benchmark::Counter::kIsRate);
}

BENCHMARK(recurrence)
    ->ArgNames({"cell", "score", "hidden", "sequences", "threads", "backward"})
    ->ArgsProduct({{0}, {0, 1, 2}, {256}, {80}, {1, 2}, {0, 1}})
    ->ArgsProduct({{0, 1}, {0}, {256, 512}, {80}, {2}, {1}})
    ->UseRealTime();

}  // namespace
}  // namespace gamana

