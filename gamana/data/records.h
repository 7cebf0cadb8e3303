#pragma once
// Records with named fields, read one after the other from .csv, .tsv and .jsonl files (each also as .gz).
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/base/text_file.h"

namespace gamana {

class RecordReader {
 public:
  struct Column {
    std::string name;  // the key, in JSON lines
    size_t place;      // in columns()
  };

  // The name tells the format: .csv, .tsv (quotes are characters like any other, as in GLUE's files) or .jsonl (.json
  // and .ndjson as well: an object a line). `header`: the first record of a table names the columns. Throws Error for
  // another name, a file that cannot be read and one without a record.
  RecordReader(const std::string& path, bool header);

  // The next record; false at the end. Throws Error naming file and line for bytes that are not UTF-8, NUL bytes, a
  // broken record and one with another number of columns than the first.
  bool next();

  bool is_json() const { return is_json_; }
  bool has_header() const { return header_; }
  // Of the record. Throws Error naming file and line for a key that is not there and a value of another type.
  std::string_view text(const Column& column) const;  // until next
  std::string label(const Column& column) const;  // a string, or a number, true or false of JSON; no space around it
  const Json& value(const Column& column) const;      // of JSON lines
  const Json& object() const { return object_; }      // JSON lines: the record
  // Names of the columns, or the keys of the first object; of a table without a header, the first record.
  const std::vector<std::string>& columns() const { return columns_; }
  std::string columns_text() const;  // for messages: "a", "b"
  const std::string& path() const { return file_.path(); }
  int64_t line() const { return file_.line(); }  // where the record begins, from 1
  int64_t bytes_done() const { return file_.bytes_done(); }

  // A column by its name, or in tables by its number from 1; the name wins. None: there is no such column.
  std::optional<Column> column(const std::string& name) const;
  // The first of these names that is there.
  std::optional<Column> column(std::initializer_list<const char*> names) const;
  // A label of JSON as text.
  std::string label(const Json& value) const;

 private:
  bool read();

  TextFile file_;
  TableFormat format_;
  bool is_json_ = false, header_, first_waits_ = false;
  std::vector<std::string_view> fields_;
  Json object_;
  std::vector<std::string> columns_;
};

// Whether the name of a file is one that RecordReader takes.
bool is_record_file(const std::string& path);

// Throws Error naming file and line.
void check_no_nul(std::string_view text, const TextFile& file);

// Without white space around it.
std::string_view trimmed(std::string_view text);

// "a", "b"; of many, the first ones and how many there are.
std::string quoted_list(const std::vector<std::string>& names);

}  // namespace gamana
