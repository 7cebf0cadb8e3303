#pragma once
// Where in the vocabulary a step's best tokens can be: models tell between what numbers the logits of a group of tokens lie
// without reading all of their output weight. A group that lies below what certainly exists elsewhere holds none of the best.
// What is left is projected as always, so that results are the same, bit for bit.
#include <cstdint>
#include <span>
#include <vector>

#include "gamana/decode/model.h"
#include "gamana/decode/rules.h"

namespace gamana {

// Entries [begin, begin + size) of the vocabulary.
struct VocabularyPart {
  int begin, size;
};

class Narrowing {
 public:
  // The parts that hold all that `rules` ask for after the model's last step; none: look everywhere. Parts have at most `most` entries.
  std::span<const VocabularyPart> parts(DecodeModel& model, std::span<const RowRules> rules, int most);

 private:
  bool mark_special(std::span<const RowRules> rules);
  bool mark_best(std::span<const RowRules> rules);

  int64_t steps_ = 0;  // that could have been narrowed
  int worth_ = 0;      // how well it has gone
  std::vector<float> low_, high_;  // [groups, rows]
  std::vector<uint8_t> special_, needed_;  // [groups]
  std::vector<float> sorted_;
  std::vector<VocabularyPart> parts_;
};

}  // namespace gamana
