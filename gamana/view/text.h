#pragma once
// Words as they are shown: valid UTF-8 without control characters, and how many columns of a terminal they take.
#include <string>
#include <string_view>

namespace gamana::view {

// Bytes that are not UTF-8 become U+FFFD, control characters their picture (U+2400 and on).
std::string printable(std::string_view text);

// Columns of a terminal, as POSIX wcwidth counts them: 2 for East Asian wide characters and emoji, 0 for combining
// marks that take no space, 1 for the rest (the spacing vowel signs of Indic scripts among them). `text` is printable.
int display_width(std::string_view text);

enum class Align { left, right };

// `text` in exactly `width` columns: filled with spaces, or cut between letters with their marks and ended by "…".
std::string fit(std::string_view text, int width, Align align);

}  // namespace gamana::view
