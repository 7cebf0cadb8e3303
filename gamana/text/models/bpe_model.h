#pragma once
// The BPE model itself, for the files that make it (bpe_build.cpp) and use it (bpe.cpp).
#include <array>

#include "gamana/text/models/bpe.h"
#include "gamana/text/models/bpe_merge.h"
#include "gamana/text/models/code_points.h"
#include "gamana/text/models/map_model.h"
#include "gamana/text/models/whole_words.h"
#include "gamana/text/models/word_cache.h"

namespace gamana {

struct BpeState : WordState {
  WordCache parts;  // of long pieces, where whole words are treated differently (ignore_merges)
  struct Waiting {  // a new word of the text and its piece
    uint32_t begin, end, piece;
  };
  std::array<Waiting, kTogether> waiting;
  size_t waits = 0;  // how many do
  std::array<ShortMerge, kTogether> merges;
  std::vector<Symbol> symbols;
  std::string printable;
  MergeScratch scratch;
  DropoutDraws draws;
};

inline std::string_view or_empty(const std::optional<std::string>& text) { return text ? std::string_view(*text) : ""; }

class Bpe final : public MapModel {
 public:
  Bpe(const BpeOptions& options, const std::string& where);

  std::unique_ptr<ModelState> make_state() const override;
  void encode(std::string_view text, std::span<const Piece> pieces, ModelState& state,
              std::vector<Token>& out) const override;
  std::string_view continuing_prefix() const override { return or_empty(prefix_); }
  void write_json(std::string& out) const override;

 private:
  void map_characters();
  void find_joins(const BpeOptions& options);
  void find_whole_words();
  const CodePointMap& characters(bool first, bool last) const {
    return characters_[(first || or_empty(prefix_).empty() ? 0u : 1u) + (!last || or_empty(suffix_).empty() ? 0u : 2u)];
  }
  int32_t whole(std::string_view word, BpeState& state) const;
  void add_unknown(std::string_view character, bool first, bool last, uint32_t& unknown_bytes, BpeState& state) const;
  void read_bytes(std::string_view word, BpeState& state) const;
  void read_characters(std::string_view word, BpeState& state) const;
  void read(std::string_view word, BpeState& state) const {
    raw_bytes_ ? read_bytes(word, state) : read_characters(word, state);
  }
  void encode_word(std::string_view word, bool is_piece, BpeState& state) const;
  struct Output;
  void write_waiting(BpeState& state, Output& to) const;
  void take_short(uint32_t begin, uint32_t end, uint32_t piece, BpeState& state, Output& to) const;
  size_t part_end(std::string_view piece, size_t begin) const;
  void encode_piece(std::string_view text, const Piece& piece, uint32_t index, BpeState& state, TokenWriter& out) const;

  std::optional<float> dropout_;
  std::optional<std::string> unknown_, prefix_, suffix_;
  bool fuse_unknown_, byte_fallback_, ignore_merges_, raw_bytes_;
  MergeTable merges_;
  // Merging always makes longer tokens and no two tokens share an id (nor are there too many merges): then the pair of
  // lowest rank is the next one, whatever is waiting.
  bool regular_ = true;
  // Tokens of one character: without and with the prefix, then both with the suffix.
  std::array<CodePointMap, 4> characters_;
  std::array<int32_t, 256> byte_ids_;      // raw_bytes: of each byte
  std::array<int32_t, 256> fallback_ids_;  // <0x00>…, or -1
  std::vector<uint32_t> byte_ranks_;       // raw_bytes: of each pair of bytes
  WholeWords whole_words_;  // of pieces: with ignore_merges all tokens, else those that their own merges lead to
  bool may_split_ = false;
  CodePointPairs joins_;  // a merge may put these characters side by side
};

}  // namespace gamana
