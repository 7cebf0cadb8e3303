#pragma once
// Tokens that are found in the text itself, before anything splits it.
#include <cstdint>
#include <string>

namespace gamana {

struct AddedToken {
  std::string content;
  int32_t id = -1;
  bool single_word = false;  // only between characters that are no \w
  bool lstrip = false;       // takes the white space before it along
  bool rstrip = false;       // takes the white space after it along
  bool normalized = true;    // looked for, normalised, in the normalised text
  bool special = false;      // left out of decoded text if asked to
  bool operator==(const AddedToken&) const = default;
};

}  // namespace gamana
