#include "gamana/text/train/text_source.h"

#include <simdjson.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "gamana/base/check.h"
#include "gamana/base/file.h"  // find_invalid_utf8
#include "gamana/text/train/table_record.h"

namespace gamana {
namespace {

constexpr size_t kBlock = 4 << 20;            // bytes that are read at once
constexpr size_t kLongestRecord = 256 << 20;  // of a table: a quote that is never closed does not take the whole file
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

int64_t size_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) fail("cannot read {}: {}", path, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) fail("cannot read {}: it is a folder, a file was expected", path);
  return static_cast<int64_t>(status.st_size);
}

// A file's bytes, unpacked if it is gzipped.
class File {
 public:
  explicit File(const std::string& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (file_ == nullptr) fail("cannot read {}: {}", path, std::strerror(errno));
    gzbuffer(file_, 1 << 18);
  }
  ~File() { gzclose(file_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Appends up to `bytes`; false at the end.
  bool append(std::string& out, size_t bytes) {
    const size_t before = out.size();
    out.resize(before + bytes);
    const int n = gzread(file_, out.data() + before, static_cast<unsigned>(bytes));
    int code = Z_OK;
    const char* const message = gzerror(file_, &code);
    if (n < 0 || code < Z_OK) {
      const char* const reason = code == Z_ERRNO       ? std::strerror(errno)
                                 : code == Z_BUF_ERROR ? "the gzip file ends too early"
                                                       : message;
      fail("cannot read {}: {}", path_, reason);
    }
    out.resize(before + static_cast<size_t>(n));
    return n > 0;
  }
  int64_t position() const { return static_cast<int64_t>(gzoffset(file_)); }

 private:
  std::string path_;
  gzFile file_;
};

}  // namespace

struct TextSource::Impl {
  std::vector<std::string> paths;
  TextFormat format;
  int64_t total = 0, before = 0;  // bytes of all files, and of those that are done
  size_t next_path = 0;
  std::unique_ptr<File> file;
  bool file_ends = true;  // buffer holds the file's last bytes
  std::string buffer;     // what was read and not yet given out, from `at`
  size_t at = 0, searched = 0;
  int64_t line = 0;  // lines before buffer[at]
  std::vector<train::TableField> fields;
  size_t column = 0;
  bool header_due = false;
  simdjson::dom::parser parser;
  std::string decoded;  // strings of a block of JSON lines

