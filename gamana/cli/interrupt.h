#pragma once
// Ctrl-C (also SIGTERM, and SIGHUP of a terminal that is closed) as a flag that long work looks at between its steps.
#include <atomic>

namespace gamana {

// While it lives, the first of these signals sets the flag; the second one ends the program at once. Signals that are ignored stay so.
class Interrupts {
 public:
  enum class During { work, reading };  // reading: Ctrl-C alone
  explicit Interrupts(During during = During::work);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  static const std::atomic<bool>& flag();
};

}  // namespace gamana
