#pragma once
// Rows of labelled text, from tables and JSON lines (docs/data.md has formats and defaults).
#include <cstdint>
#include <string>
#include <vector>

#include "gamana/data/records.h"

namespace gamana {

// Columns by name, or by number from 1 in tables. Several are joined by a space. What is not named is looked for under
// the names that GLUE's files and transformers' run_glue.py use.
struct TableColumns {
  std::vector<std::string> text = {};  // none: sentence1 and sentence2, question1 and question2, …, text, sentence
  std::vector<std::string> pair = {};  // none: the other of those two
  std::string label = {};              // empty: "label" or "labels"
  bool header = true;                  // the first record names the columns; JSON lines have names anyway
  bool labelled = true;                // false: rows have no labels, or those are left alone
  char label_separator = 0;            // 0: a row has one label; else several, with this character between
};

struct Row {
  std::string text;
  std::string pair;                 // the second text; empty: none
  std::string label;                // the only label; empty where a row may have several
  std::vector<std::string> labels;  // all of them
  int64_t line = 0;                 // where the row begins in its file, from 1
};

// The rows of a file of any size, one after the other in constant memory.
class TableReader {
 public:
  // Throws Error for what RecordReader refuses, and for columns that are missing, saying which there are.
  TableReader(const std::string& path, const TableColumns& columns);

  // Throws Error naming file and line, also for an empty label and for JSON values of another type.
  bool next(Row& row);

  bool has_pair() const { return !pair_.empty(); }
  const std::string& path() const { return records_.path(); }
  int64_t bytes_done() const { return records_.bytes_done(); }

 private:
  using Column = RecordReader::Column;

  Column require(const std::string& name, const char* what) const;
  void find_texts();
  void join(const std::vector<Column>& columns, std::string& text) const;
  void read_labels(Row& row) const;

  RecordReader records_;
  char label_separator_;
  std::vector<Column> text_, pair_;
  std::optional<Column> label_;  // none: rows have no labels
};

}  // namespace gamana
