#pragma once
// What a text became: ids and where each comes from.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gamana/text/aligned_text.h"

namespace gamana {

enum class OffsetUnit { bytes, code_points };

// One entry of every list for each token. Names and contents are those of `tokenizers`' Encoding.
struct Encoding {
  std::vector<int32_t> ids, type_ids;
  std::vector<Span> offsets;          // in the sequence that the token comes from; (0, 0) for tokens that were added to it
  std::vector<int32_t> word_ids;      // index of the piece, or of the given word; -1: none
  std::vector<uint8_t> special_tokens_mask, attention_mask;
  // A sequence's number and the tokens [begin, end) it became. None: all tokens are of sequence 0.
  std::vector<std::pair<int32_t, Span>> sequences;
  // Tokens that show another text than the vocabulary has for their id, by index.
  std::vector<std::pair<uint32_t, std::string>> literals;
  std::vector<Encoding> overflowing;  // the windows that follow where the text was cut

  size_t size() const { return ids.size(); }
  int sequence_of(size_t token) const;  // number of the sequence as sequence_ids of `tokenizers` has it, or -1
  // Sequence `number` became these tokens.
  void set_sequence(int32_t number, Span tokens);
};

}  // namespace gamana
