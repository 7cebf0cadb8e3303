#pragma once
// Patterns of a tokenizer.json, by Oniguruma with the syntax that `tokenizers` uses (its `onig` crate: Ruby syntax, UTF-8).
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gamana/text/aligned_text.h"

namespace gamana {

class Regex {
 public:
  // Throws Error naming `where` and the fault of the pattern.
  Regex(const std::string& pattern, const std::string& where);
  ~Regex();
  Regex(Regex&&) noexcept;

  // Calls found(span) for every match from left to right, as onig's find_iter does: matches do not overlap, and an empty one
  // never begins where the one before it ended. May be called by several threads at once. Throws Error where the engine gives
  // up (a pattern that explodes).
  void each(std::string_view text, const std::function<void(Span)>& found) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gamana
