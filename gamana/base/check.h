#pragma once
// Two kinds of faults. The user's (a file, a configuration, a flag, a text) throws gamana::Error with one clear
// sentence. The programmer's is a GAMANA_DCHECK, active in debug and sanitizer builds.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace gamana {

// What the user is told: what was expected, what was found, where, and (hint) what to do.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what, std::string hint = "") : std::runtime_error(what), hint_(std::move(hint)) {}
  const std::string& hint() const { return hint_; }

 private:
  std::string hint_;
};

// fail("{}: expected {} lines, found {}", file, a, b)
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace gamana

#if !defined(NDEBUG) || defined(GAMANA_CHECKED)
#define GAMANA_DCHECK(condition)                                                            \
  do {                                                                                      \
    if (!(condition)) {                                                                     \
      std::fprintf(stderr, "%s:%d: broken invariant: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                         \
    }                                                                                       \
  } while (0)
#else
#define GAMANA_DCHECK(condition) ((void)0)
#endif
