#pragma once
// One vector for each sequence: the poolings of sentence embeddings (Reimers and Gurevych 2019, section 3; the names of
// sentence-transformers' Pooling are in models/sentence_files.cpp).
#include "gamana/tensor/context.h"

namespace gamana {

enum class Pooling {
  first,          // of the first token
  last,           // of the last token
  mean,
  mean_sqrt,      // the sum over the root of the length
  weighted_mean,  // token i of n counts i / (1 + 2 + … + n), from 1
  max,            // of each channel
};

// x [N, C] -> [S, C]; zeros for a sequence without tokens. The first `skip` tokens of each sequence (a prompt's) are left out;
// the others count as what they are in the whole sequence.
Tensor pool(Context& c, const Tensor& x, const std::vector<int32_t>& offsets, Pooling pooling, int32_t skip = 0);

// Each row over its length (2-norm, at least 1e-12): [N, C] -> [N, C].
Tensor normalize(Context& c, const Tensor& x);

}  // namespace gamana
