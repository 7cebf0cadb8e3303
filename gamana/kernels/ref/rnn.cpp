// Recurrences in plain loops and double sums, one sequence after the other.
#include "gamana/kernels/rnn.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace gamana {
namespace {

using Numbers = std::vector<double>;

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// One sequence of one recurrence.
struct Walk {
  const Recurrence& r;
  int64_t s, begin, length, H, G;

  Walk(const Recurrence& recurrence, int64_t sequence)
      : r(recurrence), s(sequence), begin(r.offsets[s]), length(r.offsets[s + 1] - begin), H(r.hidden),
        G(gate_count(r.cell) * H) {}

  int64_t row(int64_t t) const { return r.reversed ? begin + length - 1 - t : begin + t; }
  float* gates(int64_t t) const { return r.gates.data + row(t) * r.gates.stride; }
  float* side(int64_t t) const { return r.side + row(t) * H; }
  float* state(int64_t t) const { return r.states.data + row(t) * r.states.stride; }
  double before(int64_t t, int64_t h) const {  // s_{t-1}
    return t ? state(t - 1)[h] : r.first_state ? r.first_state[s * H + h] : 0.0;
  }
  double cell_before(int64_t t, int64_t h) const {
    return t ? side(t - 1)[h] : r.first_cell ? r.first_cell[s * H + h] : 0.0;
  }

  int64_t source() const { return r.alignment.source_begin[s]; }
  int64_t sources() const { return r.alignment.score == Score::none ? 0 : r.alignment.source_end[s] - source(); }
  float* weights(int64_t t) const {
    const int64_t place = r.reversed ? length - 1 - t : t;
    return r.alignment.weights + r.alignment.weight_offsets[s] + place * sources();
  }
};

double score(const Walk& w, int64_t t, int64_t j) {
  const Alignment& a = w.r.alignment;
  const float* key = a.keys + (w.source() + j) * a.key_width;
  const float* query = a.score == Score::additive ? a.queries + w.row(t) * a.key_width : w.state(t);
  double sum = 0;
  for (int64_t i = 0; i < a.key_width; ++i)
    sum += a.score == Score::additive ? a.v[i] * std::tanh(double(key[i]) + query[i]) : double(key[i]) * query[i];
  return sum;
}

void align(const Walk& w, int64_t t) {
  const Alignment& a = w.r.alignment;
  if (a.score == Score::additive)
    for (int64_t i = 0; i < a.key_width; ++i) {
      double sum = 0;
      for (int64_t h = 0; h < w.H; ++h) sum += a.query_weight[i * w.H + h] * w.before(t, h);
      a.queries[w.row(t) * a.key_width + i] = static_cast<float>(sum);
    }
  Numbers e(w.sources());
  for (int64_t j = 0; j < w.sources(); ++j) e[j] = score(w, t, j);
  const double most = *std::max_element(e.begin(), e.end());
  double total = 0;
  for (double& x : e) total += x = std::exp(x - most);
  for (int64_t j = 0; j < w.sources(); ++j) w.weights(t)[j] = static_cast<float>(e[j] / total);
  for (int64_t c = 0; c < a.value_width; ++c) {
    double sum = 0;
    for (int64_t j = 0; j < w.sources(); ++j)
      sum += e[j] / total * a.memory.data[(w.source() + j) * a.memory.stride + c];
    a.contexts.data[w.row(t) * a.contexts.stride + c] = static_cast<float>(sum);
  }
  if (a.score == Score::additive)
    for (int64_t g = 0; g < w.G; ++g) {
      double sum = 0;
      for (int64_t j = 0; j < w.sources(); ++j) sum += e[j] / total * a.memory_gates[(w.source() + j) * w.G + g];
      w.gates(t)[g] += static_cast<float>(sum);
    }
}

void step(const Walk& w, int64_t t) {
  const int64_t H = w.H;
  Numbers product(w.G);
  for (int64_t g = 0; g < w.G; ++g) {
    product[g] = w.r.bias ? w.r.bias[g] : 0.0;
    for (int64_t h = 0; h < H; ++h) product[g] += w.r.weight[g * H + h] * w.before(t, h);
  }
  float* x = w.gates(t);
  for (int64_t h = 0; h < H; ++h) {
    if (w.r.cell == Cell::gru) {
      const double reset = sigmoid(x[h] + product[h]), update = sigmoid(x[H + h] + product[H + h]);
      const double fresh = std::tanh(x[2 * H + h] + reset * product[2 * H + h]);
      w.side(t)[h] = static_cast<float>(product[2 * H + h]);
      w.state(t)[h] = static_cast<float>((1 - update) * fresh + update * w.before(t, h));
      x[h] = static_cast<float>(reset), x[H + h] = static_cast<float>(update), x[2 * H + h] = static_cast<float>(fresh);
    } else {
      const double in = sigmoid(x[h] + product[h]), forget = sigmoid(x[H + h] + product[H + h]);
      const double fresh = std::tanh(x[2 * H + h] + product[2 * H + h]),
                   out = sigmoid(x[3 * H + h] + product[3 * H + h]);
      const double cell = forget * w.cell_before(t, h) + in * fresh;
      w.side(t)[h] = static_cast<float>(cell);
      w.state(t)[h] = static_cast<float>(out * std::tanh(cell));
      x[h] = static_cast<float>(in), x[H + h] = static_cast<float>(forget);
      x[2 * H + h] = static_cast<float>(fresh), x[3 * H + h] = static_cast<float>(out);
    }
  }
}

void forward(int count, const Recurrence* r, float*) {
  for (int i = 0; i < count; ++i)
    for (int64_t s = 0; s < r[i].sequences; ++s) {
      const Walk w(r[i], s);
      for (int64_t t = 0; t < w.length; ++t) {
        if (r[i].alignment.score == Score::additive) align(w, t);
        step(w, t);
        if (r[i].alignment.score == Score::dot) align(w, t);
      }
    }
}

// What one sequence sends back into its source.
struct SourceGrad {
  Numbers keys, gates, memory;
  SourceGrad(const Walk& w, const Alignment& a)
      : keys(w.sources() * a.key_width), gates(a.score == Score::additive ? w.sources() * w.G : 0),
        memory(w.sources() * a.value_width) {}

