#pragma once
// Multiple choice: a text, and several that may follow it, of which one is right.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gamana/data/records.h"

namespace gamana {

struct Choices {
  std::string text;    // stands before each of the endings
  // What is chosen from, with the question or the beginning of the sentence before it.
  std::vector<std::string> endings;
  int32_t right = -1;  // an index of endings; -1 where it was not asked for
  int64_t line = 0;
};

// The rows of a file of any size, one after the other. Two forms:
//   SWAG (Zellers et al. 2018), tables and JSON lines: sent1, sent2, ending0, ending1, …, label; an ending is sent2, a
//   space and the ending
//   lists, JSON lines: question, context or both; choices or endings; label. With both, an ending is the question, a
//   space and the choice, and the text is the context
class ChoiceReader {
 public:
  // Throws Error for what RecordReader refuses, and for columns that are missing, saying which there are.
  explicit ChoiceReader(const std::string& path, bool labelled = true);

  // Throws Error naming file and line.
  bool next(Choices& choice);

 private:
  using Column = RecordReader::Column;

  void read_endings(Choices& choice) const;

  RecordReader records_;
  std::optional<Column> text_, beginning_, list_, label_;
  std::vector<Column> endings_;  // where there is no list
};

}  // namespace gamana
