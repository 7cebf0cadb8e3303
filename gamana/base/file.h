#pragma once
// Files: whole reads, lines of text, memory maps, and writes that appear by rename (nothing is written in place).
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gamana {

// The whole file; "-" is standard input. Throws Error naming the path and the reason (missing, a folder, unreadable).
std::string read_file(const std::string& path);
// A path for people: "standard input" for "-".
std::string name_of_input(const std::string& path);

// Writes to a temporary file beside `path`, syncs, renames. On any fault (full disk…) the old file stays, the temporary
// one is removed and Error is thrown; permissions stay. What is no plain file (/dev/stdout, a pipe) is written to as it is.
void write_file(const std::string& path, std::string_view bytes);

// The same for large contents: `write` receives a sink that may be called many times.
using Sink = std::function<void(const void* data, size_t bytes)>;
void write_file(const std::string& path, const std::function<void(const Sink&)>& write);

// Throws Error if write_file could not begin: a folder, or one that is missing or closed to us. Asked before long work.
void check_writable(const std::string& path);
// Removes what writers that were killed left in a folder.
void remove_temporary_files(const std::string& folder);

// Lines without their ends (\n or \r\n) and without a byte order mark at the beginning; a last line without a newline counts.
// "-" is standard input. Throws Error on invalid UTF-8 or NUL bytes with the line number.
std::vector<std::string> read_lines(const std::string& path);

// Without the byte order mark that some programs put before a text.
std::string_view without_mark(std::string_view text);
// Appends `text` with \n in place of each \r\n.
void append_unix_lines(std::string_view text, std::string& out);

// First invalid byte of `text` as UTF-8, or npos.
size_t find_invalid_utf8(std::string_view text);

bool file_exists(const std::string& path);
void make_directory(const std::string& path);   // with parents; Error if it cannot be made
void check_directory(const std::string& path);  // Error if make_directory could not; asked before long work
std::string join_path(std::string_view folder, std::string_view name);

// Held while one process writes a folder; the system lets go of it however the process ends. Throws Error if another
// process holds it.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

// A read-only memory map, unmapped at destruction.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  const char* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace gamana
