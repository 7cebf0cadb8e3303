#include <algorithm>
#include <atomic>

#include "gamana/base/check.h"
#include "gamana/base/rng.h"
#include "gamana/text/models/bpe_model.h"
#include "gamana/text/models/byte_chars.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

uint64_t next_stream() {
  static std::atomic<uint64_t> states = 0;
  return stream_key(0x6270652064726F70ull, states++);
}

}  // namespace

std::unique_ptr<ModelState> Bpe::make_state() const {
  auto state = std::make_unique<BpeState>();
  state->draws.key = next_stream();
  return state;
}

// The id of a piece that is in the vocabulary as it is, or -1.
int32_t Bpe::whole(std::string_view word, BpeState& state) const {
  if (word.size() > tokens_.longest()) return -1;
  if (!raw_bytes_) return tokens_.id(word);
  state.printable.clear();
  for (const char b : word) {
    char bytes[4];
    state.printable.append(bytes, utf8_bytes(kByteChars[static_cast<uint8_t>(b)], bytes));
  }
  return tokens_.id(state.printable);
}

void Bpe::read_bytes(std::string_view word, BpeState& state) const {
  const auto* bytes = reinterpret_cast<const uint8_t*>(word.data());
  state.symbols.resize(word.size());
  if (state.scratch.ranks.size() < word.size()) state.scratch.ranks.resize(word.size());
  Symbol* symbols = state.symbols.data();
  uint32_t* ranks = state.scratch.ranks.data();
  for (size_t i = 0; i < word.size(); ++i) symbols[i] = {byte_ids_[bytes[i]], 1};
  for (size_t i = 1; i < word.size(); ++i)
    ranks[i - 1] = byte_ranks_[static_cast<size_t>(bytes[i - 1]) << 8 | bytes[i]];
}

// A character that is no token: as bytes if all of them are, else unknown. Unknown ones wait in `unknown_bytes` for the
// next known character; bytes do not make them go, so they can come out behind bytes that they stand before in the
// text.
void Bpe::add_unknown(std::string_view character, bool first, bool last, uint32_t& unknown_bytes,
                      BpeState& state) const {
  if (byte_fallback_) {
    const size_t before = state.symbols.size();
    bool all = true;
    for (const std::string_view text :
         {first ? std::string_view() : or_empty(prefix_), character, last ? or_empty(suffix_) : std::string_view()})
      for (const char b : text) {
        const int32_t id = fallback_ids_[static_cast<uint8_t>(b)];
        all = all && id >= 0;
        state.symbols.push_back({id, 1});
      }
    if (all) return;
    state.symbols.resize(before);
  }
  if (!unknown_) return;
  if (unknown_id_ < 0)
    fail("{}: expected the unk_token '{}' in the vocabulary, which '{}' needs, found none", where_, *unknown_,
         character);
  if (unknown_bytes > 0 && !fuse_unknown_) {
    state.symbols.push_back({unknown_id_, unknown_bytes});
    unknown_bytes = 0;
  }
  unknown_bytes += static_cast<uint32_t>(character.size());
}

void Bpe::read_characters(std::string_view word, BpeState& state) const {
  std::vector<Symbol>& symbols = state.symbols;
  symbols.clear();
  uint32_t unknown_bytes = 0;
  for (size_t at = 0; at < word.size();) {
    const CodePoint character = code_point(word, at);
    const bool first = at == 0, last = at + character.bytes >= word.size();
    const int32_t id = characters(first, last).find(character.c);
    if (id < 0) {
      add_unknown(word.substr(at, character.bytes), first, last, unknown_bytes, state);
    } else {
      if (unknown_bytes > 0) symbols.push_back({unknown_id_, unknown_bytes});
      unknown_bytes = 0;
      symbols.push_back({id, character.bytes});
    }
    at += character.bytes;
  }
  if (unknown_bytes > 0) symbols.push_back({unknown_id_, unknown_bytes});
  if (state.scratch.ranks.size() < symbols.size()) state.scratch.ranks.resize(symbols.size());
  for (size_t i = 0; i + 1 < symbols.size(); ++i)
    state.scratch.ranks[i] = merges_.rank(symbols[i].id, symbols[i + 1].id);
}

