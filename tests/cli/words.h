#pragma once
// Words for made-up examples.
#include <cstdint>
#include <string>
#include <vector>

namespace gamana {

inline const std::vector<std::string> kNames = {"ada", "bob", "cid", "dora"}, kCities = {"paris", "rome", "oslo"};

// Draws from lists, the same for the same seed.
struct Draw {
  uint32_t state;
  std::string operator()(const std::vector<std::string>& from) {
    state = state * 1664525u + 1013904223u;
    return from[(state >> 16) % from.size()];
  }
};

}  // namespace gamana
