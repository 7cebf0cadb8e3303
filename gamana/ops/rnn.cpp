#include "gamana/ops/rnn.h"

#include <algorithm>
#include <memory>

#include "gamana/ops/gradient.h"
#include "gamana/ops/product.h"

namespace gamana {
namespace {

// One direction: what its forward wrote and its backward reads.
struct Strand {
  Tensor weight, bias;  // [G, H], [1, G]
  Tensor gates, side;   // [N, G], [N, H]
  Tensor packed;
};

// One call of the kernels. The recurrences point into the tensors held here and into the batch, which outlives the
// step.
struct Pass {
  std::vector<Recurrence> recurrences;
  std::vector<Strand> strands;
  Tensor states, first, first_cell;  // [N, H * strands], [S, H]
  Memory memory;
  Tensor query_weight, v, packed_query;         // [A, H], [1, A]
  Tensor queries, weights, contexts;            // [N, A], [1, sum of targets * sources], [N, C]
  std::vector<int64_t> weight_offsets;

  int64_t rows() const { return states.rows(); }
  int64_t hidden() const { return recurrences.front().hidden; }
};

Tensor packed_weight(Context& c, const Tensor& weight, bool backward) {
  const Tensor packed = c.tensor(1, rnn_packed_size(weight.rows(), weight.cols()), false);
  c.kernels.rnn->pack(backward, weight.rows(), weight.cols(), weight.data(), packed.data());
  return packed;
}

void add_strand(Context& c, Pass& pass, Cell cell, const Tensor& x, const RecurrentLayer& layer, bool reversed,
                const std::vector<int32_t>& offsets, const Tensor& packed) {
  const Tensor& w = layer.hidden.weight.tensor;
  GAMANA_DCHECK(w.rows() == gate_count(cell) * w.cols() && offsets.back() == x.rows());
  Strand s{w, layer.hidden.bias.tensor, linear(c, x, layer.input), c.tensor(x.rows(), w.cols(), false),
           packed ? packed : packed_weight(c, w, false)};
  Recurrence r;
  r.cell = cell, r.hidden = static_cast<int>(w.cols()), r.reversed = reversed;
  r.sequences = static_cast<int64_t>(offsets.size()) - 1, r.offsets = offsets.data();
  r.weight = s.packed.data(), r.bias = s.bias.data(), r.side = s.side.data();
  r.gates = {s.gates.data(), s.gates.cols()};
  pass.strands.push_back(std::move(s));
  pass.recurrences.push_back(r);
}

void add_alignment(Context& c, Pass& pass, const AttentionLayer& layer, const Tensor& packed_query) {
  const Memory& m = pass.memory;
  Recurrence& r = pass.recurrences.front();
  pass.weight_offsets.assign(1, 0);
  for (int64_t s = 0; s < r.sequences; ++s)
    pass.weight_offsets.push_back(pass.weight_offsets.back() +
                                  int64_t{r.offsets[s + 1] - r.offsets[s]} * (m.end[s] - m.begin[s]));
  const int64_t rows = pass.strands.front().gates.rows();
  pass.weights = c.tensor(1, pass.weight_offsets.back(), false);
  pass.contexts = c.tensor(rows, m.values.cols(), c.tape != nullptr);
  if (m.score == Score::additive) {
    pass.query_weight = layer.query.weight.tensor, pass.v = layer.v.tensor;
    pass.packed_query = packed_query ? packed_query : packed_weight(c, pass.query_weight, false);
    pass.queries = c.tensor(rows, m.keys.cols(), false);
  }
  Alignment& a = r.alignment;
  a.score = m.score, a.key_width = static_cast<int>(m.keys.cols()), a.value_width = static_cast<int>(m.values.cols());
  a.source_begin = m.begin, a.source_end = m.end, a.keys = m.keys.data();
  a.memory = {m.values.data(), m.values.cols()};
  a.weights = pass.weights.data(), a.weight_offsets = pass.weight_offsets.data();
  a.contexts = {pass.contexts.data(), pass.contexts.cols()};
  if (m.score != Score::additive) return;
  a.query_weight = pass.packed_query.data(), a.v = pass.v.data(), a.memory_gates = m.gates.data();
  a.queries = pass.queries.data();
}

void forward(Context& c, Pass& pass) {
  const int count = static_cast<int>(pass.recurrences.size());
  const Scratch<float> scratch(c.arena, c.kernels.rnn->scratch_size(count, pass.recurrences.data()));
  c.kernels.rnn->forward(count, pass.recurrences.data(), scratch);
  for (Strand& s : pass.strands) s.packed = Tensor();  // backward packs in its own order
  pass.packed_query = Tensor();
}

// Gradients of a strand's recurrent weight and bias from what the kernel left in gates and side.
void add_weight_gradients(Context& c, const Strand& s, Cell cell, const float* previous,
                          const uint16_t* half_previous) {
  const int64_t N = s.gates.rows(), H = s.weight.cols(), G = s.gates.cols(), shared = cell == Cell::gru ? 2 * H : G;
  const Operand right{previous, half_previous, H, false};
  if (s.weight.wants_grad()) {
    float* d_weight = grad_slot(c.arena, s.weight).data;
    const HalfScratch half(c, s.gates.data(), N * G);
    product(c, shared, H, N, {s.gates.data(), half.get(), G, true}, right, d_weight, H, true);
    if (shared < G) {  // n: the gradient behind the reset gate
      const HalfScratch half_side(c, s.side.data(), N * H);
      product(c, H, H, N, {s.side.data(), half_side.get(), H, true}, right, d_weight + shared * H, H, true);
    }
  }
  if (!s.bias.wants_grad()) return;
  const Scratch<float> sums(c.arena, G);
  std::fill_n(sums.get(), G, 0.0f);
  c.kernels.add_column_sums(N, G, s.gates.data(), sums);
  if (shared < G) {
    std::fill_n(sums.get() + shared, H, 0.0f);
    c.kernels.add_column_sums(N, H, s.side.data(), sums.get() + shared);
  }
  c.kernels.add(G, sums, grad_slot(c.arena, s.bias).data);
}

// A gradient that a kernel writes whole; it is added to what is there when the scope ends.
class WholeGradient {
 public:
  WholeGradient(Context& c, const Tensor& x) : c_(c), size_(x ? x.size() : 0) {
    if (!size_) return;
    if (x.wants_grad()) slot_ = grad_slot(c.arena, x);
    if (!slot_.data || slot_.add) own_ = c.arena.allocate<float>(size_);
  }
  ~WholeGradient() {
    if (!own_) return;
    if (slot_.data) c_.kernels.add(size_, own_, slot_.data);
    c_.arena.release(own_);
  }
  WholeGradient(const WholeGradient&) = delete;
  WholeGradient& operator=(const WholeGradient&) = delete;
  float* data() const { return own_ ? own_ : slot_.data; }

