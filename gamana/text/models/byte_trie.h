#pragma once
// Strings as paths of bytes: a double array (Aoe 1989), one read of 12 bytes a step.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace gamana {

class ByteTrie {
 public:
  // Of a string that comes twice the last value counts. Values are not negative. Empty strings are left out.
  explicit ByteTrie(const std::vector<std::pair<std::string_view, int32_t>>& entries);

  static constexpr uint32_t kRoot = 0, kNone = 0;  // no step leads to the root

  // The node behind `node` and `byte`, or kNone.
  uint32_t step(uint32_t node, uint8_t byte) const {
    const uint32_t child = units_[node].base + byte;
    return units_[child].parent == node ? child : kNone;
  }
  int32_t value(uint32_t node) const { return units_[node].value; }  // -1: no string ends here

  // The node of a string, or kNone where there is none; the root for an empty one.
  uint32_t find(std::string_view text) const;

 private:
  static constexpr uint32_t kFree = 0xFFFFFFFFu;
  struct Unit {
    uint32_t base = 0, parent = kFree;
    int32_t value = -1;
  };
  struct Builder;

  std::vector<Unit> units_;  // 256 more than are in use, so that no step leaves it
};

}  // namespace gamana