namespace {

// Of a word of so many bytes. The bytes of a prefix or suffix that became byte tokens count in `at`, so ends may lie
// behind it.
void add_token(const Symbol& symbol, uint32_t bytes, uint32_t& at, std::vector<WordToken>& tokens) {
  const uint32_t begin = std::min(at, bytes);
  at += symbol.bytes;
  tokens.push_back({symbol.id, begin, std::min(at, bytes)});
}

}  // namespace

// Into state.tokens.
void Bpe::encode_word(std::string_view word, bool is_piece, BpeState& state) const {
  state.tokens.clear();
  const uint32_t bytes = static_cast<uint32_t>(word.size());
  const float dropout = dropout_.value_or(0);
  if (ignore_merges_ && is_piece && dropout == 0)
    if (const int32_t id = whole(word, state); id >= 0) return state.tokens.push_back({id, 0, bytes});
  read(word, state);
  uint32_t at = 0;
  if (regular_ && dropout == 0 && state.symbols.size() <= kShortWord) {
    ShortMerge& merge = state.merges[0];
    merge.start(state.symbols, state.scratch.ranks.data());
    merge_together(merges_, {&merge, 1});
    merge.each([&](const Symbol& symbol) { add_token(symbol, bytes, at, state.tokens); });
    return;
  }
  merge_queued(merges_, dropout, state.draws, state.symbols, state.scratch);
  for (const Symbol& symbol : state.symbols) add_token(symbol, bytes, at, state.tokens);
  forget_long(word.size(), state.symbols, state.scratch.ranks, state.scratch.previous, state.scratch.next,
              state.scratch.queue, state.scratch.skipped);
}

// Where tokens go: those of the words of one list of pieces, or of the parts of one piece.
struct Bpe::Output {
  std::string_view text;
  WordCache& cache;
  bool are_pieces;
  uint32_t place;  // of the next token of a part: falls behind where characters have no token
  TokenWriter& tokens;
};

// New words wait for each other, because each waits for distant reads: they are merged side by side.
void Bpe::write_waiting(BpeState& state, Output& to) const {
  std::array<int32_t, kTogether> whole;
  size_t merging = 0;
  const auto word = [&](size_t i) {
    return to.text.substr(state.waiting[i].begin, state.waiting[i].end - state.waiting[i].begin);
  };
  for (size_t i = 0; i < state.waits; ++i) {
    const bool may_be_whole = to.are_pieces || !ignore_merges_;
    whole[i] = may_be_whole ? whole_words_.find(ShortWord(word(i)), word(i).size()) : -1;
    if (whole[i] >= 0) continue;
    read(word(i), state);
    state.merges[merging++].start(state.symbols, state.scratch.ranks.data());
  }
  merge_together(merges_, {state.merges.data(), merging});
  merging = 0;
  for (size_t i = 0; i < state.waits; ++i) {
    const uint32_t bytes = static_cast<uint32_t>(word(i).size());
    state.tokens.clear();
    uint32_t at = 0;
    if (whole[i] >= 0)
      state.tokens.push_back({whole[i], 0, bytes});
    else
      state.merges[merging++].each([&](const Symbol& symbol) { add_token(symbol, bytes, at, state.tokens); });
    write_tokens(state.tokens, to.are_pieces ? state.waiting[i].begin : to.place, state.waiting[i].piece, to.tokens);
    to.cache.keep(word(i), state.tokens);
    if (!state.tokens.empty()) to.place = to.tokens.last_end();
  }
  state.waits = 0;
}

// A word of up to 16 bytes, where may_split_.
void Bpe::take_short(uint32_t begin, uint32_t end, uint32_t piece, BpeState& state, Output& to) const {
  if (state.waits > 0 && to.cache.knows(to.text, begin, end)) write_waiting(state, to);
  const size_t tokens = to.tokens.size();
  if (state.waits == 0 && to.cache.find(to.text, begin, end, to.are_pieces ? begin : to.place, piece, to.tokens)) {
    if (to.tokens.size() > tokens) to.place = to.tokens.last_end();
    return;
  }
  whole_words_.prefetch(ShortWord(to.text.substr(begin, end - begin)));
  state.waiting[state.waits++] = {begin, end, piece};
  if (state.waits == kTogether) write_waiting(state, to);
}

