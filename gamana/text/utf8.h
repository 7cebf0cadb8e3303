#pragma once
// Text as UTF-8 bytes: validity, lower case, white space. Case and white space follow Unicode as Python's str does.
#include <string>
#include <string_view>

namespace gamana {

bool valid_utf8(std::string_view text);

// `text` with each maximal invalid sequence replaced by U+FFFD, like Python's bytes.decode("utf-8", "replace").
std::string repair_utf8(std::string_view text);

// Full case mapping without a language ('İ' becomes two characters, a final 'Σ' becomes 'ς'), like Python's str.lower().
// Invalid sequences become U+FFFD.
std::string lower(std::string_view text);

// `text` without white space at its ends, like Python's str.strip() (which counts U+001C..U+001F, unlike ICU). The text
// has to be valid UTF-8.
std::string_view strip_left(std::string_view text);
std::string_view strip_right(std::string_view text);
std::string_view strip(std::string_view text);

}  // namespace gamana
