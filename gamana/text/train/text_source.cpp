#include "gamana/text/train/text_source.h"

#include <simdjson.h>

#include <charconv>

#include "gamana/base/check.h"
#include "gamana/base/file.h"  // append_unix_lines
#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

constexpr size_t kPart = 64 << 10;  // bytes of a part of a whole text, at least; at most twice as many

// Where the first part of a text ends; 0 if that is not known before more of it was read. A character that is not whole
// ends where its bytes would.
size_t part_end(std::string_view text, bool last) {
  if (text.size() <= 2 * kPart) return last ? text.size() : 0;
  const auto continues = [&](size_t at) { return (text[at] & 0xC0) == 0x80; };
  for (size_t i = kPart; i < 2 * kPart; ++i) {
    if (text[i] != ' ' && text[i] != '\n' && text[i] != '\r' && text[i] != '\t') continue;
    size_t before = i - 1;
    while (before > i - 4 && continues(before)) --before;
    const char32_t c = code_point(text, before).c;
    if (c < 0x110000 && has(c, kWord) && !has(c, kPunctuation | kCombiningMark)) return i;
  }
  size_t end = 2 * kPart;
  while (end > 2 * kPart - 4 && continues(end)) --end;
  return end;
}

}  // namespace

struct TextSource::Impl {
  std::vector<std::string> paths;
  TextFormat format;
  int64_t total = 0, before = 0;  // bytes of all files, and of those that are done
  size_t next_path = 0;
  std::unique_ptr<TextFile> file;
  std::vector<std::string_view> fields;
  std::vector<size_t> columns;
  bool header_due = false;
  simdjson::dom::parser parser;
  std::string made;  // texts of a block that do not stand in the file as they are, one after the other
  std::vector<int64_t> lines;  // where the texts of a block begin

  const std::string& path() const { return paths[next_path - 1]; }
  bool next(std::vector<std::string_view>& texts);
  void open();
  void take_lines(std::vector<std::string_view>& texts);
  void take_parts(std::vector<std::string_view>& texts);
  void take_json(std::vector<std::string_view>& texts);
  void take_records(std::vector<std::string_view>& texts);
  void find_columns();
  size_t find_column(const std::string& name) const;
  void take_made(const std::vector<size_t>& ends, std::vector<std::string_view>& texts) const;
  int64_t line_with_fault(size_t number, std::string_view text, const std::function<void(std::string_view)>& encode) const;
};

TextSource::TextSource(std::vector<std::string> paths, TextFormat format) : impl_(std::make_unique<Impl>()) {
  for (const std::string& path : paths) impl_->total += file_size(path);
  impl_->paths = std::move(paths);
  impl_->format = std::move(format);
}

TextSource::~TextSource() = default;

bool TextSource::next(std::vector<std::string_view>& texts) { return impl_->next(texts); }
size_t TextSource::file() const { return impl_->next_path - 1; }

void TextSource::encode(size_t number, std::string_view text, const std::function<void(std::string_view)>& encode) const {
  try {
    encode(text);
  } catch (const Error& fault) {
    throw Error(fmt::format("{}, line {}: {}", impl_->path(), impl_->line_with_fault(number, text, encode), fault.what()), fault.hint());
  }
}

int64_t TextSource::bytes_done() const { return impl_->before + (impl_->file ? impl_->file->bytes_done() : 0); }
int64_t TextSource::bytes_total() const { return impl_->total; }

// Of a part of a whole text the first line that has a fault of its own.
int64_t TextSource::Impl::line_with_fault(size_t number, std::string_view text, const std::function<void(std::string_view)>& encode) const {
  int64_t line = lines[number];
  for (size_t end; format.kind == TextFormat::Kind::whole && (end = text.find('\n')) != std::string_view::npos; ++line) {
    try {
      encode(text.substr(0, end));
    } catch (const Error&) {
      return line;
    }
    text.remove_prefix(end + 1);
  }
  return line;
}

bool TextSource::Impl::next(std::vector<std::string_view>& texts) {
  texts.clear(), lines.clear();
  while (texts.empty()) {
    if (!file || !file->fill()) {
      if (next_path == paths.size()) return file.reset(), before = total, false;
      open();
      continue;
    }
    switch (format.kind) {
      case TextFormat::Kind::lines: take_lines(texts); break;
      case TextFormat::Kind::table: take_records(texts); break;
      case TextFormat::Kind::json_lines: take_json(texts); break;
      case TextFormat::Kind::whole: take_parts(texts); break;
    }
  }
  return true;
}

