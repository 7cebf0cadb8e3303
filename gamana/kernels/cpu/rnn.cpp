#include "gamana/kernels/rnn.h"

#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/rnn.cpp"
#include <hwy/foreach_target.h>  // first of Highway

#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/rnn_align-inl.h"
#include "gamana/kernels/cpu/rnn_cells-inl.h"
#include "gamana/kernels/cpu/rnn_plan.h"
#include "gamana/kernels/cpu/rnn_product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

// The places of one group's rows.
struct Walk {
  const Recurrence& r;
  const Alignment& align;
  const RnnGroup& group;
  int64_t H, G, A, C;

  Walk(const Recurrence& recurrence, const RnnGroup& g)
      : r(recurrence), align(r.alignment), group(g), H(r.hidden), G(gate_count(r.cell) * H), A(align.key_width),
        C(align.value_width) {}

  int64_t length(int64_t i) const { return r.offsets[group.members[i] + 1] - r.offsets[group.members[i]]; }
  int64_t longest() const { return group.count ? length(0) : 0; }
  int64_t row(int64_t i, int64_t t) const {
    const int32_t s = group.members[i];
    return r.reversed ? r.offsets[s + 1] - 1 - t : r.offsets[s] + t;
  }
  int64_t begin(int64_t i) const { return r.offsets[group.members[i]]; }
  float* gates(int64_t row) const { return r.gates.data + row * r.gates.stride; }
  float* side(int64_t row) const { return r.side + row * H; }
  float* state(int64_t row) const { return r.states.data + row * r.states.stride; }
  const float* first_state(int64_t i) const { return r.first_state ? r.first_state + group.members[i] * H : nullptr; }
  const float* state_before(int64_t i, int64_t t) const { return t ? state(row(i, t - 1)) : first_state(i); }
  const float* cell_before(int64_t i, int64_t t) const {
    return t ? side(row(i, t - 1)) : r.first_cell ? r.first_cell + group.members[i] * H : nullptr;
  }

  int64_t source(int64_t i) const { return align.source_begin[group.members[i]]; }
  int64_t sources(int64_t i) const { return align.source_end[group.members[i]] - source(i); }
  const float* keys(int64_t i) const { return align.keys + source(i) * A; }
  const float* memory(int64_t i) const { return align.memory.data + source(i) * align.memory.stride; }
  float* weights(int64_t i) const { return align.weights + align.weight_offsets[group.members[i]]; }
  float* weights(int64_t i, int64_t row) const { return weights(i) + (row - begin(i)) * sources(i); }
};

// Queries, softmax and what the contexts add to the gates, for the first `active` members at time t.
void additive_step(const Walk& w, int64_t active, int64_t t) {
  float* query = w.group.query;
  product(active, w.A, w.H, {w.group.state, w.H, 1}, packed(w.align.query_weight, w.H, false), {}, {query, w.A});
  for (int64_t i = 0; i < active; ++i) {
    const int64_t row = w.row(i, t), sources = w.sources(i);
    float* q = query + i * w.A;
    std::memcpy(w.align.queries + row * w.A, q, static_cast<size_t>(w.A) * sizeof(float));
    double_exp(w.A, q, q);
    float* weights = w.weights(i, row);
    additive_scores(sources, w.A, w.keys(i), q, w.align.v, weights);
    softmax(sources, weights);
    product(1, w.G, sources, {weights, sources, 1}, plain(w.align.memory_gates + w.source(i) * w.G, w.G),
            {w.gates(row), w.G}, {w.gates(row), w.G});
  }
}

void state_product(const Walk& w, int64_t active, int64_t t) {
  float* out = w.group.product;
  if (t > 0 || w.r.first_state)
    return product(active, w.G, w.H, {w.group.state, w.H, 1}, packed(w.r.weight, w.H, false), {w.r.bias, 0}, {out, w.G});
  for (int64_t i = 0; i < active; ++i)
    if (w.r.bias) std::memcpy(out + i * w.G, w.r.bias, static_cast<size_t>(w.G) * sizeof(float));
    else std::fill_n(out + i * w.G, w.G, 0.0f);
}

// Scores of `dot`, and all contexts, one product a sequence.
void align_sequences(const Walk& w) {
  for (int64_t i = 0; i < w.group.count; ++i) {
    const int64_t begin = w.begin(i), sources = w.sources(i);
    if (w.align.score == Score::dot)
      for (int64_t row = begin; row < begin + w.length(i); ++row) {
        dots(sources, w.A, w.state(row), w.keys(i), w.A, false, w.weights(i, row));
        softmax(sources, w.weights(i, row));
      }
    product(w.length(i), w.C, sources, {w.weights(i), sources, 1}, plain(w.memory(i), w.align.memory.stride), {},
            {w.align.contexts.data + begin * w.align.contexts.stride, w.align.contexts.stride});
  }
}

