#pragma once
// Text that ends where one of several strings begins, as it arrives in pieces.
#include <string>
#include <string_view>
#include <vector>

namespace gamana {

class StopText {
 public:
  // Throws Error for an empty string.
  explicit StopText(std::vector<std::string> stops);

  // Appends to `out` what can no longer be the beginning of a stop string. True as soon as one is found: what comes
  // before it is out, and nothing follows.
  bool push(std::string_view text, std::string& out);
  // The rest, when no more text comes.
  void finish(std::string& out);
  bool found() const { return found_; }

 private:
  std::vector<std::string> stops_;
  std::string held_;
  bool found_ = false;
};

}  // namespace gamana
