#pragma once
// What products share that lay their operands out in blocks (Goto and van de Geijn 2008).
#include <cstdint>

namespace gamana::cpu {

inline int64_t up(int64_t x, int64_t unit) { return (x + unit - 1) / unit * unit; }

// The size of equal blocks of at most `limit`, a multiple of 32.
inline int64_t block_of(int64_t size, int64_t limit) {
  const int64_t blocks = (size + limit - 1) / limit;
  return up((size + blocks - 1) / blocks, 32);
}

// Where a product is written, or added.
struct Result {
  float* data;
  int64_t stride;
  bool add;
};

}  // namespace gamana::cpu
