#include "gamana/base/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace gamana {

bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

bool moves_cursor(int descriptor) { return is_terminal(descriptor) && variable("TERM") != "dumb"; }

}  // namespace

bool shows_colors(int descriptor) { return moves_cursor(descriptor) && variable("NO_COLOR").empty(); }

int terminal_width() {
  const std::string_view columns = variable("COLUMNS");
  int width = 0;
  if (std::from_chars(columns.data(), columns.data() + columns.size(), width).ec == std::errc() && width > 0) return width;
  for (const int descriptor : {1, 2}) {
    winsize size{};
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  }
  return 80;
}

std::string time_text(double seconds) {
  const auto s = static_cast<int64_t>(seconds + 0.5);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s % 3600 / 60);
}

Progress::Progress(std::string what, std::string unit, int64_t total)
    : what_(std::move(what)), unit_(std::move(unit)), total_(total), active_(moves_cursor(2)),
      begin_(std::chrono::steady_clock::now()), last_(begin_ - std::chrono::seconds(1)) {}

Progress::~Progress() { clear(); }

void Progress::update(int64_t done, const std::string& detail) {
  const auto now = std::chrono::steady_clock::now();
  if (!active_ || (now - last_ < std::chrono::milliseconds(100) && done != total_)) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double share = total_ > 0 ? std::min(1.0, static_cast<double>(done) / static_cast<double>(total_)) : 0;
  std::string line = what_ + " ";
  if (total_ > 0) {
    const int filled = static_cast<int>(share * 20);
    for (int i = 0; i < 20; ++i) line += i < filled ? "█" : "░";
    line += fmt::format(" {}/{}", done, total_);
  }
  line += detail.empty() ? fmt::format("  {:.0f} {}/s", static_cast<double>(done) / std::max(seconds, 1e-9), unit_) : "  " + detail;
  if (share > 0 && share < 1) line += "  " + time_text(seconds / share * (1 - share)) + " left";
  say("\r\033[K{}", line);
  shown_ = true;
}

void Progress::clear() {
  if (shown_) say("\r\033[K");
  shown_ = false;
}

}  // namespace gamana
