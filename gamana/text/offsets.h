#pragma once
// Byte offsets into code points.
#include <string_view>
#include <vector>

#include "gamana/text/aligned_text.h"

namespace gamana {

// Changes spans of bytes of `text` into spans of code points. As in `tokenizers`, a span that begins at the end of the text
// is left as it is.
void to_code_points(std::string_view text, std::vector<Span>& spans);

}  // namespace gamana
