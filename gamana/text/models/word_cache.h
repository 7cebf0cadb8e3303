#pragma once
// Words a model has seen and the tokens they became: two tables of fixed size, of words up to 16 and up to 64 bytes,
// about 4 MB in all. A word's bytes and tokens stand in its slot, so a hit reads one line of the cache.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "gamana/text/models/model.h"
#include "gamana/text/models/whole_words.h"

namespace gamana {

// A token of a word: bytes [begin, end) of it.
struct WordToken {
  int32_t id;
  uint32_t begin, end;
};

// Appends tokens to a list. The list is longer than its contents until the end of life.
class TokenWriter {
 public:
  TokenWriter(std::vector<Token>& out, size_t expected) : out_(out) { grow(out.size(), expected); }
  ~TokenWriter() { out_.resize(size()); }
  TokenWriter(const TokenWriter&) = delete;
  TokenWriter& operator=(const TokenWriter&) = delete;

  // Where the next `tokens` go; then added(n) of them.
  Token* room(size_t tokens) {
    if (static_cast<size_t>(end_ - next_) < tokens) grow(size(), size() + tokens);
    return next_;
  }
  void added(size_t tokens) { next_ += tokens; }
  size_t size() const { return static_cast<size_t>(next_ - out_.data()); }
  uint32_t last_end() const { return next_[-1].end; }

 private:
  void grow(size_t used, size_t more) {
    out_.resize(used + more);
    next_ = out_.data() + used;
    end_ = out_.data() + out_.size();
  }

  std::vector<Token>& out_;
  Token *next_, *end_;
};

class WordCache {
 public:
  static constexpr size_t kShort = 16, kLong = 64, kShortTokens = 8, kLongTokens = 32;

  WordCache();

  // Writes the tokens of bytes [begin, end) of the text if they are known, the first at byte `place`.
  bool find(std::string_view text, uint32_t begin, uint32_t end, uint32_t place, uint32_t piece, TokenWriter& out);
  // Asks for what find() of a short word will read.
  void prefetch(std::string_view text, uint32_t begin, uint32_t end) const {
    if (end - begin > kShort) return;
    const ShortSlot* set = set_of(short_word(text, begin, end - begin));
    __builtin_prefetch(set);
    __builtin_prefetch(set + 1);
  }
  // Whether find() would find a short word.
  bool knows(std::string_view text, uint32_t begin, uint32_t end) const {
    const ShortWord word = short_word(text, begin, end - begin);
    const ShortSlot* set = set_of(word);
    return matches(set[0], word, end - begin) || matches(set[1], word, end - begin);
  }
  // Keeps the tokens of a word that find() does not find, if they fit and follow each other.
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

  // Element i + 8 keeps the first i bytes of 8.
  static constexpr std::array<uint64_t, 25> kMasks = [] {
    std::array<uint64_t, 25> masks{};
    for (size_t i = 0; i < 17; ++i) masks[i + 8] = i < 8 ? (uint64_t{1} << (8 * i)) - 1 : ~uint64_t{0};
    return masks;
  }();

  static ShortWord short_word(std::string_view text, uint32_t begin, size_t bytes) {
    if (begin + kShort > text.size()) return ShortWord(text.substr(begin, bytes));
    const char* word = text.data() + begin;  // reads past the word and forgets what is not part of it
    return {load64(word) & kMasks[bytes + 8], load64(word + 8) & kMasks[bytes]};
  }
  static bool matches(const ShortSlot& slot, const ShortWord& word, size_t bytes) {
    return ((slot.low ^ word.low) | (slot.high ^ word.high) | (slot.bytes ^ bytes)) == 0;
  }
  ShortSlot* set_of(const ShortWord& word) const { return short_ + 2 * (word.hash >> (64 - kShortBits)); }
  bool find_long(std::string_view word, uint32_t place, uint32_t piece, TokenWriter& out);
  template <class Slot>
  static void write(const Slot& slot, uint32_t place, uint32_t piece, TokenWriter& out);
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
};

// Two at once, because most words are one or two tokens: what is too much is written over.
template <class Slot>
inline void WordCache::write(const Slot& slot, uint32_t place, uint32_t piece, TokenWriter& out) {
  Token* to = out.room(kLongTokens);
  const uint32_t second = place + slot.ends[0];
  to[0] = {slot.ids[0], place, second, piece};
  to[1] = {slot.ids[1], second, place + slot.ends[1], piece};
  for (size_t i = 2; i < slot.tokens; ++i) to[i] = {slot.ids[i], place + slot.ends[i - 1], place + slot.ends[i], piece};
  out.added(slot.tokens);
}

inline bool WordCache::find(std::string_view text, uint32_t begin, uint32_t end, uint32_t place, uint32_t piece,
                            TokenWriter& out) {
  const size_t bytes = end - begin;
  if (bytes > kShort) return bytes <= kLong && find_long(text.substr(begin, bytes), place, piece, out);
  const ShortWord word = short_word(text, begin, bytes);
  const ShortSlot* set = set_of(word);
  const ShortSlot& slot = set[matches(set[0], word, bytes) ? 0 : 1];
  if (!matches(slot, word, bytes)) return false;
  write(slot, place, piece, out);
  return true;
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
  for (size_t i = 0; i < tokens.size(); ++i)
    to[i] = {tokens[i].id, begin + tokens[i].begin, begin + tokens[i].end, piece};
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
