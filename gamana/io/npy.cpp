#include "gamana/io/npy.h"

#include <fmt/ranges.h>

#include "gamana/base/check.h"
#include "gamana/base/file_head.h"

namespace gamana {
namespace {

// A shape of one dimension needs its comma: the header is a Python expression.
std::string header_of(std::span<const int64_t> shape) {
  std::string header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{}), }}",
                                   fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  constexpr size_t kBefore = 10;  // magic, version, length of the header
  header.append(63 - (kBefore + header.size()) % 64, ' ') += '\n';
  const size_t size = header.size();
  GAMANA_DCHECK(size < 65536);
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(size & 255) + static_cast<char>(size >> 8) + header;
}

}  // namespace

void write_npy(const std::string& path, std::span<const int64_t> shape,
               const std::function<void(const Sink&)>& values) {
  const std::string header = header_of(shape);
  [[maybe_unused]] size_t expected = sizeof(float), found = 0;
  for (const int64_t n : shape) expected *= static_cast<size_t>(n);
  write_file(path, [&](const Sink& sink) {
    sink(header.data(), header.size());
    values([&](const void* data, size_t bytes) { sink(data, bytes), found += bytes; });
    GAMANA_DCHECK(found == expected);
  });
}

void write_npy_rows(const std::string& path, int64_t cols, const std::function<void(const Sink&)>& values) {
  constexpr size_t kHead = 128;  // of any shape of two numbers
  write_file_with_head(path, kHead, [&](const Sink& sink) {
    size_t bytes_written = 0;
    values([&](const void* data, size_t bytes) { sink(data, bytes), bytes_written += bytes; });
    const int64_t shape[] = {static_cast<int64_t>(bytes_written / (sizeof(float) * static_cast<size_t>(cols))), cols};
    return header_of(shape);
  });
}

}  // namespace gamana
