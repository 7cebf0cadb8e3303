#pragma once
// A corpus of tokens as examples for pre-training: cut, wrapped in special tokens as the tokenizer does it, some tokens
// hidden (Devlin et al. 2019, section 3.1 and appendix A).
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gamana/data/batches.h"
#include "gamana/data/masking.h"
#include "gamana/data/token_cache.h"
#include "gamana/jobs/text_encoder.h"

namespace gamana {

// What a tokenizer puts around a text, or around a pair of texts.
class Wrapping {
 public:
  Wrapping(const Tokenizer& tokenizer, bool pairs);

  int64_t size() const {
    return static_cast<int64_t>(special_[0].ids.size() + special_[1].ids.size() + special_[2].ids.size());
  }
  EncodedText wrap(std::span<const int32_t> first, std::span<const int32_t> second = {}) const;

 private:
  EncodedText special_[3];        // before the first text, behind it, behind the second
  int32_t segments_[2] = {0, 0};  // of the texts
  int texts_;
};

// The tokenizer's [MASK] or <mask>. Throws Error if it has neither.
int32_t mask_token_of(const Tokenizer& tokenizer);

// By id: does the token go on with the word of the one before? Told by the mark of the vocabulary (## on what goes on,
// Ġ or ▁ on what begins). Throws Error for a vocabulary without.
std::vector<uint8_t> continuing_tokens(const Tokenizer& tokenizer);

struct MaskedTextRule {
  double rate = 0.15, hidden = 0.8, random = 0.1;  // data/masking.h
  bool whole_words = false;
  bool by_line = false;           // an example is a text of the corpus, not a block of all of them
  std::optional<PairTask> pairs;  // or a pair of segments
  uint64_t seed = 1;
};

struct MaskedBatch {
  Batch batch;
  std::vector<int32_t> rows, labels;  // the rows to guess, and what stood there
  std::vector<int32_t> pair_labels;   // [sequences], where examples are pairs
};

class MaskedTexts {
 public:
  // Examples from the texts of `cache` that `offsets`, a part of the cache's, bounds; of at most encoder.max_length()
  // tokens.
  MaskedTexts(std::shared_ptr<const TokenCache> cache, std::span<const int64_t> offsets, const TextEncoder& encoder,
              const MaskedTextRule& rule);

  // Examples and their masks are those of this epoch from now on. 0 at first.
  void begin_epoch(int64_t epoch);
  const Lengths& lengths() const { return lengths_; }  // in tokens, special ones included
  int64_t size() const { return static_cast<int64_t>(lengths_.size()); }

  int64_t masked(std::span<const int32_t> examples) const;  // tokens to guess
  MaskedBatch batch(std::span<const int32_t> examples) const;
  EncodedText text(int32_t example) const;  // with nothing hidden
  // [ids] 1: never hidden.
  std::vector<uint8_t> special(std::span<const int32_t> ids) const;
  int32_t mask_token() const { return mask_.mask_token; }

 private:
  MaskedTokens hide(int32_t example, std::span<int32_t> ids) const;

  std::shared_ptr<const TokenCache> cache_;
  std::span<const int64_t> offsets_;
  MaskedTextRule rule_;
  Wrapping wrapping_;
  int64_t longest_;  // tokens of the corpus in an example
  MaskRule mask_;
  std::vector<uint8_t> special_, continues_;  // by id
  std::vector<TokenRange> ranges_;
  std::vector<SegmentPair> pairs_;
  Lengths lengths_;
  int64_t epoch_ = 0;
};

}  // namespace gamana