 private:
  Context& c_;
  int64_t size_;
  GradSlot slot_{nullptr, false};
  float* own_ = nullptr;
};

void backward(Context& c, Pass& pass) {
  const int count = static_cast<int>(pass.recurrences.size());
  const int64_t N = pass.rows(), H = pass.hidden();
  float* d_states = gradient_or_zeros(c, pass.states);
  const Memory& m = pass.memory;
  const Scratch<float> previous(c.arena, N * H * count);
  {
    const WholeGradient d_first(c, pass.first), d_first_cell(c, pass.first_cell);
    const bool additive = m.score == Score::additive;
    const WholeGradient d_keys(c, m.keys), d_values(c, m.values), d_gates(c, m.gates);
    std::vector<RecurrenceGrad> gradients(pass.recurrences.size());
    std::vector<Tensor> packed;
    for (int i = 0; i < count; ++i) {
      packed.push_back(packed_weight(c, pass.strands[i].weight, true));
      RecurrenceGrad& g = gradients[i];
      g.weight = packed.back().data(), g.previous = previous + N * H * i;
      g.d_states = {d_states + H * i, pass.states.cols()};
      g.d_first_state = d_first.data(), g.d_first_cell = d_first_cell.data();
    }
    if (m.score != Score::none) {
      AlignmentGrad& a = gradients.front().alignment;
      a.d_contexts = {gradient_or_zeros(c, pass.contexts), m.values.cols()};
      a.d_keys = d_keys.data(), a.d_memory = d_values.data(), a.d_memory_gates = d_gates.data();
      if (additive) {
        packed.push_back(packed_weight(c, pass.query_weight, true));
        a.query_weight = packed.back().data(), a.d_v = grad_slot(c.arena, pass.v).data;
      }
    }
    const Scratch<float> scratch(c.arena, c.kernels.rnn->scratch_size(count, pass.recurrences.data()));
    c.kernels.rnn->backward(count, pass.recurrences.data(), gradients.data(), scratch);
  }
  for (int i = 0; i < count; ++i) {
    const Strand& s = pass.strands[i];
    const HalfScratch half(c, previous + N * H * i, N * H);
    add_weight_gradients(c, s, pass.recurrences[i].cell, previous + N * H * i, half.get());
    if (i == 0 && pass.query_weight && pass.query_weight.wants_grad()) {
      const int64_t A = pass.queries.cols();
      const HalfScratch half_queries(c, pass.queries.data(), N * A);
      product(c, A, H, N, {pass.queries.data(), half_queries.get(), A, true}, {previous, half.get(), H, false},
              grad_slot(c.arena, pass.query_weight).data, H, true);
    }
    // The kernel turned the gates into their gradient where they stand.
    Node& gates = s.gates.node();
    std::swap(gates.data, gates.grad);
    gates.has_grad = true;
  }
}

}  // namespace

Tensor recurrence(Context& c, Cell cell, const Tensor& x, const std::vector<int32_t>& offsets,
                  std::span<const RecurrentLayer> layers, Direction direction) {
  GAMANA_DCHECK(layers.size() == (direction == Direction::both ? 2u : 1u));
  const auto pass = std::make_shared<Pass>();
  for (size_t i = 0; i < layers.size(); ++i)
    add_strand(c, *pass, cell, x, layers[i], direction == Direction::reverse || i == 1, offsets, {});
  const int64_t H = pass->hidden(), width = H * static_cast<int64_t>(layers.size());
  pass->states = c.tensor(x.rows(), width, c.tape != nullptr);
  for (size_t i = 0; i < layers.size(); ++i)
    pass->recurrences[i].states = {pass->states.data() + static_cast<int64_t>(i) * H, width};
  forward(c, *pass);
  const Tensor states = pass->states;
  if (c.tape) c.tape->record([&c, pass] { backward(c, *pass); });
  return states;
}

Memory make_memory(Context& c, Score score, const Tensor& values, const std::vector<int32_t>& offsets,
                   const AttentionLayer& layer, const std::string& name) {
  Memory m{score, values, layer.key.weight.rows ? linear(c, values, layer.key) : values, {}, offsets.data(),
           offsets.data() + 1, &offsets, name};
  if (score != Score::additive) return m;
  m.gates = linear(c, values, layer.context);
  c.kernels.rnn->prepare_keys(m.keys.size(), m.keys.data(), m.keys.data());
  return m;
}

PackedRecurrence pack_recurrence(Context& c, const RecurrentLayer& layer, const AttentionLayer* additive) {
  PackedRecurrence packed{packed_weight(c, layer.hidden.weight.tensor, false), {}};
  if (additive) packed.query = packed_weight(c, additive->query.weight.tensor, false);
  return packed;
}

DecoderStates decoder_recurrence(Context& c, Cell cell, const Tensor& x, const std::vector<int32_t>& offsets,
                                 const RecurrentLayer& layer, const Tensor& first, const Tensor& first_cell,
                                 const Memory& memory, const AttentionLayer* attention,
                                 const PackedRecurrence* packed) {
  const auto pass = std::make_shared<Pass>();
  add_strand(c, *pass, cell, x, layer, false, offsets, packed ? packed->hidden : Tensor());
  pass->states = c.tensor(x.rows(), pass->hidden(), c.tape != nullptr);
  pass->first = first, pass->first_cell = first_cell, pass->memory = memory;
  Recurrence& r = pass->recurrences.front();
  r.states = {pass->states.data(), pass->states.cols()};
  r.first_state = first ? first.data() : nullptr, r.first_cell = first_cell ? first_cell.data() : nullptr;
  if (memory.score != Score::none) add_alignment(c, *pass, *attention, packed ? packed->query : Tensor());
  forward(c, *pass);
  if (c.tap && memory.offsets && pass->weights)
    c.tap({memory.name, 1, &offsets, memory.offsets, pass->weights.data(), &pass->weight_offsets});
  const DecoderStates out{pass->states, pass->strands.front().side, pass->contexts};
  if (c.tape) c.tape->record([&c, pass] { backward(c, *pass); });
  return out;
}

}  // namespace gamana
