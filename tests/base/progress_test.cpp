#include "gamana/base/progress.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include <gtest/gtest.h>

namespace gamana {
namespace {

// A variable as a test wants it, and afterwards as it was.
class Variable {
 public:
  explicit Variable(const char* name) : name_(name) {
    if (const char* value = std::getenv(name)) before_ = value, known_ = true;
    unsetenv(name);
  }
  ~Variable() { known_ ? setenv(name_, before_.c_str(), 1) : unsetenv(name_); }
  void set(const char* value) { setenv(name_, value, 1); }

 private:
  const char* name_;
  std::string before_;
  bool known_ = false;
};

TEST(Terminal, ColorsAreForTerminalsThatWantThem) {
  Variable term("TERM"), no_color("NO_COLOR");
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY), file = open("/dev/null", O_WRONLY);
  ASSERT_GE(terminal, 0);
  term.set("xterm");
  EXPECT_TRUE(shows_colors(terminal));
  EXPECT_FALSE(shows_colors(file));
  no_color.set("");  // as if it were not set
  EXPECT_TRUE(shows_colors(terminal));
  no_color.set("1");
  EXPECT_FALSE(shows_colors(terminal));
  no_color.set(""), term.set("dumb");
  EXPECT_FALSE(shows_colors(terminal));
  close(terminal), close(file);
}

TEST(Terminal, IsAsWideAsColumnsSays) {
  Variable columns("COLUMNS");
  const int usual = terminal_width();
  EXPECT_GT(usual, 0);
  columns.set("123");
  EXPECT_EQ(terminal_width(), 123);
  for (const char* wrong : {"", "wide", "0", "-5", "99999999999"}) {
    columns.set(wrong);
    EXPECT_EQ(terminal_width(), usual) << wrong;
  }
}

TEST(Terminal, IsAsWideAsStandardOutput) {
  Variable columns("COLUMNS");
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY), before = dup(1);
  ASSERT_GE(terminal, 0);
  const winsize size{.ws_row = 30, .ws_col = 151, .ws_xpixel = 0, .ws_ypixel = 0};
  ASSERT_EQ(ioctl(terminal, TIOCSWINSZ, &size), 0);
  dup2(terminal, 1);
  const int width = terminal_width();
  dup2(before, 1), close(before), close(terminal);
  EXPECT_EQ(width, 151);
}

}  // namespace
}  // namespace gamana
