#pragma once
// A recurrence with all its buffers, run by any table of kernels.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "gamana/kernels/rnn.h"

namespace gamana::rnn_test {

using Floats = std::vector<float>;

inline Floats numbers(int64_t n, uint32_t seed, float scale) {
  Floats out(static_cast<size_t>(n));
  for (float& x : out)
    seed = seed * 1664525u + 1013904223u, x = scale * (static_cast<float>(seed >> 8) / 8388608.0f - 1.0f);
  return out;
}

constexpr float kGuard = 12345.0f;
constexpr int64_t kGap = 3;  // floats between the rows of strided matrices

// rows * (cols + kGap) floats; the gaps and the end hold kGuard.
inline Floats strided(int64_t rows, int64_t cols, const Floats& from) {
  Floats out(static_cast<size_t>(rows * (cols + kGap) + 16), kGuard);
  for (int64_t r = 0; r < rows; ++r)
    if (!from.empty()) std::copy_n(from.begin() + r * cols, cols, out.begin() + r * (cols + kGap));
  return out;
}

// Takes the rows out again; false in `whole` if a gap was written to.
inline Floats dense(int64_t rows, int64_t cols, const Floats& from, bool& whole) {
  Floats out;
  for (int64_t r = 0; r < rows; ++r) {
    out.insert(out.end(), from.begin() + r * (cols + kGap), from.begin() + r * (cols + kGap) + cols);
    whole = whole && std::all_of(from.begin() + r * (cols + kGap) + cols, from.begin() + (r + 1) * (cols + kGap),
                                 [](float x) { return x == kGuard; });
  }
  whole = whole && std::all_of(from.begin() + rows * (cols + kGap), from.end(), [](float x) { return x == kGuard; });
  return out;
}

struct Problem {
  Cell cell = Cell::gru;
  Score score = Score::none;
  int H = 1, A = 0, C = 0;
  bool reversed = false, with_first = true;
  std::vector<int32_t> offsets, sources;  // [S + 1] each
  // Inputs, in the order of `inputs()`.
  Floats x, weight, bias, first, first_cell, keys, query_weight, v, memory_gates, memory;
  Floats d_states, d_contexts;

  int64_t S() const { return static_cast<int64_t>(offsets.size()) - 1; }
  int64_t N() const { return offsets.back(); }
  int64_t M() const { return sources.back(); }
  int64_t G() const { return gate_count(cell) * H; }
  std::vector<int64_t> weight_offsets() const {
    std::vector<int64_t> out(1, 0);
    for (int64_t s = 0; s < S(); ++s)
      out.push_back(out.back() + int64_t(offsets[s + 1] - offsets[s]) * (sources[s + 1] - sources[s]));
    return out;
  }
  std::vector<Floats*> inputs() {
    return {&x, &weight, &bias, &first, &first_cell, &keys, &query_weight, &v, &memory_gates, &memory};
  }
};

inline Problem make_problem(Cell cell, Score score, int H, std::vector<int> lengths, bool reversed = false,
                            bool with_first = true) {
  Problem p;
  p.cell = cell, p.score = score, p.H = H, p.reversed = reversed, p.with_first = with_first;
  p.offsets = p.sources = {0};
  for (size_t s = 0; s < lengths.size(); ++s) {
    p.offsets.push_back(p.offsets.back() + lengths[s]);
    p.sources.push_back(p.sources.back() + 1 + static_cast<int>(s * 5 % 7));
  }
  if (score != Score::none) p.A = score == Score::dot ? H : H + 3, p.C = 2 * H + 1;
  const float scale = 1.5f / std::max(1.0f, static_cast<float>(H) / 8.0f);
  p.x = numbers(p.N() * p.G(), 1, 2), p.weight = numbers(p.G() * H, 2, scale), p.bias = numbers(p.G(), 3, 1);
  if (with_first) p.first = numbers(p.S() * H, 4, 1);
  if (with_first && cell == Cell::lstm) p.first_cell = numbers(p.S() * H, 5, 1);
  p.d_states = numbers(p.N() * H, 11, 1);
  if (score == Score::none) return p;
  p.keys = numbers(p.M() * p.A, 6, 1), p.memory = numbers(p.M() * p.C, 7, 1),
  p.d_contexts = numbers(p.N() * p.C, 12, 1);
  if (score == Score::dot) return p;
  p.query_weight = numbers(p.A * H, 8, scale), p.v = numbers(p.A, 9, scale),
  p.memory_gates = numbers(p.M() * p.G(), 10, 1);
  return p;
}

struct Result {
  Floats gates, side, states, weights, contexts;
  std::vector<Floats> gradients;  // in the order of Problem::inputs()
  bool whole = true;              // no byte outside the outputs was written
};

// d [N, rows]^T previous [N, H]
inline Floats weight_gradient(int64_t N, int64_t rows, int64_t H, const Floats& d, const Floats& previous) {
  std::vector<double> sum(static_cast<size_t>(rows * H));
  for (int64_t n = 0; n < N; ++n)
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t h = 0; h < H; ++h) sum[i * H + h] += double(d[n * rows + i]) * previous[n * H + h];
  return Floats(sum.begin(), sum.end());
}

