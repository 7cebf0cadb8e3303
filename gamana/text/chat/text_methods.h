#pragma once
// Python's str, whose characters are code points.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gamana::jinja {

std::vector<std::string_view> characters(std::string_view text);
size_t count_characters(std::string_view text);

std::string upper_case(std::string_view text);
std::string lower_case(std::string_view text);
std::string capitalized(std::string_view text);  // str.capitalize
std::string title_case(std::string_view text);   // str.title
std::string title_words(std::string_view text);  // the filter title

// Without the characters of `set` at its ends, or without white space if there is no set.
std::string_view stripped(std::string_view text, const std::string* set, bool left, bool right);
// At most `most` replacements, all if it is negative.
std::string replaced(std::string_view text, std::string_view from, std::string_view to, int64_t most);
std::vector<std::string_view> split_at(std::string_view text, std::string_view separator, int64_t most);
std::vector<std::string_view> split_at_right(std::string_view text, std::string_view separator, int64_t most);
std::vector<std::string_view> split_at_space(std::string_view text, int64_t most);
std::vector<std::string_view> split_at_space_right(std::string_view text, int64_t most);
std::vector<std::string_view> lines(std::string_view text, bool with_ends);

}  // namespace gamana::jinja
