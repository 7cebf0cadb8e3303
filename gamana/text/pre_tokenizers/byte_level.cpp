#include <algorithm>
#include <array>
#include <string>

#include "gamana/text/models/byte_chars.h"
#include "gamana/text/pre_tokenizers/pattern_scanner.h"
#include "gamana/text/pre_tokenizers/rewriting.h"
#include "gamana/text/pre_tokenizers/steps.h"

namespace gamana {
namespace {

// The characters of kByteChars as UTF-8.
const std::array<std::string, 256>& byte_characters() {
  static const std::array<std::string, 256> characters = [] {
    std::array<std::string, 256> out;
    char bytes[4];
    for (size_t b = 0; b < 256; ++b) out[b].assign(bytes, utf8_bytes(kByteChars[b], bytes));
    return out;
  }();
  return characters;
}

// Whether a byte is its own character.
bool stays(char c) { return c >= 0x21 && c <= 0x7E; }

void add_prefix_spaces(PieceText& text) {
  const std::string_view all = text.text.text();
  const auto needs_space = [&](const Piece& piece) { return piece.token < 0 && all[piece.begin] != ' '; };
  if (std::ranges::none_of(text.pieces, needs_space)) return;
  rewrite_pieces(text, [&](AlignedText::Edit& edit, const Piece& piece) {
    if (needs_space(piece)) edit.put(" ", edit.source(piece.begin));
    edit.keep(piece.begin, piece.end);
  });
}

void write_bytes_as_characters(PieceText& text) {
  const std::array<std::string, 256>& characters = byte_characters();
  const std::string_view all = text.text.text();
  rewrite_pieces(text, [&](AlignedText::Edit& edit, const Piece& piece) {
    for (uint32_t at = piece.begin; at < piece.end;) {
      uint32_t end = at;
      while (end < piece.end && stays(all[end])) ++end;
      if (at < end) edit.keep(at, end);
      for (at = end; at < piece.end && !stays(all[at]); ++at) {
        edit.put(characters[static_cast<unsigned char>(all[at])], edit.source(at));
      }
    }
  });
}

class ByteLevel : public PreTokenizer {
 public:
  explicit ByteLevel(ByteLevelOptions options) : options_(options) {}
  void split(PieceText& text) const override {
    if (options_.add_prefix_space) add_prefix_spaces(text);
    if (options_.use_regex) {
      split_pieces(text, [&](const Piece& piece, std::vector<Piece>& out) { scan_(text.view(piece), piece.begin, out); });
    }
    if (!options_.raw_bytes) write_bytes_as_characters(text);
  }

 private:
  ByteLevelOptions options_;
  PatternScanner scan_ = pattern_scanner(kGpt2Pattern);
};

}  // namespace

std::unique_ptr<PreTokenizer> byte_level(ByteLevelOptions options) { return std::make_unique<ByteLevel>(options); }

}  // namespace gamana