  void write(const Walk& w, const AlignmentGrad& g) const {
    const Alignment& a = w.r.alignment;
    std::copy(keys.begin(), keys.end(), g.d_keys + w.source() * a.key_width);
    std::copy(memory.begin(), memory.end(), g.d_memory + w.source() * a.value_width);
    if (!gates.empty()) std::copy(gates.begin(), gates.end(), g.d_memory_gates + w.source() * w.G);
  }
};

// d_query [A] receives the gradient of the query; d_gates [G] is that of the gates (additive).
void align_grad(const Walk& w, const AlignmentGrad& g, int64_t t, const Numbers& d_gates, SourceGrad& out,
                Numbers& d_query) {
  const Alignment& a = w.r.alignment;
  const int64_t A = a.key_width, C = a.value_width;
  const float* d_context = g.d_contexts.data + w.row(t) * g.d_contexts.stride;
  const float* weight = w.weights(t);
  Numbers d_weight(w.sources());
  double mean = 0;
  for (int64_t j = 0; j < w.sources(); ++j) {
    for (int64_t c = 0; c < C; ++c) {
      d_weight[j] += d_context[c] * double(a.memory.data[(w.source() + j) * a.memory.stride + c]);
      out.memory[j * C + c] += weight[j] * double(d_context[c]);
    }
    for (size_t i = 0; i < d_gates.size(); ++i) {
      d_weight[j] += d_gates[i] * a.memory_gates[(w.source() + j) * w.G + i];
      out.gates[j * w.G + i] += weight[j] * d_gates[i];
    }
    mean += weight[j] * d_weight[j];
  }
  for (int64_t j = 0; j < w.sources(); ++j) {
    const double d_score = weight[j] * (d_weight[j] - mean);
    for (int64_t i = 0; i < A; ++i) {
      const double key = a.keys[(w.source() + j) * A + i];
      if (a.score == Score::additive) {
        const double y = std::tanh(key + a.queries[w.row(t) * A + i]), d_sum = d_score * a.v[i] * (1 - y * y);
        out.keys[j * A + i] += d_sum, d_query[i] += d_sum;
        g.d_v[i] += static_cast<float>(d_score * y);
      } else {
        out.keys[j * A + i] += d_score * w.state(t)[i], d_query[i] += d_score * key;
      }
    }
  }
}

// dh [H] in: gradient of s_t, out: the part that reaches s_{t-1} around the product. d_x [G]: gradient of the input
// products. d_product [G]: of the products with the state.
void step_grad(const Walk& w, int64_t t, Numbers& dh, Numbers& dc, Numbers& d_x, Numbers& d_product) {
  const int64_t H = w.H;
  const float* x = w.gates(t);
  for (int64_t h = 0; h < H; ++h) {
    if (w.r.cell == Cell::gru) {
      const double reset = x[h], update = x[H + h], fresh = x[2 * H + h];
      const double d_fresh = dh[h] * (1 - update) * (1 - fresh * fresh);
      d_x[2 * H + h] = d_fresh, d_product[2 * H + h] = d_fresh * reset;
      d_x[h] = d_product[h] = d_fresh * w.side(t)[h] * reset * (1 - reset);
      d_x[H + h] = d_product[H + h] = dh[h] * (w.before(t, h) - fresh) * update * (1 - update);
      dh[h] *= update;
    } else {
      const double in = x[h], forget = x[H + h], fresh = x[2 * H + h], out = x[3 * H + h], y = std::tanh(w.side(t)[h]);
      const double d_cell = dc[h] + dh[h] * out * (1 - y * y);
      d_x[h] = d_cell * fresh * in * (1 - in);
      d_x[H + h] = d_cell * w.cell_before(t, h) * forget * (1 - forget);
      d_x[2 * H + h] = d_cell * in * (1 - fresh * fresh);
      d_x[3 * H + h] = dh[h] * y * out * (1 - out);
      dc[h] = d_cell * forget, dh[h] = 0;
    }
  }
  if (w.r.cell == Cell::lstm) d_product = d_x;
}

void add_product(int64_t rows, const Numbers& d, const float* weight, Numbers& dh) {  // dh += d W
  const int64_t H = static_cast<int64_t>(dh.size());
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t h = 0; h < H; ++h) dh[h] += d[i] * weight[i * H + h];
}

