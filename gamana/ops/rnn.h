#pragma once
// Recurrent layers over ragged batches, and decoders that attend. Each is one operation over all sequences and times.
#include <span>
#include <string>
#include <vector>

#include "gamana/kernels/rnn.h"
#include "gamana/ops/ops.h"

namespace gamana {

// Products of the input and of the state, both with bias, rows in the order of PyTorch's weight_ih and weight_hh:
// r z n (gru) or i f g o (lstm). input [G, in], hidden [G, H], G = 3H or 4H.
struct RecurrentLayer {
  Linear input, hidden;
};

enum class Direction { forward, reverse, both };
// x [N, in] -> states [N, H]; `both`: [N, 2H] from two layers, the forward one first.
Tensor recurrence(Context& c, Cell cell, const Tensor& x, const std::vector<int32_t>& offsets,
                  std::span<const RecurrentLayer> layers, Direction direction);

// What a decoder attends with. additive: key [A, C], query [A, H] without bias, v [1, A], context [G, C] without bias,
// the columns of the cell's input product that see the context. general: key [H, C]. dot: nothing.
struct AttentionLayer {
  Linear key, query, context;
  Parameter v;
};

// A source made ready to be attended to.
struct Memory {
  Score score = Score::none;
  Tensor values;  // [M, C]
  Tensor keys;    // [M, A]; additive: after prepare_keys
  Tensor gates;   // [M, G] additive
  const int32_t *begin = nullptr, *end = nullptr;      // [S] rows that target sequence s sees
  const std::vector<int32_t>* offsets = nullptr;       // [S + 1] where all sources stand in order
  std::string name;                                    // for whoever taps the weights
};
// Score::dot without a key layer takes the values as keys.
Memory make_memory(Context& c, Score score, const Tensor& values, const std::vector<int32_t>& offsets,
                   const AttentionLayer& layer, const std::string& name);

// The recurrent weights in the order in which the loop reads them, for callers that step many times with the same.
struct PackedRecurrence {
  Tensor hidden, query;
};
// `additive`: the attention of an additive score, or null.
PackedRecurrence pack_recurrence(Context& c, const RecurrentLayer& layer, const AttentionLayer* additive);

struct DecoderStates {
  Tensor states;    // [N, H]
  Tensor cells;     // [N, H] lstm
  Tensor contexts;  // [N, C] where it attends
};
// A decoder layer that starts from first [S, H] and, lstm, first_cell [S, H] (empty: zeros, without gradient).
// x [N, in]; additive attention adds its contexts to the input products, dot attends from the new states.
DecoderStates decoder_recurrence(Context& c, Cell cell, const Tensor& x, const std::vector<int32_t>& offsets,
                                 const RecurrentLayer& layer, const Tensor& first, const Tensor& first_cell,
                                 const Memory& memory, const AttentionLayer* attention,
                                 const PackedRecurrence* packed = nullptr);

}  // namespace gamana
