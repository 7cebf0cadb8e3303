#pragma once
// The attention of many translations over their sources, as a file for other programs.
#include <string>
#include <vector>

#include "gamana/cli/attention_seen.h"

namespace gamana {

// Throws Error unless `path` ends in .json or .npy and can be written and the model attends to its source. Asked before
// long work.
void check_attention_file(const std::string& path, TranslationModel& model, const TranslationTokenizer& tokenizer);

// Writes for each pair which target piece looks at which source piece (alignment_of in attention_seen.h), a batch in memory at
// a time. Both sides of an empty line are empty. Rows are target pieces and sum to 1.
//   .json  an array with an object on each line: {"source": [pieces], "target": [pieces], "weights": [target][source]}
//   .npy   float32 [pairs, longest target, longest source]; NaN, which no weight is, beyond a pair's own lengths
void write_attention(const std::string& path, TranslationModel& model, const TranslationTokenizer& tokenizer,
                     const std::vector<TranslatedPair>& pairs);

}  // namespace gamana
