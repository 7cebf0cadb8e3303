#include "gamana/base/text_file.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "gamana/base/check.h"
#include "gamana/base/file.h"  // find_invalid_utf8, without_mark

namespace gamana {
namespace {

constexpr size_t kBlock = 4 << 20;            // bytes that are held
constexpr size_t kPiece = 1 << 16;            // and read at once, so that small files take little
constexpr size_t kLongestRecord = 256 << 20;  // of a table: a quote that is never closed does not take the whole file

}  // namespace

struct TextFile::Bytes {
  Bytes(const std::string& path, const std::string& name)
      : path_(name), file_(path == "-" ? gzdopen(::dup(STDIN_FILENO), "rb") : gzopen(path.c_str(), "rb")) {
    if (file_ == nullptr) fail("cannot read {}: {}", name, std::strerror(errno));
    gzbuffer(file_, 1 << 18);
  }
  ~Bytes() { gzclose(file_); }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

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
  const std::string& path_;
  gzFile file_;
};

TextFile::TextFile(const std::string& path) : path_(name_of_input(path)) {
  if (path != "-") file_size(path);
  bytes_ = std::make_unique<Bytes>(path, path_);
}

TextFile::~TextFile() = default;

int64_t TextFile::bytes_done() const { return bytes_->position(); }

// Reads as much again as an unfinished line or record already has, so that looking through it from its beginning stays
// linear.
bool TextFile::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const size_t wanted = std::max(buffer_.size() * 2, kBlock);
  while (!ends_ && buffer_.size() < wanted)
    ends_ = !bytes_->append(buffer_, std::min(wanted - buffer_.size(), kPiece));
  if (std::exchange(begins_, false)) at_ = buffer_.size() - without_mark(buffer_).size();
  return at_ < buffer_.size();
}

bool TextFile::take_line(std::string_view& line) {
  const size_t found = buffer_.find('\n', at_);
  if (found == std::string::npos && (!ends_ || at_ == buffer_.size())) return false;
  const size_t end = found == std::string::npos ? buffer_.size() : found + 1;
  check_utf8(end);
  line = std::string_view(buffer_).substr(at_, end - at_);
  line_ = next_line_++, at_ = end;
  return true;
}

std::string_view TextFile::take(size_t bytes) {
  check_utf8(at_ + bytes);
  const std::string_view part = rest().substr(0, bytes);
  line_ = next_line_, next_line_ = line_of(at_ + bytes), at_ += bytes;
  return part;
}

bool TextFile::take_record(const TableFormat& format, std::vector<std::string_view>& fields) {
  while (at_ < buffer_.size()) {
    const TableRecord record = parse_record(buffer_, at_, ends_, format.separator, format.quotes, fields_);
    using enum RecordState;
    if (record.state == incomplete && buffer_.size() - at_ <= kLongestRecord) return false;
    if (record.state == incomplete)
      fail("{}, line {}: expected a record of at most {} bytes; is a quote not closed?", path_, next_line_,
           kLongestRecord);
    if (record.state == open_quote)
      fail("{}, line {}: expected a closing quote, found the end of the file", path_, line_of(record.end));
    if (record.state == after_quote)
      fail("{}, line {}: expected a separator or the end of the line after a closing quote, found byte 0x{:02X}", path_,
           line_of(record.end), static_cast<unsigned char>(buffer_[record.end]));
    check_utf8(record.end);
    const bool empty = fields_.size() == 1 && fields_[0].begin == at_ && fields_[0].end == at_;
    line_ = next_line_, next_line_ = line_of(record.end), at_ = record.end;  // before doubled quotes move line ends
    if (empty) continue;
    fields.clear();
    for (const TableField& field : fields_) fields.push_back(field_value(buffer_, field));
    return true;
  }
  return false;
}

void TextFile::check_utf8(size_t end) const {
  const size_t fault = find_invalid_utf8(std::string_view(buffer_).substr(at_, end - at_));
  if (fault == std::string_view::npos) return;
  fail("{}, line {}: expected UTF-8, found byte 0x{:02X}", path_, line_of(at_ + fault),
       static_cast<unsigned char>(buffer_[at_ + fault]));
}

int64_t TextFile::line_of(size_t position) const {
  return next_line_ + std::count(buffer_.data() + at_, buffer_.data() + position, '\n');
}

int64_t file_size(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail("cannot read {}: {}", path, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) fail("cannot read {}: it is a folder, a file was expected", path);
  return static_cast<int64_t>(status.st_size);
}

}  // namespace gamana
