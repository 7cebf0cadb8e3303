#include <string>

#include "gamana/text/pre_tokenizers/rewriting.h"
#include "gamana/text/pre_tokenizers/steps.h"

namespace gamana {
namespace {

class Metaspace : public PreTokenizer {
 public:
  Metaspace(char32_t replacement, PrependScheme scheme, bool split)
      : character_(replacement), scheme_(scheme), split_(split) {
    char bytes[4];
    replacement_.assign(bytes, utf8_bytes(replacement, bytes));
  }

  void split(PieceText& text) const override {
    const std::string_view all = text.text.text();
    rewrite_pieces(text, [&](AlignedText::Edit& edit, const Piece& piece) {
      if (needs_prefix(text, piece)) edit.put(replacement_, edit.source(piece.begin));
      for (size_t at = piece.begin; at < piece.end;) {
        const size_t space = std::min<size_t>(all.substr(0, piece.end).find(' ', at), piece.end);
        edit.keep(at, space);
        if (space < piece.end) edit.put(replacement_, edit.source(space));
        at = space + 1;
      }
    });
    if (!split_) return;
    split_at_characters(text, SplitBehavior::merged_with_next, [this](char32_t c) { return c == character_; });
  }

 private:
  bool needs_prefix(const PieceText& text, const Piece& piece) const {
    if (scheme_ == PrependScheme::never) return false;
    if (scheme_ == PrependScheme::first && text.text.source(piece.begin).begin != 0) return false;
    const std::string_view view = text.view(piece);
    return !view.starts_with(' ') && !view.starts_with(replacement_);
  }

  char32_t character_;
  std::string replacement_;
  PrependScheme scheme_;
  bool split_;
};

}  // namespace

std::unique_ptr<PreTokenizer> metaspace(char32_t replacement, PrependScheme scheme, bool split) {
  return std::make_unique<Metaspace>(replacement, scheme, split);
}

}  // namespace gamana
