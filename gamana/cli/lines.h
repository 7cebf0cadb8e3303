#pragma once
// Text line by line, worked on in parallel and handed back in order, in memory that does not grow with the text.
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/base/file.h"

namespace gamana {

// Blocks of whole lines, without their ends (\n or \r\n) and a byte order mark before the first, each of a few MB or one longer
// line.
class LineBlocks {
 public:
  // A plain file is mapped. Others, and standard input for "-", are read as they come: what has arrived is a block at once.
  explicit LineBlocks(const std::string& file);
  ~LineBlocks();
  LineBlocks(const LineBlocks&) = delete;
  LineBlocks& operator=(const LineBlocks&) = delete;

  // Empty at the end. The lines live until the next call.
  std::span<const std::string_view> next();
  size_t first() const { return first_; }  // number of the block's first line, from 1
  const std::string& name() const { return name_; }

 private:
  std::string_view next_bytes();  // whole lines
  bool read_more();               // false at the end

  std::string name_;
  std::optional<MappedFile> map_;
  size_t mapped_ = 0;  // bytes of the map that were handed out
  int descriptor_ = -1;
  std::string buffer_;
  size_t used_ = 0;  // bytes of the buffer that were handed out
  std::vector<std::string_view> lines_;
  size_t first_ = 1;
};

// Consecutive lines of about the same number of bytes each, as [border, next border).
std::vector<size_t> chunk_borders(std::span<const std::string_view> lines);
// Calls body(line) for lines [begin, end) of a block. An Error comes with the file and the number of the line, also one for
// lines that are not UTF-8.
void check_each(const LineBlocks& blocks, std::span<const std::string_view> lines, size_t begin, size_t end,
                const std::function<void(std::string_view)>& body);
void run_all(size_t chunks, const std::function<void(size_t)>& body);  // in parallel

// Calls work(line, result) for each line, on several threads, and take(result) for the results of chunks of lines in order.
// Lines before one with a fault are taken.
template <class Result, class Work, class Take>
void map_lines(const std::string& file, const Work& work, const Take& take) {
  LineBlocks blocks(file);
  for (auto lines = blocks.next(); !lines.empty(); lines = blocks.next()) {
    const std::vector<size_t> borders = chunk_borders(lines);
    const size_t chunks = borders.size() - 1;
    std::vector<Result> results(chunks);
    std::vector<std::exception_ptr> faults(chunks);
    run_all(chunks, [&](size_t c) {
      try {
        check_each(blocks, lines, borders[c], borders[c + 1], [&](std::string_view line) { work(line, results[c]); });
      } catch (...) {
        faults[c] = std::current_exception();
      }
    });
    for (size_t c = 0; c < chunks; ++c) {
      take(results[c]);
      if (faults[c]) std::rethrow_exception(faults[c]);
    }
  }
}

void print_now(std::string_view text);  // to standard output, past its buffer. Throws Error where it cannot be written.
// Prints one line for each: work(line, out) appends it without its end.
void print_lines(const std::string& file, const std::function<void(std::string_view line, std::string& out)>& work);

// "12 7 0", "[12, 7, 0]" and the like. Throws Error for anything else.
std::vector<int32_t> parse_ids(std::string_view line);
// Ids with single spaces between them.
void append_ids(std::string& out, std::span<const int32_t> ids);

}  // namespace gamana