void forward_group(const Recurrence& recurrence, const RnnGroup& group) {
  const Walk w(recurrence, group);
  for (int64_t i = 0; i < group.count; ++i)
    if (const float* first = w.first_state(i)) std::copy_n(first, w.H, group.state + i * w.H);
    else std::fill_n(group.state + i * w.H, w.H, 0.0f);
  int64_t active = group.count;
  for (int64_t t = 0; t < w.longest(); ++t) {
    while (w.length(active - 1) <= t) --active;
    if (w.align.score == Score::additive) additive_step(w, active, t);
    state_product(w, active, t);
    for (int64_t i = 0; i < active; ++i) {
      const int64_t row = w.row(i, t);
      float *state = group.state + i * w.H, *sums = group.product + i * w.G;
      if (w.r.cell == Cell::gru) gru_step(w.H, w.gates(row), sums, state, w.state(row), w.side(row));
      else lstm_step(w.H, w.gates(row), sums, w.cell_before(i, t), state, w.state(row), w.side(row));
    }
  }
  if (w.align.score != Score::none) align_sequences(w);
}

// Before the walk back. Additive: the gradient of memory through the contexts. Dot: all of its attention, down to
// d_states.
void align_sequences_grad(const Walk& w, const RecurrenceGrad& g) {
  const AlignmentGrad& d = g.alignment;
  for (int64_t i = 0; i < w.group.count; ++i) {
    const int64_t begin = w.begin(i), length = w.length(i), sources = w.sources(i), source = w.source(i);
    const float* d_contexts = d.d_contexts.data + begin * d.d_contexts.stride;
    const Left transposed{w.weights(i), 1, sources};
    product(sources, w.C, length, transposed, plain(d_contexts, d.d_contexts.stride), {},
            {d.d_memory + source * w.C, w.C});
    if (w.align.score == Score::additive) {
      std::fill_n(d.d_keys + source * w.A, sources * w.A, 0.0f);
      continue;
    }
    for (int64_t t = 0; t < length; ++t) {
      float* weights = w.weights(i) + t * sources;
      dots(sources, w.C, d_contexts + t * d.d_contexts.stride, w.memory(i), w.align.memory.stride, false,
           w.group.scores);
      softmax_grad(sources, weights, w.group.scores, weights);
    }
    float* d_states = g.d_states.data + begin * g.d_states.stride;
    product(length, w.A, sources, {w.weights(i), sources, 1}, plain(w.keys(i), w.A), {d_states, g.d_states.stride},
            {d_states, g.d_states.stride});
    product(sources, w.A, length, transposed, plain(w.state(begin), w.r.states.stride), {},
            {d.d_keys + source * w.A, w.A});
  }
}

void additive_step_grad(const Walk& w, const AlignmentGrad& d, int64_t active, int64_t t, float* d_state) {
  const RnnGroup& group = w.group;
  for (int64_t i = 0; i < active; ++i) {
    const int64_t row = w.row(i, t), sources = w.sources(i), source = w.source(i);
    float *query = group.query + i * w.A, *kept = w.align.queries + row * w.A;
    dots(sources, w.C, d.d_contexts.data + row * d.d_contexts.stride, w.memory(i), w.align.memory.stride, false,
         group.scores);
    dots(sources, w.G, w.gates(row), w.align.memory_gates + source * w.G, w.G, true, group.scores);
    softmax_grad(sources, w.weights(i, row), group.scores, group.scores);
    double_exp(w.A, kept, query);
    additive_grad(sources, w.A, w.keys(i), w.align.v, group.scores, query, d.d_keys + source * w.A, group.d_v);
    std::copy_n(query, w.A, kept);
  }
  if (d_state)
    product(active, w.H, w.A, {group.query, w.A, 1}, packed(d.query_weight, w.A, false), {d_state, w.H}, {d_state, w.H});
}

void cell_grad(const Walk& w, const RecurrenceGrad& g, int64_t i, int64_t t) {
  const int64_t row = w.row(i, t), H = w.H;
  float* previous = g.previous + row * H;
  if (const float* before = w.state_before(i, t)) std::copy_n(before, H, previous);
  else std::fill_n(previous, H, 0.0f);
  const float* d_state = g.d_states.data + row * g.d_states.stride;
  float *carry = w.group.state + i * H, *d_product = w.group.product + i * w.G;
  if (w.r.cell == Cell::gru)
    gru_step_grad(H, w.gates(row), w.side(row), d_state, previous, carry, d_product);
  else
    lstm_step_grad(H, w.gates(row), w.side(row), w.cell_before(i, t), d_state, carry, w.group.cell + i * H, d_product);
}

