#pragma once
// A text as a model reads it that is longer than the model's context: in windows, each with tokens of the one before.
#include <algorithm>
#include <cstdint>
#include <optional>

#include "gamana/base/check.h"

namespace gamana {

// Tokens [begin, end) are read; those from `first` on are told, which no window before has.
struct TokenWindow {
  int64_t begin, end, first;
};

// Windows of `context` tokens, each `stride` tokens further on, of a text whose tokens may come bit by bit. The first token
// of a text is told by nothing, and with a stride of the context's length that of each window.
class TokenWindows {
 public:
  // 1 <= stride <= context.
  TokenWindows(int64_t context, int64_t stride) : context_(context), stride_(stride) {
    GAMANA_DCHECK(1 <= stride && stride <= context);
  }
  // The next window of a text of which `size` tokens are there, or `whole`, all of them. None: more tokens are needed, or
  // the text is over.
  std::optional<TokenWindow> next(int64_t size, bool whole) {
    const int64_t first = std::max(told_, begin_ + 1), end = std::min(begin_ + context_, size);
    if (whole ? first >= size : end < begin_ + context_) return {};
    const TokenWindow window{begin_, end, first};
    told_ = end, begin_ += stride_;
    return window;
  }
  // Tokens before this one are not read any more.
  int64_t begin() const { return begin_; }

 private:
  int64_t context_, stride_, begin_ = 0, told_ = 0;
};

}  // namespace gamana
