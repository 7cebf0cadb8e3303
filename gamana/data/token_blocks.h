#pragma once
// Examples for language models: blocks of the tokens of a corpus, each with the token that follows it.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "gamana/base/batch.h"
#include "gamana/data/batches.h"
#include "gamana/data/token_cache.h"

namespace gamana {

struct NextTokenBatch {
  Batch batch;                        // documents do not see each other: a block of several is as many sequences
  std::vector<int32_t> rows, targets; // the rows that something follows, and what follows
};

struct BlockRule {
  int64_t length = 0;  // tokens of a block
  // The token before a document, which ends the one before it, begins it as well, as <|endoftext|> of GPT-2 does. Else
  // nothing follows the last token of a document.
  bool end_begins = false;
  // Blocks begin elsewhere in each epoch, and what fills no block at both ends is left out. Else they cover all tokens,
  // so that the last one may be shorter.
  bool moving = false;
  uint64_t seed = 1;
};

class TokenBlocks {
 public:
  // The tokens of `part`, at least 2, of which the first one is never to be told.
  TokenBlocks(std::shared_ptr<const TokenCache> cache, TokenRange part, const BlockRule& rule);

  void begin_epoch(int64_t epoch);  // 0 at first
  const Lengths& lengths() const { return lengths_; }
  NextTokenBatch batch(std::span<const int32_t> blocks) const;
  int64_t targets(std::span<const int32_t> blocks) const;  // that batch would have
  const TokenRange& part() const { return part_; }
  const TokenCache& cache() const { return *cache_; }

 private:
  TokenRange range(int32_t block) const;
  // Calls use(begin, end, followed) for the documents of a block, whose first `followed` tokens something follows.
  template <class Use>
  void each_document(TokenRange block, const Use& use) const;

  std::shared_ptr<const TokenCache> cache_;
  TokenRange part_;
  BlockRule rule_;
  int64_t first_ = 0;  // token of the first block
  Lengths lengths_;
};

}  // namespace gamana
