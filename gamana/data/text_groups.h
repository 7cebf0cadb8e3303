#pragma once
// Texts that belong together: pairs with a score or a label, a text with one like it and others that are not
// (docs/data.md).
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gamana/data/records.h"

namespace gamana {

// Columns by name, or by number from 1 in tables.
struct TextGroupColumns {
  std::vector<std::string> texts =
      {};  // none: sentence1 and sentence2, or all but the label in their order, as in sentence-transformers
  std::string label = {};  // empty: score, scores, label or labels, if there is one
  bool header = true;      // the first record names the columns; JSON lines have names anyway
};

struct TextGroup {
  std::vector<std::string> texts;  // the text, the one like it, others that are not
  std::string label;               // how alike the first two are, or how one relates to the other, where the file says
  int64_t line = 0;                // from 1
};

// The rows of a file of any size, one after the other.
class TextGroupReader {
 public:
  // Throws Error for what RecordReader refuses, for columns that are missing, and for fewer than two texts.
  TextGroupReader(const std::string& path, const TextGroupColumns& columns);

  // Throws Error naming file and line.
  bool next(TextGroup& group);

  int texts() const { return static_cast<int>(texts_.size()); }  // of each row
  bool labelled() const { return label_.has_value(); }

 private:
  RecordReader::Column require(const std::string& name) const;

  RecordReader records_;
  std::vector<RecordReader::Column> texts_;
  std::optional<RecordReader::Column> label_;
};

}  // namespace gamana
