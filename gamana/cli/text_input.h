#pragma once
// Texts that commands of encoders work on: given on the command line, lines of a file, or rows of a table.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "gamana/base/text_file.h"
#include "gamana/data/table.h"

namespace gamana {

struct TextItem {
  std::string text, pair;
  int64_t line = 0;  // of the file, from 1
};

struct TextInputOptions {
  std::string file;                // "-": standard input
  std::vector<std::string> texts;  // in place of a file
  std::string pair;                // second text, of each of `texts`
  std::vector<std::string> text_columns, pair_columns;
  bool no_header = false;
};
void add_text_options(CLI::App& command, TextInputOptions& options);

class TextInput {
 public:
  // Throws Error for a file that cannot be read, and where there is nothing to read or too much.
  explicit TextInput(const TextInputOptions& options);
  bool next(TextItem& item);
  std::string where(const TextItem& item) const;  // "file: line 3"
  bool has_pairs() const { return table_ ? table_->has_pair() : !options_.pair.empty(); }

 private:
  TextInputOptions options_;
  size_t given_ = 0;                   // of options_.texts, taken so far
  int64_t line_ = 0;                   // read last
  std::optional<TableReader> table_;   // .csv, .tsv, .jsonl
  std::unique_ptr<TextFile> lines_;    // any other file
};

}  // namespace gamana
