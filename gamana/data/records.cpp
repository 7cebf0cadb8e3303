#include "gamana/data/records.h"

#include <charconv>

#include "gamana/base/check.h"

namespace gamana {
namespace {

enum class Kind { csv, tsv, json, other };

Kind kind_of(std::string_view name) {
  if (name.ends_with(".gz")) name.remove_suffix(3);
  if (name.ends_with(".csv")) return Kind::csv;
  if (name.ends_with(".tsv")) return Kind::tsv;
  return name.ends_with(".jsonl") || name.ends_with(".ndjson") || name.ends_with(".json") ? Kind::json : Kind::other;
}

constexpr size_t kShownBytes = 40, kShownNames = 30;  // in messages

// A line of JSON lines. Whole documents, lists of objects among them, have names that end in .json too.
Json object_of(std::string_view line, const std::string& where) {
  constexpr const char* kHint = "the file should be JSON lines: an object a line";
  Json json;
  try {
    json = parse_json(std::string(line), where);
  } catch (const Error& error) {
    throw Error(error.what(), kHint);
  }
  if (!json.is_object()) throw Error(fmt::format("{}: expected a JSON object, found {}", where, json.type_name()), kHint);
  return json;
}

}  // namespace

bool is_record_file(const std::string& path) { return kind_of(path) != Kind::other; }

void check_no_nul(std::string_view text, const TextFile& file) {
  if (text.find('\0') != std::string_view::npos)
    fail("{}, line {}: holds a NUL byte; a text file was expected", file.path(), file.line());
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < kShownNames; ++i) {
    size_t bytes = std::min(names[i].size(), kShownBytes);
    while (bytes < names[i].size() && (names[i][bytes] & 0xC0) == 0x80) --bytes;  // whole characters
    text += fmt::format("{}\"{}{}\"", i > 0 ? ", " : "", names[i].substr(0, bytes), bytes < names[i].size() ? "…" : "");
  }
  if (names.size() > kShownNames) text += fmt::format(" … ({} of them)", names.size());
  return text;
}

RecordReader::RecordReader(const std::string& path, bool header) : file_(path), header_(header) {
  const Kind kind = kind_of(path);
  if (kind == Kind::other)
    fail("{}: expected a file of rows whose name ends in .csv, .tsv or .jsonl (or one of these and .gz)", path);
  is_json_ = kind == Kind::json;
  if (kind == Kind::tsv) format_ = {.separator = '\t', .quotes = false};
  if (!read()) fail("{}: expected {}, found an empty file", path, is_json_ ? "JSON objects, one a line" : "a table");
  if (is_json_) {
    for (const auto& [key, value] : object_.items()) columns_.push_back(key);
  } else {
    columns_.assign(fields_.begin(), fields_.end());
  }
  first_waits_ = is_json_ || !header;
}

bool RecordReader::next() {
  if (first_waits_) return first_waits_ = false, true;
  return read();
}

bool RecordReader::read() {
  if (!is_json_) {
    while (!file_.take_record(format_, fields_))
      if (!file_.fill()) return false;
    for (const std::string_view field : fields_) check_no_nul(field, file_);
    if (!columns_.empty() && fields_.size() != columns_.size())
      fail("{}, line {}: expected {} columns as in the first record, found {}", path(), line(), columns_.size(),
           fields_.size());
    return true;
  }
  std::string_view text;
  do {
    while (!file_.take_line(text))
      if (!file_.fill()) return false;
  } while (trimmed(text).empty());
  object_ = object_of(text, fmt::format("{}, line {}", path(), line()));
  return true;
}

std::string RecordReader::columns_text() const { return quoted_list(columns_); }

std::optional<RecordReader::Column> RecordReader::column(const std::string& name) const {
  for (size_t i = 0; i < columns_.size() && (header_ || is_json_); ++i)
    if (columns_[i] == name) return Column{name, i};
  size_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, code] = std::from_chars(name.data(), end, number);
  if (is_json_ || stop != end || code != std::errc() || number == 0 || number > columns_.size()) return std::nullopt;
  return Column{name, number - 1};
}

std::optional<RecordReader::Column> RecordReader::column(std::initializer_list<const char*> names) const {
  for (const char* name : names)
    if (const auto found = column(name)) return found;
  return std::nullopt;
}

const Json& RecordReader::value(const Column& column) const {
  const auto found = object_.find(column.name);
  if (found == object_.end()) fail("{}, line {}: expected the key \"{}\", found none", path(), line(), column.name);
  return *found;
}

std::string_view RecordReader::text(const Column& column) const {
  if (!is_json_) return fields_[column.place];
  const Json& found = value(column);
  if (!found.is_string())
    fail("{}, line {}: expected a string as \"{}\", found {}", path(), line(), column.name, found.type_name());
  return found.get_ref<const std::string&>();
}

std::string RecordReader::label(const Json& value) const {
  if (value.is_number() || value.is_boolean()) return value.dump();
  if (!value.is_string())
    fail("{}, line {}: expected a label (a string or a number), found {}", path(), line(), value.type_name());
  const std::string text(trimmed(value.get_ref<const std::string&>()));
  if (text.empty()) fail("{}, line {}: expected a label, found an empty string", path(), line());
  return text;
}

std::string RecordReader::label(const Column& column) const {
  if (is_json_) return label(value(column));
  const std::string_view text = trimmed(fields_[column.place]);
  if (text.empty()) fail("{}, line {}: expected a label, found an empty column", path(), line());
  return std::string(text);
}

}  // namespace gamana
