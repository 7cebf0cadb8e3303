#include "gamana/base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "gamana/base/check.h"
#include "gamana/base/file_head.h"

namespace gamana {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporary = ".tmp";  // and the number of the process that writes
constexpr size_t kLongestPart = 200;             // bytes of the name before it

constexpr std::string_view kStandardInput = "-", kByteOrderMark = "\xEF\xBB\xBF";

std::string reason() { return std::strerror(errno); }

// Closes at scope exit.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

// Standard input is not opened again by a name: it may be a socket.
Descriptor open_for_reading(const std::string& path, struct stat* status) {
  int fd = path == kStandardInput ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("cannot read {}: {}", name_of_input(path), reason());
  Descriptor file{fd};
  if (::fstat(fd, status) != 0) fail("cannot read {}: {}", name_of_input(path), reason());
  if (S_ISDIR(status->st_mode)) fail("cannot read {}: it is a folder, a file was expected", name_of_input(path));
  file.fd = -1;
  return Descriptor{fd};
}

void write_all(int fd, const void* data, size_t bytes, const std::string& path) {
  const char* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t n = ::write(fd, at, bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot write {}: {} (what was there before is untouched)", path, reason());
    at += n, bytes -= static_cast<size_t>(n);
  }
}

constexpr const char* kOpenFiles = "/proc/self/fd";

// A file that has no name until named(): killed before that, it leaves nothing. Where the system has no such files it has the
// name from the start.
Descriptor open_temporary(const std::string& name) {
  const fs::path folder = fs::path(name).parent_path();
  const bool nameable = ::access(kOpenFiles, X_OK) == 0;
  const int fd = nameable ? ::open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644) : -1;
  return {fd >= 0 ? fd : ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
}

bool named(int fd, const std::string& name) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return false;
  if (status.st_nlink > 0) return true;
  ::unlink(name.c_str());  // of a process that had our number
  return ::linkat(AT_FDCWD, fmt::format("{}/{}", kOpenFiles, fd).c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

// What a link stands for, and the link that this may be: also where it is not there yet.
std::string end_of_links(const std::string& path) {
  constexpr int kMostLinks = 40;  // as in Linux
  std::error_code ignored;
  fs::path at = path;
  for (int links = 0; fs::is_symlink(at, ignored); ++links) {
    if (links == kMostLinks) fail("cannot write {}: {}", path, std::strerror(ELOOP));
    at = at.parent_path() / fs::read_symlink(at, ignored);  // an absolute one stays as it is
  }
  return at;
}

// Calls fill(descriptor, plain) with the file that takes the place of `path` when all is written, or with what is no plain file.
void write_new(const std::string& path, const std::function<void(int, bool)>& fill) {
  check_writable(path);
  std::error_code ignored;
  const bool plain = !fs::exists(path, ignored) || fs::is_regular_file(path, ignored);
  const std::string target = plain ? end_of_links(path) : path;
  // A name may be as long as names can be.
  const std::string name = fs::path(target).filename().string().substr(0, kLongestPart);
  const std::string temporary = fs::path(target).replace_filename(fmt::format("{}{}{}", name, kTemporary, ::getpid()));
  Descriptor file = plain ? open_temporary(temporary) : Descriptor{::open(target.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC)};
  if (file.fd < 0) fail("cannot write {}: {}", path, reason());
  struct stat before {};
  const bool replaces = plain && ::stat(target.c_str(), &before) == 0;
  try {
    fill(file.fd, plain);
    if (!plain) return;
    if (replaces) ::fchmod(file.fd, before.st_mode & 07777);  // who may read the one that was there may read this one
    if (::fsync(file.fd) != 0 || !named(file.fd, temporary) || ::rename(temporary.c_str(), target.c_str()) != 0)
      fail("cannot write {}: {}", path, reason());
  } catch (...) {
    if (plain) ::unlink(temporary.c_str());
    throw;
  }
}

}  // namespace

std::string name_of_input(const std::string& path) { return path == kStandardInput ? "standard input" : path; }

std::string read_file(const std::string& path) {
  struct stat status {};
  Descriptor file = open_for_reading(path, &status);
  std::string out;
  out.reserve(static_cast<size_t>(status.st_size) + 64);  // simdjson looks ahead: without room it would copy the text
  char buffer[1 << 16];
  for (;;) {
    ssize_t n = ::read(file.fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot read {}: {}", name_of_input(path), reason());
    if (n == 0) return out;
    out.append(buffer, static_cast<size_t>(n));
  }
}

void write_file(const std::string& path, std::string_view bytes) {
  write_file(path, [&](const Sink& sink) { sink(bytes.data(), bytes.size()); });
}

void write_file(const std::string& path, const std::function<void(const Sink&)>& write) {
  write_new(path, [&](int fd, bool) { write([&](const void* data, size_t bytes) { write_all(fd, data, bytes, path); }); });
}

void write_file_with_head(const std::string& path, size_t head, const std::function<std::string(const Sink&)>& write) {
  write_new(path, [&](int fd, bool plain) {
    if (!plain) throw Error(fmt::format("cannot write {}: its beginning is known last, so a plain file is needed", path), "give another name");
    write_all(fd, std::string(head, '\0').data(), head, path);
    const std::string begin = write([&](const void* data, size_t bytes) { write_all(fd, data, bytes, path); });
    GAMANA_DCHECK(begin.size() == head);
    if (::lseek(fd, 0, SEEK_SET) != 0) fail("cannot write {}: {}", path, reason());
    write_all(fd, begin.data(), begin.size(), path);
  });
}

void check_writable(const std::string& path) {
  std::error_code ignored;
  if (path.empty()) fail("expected the name of a file to write, found none");
  if (fs::is_directory(path, ignored)) fail("cannot write {}: it is a folder, a file was expected", path);
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored)) return;
  fs::path folder = fs::path(end_of_links(path)).parent_path();
  if (folder.empty()) folder = ".";
  if (!fs::is_directory(folder, ignored)) fail("cannot write {}: there is no folder {}", path, folder.string());
  if (::access(folder.c_str(), W_OK) != 0) fail("cannot write {}: {}", path, reason());
}

