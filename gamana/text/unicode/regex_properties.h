#pragma once
// The classes of characters that regular expressions name. The Oniguruma inside `tokenizers` 0.23 knows Unicode 16, the
// one of a system may know less (6.9.8: Unicode 14): the characters in between are in a table (regex_categories.inc), and
// patterns get properties of their own that contain them.
#include <string>
#include <string_view>
#include <vector>

namespace gamana {

struct CodeRange {
  char32_t first, last;  // both belong to it
};

// The characters of \p{name}, in order: a general category ("L", "Lu", "Letter"), a script, "Space" and whatever else
// Oniguruma knows. Categories, "Han" and those of regex_additions.inc are brought to Unicode 16. Throws Error for another name.
std::vector<CodeRange> regex_property(std::string_view name);

// The pattern with its \p{…}, \w and \d put in terms of the properties above, and \b and \B too if `boundaries`. Defines
// them within Oniguruma, which has place for 20 in a process; more keep the meaning that they have there. Not to be called
// by two threads at once.
std::string with_own_properties(std::string_view pattern, bool boundaries);

}  // namespace gamana
