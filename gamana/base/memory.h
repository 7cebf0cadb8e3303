#pragma once
// How much memory the process has held.
#include <cstddef>

namespace gamana {

size_t peak_memory();       // bytes resident at most since the start or the last reset
void give_back_memory();    // freed memory that the allocator keeps goes back to the system
void reset_peak_memory();   // from here on (where the kernel allows it)

}  // namespace gamana
