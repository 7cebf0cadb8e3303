#pragma once
// Ctrl-C (and SIGTERM) as a flag that long work looks at between its steps.
#include <atomic>

namespace gamana {

// From now on the first of these signals sets the flag, which is cleared here; the second one ends the program at once.
const std::atomic<bool>& catch_interrupts();

}  // namespace gamana
