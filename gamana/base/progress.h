#pragma once
// One line that tells how far long work is. Written to a terminal only; elsewhere nothing is.
#include <chrono>
#include <cstdint>
#include <string>

namespace gamana {

bool is_terminal(int descriptor);   // 1: standard output, 2: standard error
// Does it show colours? A terminal does, but for TERM=dumb, and unless NO_COLOR is set (no-color.org).
bool shows_colors(int descriptor);
int terminal_width();               // columns: what COLUMNS says, else of standard output or error, else 80
std::string time_text(double seconds);  // "42 s", "3 min 05 s", "1 h 20 min"

class Progress {
 public:
  // `what` stands before the bar; `unit` after the rate ("sentences").
  Progress(std::string what, std::string unit, int64_t total);
  ~Progress();
  void update(int64_t done, const std::string& detail = "");
  void clear();  // so that other lines can be written

 private:
  std::string what_, unit_;
  int64_t total_;
  bool shown_ = false, active_;
  std::chrono::steady_clock::time_point begin_, last_;
};

}  // namespace gamana
