#pragma once
// A text file of any size, gzipped or not: read in blocks, from which lines or records of a table are taken.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/base/table_record.h"

namespace gamana {

// Tables (RFC 4180): one record a line, but a field in quotes may hold separators, line ends and doubled quotes.
struct TableFormat {
  char separator = ',';
  bool quotes = true;  // false: quotes are characters like any other, as in many tab-separated files
};

class TextFile {
 public:
  // A byte order mark at the beginning is skipped. "-" is standard input. Throws Error for a path that cannot be read.
  explicit TextFile(const std::string& path);
  ~TextFile();

  // Reads a few MB more; what was taken before is gone. False at the end, when all is taken. Throws Error for a damaged
  // gzip file.
  bool fill();

  // The next line with its end, or the fields of the next record that is no empty line; false if what was read holds no
  // whole one: fill, then ask again. Valid until the next fill. Throws Error naming file and line for bytes that are
  // not UTF-8 and for a broken record.
  bool take_line(std::string_view& line);
  bool take_record(const TableFormat& format, std::vector<std::string_view>& fields);

  // What was read and not yet taken; and the first `bytes` of it, which end with a character. The same validity and
  // faults.
  std::string_view rest() const { return std::string_view(buffer_).substr(at_); }
  std::string_view take(size_t bytes);
  bool is_rest_last() const { return ends_; }  // no more comes

  const std::string& path() const { return path_; }  // "standard input" for "-"
  int64_t line() const { return line_; }  // where the last one taken begins, from 1
  int64_t bytes_done() const;             // of the file as it is, for progress

 private:
  struct Bytes;  // unpacked

  void check_utf8(size_t end) const;
  int64_t line_of(size_t position) const;

  std::string path_;
  std::unique_ptr<Bytes> bytes_;
  bool begins_ = true;  // nothing was read yet
  bool ends_ = false;   // buffer_ holds the file's last bytes
  std::string buffer_;  // what was read and not yet taken, from at_
  size_t at_ = 0;
  int64_t line_ = 0, next_line_ = 1;
  std::vector<TableField> fields_;
};

// Bytes of a file, for progress. Throws Error if it cannot be read.
int64_t file_size(const std::string& path);

}  // namespace gamana
