#pragma once
// A new text from the characters of the current one, with sources as NormalizedString::transform gives them
// (tokenizer/normalizer.rs). The new text is told from its beginning to its end; what is consumed of the current one along
// the way decides the sources.
#include "gamana/text/aligned_text.h"

namespace gamana {

class Transform {
 public:
  // Characters at the beginning that come from nowhere (Replace made them of an empty match) stay as they are, and are not
  // consumed; a normaliser that gives them again doubles them. So it is in tokenizers.
  explicit Transform(AlignedText& text);

  void keep(size_t begin, size_t end);   // these characters of the text again, each for one of it
  void drop(size_t begin, size_t end);   // as many characters as these are consumed
  // A character: for the next one of the text (0), for it and -change more, or besides the one before (1).
  void put(char32_t c, int64_t change);
  void replace(std::string_view characters);  // one or more for the next one of the text
  void skip(int64_t change);             // consumes as put does
  void finish() { edit_.finish(); }

 private:
  Span next_source() const;

  AlignedText::Edit edit_;
  size_t at_ = 0;  // the first byte of the text that was not consumed
};

}  // namespace gamana
