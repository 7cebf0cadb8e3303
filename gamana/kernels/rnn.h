#pragma once
// Recurrent layers over whole ragged sequences, with or without an attention that is part of the recurrence, forward
// and backward. Letters: N rows of a ragged batch, S sequences, H hidden width, G = gate_count * H, M source rows of
// all sequences, A width of keys, C width of what is attended to.
//
// A recurrence is cut into groups of sequences that never wait for each other: each group is walked through all its
// time steps by one thread with products of its own. What does not depend on time stays outside: the products of the
// inputs before (`gates`), the gradients of the weights after (from `gates`, `side`, `previous` and `queries`, by large
// products).
#include <cstdint>

#include "gamana/kernels/kernels.h"  // Rows

namespace gamana {

// gru, as PyTorch and cuDNN define it: r = s(x_r + h W_hr + b_hr), z likewise, n = tanh(x_n + r * (h W_hn + b_hn)),
// h' = (1 - z) n + z h. Cho et al. 2014 (eq. 5-8) reset h before the product and swap z and 1 - z.
// lstm: Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000: c' = f c + i g, h' = o tanh(c').
enum class Cell { gru, lstm };
constexpr int gate_count(Cell cell) { return cell == Cell::gru ? 3 : 4; }

// additive (Bahdanau et al. 2015, appendix A.1.2): e = v tanh(K_j + W_q s_{t-1}), before the step; its context enters
// the gates. dot (Luong et al. 2015, section 3.1): e = s_t K_j after the step; `general` is dot with keys = memory W_a.
enum class Score { none, additive, dot };

// The attention of a decoder: sequence s looks at source rows [source_begin[s], source_end[s]), at least one.
struct Alignment {
  Score score = Score::none;
  int key_width = 0;                    // A; H for dot
  int value_width = 0;                  // C
  const int32_t* source_begin = nullptr;  // [S]
  const int32_t* source_end = nullptr;    // [S]
  const float* keys = nullptr;          // [M, A] additive: from prepare_keys
  const float* query_weight = nullptr;  // [A, H] packed; additive
  const float* v = nullptr;             // [A] additive
  const float* memory_gates = nullptr;  // [M, G] additive: memory W_c, so that the context's product leaves the loop
  Rows memory{};                        // [M, C]
  float* weights = nullptr;             // out: sequence s writes [targets, sources] at weights + weight_offsets[s]
  const int64_t* weight_offsets = nullptr;  // [S]
  float* queries = nullptr;             // [N, A] out, kept for backward; additive
  Rows contexts{};                      // [N, C] out
};

// One direction of one layer.
struct Recurrence {
  Cell cell = Cell::gru;
  int hidden = 0;                     // H
  bool reversed = false;              // walk each sequence from its end
  int64_t sequences = 0;              // S
  const int32_t* offsets = nullptr;   // [S + 1]; empty sequences are allowed
  const float* weight = nullptr;      // [G, H] packed (forward)
  const float* bias = nullptr;        // [G] or null, added to the product with the state
  Rows gates{};                       // [N, G] in: products of the inputs; out: r z n or i f g o after their functions
  float* side = nullptr;              // [N, H] out: gru h W_hn + b_hn, lstm c; kept for backward
  Rows states{};                      // [N, H] out
  const float* first_state = nullptr; // [S, H] or null for zeros
  const float* first_cell = nullptr;  // [S, H] or null for zeros; lstm
  Alignment alignment{};
};

struct AlignmentGrad {
  const float* query_weight = nullptr;  // [A, H] packed (backward); additive
  Rows d_contexts{};             // [N, C] in
  float* d_keys = nullptr;       // [M, A] out, of the keys before prepare_keys
  float* d_memory_gates = nullptr;  // [M, G] out; additive
  float* d_memory = nullptr;     // [M, C] out
  float* d_v = nullptr;          // [A] added to; additive
};

// After backward `gates` holds the gradients of the input products, `side` (gru) those of h W_hn + b_hn and `queries`
// those of the queries; alignment weights may be overwritten.
struct RecurrenceGrad {
  const float* weight = nullptr;  // [G, H] packed (backward)
  Rows d_states{};                // [N, H] in; dot adds the gradient that comes through the scores
  float* previous = nullptr;      // [N, H] out: the state before each row
  float* d_first_state = nullptr; // [S, H] out or null
  float* d_first_cell = nullptr;  // [S, H] out or null; lstm
  AlignmentGrad alignment{};
};

// Floats that a packed [rows, cols] weight takes.
constexpr int64_t rnn_packed_size(int64_t rows, int64_t cols) {
  return (rows + 31) / 32 * 32 * ((cols + 31) / 32 * 32);
}

struct RnnKernels {
  // weight [rows, cols] for forward (x W^T) or for backward (d W) in the order in which the loop reads it.
  void (*pack)(bool backward, int64_t rows, int64_t cols, const float* weight, float* packed);
  // Keys for additive scores; prepared may be keys. cpu stores exp(2 K), which makes tanh(K + q) one product and one
  // division; it cuts K and q to [-20, 20].
  void (*prepare_keys)(int64_t n, const float* keys, float* prepared);
  // Floats of scratch that forward and backward of these `count` recurrences need.
  int64_t (*scratch_size)(int count, const Recurrence* r);
  // The recurrences run side by side: both directions of a layer are one call.
  void (*forward)(int count, const Recurrence* r, float* scratch);
  void (*backward)(int count, const Recurrence* r, const RecurrenceGrad* g, float* scratch);
};

const RnnKernels& cpu_rnn_kernels();
const RnnKernels& ref_rnn_kernels();

}  // namespace gamana
