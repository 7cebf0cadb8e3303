#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "gamana/base/check.h"
#include "gamana/text/models/byte_trie.h"
#include "gamana/text/models/json_text.h"
#include "gamana/text/models/other_models.h"
#include "gamana/text/models/token_map.h"
#include "gamana/text/models/word_cache.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

constexpr double kUnknownPenalty = 10;  // below the least probable piece

// The best way to a byte of the word: its score and the last piece on it.
struct Path {
  double score;
  uint32_t begin;
  int32_t id;
};
constexpr int32_t kUnreached = -1;

struct UnigramState : WordState {
  std::vector<Path> paths;
};

TokenMap::List with_ids(const UnigramOptions& options) {
  TokenMap::List list;
  list.reserve(options.pieces.size());
  for (const auto& [piece, score] : options.pieces) list.emplace_back(piece, static_cast<int32_t>(list.size()));
  return list;
}

class Unigram final : public TokenModel {
 public:
  Unigram(const UnigramOptions& options, const TokenMap::List& list, const std::string& where)
      : where_(where),
        unknown_(options.unknown.value_or(-1)),
        byte_fallback_(options.byte_fallback),
        tokens_(list, TokenMap::Repeated::keep, where),
        trie_(list) {
    if (options.unknown && (unknown_ < 0 || static_cast<size_t>(unknown_) >= list.size()))
      fail("{}: expected an unk_id below the {} entries of the vocabulary, found {}", where, list.size(), unknown_);
    double lowest = std::numeric_limits<double>::infinity();
    scores_.reserve(list.size());
    for (const auto& [piece, score] : options.pieces) {
      scores_.push_back(score);
      if (score < lowest) lowest = score;
    }
    unknown_score_ = lowest - kUnknownPenalty;
    for (size_t b = 0; b < 256; ++b) byte_ids_[b] = byte_fallback_ ? tokens_.id(fmt::format("<0x{:02X}>", b)) : -1;
  }

  std::unique_ptr<ModelState> make_state() const override { return std::make_unique<UnigramState>(); }
  void encode(std::string_view text, std::span<const Piece> pieces, ModelState& model_state,
              std::vector<Token>& out) const override {
    UnigramState& state = static_cast<UnigramState&>(model_state);
    encode_words(text, pieces, state, out, [&](std::string_view word, std::vector<WordToken>& tokens) {
      find_paths(word, state.paths);
      follow(word, state.paths, tokens);
      forget_long(word.size(), state.paths);
    });
  }
  std::optional<int32_t> id(std::string_view token) const override { return tokens_.find(token); }
  std::optional<std::string_view> token(int32_t id) const override { return tokens_.find(id); }
  int64_t size() const override { return static_cast<int64_t>(scores_.size()); }
  int32_t highest_id() const override { return static_cast<int32_t>(scores_.size()) - 1; }
  std::optional<int32_t> unknown_id() const override { return unknown_ < 0 ? std::nullopt : std::optional(unknown_); }
  int32_t literal_id() const override { return unknown_; }
  void write_json(std::string& out) const override;

 private:
  [[noreturn]] void no_unknown(std::string_view text) const {
    fail("{}: expected an unk_id, which '{}' needs, found none", where_, text.substr(0, 100));
  }
  void find_paths(std::string_view word, std::vector<Path>& paths) const;
  void follow(std::string_view word, const std::vector<Path>& paths, std::vector<WordToken>& tokens) const;
  void add_unknown(std::string_view word, uint32_t begin, uint32_t end, std::vector<WordToken>& tokens) const;

  std::string where_;
  int32_t unknown_;
  bool byte_fallback_;
  TokenMap tokens_;
  ByteTrie trie_;
  std::vector<double> scores_;
  double unknown_score_;
  std::array<int32_t, 256> byte_ids_;  // <0x00>…, or -1
};

// Kudo 2018, section 3.2. Of equal scores the path that was found first stays, as there; a character that is no piece
// alone may be unknown.
void Unigram::find_paths(std::string_view word, std::vector<Path>& paths) const {
  paths.assign(word.size() + 1, {0, 0, kUnreached});
  for (size_t begin = 0; begin < word.size();) {
    const size_t next = begin + code_point(word, begin).bytes;
    const double score = paths[begin].score;
    const auto offer = [&](size_t end, double total, int32_t id) {
      Path& path = paths[end];
      if (path.id == kUnreached || total > path.score) path = {total, static_cast<uint32_t>(begin), id};
    };
    uint32_t node = ByteTrie::kRoot;
    bool is_piece = false;
    for (size_t at = begin; at < word.size(); ++at) {
      node = trie_.step(node, static_cast<uint8_t>(word[at]));
      if (node == ByteTrie::kNone) break;
      const int32_t id = trie_.value(node);
      if (id < 0) continue;
      offer(at + 1, scores_[static_cast<size_t>(id)] + score, id);
      is_piece = is_piece || at + 1 == next;
    }
    if (!is_piece) {
      const double total = unknown_score_ + score;
      if (unknown_ >= 0)
        offer(next, total, unknown_);
      else if (paths[next].id == kUnreached || total > paths[next].score)
        no_unknown(word.substr(begin, next - begin));
    }
    begin = next;
  }
}

// The best path from its end; neighbours that are unknown become one token.
void Unigram::follow(std::string_view word, const std::vector<Path>& paths, std::vector<WordToken>& tokens) const {
  for (uint32_t end = static_cast<uint32_t>(word.size()); end > 0;) {
    const Path& path = paths[end];
    uint32_t begin = path.begin;
    if (unknown_ < 0 || path.id != unknown_) {
      tokens.push_back({path.id, begin, end});
    } else {
      while (begin > 0 && paths[begin].id == unknown_) begin = paths[begin].begin;
      add_unknown(word, begin, end, tokens);
    }
    end = begin;
  }
  std::reverse(tokens.begin(), tokens.end());
}

// Pushed in reverse. Together unknown characters may be a piece after all, where scores are that high. Byte tokens each
// stand for the whole text.
void Unigram::add_unknown(std::string_view word, uint32_t begin, uint32_t end, std::vector<WordToken>& tokens) const {
  const std::string_view text = word.substr(begin, end - begin);
  if (const int32_t id = tokens_.id(text); id >= 0) return tokens.push_back({id, begin, end});
  const auto byte_id = [&](char byte) { return byte_ids_[static_cast<uint8_t>(byte)]; };
  if (byte_fallback_ && std::all_of(text.begin(), text.end(), [&](char byte) { return byte_id(byte) >= 0; })) {
    for (auto byte = text.rbegin(); byte != text.rend(); ++byte) tokens.push_back({byte_id(*byte), begin, end});
    return;
  }
  tokens.push_back({unknown_, begin, end});
}

void Unigram::write_json(std::string& out) const {
  out += R"({"type":"Unigram","unk_id":)" + (unknown_ < 0 ? "null" : std::to_string(unknown_)) + R"(,"vocab":[)";
  for (size_t id = 0; id < scores_.size(); ++id) {
    out += id == 0 ? "[" : ",[";
    append_json(out, tokens_.token(static_cast<int32_t>(id)));
    out += ',';
    append_json(out, scores_[id]);
    out += ']';
  }
  out += R"(],"byte_fallback":)";
  append_json(out, byte_fallback_);
  out += '}';
}

}  // namespace

std::unique_ptr<TokenModel> make_unigram(const UnigramOptions& options, const std::string& where) {
  return std::make_unique<Unigram>(options, with_ids(options), where);
}

}  // namespace gamana
