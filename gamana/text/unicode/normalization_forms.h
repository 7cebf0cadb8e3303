#pragma once
// The normalization forms of Unicode (UAX 15) on aligned texts, with the characters that the peer's library knows
// (unicode-normalization-alignments) and its sources. Linear in the text but for sorting long runs of marks, n log n.
#include "gamana/text/aligned_text.h"

namespace gamana {

enum class Form { nfc, nfd, nfkc, nfkd };
void to_form(AlignedText& text, Form form);

// NFD, then nonspacing marks are removed: strip_accents of BertNormalizer.
void strip_accents(AlignedText& text);

}  // namespace gamana
