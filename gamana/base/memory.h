#pragma once
// How much memory the process has held, and what it can do without.
#include <cstddef>

namespace gamana {

size_t peak_memory();       // bytes resident at most since the start or the last reset
void give_back_memory();    // freed memory that the allocator keeps goes back to the system
void reset_peak_memory();   // from here on (where the kernel allows it)

// The whole pages within these bytes take no memory until they are touched again: a mapped file is then read anew, other
// memory is zero.
void forget_pages(const void* first, size_t bytes);

}  // namespace gamana