void TextSource::Impl::open() {
  if (next_path > 0) before += file_size(path());
  file = std::make_unique<TextFile>(paths[next_path++]);
  header_due = format.header;
  fields.clear();
  if (format.kind == TextFormat::Kind::table && !format.header) find_columns();
}

void TextSource::Impl::take_lines(std::vector<std::string_view>& texts) {
  for (std::string_view line; file->take_line(line); texts.push_back(line)) {
    lines.push_back(file->line());
    if (format.keep_line_ends) continue;
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
  }
}

void TextSource::Impl::take_parts(std::vector<std::string_view>& texts) {
  const bool dos = file->rest().find("\r\n") != std::string_view::npos;
  made.clear();
  std::vector<size_t> ends;
  while (const size_t end = part_end(file->rest(), file->is_rest_last())) {
    const std::string_view part = file->take(end);
    lines.push_back(file->line());
    if (!dos) texts.push_back(part);
    else append_unix_lines(part, made), ends.push_back(made.size());
  }
  take_made(ends, texts);
}

void TextSource::Impl::take_json(std::vector<std::string_view>& texts) {
  made.clear();
  std::vector<size_t> ends;
  for (std::string_view line; file->take_line(line);) {
    if (line.find_first_not_of(" \t\r\n") == std::string_view::npos) continue;
    const auto where = [&](const char* expected, std::string_view found) {
      fail("{}, line {}: expected {}, found {}", path(), file->line(), expected, found);
    };
    simdjson::dom::element object;
    if (const auto code = parser.parse(line.data(), line.size()).get(object); code != simdjson::SUCCESS)
      where("a JSON object", simdjson::error_message(code));
    simdjson::dom::element value;
    std::string_view string;
    if (!object.is_object()) where("a JSON object", "another value");
    if (object[format.key].get(value) != simdjson::SUCCESS)
      where(fmt::format("the key \"{}\"", format.key).c_str(), "none");
    if (value.get(string) != simdjson::SUCCESS)
      where(fmt::format("a string as \"{}\"", format.key).c_str(), "another value");
    made.append(string);
    lines.push_back(file->line());
    ends.push_back(made.size());
  }
  take_made(ends, texts);
}

// Texts of `made` that end at `ends`.
void TextSource::Impl::take_made(const std::vector<size_t>& ends, std::vector<std::string_view>& texts) const {
  size_t begin = 0;
  for (size_t e : ends) texts.push_back(std::string_view(made).substr(begin, e - begin)), begin = e;
}

void TextSource::Impl::take_records(std::vector<std::string_view>& texts) {
  made.clear();
  std::vector<size_t> ends;
  while (file->take_record(format.table, fields)) {
    if (header_due) {
      find_columns();
      continue;
    }
    for (const size_t column : columns)
      if (column >= fields.size())
        fail("{}, line {}: expected at least {} columns, found {}", path(), file->line(), column + 1, fields.size());
    lines.push_back(file->line());
    if (columns.size() == 1) {
      texts.push_back(fields[columns[0]]);
      continue;
    }
    for (size_t i = 0; i < columns.size(); ++i) made.append(i > 0 ? " " : "").append(fields[columns[i]]);
    ends.push_back(made.size());
  }
  take_made(ends, texts);
}

// Looks for the columns in the fields of a header.
void TextSource::Impl::find_columns() {
  header_due = false;
  columns.clear();
  for (const std::string& name : format.columns) columns.push_back(find_column(name));
}

// A name wins over a number.
size_t TextSource::Impl::find_column(const std::string& name) const {
  size_t number = 0;
  const char* const end = name.data() + name.size();
  const bool is_number = std::from_chars(name.data(), end, number).ptr == end && number > 0;
  std::string names;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i] == name) return i;
    names += fmt::format("{}\"{}\"", i > 0 ? ", " : "", fields[i]);
  }
  if (!is_number && format.header) fail("{}: expected a column \"{}\", found {}", path(), name, names);
  if (!is_number) fail("column: expected a number from 1 as there is no header, found \"{}\"", name);
  return number - 1;
}

}  // namespace gamana