void sequence_backward(const Walk& w, const RecurrenceGrad& g) {
  const Alignment& a = w.r.alignment;
  const int64_t H = w.H;
  Numbers dh(H), dc(H), d_x(w.G), d_product(w.G);
  SourceGrad source(w, a);
  for (int64_t t = w.length - 1; t >= 0; --t) {
    float* d_state = g.d_states.data + w.row(t) * g.d_states.stride;
    if (a.score == Score::dot) {
      Numbers d_query(H);
      align_grad(w, g.alignment, t, {}, source, d_query);
      for (int64_t h = 0; h < H; ++h) d_state[h] += static_cast<float>(d_query[h]);
    }
    for (int64_t h = 0; h < H; ++h)
      dh[h] += d_state[h], g.previous[w.row(t) * H + h] = static_cast<float>(w.before(t, h));
    step_grad(w, t, dh, dc, d_x, d_product);
    add_product(w.G, d_product, g.weight, dh);
    if (a.score == Score::additive) {
      Numbers d_query(a.key_width);
      align_grad(w, g.alignment, t, d_x, source, d_query);
      add_product(a.key_width, d_query, g.alignment.query_weight, dh);
      std::copy(d_query.begin(), d_query.end(), a.queries + w.row(t) * a.key_width);
    }
    std::copy(d_x.begin(), d_x.end(), w.gates(t));
    if (w.r.cell == Cell::gru) std::copy(d_product.begin() + 2 * H, d_product.end(), w.side(t));
  }
  if (g.d_first_state) std::copy(dh.begin(), dh.end(), g.d_first_state + w.s * H);
  if (g.d_first_cell) std::copy(dc.begin(), dc.end(), g.d_first_cell + w.s * H);
  if (a.score != Score::none) source.write(w, g.alignment);
}

void backward(int count, const Recurrence* r, const RecurrenceGrad* g, float*) {
  for (int i = 0; i < count; ++i)
    for (int64_t s = 0; s < r[i].sequences; ++s) sequence_backward(Walk(r[i], s), g[i]);
}

void pack(bool, int64_t rows, int64_t cols, const float* weight, float* packed) {
  std::copy_n(weight, rows * cols, packed);
}

void prepare_keys(int64_t n, const float* keys, float* prepared) {
  if (keys != prepared) std::copy_n(keys, n, prepared);
}

int64_t scratch_size(int, const Recurrence*) { return 0; }

}  // namespace

const RnnKernels& ref_rnn_kernels() {
  static const RnnKernels kernels{pack, prepare_keys, scratch_size, forward, backward};
  return kernels;
}

}  // namespace gamana
