#pragma once
// A SentencePiece model file read without the library: the fields of sentencepiece_model.proto that a tokenizer.json is
// made of.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gamana {

struct SpmModel {
  enum class PieceType { normal = 1, unknown, control, user_defined, unused, byte };
  enum class Algorithm { unigram = 1, bpe, word, character };

  struct Piece {
    std::string text;
    float score = 0;  // a log probability, or minus the rank of a merge
    PieceType type = PieceType::normal;
  };

  std::vector<Piece> pieces;  // by id

  // trainer_spec
  Algorithm algorithm = Algorithm::unigram;
  bool byte_fallback = false, whitespace_as_suffix = false;
  int32_t unknown_id = 0, begin_id = 1, end_id = 2, pad_id = -1;
  std::string unknown = "<unk>", begin = "<s>", end = "</s>", pad = "<pad>";

  // normalizer_spec
  std::string charsmap;  // "precompiled_charsmap", empty for none
  bool add_dummy_prefix = true, remove_extra_whitespaces = true, escape_whitespaces = true;
};

// `bytes`: the contents of a .model or .spm file; `where` names it in messages. Throws Error where the bytes are no
// such model, a piece is empty or no UTF-8, or the unknown id is no piece's.
SpmModel read_spm_model(std::string_view bytes, const std::string& where);

}  // namespace gamana
