#pragma once
// What is said beside the results, on standard error, and one line that tells how far long work is.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include <fmt/format.h>

namespace gamana {

bool is_terminal(int descriptor);   // 1: standard output, 2: standard error
// Does it show colours? A terminal does, but for TERM=dumb, and unless NO_COLOR is set (no-color.org).
bool shows_colors(int descriptor);
int terminal_width();               // columns: what COLUMNS says, else of standard output or error, else 80
std::string time_text(double seconds);  // "42 s", "3 min 05 s", "1 h 20 min"

// say("{} lines were cut\n", n). Work goes on where nobody can be told: standard error closed, a disk that is full.
template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = fmt::format(format, std::forward<Args>(args)...);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

// Written to a terminal only; elsewhere nothing is.
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
