#pragma once
// How pieces are cut into smaller ones.
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "gamana/text/aligned_text.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {

// What becomes of the parts of a piece that match (`tokenizers`, tokenizer/normalizer.rs, SplitDelimiterBehavior), for "-" in
// "the-final--countdown":
enum class SplitBehavior {
  removed,               // the|final|countdown
  isolated,              // the|-|final|-|-|countdown
  merged_with_previous,  // the-|final-|-|countdown
  merged_with_next,      // the|-final|-|-countdown
  contiguous,            // the|-|final|--|countdown
};

// Gathers the parts of one piece, given in order and without gaps, and appends the pieces they make. Empty ones are dropped.
class PartCollector {
 public:
  PartCollector(SplitBehavior behavior, std::vector<Piece>& out) : behavior_(behavior), out_(out) {}

  void add(uint32_t begin, uint32_t end, bool match) {
    if (!joins_last(match)) {
      flush();
      last_ = {begin, end, -1};
      has_last_ = behavior_ != SplitBehavior::removed || !match;
    }
    last_.end = end;
    last_matches_ = match;
  }
  void flush() {
    if (has_last_ && last_.begin < last_.end) out_.push_back(last_);
    has_last_ = false;
  }

 private:
  bool joins_last(bool match) const {
    if (!has_last_) return false;
    if (behavior_ == SplitBehavior::merged_with_previous) return match && !last_matches_;
    if (behavior_ == SplitBehavior::merged_with_next) return !match && last_matches_;
    return behavior_ == SplitBehavior::contiguous && match == last_matches_;
  }

  SplitBehavior behavior_;
  std::vector<Piece>& out_;
  Piece last_;
  bool has_last_ = false, last_matches_ = false;
};

// Replaces each piece that is no added token by what cut(piece, pieces) appends.
template <class Cut>
void split_pieces(PieceText& text, Cut cut) {
  std::vector<Piece> out;
  out.reserve(text.pieces.size() + text.text.size() / 4);
  for (const Piece& piece : text.pieces) {
    if (piece.token >= 0) {
      out.push_back(piece);
    } else {
      cut(piece, out);
    }
  }
  text.pieces = std::move(out);
}

// Cuts at each character that matches.
template <class Matches>
void split_at_characters(PieceText& text, SplitBehavior behavior, Matches matches) {
  const std::string_view all = text.text.text();
  split_pieces(text, [&](const Piece& piece, std::vector<Piece>& out) {
    PartCollector parts(behavior, out);
    uint32_t done = piece.begin;
    for (uint32_t at = piece.begin; at < piece.end;) {
      const CodePoint c = code_point(all, at);
      if (matches(c.c)) {
        if (done < at) parts.add(done, at, false);
        parts.add(at, at + c.bytes, true);
        done = at + c.bytes;
      }
      at += c.bytes;
    }
    if (done < piece.end) parts.add(done, piece.end, false);
    parts.flush();
  });
}

}  // namespace gamana