inline Result run(const RnnKernels& k, const Problem& p, bool with_backward = true) {
  const int64_t N = p.N(), M = p.M(), H = p.H, G = p.G(), A = p.A, C = p.C;
  Result out;
  const auto guarded = [](int64_t n) { return Floats(static_cast<size_t>(n + 16), kGuard); };
  const auto finish = [&](Floats& x) {
    out.whole = out.whole && std::all_of(x.end() - 16, x.end(), [](float y) { return y == kGuard; });
    x.resize(x.size() - 16);
  };
  const auto packed = [&](bool backward, int64_t rows, int64_t cols, const Floats& w) {
    Floats y = guarded(rnn_packed_size(rows, cols));
    k.pack(backward, rows, cols, w.data(), y.data());
    finish(y);
    return y;
  };
  const auto matrix = [](Floats& m, int64_t cols) { return Rows{m.data(), cols + kGap}; };
  Floats gates = strided(N, G, p.x), states = strided(N, H, {}), contexts = strided(N, C, {}),
         memory = strided(M, C, p.memory);
  Floats d_states = strided(N, H, p.d_states), d_contexts = strided(N, C, p.d_contexts);
  Floats side = guarded(N * H), queries = guarded(N * A), keys = p.keys, weight = packed(false, G, H, p.weight),
         query_weight;
  const auto weight_offsets = p.weight_offsets();
  out.weights = guarded(weight_offsets.back());

  Recurrence r;
  r.cell = p.cell, r.hidden = p.H, r.reversed = p.reversed, r.sequences = p.S(), r.offsets = p.offsets.data();
  r.weight = weight.data(), r.bias = p.bias.data(), r.gates = matrix(gates, G), r.side = side.data();
  r.states = matrix(states, H);
  r.first_state = p.first.empty() ? nullptr : p.first.data();
  r.first_cell = p.first_cell.empty() ? nullptr : p.first_cell.data();
  if (p.score != Score::none) {
    Alignment& a = r.alignment;
    a.score = p.score, a.key_width = p.A, a.value_width = p.C;
    a.source_begin = p.sources.data(), a.source_end = p.sources.data() + 1;
    if (p.score == Score::additive) {
      k.prepare_keys(static_cast<int64_t>(keys.size()), keys.data(), keys.data());
      query_weight = packed(false, A, H, p.query_weight);
    }
    a.keys = keys.data(), a.query_weight = query_weight.data(), a.v = p.v.data(),
    a.memory_gates = p.memory_gates.data();
    a.memory = matrix(memory, C), a.weights = out.weights.data(), a.weight_offsets = weight_offsets.data();
    a.queries = queries.data(), a.contexts = matrix(contexts, C);
  }
  Floats scratch = guarded(k.scratch_size(1, &r));
  k.forward(1, &r, scratch.data());
  out.gates = dense(N, G, gates, out.whole), out.states = dense(N, H, states, out.whole);
  out.contexts = dense(N, C, contexts, out.whole), out.side.assign(side.begin(), side.end() - 16);
  Floats weights_kept = out.weights;
  if (!with_backward) return finish(out.weights), out;

  Floats previous = guarded(N * H), d_first = guarded(p.S() * H), d_first_cell = guarded(p.S() * H);
  Floats d_keys = guarded(M * A), d_memory_gates = guarded(M * G), d_memory = guarded(M * C),
         d_v(static_cast<size_t>(A));
  Floats weight_back = packed(true, G, H, p.weight), query_back;
  RecurrenceGrad g;
  g.weight = weight_back.data(), g.d_states = matrix(d_states, H), g.previous = previous.data();
  if (!p.first.empty()) g.d_first_state = d_first.data();
  if (!p.first_cell.empty()) g.d_first_cell = d_first_cell.data();
  if (p.score != Score::none) {
    if (p.score == Score::additive) query_back = packed(true, A, H, p.query_weight);
    g.alignment = {query_back.data(),     matrix(d_contexts, C), d_keys.data(),
                   d_memory_gates.data(), d_memory.data(),       d_v.data()};
  }
  k.backward(1, &r, &g, scratch.data());
  dense(N, H, d_states, out.whole), dense(N, C, d_contexts, out.whole), dense(M, C, memory, out.whole);
  Floats d_x = dense(N, G, gates, out.whole), d_product = d_x, d_bias(static_cast<size_t>(G));
  for (Floats* f : {&scratch, &side, &previous, &d_first, &d_first_cell, &d_keys, &d_memory_gates, &d_memory, &queries})
    finish(*f);
  finish(out.weights), weights_kept.resize(out.weights.size()), out.weights = weights_kept;
  if (p.cell == Cell::gru)
    for (int64_t n = 0; n < N; ++n) std::copy_n(side.begin() + n * H, H, d_product.begin() + n * G + 2 * H);
  for (int64_t i = 0; i < N * G; ++i) d_bias[i % G] += d_product[i];
  out.gradients = {d_x, weight_gradient(N, G, H, d_product, previous), d_bias, d_first, d_first_cell, d_keys,
                   weight_gradient(N, A, H, queries, previous), d_v, d_memory_gates, d_memory};
  const auto inputs = const_cast<Problem&>(p).inputs();
  for (size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i]->empty()) out.gradients[i].clear();
  return out;
}

// What the gradients are of: states and contexts times their given gradients.
inline double loss(const Problem& p, const Result& r) {
  double sum = 0;
  for (size_t i = 0; i < r.states.size(); ++i) sum += double(r.states[i]) * p.d_states[i];
  for (size_t i = 0; i < r.contexts.size(); ++i) sum += double(r.contexts[i]) * p.d_contexts[i];
  return sum;
}

}  // namespace gamana::rnn_test
