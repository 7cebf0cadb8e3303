#pragma once
// Words as they are shown: valid UTF-8 without control characters, and how many columns of a terminal they take.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gamana::view {

// Bytes that are not UTF-8 become U+FFFD, control characters their picture (U+2400 and on).
std::string printable(std::string_view text);

// A token that stands alone: spaces, ends of lines and tabs as ␣ ↵ ⇥, signs that would not be seen (joiners, direction
// marks) as their numbers, bytes that are a part of a character as ⟨E0 B2⟩.
std::string visible(std::string_view bytes);
// Is every character such an unseen sign?
bool is_unseen(std::string_view text);
std::string code_points(std::string_view text);  // "U+200D U+FE0F"

// The number of characters before each byte of the text, and before its end; a byte inside a character counts as its
// begin.
std::vector<uint32_t> characters_before(std::string_view text);

// Columns of a terminal, as POSIX wcwidth counts them: 2 for East Asian wide characters and emoji, 0 for combining
// marks that take no space, 1 for the rest (the spacing vowel signs of Indic scripts among them). `text` is printable.
int display_width(std::string_view text);

inline std::string spaces(int count) { return std::string(count > 0 ? static_cast<size_t>(count) : 0, ' '); }

enum class Align { left, right };

// `text` in exactly `width` columns: filled with spaces, or cut between letters with their marks and ended by "…".
std::string fit(std::string_view text, int width, Align align);

}  // namespace gamana::view
