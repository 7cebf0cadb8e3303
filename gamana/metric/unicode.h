#pragma once
// The string operations sacreBLEU's numbers are defined by (those of Python's str), on UTF-8. Bytes that are not UTF-8
// count as U+FFFD.
#include <string>
#include <string_view>
#include <vector>

namespace gamana::metric {

bool is_space(char32_t c);  // what str.split() splits at

std::vector<std::string_view> split_words(std::string_view text);  // str.split()
std::string_view strip_end(std::string_view text);                 // str.rstrip()
std::string to_lower(std::string_view text);  // str.lower(): full mappings, with the final sigma, of no language

std::u32string code_points(std::string_view text);
std::string to_utf8(std::u32string_view text);

// Every `from` becomes `to`, left to right.
void replace_all(std::string& text, std::string_view from, std::string_view to);

}  // namespace gamana::metric