  const std::string& path() const { return paths[next_path - 1]; }
  bool next(std::vector<std::string_view>& texts);
  void open();
  void fill();
  bool take(std::vector<std::string_view>& texts);
  void take_lines(size_t end, std::vector<std::string_view>& texts);
  void take_json(size_t end, std::vector<std::string_view>& texts);
  void take_records(std::vector<std::string_view>& texts);
  void find_column();
  void check_utf8(size_t end) const;
  int64_t line_of(size_t position) const {
    return line + 1 + std::count(buffer.data() + at, buffer.data() + position, '\n');
  }
};

TextSource::TextSource(std::vector<std::string> paths, TextFormat format) : impl_(std::make_unique<Impl>()) {
  for (const std::string& path : paths) impl_->total += size_of(path);
  impl_->paths = std::move(paths);
  impl_->format = std::move(format);
}

TextSource::~TextSource() = default;

bool TextSource::next(std::vector<std::string_view>& texts) { return impl_->next(texts); }
int64_t TextSource::bytes_done() const { return impl_->before + (impl_->file ? impl_->file->position() : 0); }
int64_t TextSource::bytes_total() const { return impl_->total; }

bool TextSource::Impl::next(std::vector<std::string_view>& texts) {
  texts.clear();
  while (texts.empty()) {
    if (file_ends && at == buffer.size()) {
      if (next_path == paths.size()) return file.reset(), before = total, false;
      open();
    }
    fill();
    while (!take(texts) && !file_ends) fill();
  }
  return true;
}

void TextSource::Impl::open() {
  if (next_path > 0) before += size_of(path());
  file = std::make_unique<File>(paths[next_path++]);
  file_ends = false;
  buffer.clear();
  at = searched = 0, line = 0;
  header_due = format.kind == TextFormat::Kind::table && format.header;
  fields.clear();
  if (format.kind == TextFormat::Kind::table && !format.header) find_column();
}

// Reads as much again as an unfinished text already has, so that looking through it from its beginning stays linear.
void TextSource::Impl::fill() {
  buffer.erase(0, at);
  searched -= std::min(searched, at);
  at = 0;
  const size_t wanted = std::max(buffer.size() * 2, kBlock);
  while (!file_ends && buffer.size() < wanted)
    file_ends = !file->append(buffer, std::min(wanted - buffer.size(), kBlock));
  buffer.reserve(buffer.size() + simdjson::SIMDJSON_PADDING);
  if (line == 0 && format.kind != TextFormat::Kind::lines && std::string_view(buffer).starts_with(kByteOrderMark))
    at = kByteOrderMark.size();
}

// Takes all complete texts of the buffer; false if there is none yet.
bool TextSource::Impl::take(std::vector<std::string_view>& texts) {
  const size_t begin = at;
  if (format.kind == TextFormat::Kind::table) {
    take_records(texts);
  } else {
    size_t end = buffer.size();
    if (!file_ends) {
      const size_t last = std::string_view(buffer).substr(searched).rfind('\n');
      end = last == std::string_view::npos ? at : searched + last + 1;
      searched = buffer.size();
    }
    check_utf8(end);
    format.kind == TextFormat::Kind::lines ? take_lines(end, texts) : take_json(end, texts);
  }
  return at > begin;
}

void TextSource::Impl::check_utf8(size_t end) const {
  if (simdjson::validate_utf8(buffer.data() + at, end - at)) return;
  const size_t fault = at + find_invalid_utf8(std::string_view(buffer).substr(at, end - at));
  fail("{}, line {}: expected UTF-8, found byte 0x{:02X}", path(), line_of(fault),
       static_cast<unsigned char>(buffer[fault]));
}

void TextSource::Impl::take_lines(size_t end, std::vector<std::string_view>& texts) {
  const std::string_view text(buffer);
  for (size_t begin = at, stop; begin < end; begin = stop) {
    stop = std::min(text.find('\n', begin), end - 1) + 1;
    std::string_view found = text.substr(begin, stop - begin);
    if (!format.keep_line_ends) {
      if (found.ends_with('\n')) found.remove_suffix(1);
      if (found.ends_with('\r')) found.remove_suffix(1);
    }
    texts.push_back(found);
  }
  line += static_cast<int64_t>(texts.size());
  at = end;
}

void TextSource::Impl::take_json(size_t end, std::vector<std::string_view>& texts) {
  decoded.clear();
  std::vector<size_t> ends;
  const std::string_view text(buffer);
  for (size_t begin = at, stop; begin < end; begin = stop) {
    stop = std::min(text.find('\n', begin), end - 1) + 1;
    ++line;
    if (text.substr(begin, stop - begin).find_first_not_of(" \t\r\n") == std::string_view::npos) continue;
    const auto where = [&](const char* expected, std::string_view found) {
      fail("{}, line {}: expected {}, found {}", path(), line, expected, found);
    };
    simdjson::dom::element object;
    if (const auto code = parser.parse(buffer.data() + begin, stop - begin, false).get(object);
        code != simdjson::SUCCESS)
      where("a JSON object", simdjson::error_message(code));
    simdjson::dom::element value;
    std::string_view string;
    if (!object.is_object()) where("a JSON object", "another value");
    if (object[format.key].get(value) != simdjson::SUCCESS)
      where(fmt::format("the key \"{}\"", format.key).c_str(), "none");
    if (value.get(string) != simdjson::SUCCESS)
      where(fmt::format("a string as \"{}\"", format.key).c_str(), "another value");
    decoded.append(string);
    ends.push_back(decoded.size());
  }
  at = end;
  size_t begin = 0;
  for (size_t e : ends) texts.push_back(std::string_view(decoded).substr(begin, e - begin)), begin = e;
}

void TextSource::Impl::take_records(std::vector<std::string_view>& texts) {
  while (at < buffer.size()) {
    const train::TableRecord record =
        train::parse_record(buffer, at, file_ends, format.separator, format.quotes, fields);
    using enum train::RecordState;
    if (record.state == incomplete && buffer.size() - at <= kLongestRecord) return;
    if (record.state == incomplete)
      fail("{}, line {}: expected a record of at most {} bytes; is a quote not closed?", path(), line + 1,
           kLongestRecord);
    if (record.state == open_quote)
      fail("{}, line {}: expected a closing quote, found the end of the file", path(), line_of(record.end));
    if (record.state == after_quote)
      fail("{}, line {}: expected a separator or the end of the line after a closing quote, found byte 0x{:02X}",
           path(), line_of(record.end), static_cast<unsigned char>(buffer[record.end]));
    check_utf8(record.end);
    const bool empty = fields.size() == 1 && fields[0].begin == at && fields[0].end == at;
    if (header_due) {
      find_column();
    } else if (!empty) {
      if (column >= fields.size())
        fail("{}, line {}: expected at least {} columns, found {}", path(), line + 1, column + 1, fields.size());
      const int64_t passed = line_of(record.end) - 1;  // before line ends move
      texts.push_back(train::field_value(buffer, fields[column]));
      line = passed, at = record.end;
      continue;
    }
    line = line_of(record.end) - 1, at = record.end;
  }
}

// Looks for the column in the fields of a header. A name wins over a number.
void TextSource::Impl::find_column() {
  header_due = false;
  size_t number = 0;
  const char* const end = format.column.data() + format.column.size();
  const bool is_number = std::from_chars(format.column.data(), end, number).ptr == end && number > 0;
  std::string names;
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string_view name = train::field_value(buffer, fields[i]);
    if (name == format.column) return void(column = i);
    names += fmt::format("{}\"{}\"", i > 0 ? ", " : "", name);
  }
  if (!is_number && format.header) fail("{}: expected a column \"{}\", found {}", path(), format.column, names);
  if (!is_number) fail("column: expected a number from 1 as there is no header, found \"{}\"", format.column);
  column = number - 1;
}

}  // namespace gamana
