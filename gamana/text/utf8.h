#pragma once
// Text as UTF-8 bytes: validity, lower case, white space. Case and white space follow Unicode as Python's str does.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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

// A text by its characters (code points), which offsets count.
class Characters {
 public:
  // The text has to be valid UTF-8 and to outlive this.
  explicit Characters(std::string_view text);

  size_t size() const { return starts_.empty() ? text_.size() : starts_.size(); }
  // Characters [begin, end), or as far as the text goes, like Python's text[begin:end].
  std::string_view part(size_t begin, size_t end) const;

 private:
  std::string_view text_;
  std::vector<uint32_t> starts_;  // the byte where each character begins; none where all have one byte
};

}  // namespace gamana
