#pragma once
// Sentence pairs as token ids, and batches cut from them by tokens.
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "gamana/base/batch.h"
#include "gamana/data/batches.h"

namespace gamana {

struct PairLines {
  std::vector<std::string> source, target;
};
// Two files of one sentence a line. Throws Error for unequal line counts (naming both), invalid UTF-8 (naming the line) and
// for files without a sentence.
PairLines read_pairs(const std::string& source_path, const std::string& target_path);

// Ids of each sentence, the end token last.
struct PairData {
  std::vector<std::vector<int32_t>> source, target;
  int64_t empty = 0, too_long = 0;  // pairs left out

  int32_t size() const { return static_cast<int32_t>(source.size()); }
};
using Encode = std::function<std::vector<int32_t>(const std::string&)>;
// Leaves out pairs of which a side is empty or has more than `max_length` tokens.
PairData encode_pairs(const PairLines& lines, const Encode& source, const Encode& target, int max_length);

// The batches of an epoch, as indices of pairs: a random order that depends on (seed, epoch) only, cut where the larger side
// would exceed `batch_tokens`. Nothing is sorted by length: ragged batches do not care.
Batches plan_batches(const PairData& data, int64_t batch_tokens, uint64_t seed, int64_t epoch);

// The same without a random order, for validation.
Batches plan_in_order(const PairData& data, int64_t batch_tokens);

// The decoder is fed start, t1, …, tn-1 and answers t1, …, tn.
PairBatch make_pair_batch(const PairData& data, std::span<const int32_t> pairs, int32_t start_token);

}  // namespace gamana
