#pragma once
// Words a model has seen and the tokens they became: two tables of fixed size, of words up to 16 and up to 64 bytes, about
// 4 MB in all. A word's bytes and tokens stand in its slot, so a hit reads one line of the cache.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "gamana/text/models/hash.h"
#include "gamana/text/models/model.h"

namespace gamana {

// A token of a word: bytes [begin, end) of it.
struct WordToken {
  int32_t id;
  uint32_t begin, end;
};

// Appends tokens to a list. The list may be longer than its contents until done() or the end of life.
class TokenWriter {
 public:
  TokenWriter(std::vector<Token>& out, size_t expected) : out_(out), used_(out.size()) { out_.resize(used_ + expected); }
  ~TokenWriter() { out_.resize(used_); }
  TokenWriter(const TokenWriter&) = delete;
  TokenWriter& operator=(const TokenWriter&) = delete;

  // Where the next `tokens` go; then added(n) of them.
  Token* room(size_t tokens) {
    if (out_.size() - used_ < tokens) out_.resize((used_ + tokens) * 2);
    return out_.data() + used_;
  }
  void added(size_t tokens) { used_ += tokens; }
  size_t size() const { return used_; }
  uint32_t last_end() const { return out_[used_ - 1].end; }

 private:
  std::vector<Token>& out_;
  size_t used_;
};

class WordCache {
 public:
  static constexpr size_t kShort = 16, kLong = 64, kShortTokens = 8, kLongTokens = 32;

  WordCache();

  // Writes the tokens of bytes [begin, end) of the text if they are known, the first at byte `place`.
  bool find(std::string_view text, uint32_t begin, uint32_t end, uint32_t place, uint32_t piece, TokenWriter& out);
  // Keeps the tokens of the word that was looked for last, if they fit and follow each other.
  void keep(std::string_view word, std::span<const WordToken> tokens);

 private:
  struct ShortSlot {
    uint64_t low, high;
    uint8_t bytes, tokens, ends[kShortTokens];
    int32_t ids[kShortTokens];
  };
  struct LongSlot {
    uint64_t hash;
    uint8_t bytes, tokens, ends[kLongTokens];
    int32_t ids[kLongTokens];
    char word[kLong];
  };
  static constexpr int kShortBits = 14, kLongBits = 13;  // sets of two, slots

  template <class Slot>
  static void write(const Slot& slot, uint32_t begin, uint32_t piece, TokenWriter& out);
  template <class Slot>
  static void fill(Slot& slot, std::string_view word, std::span<const WordToken> tokens);

  // Zero pages cost nothing before they are used.
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  template <class Slot>
  static std::unique_ptr<Slot[], Free> slots(size_t n);

  std::unique_ptr<ShortSlot[], Free> short_memory_;
  std::unique_ptr<LongSlot[], Free> long_;
  ShortSlot* short_;
  uint64_t low_ = 0, high_ = 0, hash_ = 0;  // of the word that was looked for last
};

template <class Slot>
inline void WordCache::write(const Slot& slot, uint32_t begin, uint32_t piece, TokenWriter& out) {
  Token* to = out.room(kLongTokens);
  to[0] = {slot.ids[0], begin, begin + slot.ends[0], piece};
  for (size_t i = 1; i < slot.tokens; ++i) to[i] = {slot.ids[i], begin + slot.ends[i - 1], begin + slot.ends[i], piece};
  out.added(slot.tokens);
}

inline bool WordCache::find(std::string_view text, uint32_t begin, uint32_t end, uint32_t place, uint32_t piece,
                            TokenWriter& out) {
  const size_t bytes = end - begin;
  const char* word = text.data() + begin;
  if (bytes > kLong) return false;
  if (bytes > kShort) {
    hash_ = hash_bytes({word, bytes});
    const LongSlot& slot = long_[hash_ >> (64 - kLongBits)];
    if (slot.hash != hash_ || slot.bytes != bytes || std::memcmp(slot.word, word, bytes) != 0) return false;
    write(slot, place, piece, out);
    return true;
  }
  if (begin + kShort <= text.size()) {  // reads past the word and forgets what is not part of it
    const uint64_t low = load64(word), high = load64(word + 8);
    low_ = bytes >= 8 ? low : low & ((uint64_t{1} << (8 * bytes)) - 1);
    high_ = bytes >= 16 ? high : bytes <= 8 ? 0 : high & ((uint64_t{1} << (8 * (bytes - 8))) - 1);
  } else {
    low_ = load_up_to64(word, bytes);
    high_ = bytes > 8 ? load_up_to64(word + 8, bytes - 8) : 0;
  }
  hash_ = hash_pair(low_, high_) >> (64 - kShortBits);
  for (const ShortSlot *slot = &short_[2 * hash_], *last = slot + 2; slot < last; ++slot) {
    if (slot->low != low_ || slot->high != high_ || slot->bytes != bytes) continue;
    write(*slot, place, piece, out);
    return true;
  }
  return false;
}

struct WordState : ModelState {
  WordCache words;
  std::vector<WordToken> tokens;  // of the word at hand
};

// Lets go of the memory of an extremely long word.
template <class... Lists>
void forget_long(size_t bytes, Lists&... lists) {
  if (bytes > 1 << 16) ((lists = {}), ...);
}

inline void write_tokens(std::span<const WordToken> tokens, uint32_t begin, uint32_t piece, TokenWriter& out) {
  Token* to = out.room(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) to[i] = {tokens[i].id, begin + tokens[i].begin, begin + tokens[i].end, piece};
  out.added(tokens.size());
}

inline void write_added(const Piece& piece, uint32_t index, TokenWriter& out) {
  *out.room(1) = {piece.token, piece.begin, piece.end, index};
  out.added(1);
}

// The tokens of each piece: known ones, or those that `encode(word, tokens)` appends.
template <class Encode>
void encode_words(std::string_view text, std::span<const Piece> pieces, WordState& state, std::vector<Token>& out,
                  const Encode& encode) {
  TokenWriter writer(out, pieces.size() + pieces.size() / 4 + WordCache::kLongTokens);
  for (uint32_t i = 0; i < pieces.size(); ++i) {
    const Piece piece = pieces[i];
    if (piece.token >= 0) {
      write_added(piece, i, writer);
    } else if (!state.words.find(text, piece.begin, piece.end, piece.begin, i, writer)) {
      const std::string_view word = text.substr(piece.begin, piece.end - piece.begin);
      state.tokens.clear();
      encode(word, state.tokens);
      write_tokens(state.tokens, piece.begin, i, writer);
      state.words.keep(word, state.tokens);
      forget_long(word.size(), state.tokens);
    }
  }
}

}  // namespace gamana
