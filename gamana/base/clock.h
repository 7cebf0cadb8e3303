#pragma once
// Time that only goes forward.
#include <chrono>

namespace gamana {

// Seconds since some moment in the past.
inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace gamana
