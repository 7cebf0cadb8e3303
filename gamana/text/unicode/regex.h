#pragma once
// Patterns of a tokenizer.json, by Oniguruma with the syntax that `tokenizers` uses (its `onig` crate: the default
// Oniguruma syntax, which is Ruby's and more, UTF-8, no options).
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

  // Calls found(span) for every match from left to right, as onig's find_iter does: matches do not overlap, and an
  // empty one never begins where the one before it ended. `text` has to be valid UTF-8. May be called by several threads.
  // Throws Error where the engine gives up: after 10 million steps back in one match, as there (a pattern that explodes), or
  // where one search takes 100 of them for each byte of the text, and on texts of 512 MiB.
  void each(std::string_view text, const std::function<void(Span)>& found) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gamana