void backward_group(const Recurrence& recurrence, const RecurrenceGrad& g, const RnnGroup& group) {
  const Walk w(recurrence, group);
  const bool additive = w.align.score == Score::additive;
  std::fill_n(group.state, group.count * w.H, 0.0f);
  std::fill_n(group.cell, group.count * w.H, 0.0f);
  if (additive) std::fill_n(group.d_v, w.A, 0.0f);
  if (w.align.score != Score::none) align_sequences_grad(w, g);
  int64_t active = 0;
  for (int64_t t = w.longest() - 1; t >= 0; --t) {
    while (active < group.count && w.length(active) > t) ++active;
    for (int64_t i = 0; i < active; ++i) cell_grad(w, g, i, t);
    const bool wanted = t > 0 || g.d_first_state;
    if (wanted)
      product(active, w.H, w.G, {group.product, w.G, 1}, packed(g.weight, w.G, false), {group.state, w.H}, {group.state, w.H});
    if (additive) additive_step_grad(w, g.alignment, active, t, wanted ? group.state : nullptr);
  }
  for (int64_t i = 0; i < group.count; ++i) {
    const int64_t s = group.members[i];
    if (g.d_first_state) std::copy_n(group.state + i * w.H, w.H, g.d_first_state + s * w.H);
    if (g.d_first_cell) std::copy_n(group.cell + i * w.H, w.H, g.d_first_cell + s * w.H);
    if (additive)  // the weights' part of the gates' gradients, now that all of these are known
      product(w.sources(i), w.G, w.length(i), {w.weights(i), 1, w.sources(i)},
              plain(w.gates(w.begin(i)), w.r.gates.stride), {}, {g.alignment.d_memory_gates + w.source(i) * w.G, w.G});
  }
}

void pack(bool backward, int64_t rows, int64_t cols, const float* weight, float* packed) {
  const int64_t width = panel_width(), k = backward ? rows : cols, n = backward ? cols : rows;
  const int64_t column = backward ? 1 : cols, inner = backward ? cols : 1;  // strides of the weight
  parallel_for((n + width - 1) / width, 4, [=](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; ++panel)
      for (int64_t c = panel * width; c < (panel + 1) * width; ++c)
        for (int64_t p = 0; p < k; ++p)
          packed[panel * k * width + p * width + c % width] = c < n ? weight[c * column + p * inner] : 0.0f;
  });
}

void prepare_keys(int64_t n, const float* keys, float* prepared) {
  parallel_for(n, 1 << 14,
               [=](int64_t begin, int64_t end) { double_exp(end - begin, keys + begin, prepared + begin); });
}

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana {
namespace cpu {
namespace {

HWY_EXPORT(forward_group);
HWY_EXPORT(backward_group);
HWY_EXPORT(pack);
HWY_EXPORT(prepare_keys);

void rnn_pack(bool backward, int64_t rows, int64_t cols, const float* weight, float* packed) {
  HWY_DYNAMIC_DISPATCH(pack)(backward, rows, cols, weight, packed);
}

void rnn_prepare_keys(int64_t n, const float* keys, float* prepared) {
  HWY_DYNAMIC_DISPATCH(prepare_keys)(n, keys, prepared);
}

int64_t rnn_scratch_size(int count, const Recurrence* r) { return RnnPlan(count, r, nullptr).used; }

void rnn_forward(int count, const Recurrence* r, float* scratch) {
  const RnnPlan plan(count, r, scratch);
  parallel_for(static_cast<int64_t>(plan.groups.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      HWY_DYNAMIC_DISPATCH(forward_group)(r[plan.groups[i].recurrence], plan.groups[i]);
  });
}

void rnn_backward(int count, const Recurrence* r, const RecurrenceGrad* g, float* scratch) {
  const RnnPlan plan(count, r, scratch);
  parallel_for(static_cast<int64_t>(plan.groups.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int which = plan.groups[i].recurrence;
      HWY_DYNAMIC_DISPATCH(backward_group)(r[which], g[which], plan.groups[i]);
    }
  });
  for (const RnnGroup& group : plan.groups) {
    const Alignment& align = r[group.recurrence].alignment;
    if (align.score != Score::additive) continue;
    for (int i = 0; i < align.key_width; ++i) g[group.recurrence].alignment.d_v[i] += group.d_v[i];
  }
}

}  // namespace
}  // namespace cpu

const RnnKernels& cpu_rnn_kernels() {
  static const RnnKernels kernels{cpu::rnn_pack, cpu::rnn_prepare_keys, cpu::rnn_scratch_size, cpu::rnn_forward,
                                  cpu::rnn_backward};
  return kernels;
}

}  // namespace gamana
#endif
