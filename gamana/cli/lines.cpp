#include "gamana/cli/lines.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"

namespace gamana {
namespace {

constexpr size_t kBlockBytes = 4 << 20, kChunkBytes = 1 << 16, kReadBytes = 1 << 18;

bool is_plain(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);  // faults: MappedFile
}

bool has_input(int descriptor) {
  pollfd wanted{descriptor, POLLIN, 0};
  return ::poll(&wanted, 1, 0) > 0;
}

}  // namespace

LineBlocks::LineBlocks(const std::string& file) : name_(name_of_input(file)) {
  if (file == "-") {
    descriptor_ = STDIN_FILENO;
  } else if (is_plain(file)) {
    map_.emplace(file);
  } else if ((descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC)) < 0) {
    fail("cannot read {}: {}", file, std::strerror(errno));
  }
}

LineBlocks::~LineBlocks() {
  if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
}

bool LineBlocks::read_more() {
  const size_t before = buffer_.size();
  buffer_.resize(before + kReadBytes);
  ssize_t n;
  do n = ::read(descriptor_, buffer_.data() + before, kReadBytes);
  while (n < 0 && errno == EINTR);
  buffer_.resize(before + static_cast<size_t>(std::max<ssize_t>(n, 0)));
  if (n < 0) fail("cannot read {}: {}", name_, std::strerror(errno));
  return n > 0;
}

std::string_view LineBlocks::next_bytes() {
  if (map_) {
    const std::string_view rest = std::string_view(map_->data(), map_->size()).substr(mapped_);
    if (rest.size() <= kBlockBytes) return mapped_ += rest.size(), rest;
    size_t end = rest.rfind('\n', kBlockBytes);
    if (end == std::string_view::npos) end = rest.find('\n', kBlockBytes);
    const std::string_view block = rest.substr(0, end == std::string_view::npos ? rest.size() : end + 1);
    return mapped_ += block.size(), block;
  }
  buffer_.erase(0, used_);
  used_ = 0;
  for (size_t searched = 0;;) {
    const size_t end = std::string_view(buffer_).substr(searched).rfind('\n');
    if (end != std::string_view::npos) used_ = searched + end + 1;
    searched = buffer_.size();
    if (used_ > 0 && (buffer_.size() >= kBlockBytes || !has_input(descriptor_))) break;
    if (!read_more()) {
      used_ = buffer_.size();
      break;
    }
  }
  return std::string_view(buffer_).substr(0, used_);
}

std::span<const std::string_view> LineBlocks::next() {
  const bool begins = first_ == 1 && lines_.empty();
  first_ += lines_.size();
  lines_.clear();
  const std::string_view read = next_bytes(), bytes = begins ? without_mark(read) : read;
  for (size_t begin = 0; begin < bytes.size();) {
    const size_t end = std::min(bytes.find('\n', begin), bytes.size());
    const bool dos = end > begin && bytes[end - 1] == '\r';
    lines_.push_back(bytes.substr(begin, end - begin - dos));
    begin = end + 1;
  }
  return lines_;
}

std::vector<size_t> chunk_borders(std::span<const std::string_view> lines) {
  std::vector<size_t> borders = {0};
  size_t bytes = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    bytes += lines[i].size() + 1;
    if (bytes >= kChunkBytes || i + 1 == lines.size()) borders.push_back(i + 1), bytes = 0;
  }
  return borders;
}

void check_each(const LineBlocks& blocks, std::span<const std::string_view> lines, size_t begin, size_t end,
                const std::function<void(std::string_view)>& body) {
  for (size_t i = begin; i < end; ++i) {
    const auto where = [&] { return fmt::format("{}: line {}", blocks.name(), blocks.first() + i); };
    if (find_invalid_utf8(lines[i]) != std::string_view::npos)
      throw Error(where() + " is not valid UTF-8", "convert it, for instance with iconv -t UTF-8");
    try {
      body(lines[i]);
    } catch (const Error& e) {
      throw Error(fmt::format("{}: {}", where(), e.what()), e.hint());
    }
  }
}

void run_all(size_t chunks, const std::function<void(size_t)>& body) {
  parallel_for(static_cast<int64_t>(chunks), 1, [&](int64_t c, int64_t) { body(static_cast<size_t>(c)); });
}

void print_now(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    fail("cannot write to standard output: {}", std::strerror(errno));
}

void print_lines(const std::string& file, const std::function<void(std::string_view line, std::string& out)>& work) {
  const auto whole = [&](std::string_view line, std::string& out) {
    const size_t before = out.size();
    try {
      work(line, out);
    } catch (...) {
      out.resize(before);
      throw;
    }
    out += '\n';
  };
  map_lines<std::string>(file, whole, print_now);
}

std::vector<int32_t> parse_ids(std::string_view line) {
  std::vector<int32_t> ids;
  constexpr std::string_view kBetween = " \t,[]";
  for (size_t begin = line.find_first_not_of(kBetween); begin != std::string_view::npos;) {
    const std::string_view word = line.substr(begin, line.find_first_of(kBetween, begin) - begin);
    int32_t id = 0;
    const auto [stop, error] = std::from_chars(word.begin(), word.end(), id);
    if (error != std::errc() || stop != word.end()) fail("expected ids such as \"12 7 0\", found \"{}\"", word);
    ids.push_back(id);
    begin = line.find_first_not_of(kBetween, begin + word.size());
  }
  return ids;
}

void append_ids(std::string& out, std::span<const int32_t> ids) {
  char digits[12];
  for (const int32_t& id : ids) {
    if (&id != ids.data()) out += ' ';
    out.append(digits, std::to_chars(digits, std::end(digits), id).ptr);
  }
}

}  // namespace gamana
