#pragma once
// Texts to train from, read from files in blocks: lines, whole files, columns of a table, or a key of JSON lines; each
// may be gzipped.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/base/text_file.h"

namespace gamana {

struct TextFormat {
  // whole: a file is one text. It comes in parts of about 64 KB, which are cut before a white space behind a letter or a
  // digit, where the tokenizers of language models begin a word anyway; one part may so be tokenized after the other. "\r\n"
  // is read as "\n".
  enum class Kind { lines, table, json_lines, whole };
  Kind kind = Kind::lines;
  // Lines: "\n" and "\r\n" belong to the text, as where `tokenizers` trains from files.
  bool keep_line_ends = true;
  // Tables.
  TableFormat table = {};
  bool header = true;        // the first record of each file names the columns
  std::vector<std::string> columns = {"1"};  // names of the header, else numbers from 1; several are joined by a space
  // JSON lines: an object a line, of which this key is a string.
  std::string key = "text";
};

// The texts of several files, one file after the other. Memory is a few MB, or the longest text.
class TextSource {
 public:
  // Throws Error for a path that cannot be read, before anything is.
  TextSource(std::vector<std::string> paths, TextFormat format);
  ~TextSource();

  // The next few MB of texts, valid until the next call; false at the end. Throws Error naming file and line for bytes
  // that are not UTF-8, a broken record, a missing column or key, and a damaged gzip file. Empty lines of tables and
  // JSON are left out.
  bool next(std::vector<std::string_view>& texts);
  size_t file() const;  // that the last block is from, from 0; a block is from one

  // Calls encode(text) for text `number` of the last block. An Error comes with the file and the line.
  void encode(size_t number, std::string_view text, const std::function<void(std::string_view)>& encode) const;

  // For progress: bytes of files read (compressed ones as they are), of all.
  int64_t bytes_done() const;
  int64_t bytes_total() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gamana