void remove_temporary_files(const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename();
    const size_t at = name.rfind(kTemporary);
    if (at != std::string::npos && name.find_first_not_of("0123456789", at + kTemporary.size()) == std::string::npos)
      fs::remove(entry.path(), ignored);
  }
}

size_t find_invalid_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const size_t n = text.size();
  for (size_t i = 0; i < n;) {
    uint64_t ascii = 0;  // eight bytes at once, as long as none is above 0x7F
    while (i + 8 <= n && (std::memcpy(&ascii, p + i, 8), (ascii & 0x8080808080808080ull) == 0)) i += 8;
    if (i == n) break;
    const unsigned char c = p[i];
    if (c < 0x80) {
      ++i;
      continue;
    }
    const size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (c < 0xC2 || c > 0xF4 || i + length > n) return i;
    for (size_t k = 1; k < length; ++k)
      if ((p[i + k] & 0xC0) != 0x80) return i;
    // Overlong forms, surrogates and code points above U+10FFFF.
    const unsigned char second = p[i + 1];
    if ((c == 0xE0 && second < 0xA0) || (c == 0xED && second > 0x9F) || (c == 0xF0 && second < 0x90) ||
        (c == 0xF4 && second > 0x8F))
      return i;
    i += length;
  }
  return std::string_view::npos;
}

std::string_view without_mark(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

void append_unix_lines(std::string_view text, std::string& out) {
  for (size_t end; (end = text.find("\r\n")) != std::string_view::npos; text.remove_prefix(end + 1)) out += text.substr(0, end);
  out += text;
}

std::vector<std::string> read_lines(const std::string& path) {
  const std::string bytes = read_file(path), name = name_of_input(path);
  const std::string_view text = without_mark(bytes);
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const size_t stop = end > begin && text[end - 1] == '\r' ? end - 1 : end;
    std::string line(text.substr(begin, stop - begin));
    if (find_invalid_utf8(line) != std::string::npos)
      throw Error(fmt::format("{}: line {} is not valid UTF-8", name, lines.size() + 1),
                  "convert it, for instance with iconv -t UTF-8");
    if (line.find('\0') != std::string::npos)
      fail("{}: line {} holds a NUL byte; text was expected", name, lines.size() + 1);
    lines.push_back(std::move(line));
    begin = end + 1;
  }
  return lines;
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

void make_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) fail("cannot make the folder {}: {}", path, error.message());
  if (!fs::is_directory(path)) fail("cannot make the folder {}: a file of that name is there", path);
}

void check_directory(const std::string& path) {
  std::error_code ignored;
  fs::path there = fs::absolute(path);
  while (!fs::exists(there, ignored) && there.has_relative_path()) there = there.parent_path();
  if (!fs::is_directory(there, ignored)) fail("cannot make the folder {}: {} is a file", path, there.string());
  if (::access(there.c_str(), W_OK) != 0) fail("cannot make the folder {} in {}: {}", path, there.string(), reason());
}

std::string join_path(std::string_view folder, std::string_view name) {
  std::string out(folder);
  if (!out.empty() && out.back() != '/') out += '/';
  return out.append(name);
}

FolderLock::FolderLock(const std::string& folder)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  // File systems without locks are taken as they are.
  if (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(descriptor_);
    throw Error(fmt::format("{}: another process is writing there", folder), "wait for it, or end it");
  }
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

MappedFile::MappedFile(const std::string& path) {
  struct stat status {};
  Descriptor file = open_for_reading(path, &status);
  size_ = static_cast<size_t>(status.st_size);
  if (size_ == 0) return;
  void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (mapped == MAP_FAILED) fail("cannot map {}: {}", path, reason());
  data_ = static_cast<char*>(mapped);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace gamana