// Where the next two characters stand that no merge ever puts side by side: what is before and what is behind them
// become tokens as if the other was not there.
size_t Bpe::part_end(std::string_view piece, size_t begin) const {
  const auto read = [&](size_t at) {
    return raw_bytes_ ? CodePoint{static_cast<uint8_t>(piece[at]), 1} : code_point(piece, at);
  };
  CodePoint before = read(begin);
  const auto known = [&](const CodePoint& character) { return raw_bytes_ || characters_[0].find(character.c) >= 0; };
  bool before_known = known(before);
  for (size_t at = begin + before.bytes; at < piece.size();) {
    const CodePoint character = read(at);
    const bool is_known = known(character);
    if (is_known && before_known && !joins_.may_have(before.c, character.c)) return at;
    before = character, before_known = is_known;
    at += character.bytes;
  }
  return piece.size();
}

void Bpe::encode_piece(std::string_view text, const Piece& piece, uint32_t index, BpeState& state,
                       TokenWriter& out) const {
  const uint32_t bytes = piece.end - piece.begin;
  const std::string_view all = text.substr(piece.begin, bytes);
  if (ignore_merges_) {
    if (const int32_t id = whole(all, state); id >= 0) {
      const WordToken token{id, 0, bytes};
      return write_tokens({&token, 1}, piece.begin, index, out);
    }
  }
  Output to{text, ignore_merges_ ? state.parts : state.words, false, piece.begin, out};
  size_t end = part_end(all, 0);
  for (size_t begin = 0, next; begin < all.size(); begin = end, end = next) {
    const uint32_t first = piece.begin + static_cast<uint32_t>(begin), last = piece.begin + static_cast<uint32_t>(end);
    next = end;
    if (end < all.size()) {
      next = part_end(all, end);
      to.cache.prefetch(text, last, piece.begin + static_cast<uint32_t>(next));
    }
    if (last - first <= WordCache::kShort) {
      take_short(first, last, index, state, to);
      continue;
    }
    write_waiting(state, to);
    const size_t tokens = out.size();
    if (!to.cache.find(text, first, last, to.place, index, out)) {
      const std::string_view part = all.substr(begin, end - begin);
      encode_word(part, false, state);
      write_tokens(state.tokens, to.place, index, out);
      to.cache.keep(part, state.tokens);
    }
    if (out.size() > tokens) to.place = out.last_end();
  }
  write_waiting(state, to);
}

void Bpe::encode(std::string_view text, std::span<const Piece> pieces, ModelState& model_state,
                 std::vector<Token>& out) const {
  BpeState& state = static_cast<BpeState&>(model_state);
  state.waits = 0;  // some may be left of a text that ended with an Error
  const bool random = dropout_.value_or(0) > 0;
  // With ignore_merges a piece of a medium length is looked up in one go.
  const uint32_t undivided = !may_split_ || random ? 0xFFFFFFFFu
                             : ignore_merges_      ? WordCache::kLong
                                                   : WordCache::kShort;
  const uint32_t may_wait = may_split_ && !random ? WordCache::kShort : 0;  // bytes
  TokenWriter writer(out, pieces.size() + pieces.size() / 4 + WordCache::kLongTokens);
  Output to{text, state.words, true, 0, writer};
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Piece piece = pieces[i];
    const uint32_t index = static_cast<uint32_t>(i), bytes = piece.end - piece.begin;
    if (piece.token < 0 && bytes <= may_wait) {
      take_short(piece.begin, piece.end, index, state, to);
      continue;
    }
    write_waiting(state, to);
    if (piece.token >= 0) {
      write_added(piece, index, writer);
      continue;
    }
    if (bytes > undivided) {
      encode_piece(text, piece, index, state, writer);
      continue;
    }
    if (!random && state.words.find(text, piece.begin, piece.end, piece.begin, index, writer)) continue;
    const std::string_view word = text.substr(piece.begin, bytes);
    encode_word(word, true, state);
    write_tokens(state.tokens, piece.begin, index, writer);
    if (!random) state.words.keep(word, state.tokens);
  }
  write_waiting(state, to);
}

}  // namespace gamana
