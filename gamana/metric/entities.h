#pragma once
// Entities in sequences of tags (B-PER, I-PER, O …), scored as seqeval 1.2.2 does by default, which is what the script
// conlleval of CoNLL-2000 does: an entity begins at B and S, and also where a tag of another type, or I or E behind O,
// appears; it counts if its type, its first and its last token are right.
#include <map>
#include <string>
#include <vector>

#include "gamana/metric/classification.h"

namespace gamana {

using TagSequences = std::vector<std::vector<std::string>>;  // a row for each sentence

struct Entity {
  std::string type;  // "_" for tags without one
  int64_t first = 0, last = 0;  // tokens
  auto operator<=>(const Entity&) const = default;
};

// The entities of one sentence, in order. Throws Error for an empty tag.
std::vector<Entity> find_entities(const std::vector<std::string>& tags);

struct EntityScores {
  std::map<std::string, LabelCount> types;
  double accuracy = 0;  // of tags

  PrecisionRecall of_type(const std::string& type) const;  // all 0 for one that does not occur
  PrecisionRecall average(Averaging averaging) const;      // seqeval's default is micro; all 0 without entities
};

// Throws Error where the sentences or their lengths differ, or where there are no tags.
EntityScores score_entities(const TagSequences& right, const TagSequences& predicted);

}  // namespace gamana
