#include "gamana/metric/entities.h"

#include <set>
#include <string_view>

#include "gamana/base/check.h"

namespace gamana {
namespace {

// "B-PER" is B of PER: the first letter, and what follows the first dash behind it.
struct Tag {
  char letter = 'O';  // 0 for a letter that is not ASCII: none of those that mean something
  std::string_view type = "_";

  bool inside() const { return letter != 'O' && letter != '.'; }
};

Tag parse_tag(std::string_view text) {
  if (text.empty()) fail("expected a tag as B-PER, I-PER or O, found an empty one");
  Tag tag;
  const bool ascii = static_cast<unsigned char>(text[0]) < 0x80;
  tag.letter = ascii ? text[0] : '\0';
  size_t letter_end = 1;
  while (!ascii && letter_end < text.size() && (static_cast<unsigned char>(text[letter_end]) & 0xC0) == 0x80) ++letter_end;
  std::string_view rest = text.substr(letter_end);
  const size_t dash = rest.find('-');
  if (dash != std::string_view::npos) rest.remove_prefix(dash + 1);
  if (!rest.empty()) tag.type = rest;
  return tag;
}

bool is_one_of(char letter, std::string_view letters) { return letters.find(letter) != std::string_view::npos; }

bool ends_between(const Tag& before, const Tag& tag) {
  if (is_one_of(before.letter, "ES")) return true;
  if (is_one_of(before.letter, "BI") && is_one_of(tag.letter, "BSO")) return true;
  return before.inside() && before.type != tag.type;
}

bool begins_between(const Tag& before, const Tag& tag) {
  if (is_one_of(tag.letter, "BS")) return true;
  if (is_one_of(before.letter, "ESO") && is_one_of(tag.letter, "EI")) return true;
  return tag.inside() && before.type != tag.type;
}

// Of all sentences as one row with an O behind each, as seqeval has it: odd tags, such as X behind O, do not begin an
// entity but may end one that began sentences before. A set, since they can also give the same entity twice.
std::set<Entity> all_entities(const TagSequences& sentences) {
  std::vector<std::string> row;
  for (const std::vector<std::string>& tags : sentences) {
    row.insert(row.end(), tags.begin(), tags.end());
    row.emplace_back("O");
  }
  const std::vector<Entity> found = find_entities(row);
  return {found.begin(), found.end()};
}

}  // namespace

std::vector<Entity> find_entities(const std::vector<std::string>& tags) {
  std::vector<Entity> found;
  Tag before;
  int64_t first = 0;
  for (size_t i = 0; i <= tags.size(); ++i) {
    const Tag tag = i < tags.size() ? parse_tag(tags[i]) : Tag{};
    const auto at = static_cast<int64_t>(i);
    if (ends_between(before, tag)) found.push_back({std::string(before.type), first, at - 1});
    if (begins_between(before, tag)) first = at;
    before = tag;
  }
  return found;
}

PrecisionRecall EntityScores::of_type(const std::string& type) const {
  const auto found = types.find(type);
  return found == types.end() ? PrecisionRecall{} : precision_recall(found->second);
}

PrecisionRecall EntityScores::average(Averaging averaging) const {
  std::vector<LabelCount> counts;
  for (const auto& [type, count] : types) counts.push_back(count);
  return gamana::average(counts, averaging);
}

EntityScores score_entities(const TagSequences& right, const TagSequences& predicted) {
  if (right.size() != predicted.size()) fail("expected tags of {} sentences, found {}", right.size(), predicted.size());
  EntityScores scores;
  int64_t tokens = 0, equal = 0;
  for (size_t s = 0; s < right.size(); ++s) {
    if (right[s].size() != predicted[s].size())
      fail("sentence {}: expected {} tags, found {}", s + 1, right[s].size(), predicted[s].size());
    tokens += static_cast<int64_t>(right[s].size());
    for (size_t i = 0; i < right[s].size(); ++i) equal += right[s][i] == predicted[s][i];
  }
  const std::set<Entity> wanted = all_entities(right), given = all_entities(predicted);
  for (const Entity& e : wanted) ++scores.types[e.type].right;
  for (const Entity& e : given) {
    LabelCount& count = scores.types[e.type];
    ++count.predicted, count.hits += wanted.count(e) > 0;
  }
  if (tokens == 0) fail("expected tags to compare, found none");
  scores.accuracy = static_cast<double>(equal) / static_cast<double>(tokens);
  return scores;
}

}  // namespace gamana
