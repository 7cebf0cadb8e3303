#pragma once
// Byte-pair encoding (Sennrich et al. 2016, section 3.2) as `tokenizers` does it: the adjacent pair of lowest rank is merged
// first, the leftmost of equal ones.
#include <array>
#include <optional>

#include "gamana/text/models/model.h"

namespace gamana {

struct BpeOptions {
  std::vector<std::pair<std::string_view, int32_t>> vocabulary;
  std::vector<std::array<std::string_view, 2>> merges;  // by rank
  std::optional<double> dropout;                        // Provilkov et al. 2020; none or 0: the same tokens each time
  std::optional<std::string> unknown, prefix, suffix;   // unk_token, continuing_subword_prefix, end_of_word_suffix
  bool fuse_unknown = false, byte_fallback = false, ignore_merges = false;
  // Pieces come as bytes, not as ByteLevel's printable characters (see make_pre_tokenizer).
  bool raw_bytes = false;
};

// Whether the model gives the same tokens for raw bytes: every byte's printable character is in the vocabulary and no option
// looks at characters.
bool bpe_may_read_raw_bytes(const BpeOptions& options);

// Copies what it keeps. Throws Error naming `where` if a merge or its result is not in the vocabulary.
std::unique_ptr<TokenModel> make_bpe(const BpeOptions& options, const std::string& where);

}  // namespace gamana
