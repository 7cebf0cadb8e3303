#pragma once
#include "gamana/text/aligned_text.h"

namespace gamana {

// Writes a text anew, piece by piece: write(edit, piece) for those that are no added tokens. What lies between pieces is left
// out.
template <class Write>
void rewrite_pieces(PieceText& text, Write write) {
  AlignedText::Edit edit(text.text);
  for (Piece& piece : text.pieces) {
    const auto begin = static_cast<uint32_t>(edit.size());
    if (piece.token >= 0) {
      edit.keep(piece.begin, piece.end);
    } else {
      write(edit, piece);
    }
    piece.begin = begin;
    piece.end = static_cast<uint32_t>(edit.size());
  }
  edit.finish();
}

}  // namespace gamana
