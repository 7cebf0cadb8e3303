#include "gamana/text/offsets.h"

#include <algorithm>

namespace gamana {

void to_code_points(std::string_view text, std::vector<Span>& spans) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; })) return;
  // index[i]: the code point that byte i is a part of
  std::vector<uint32_t> index(text.size());
  uint32_t count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    count += (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    index[i] = count - 1;
  }
  for (Span& span : spans)
    if (span.begin < text.size()) span = {index[span.begin], span.end < text.size() ? index[span.end] : count};
}

}  // namespace gamana
