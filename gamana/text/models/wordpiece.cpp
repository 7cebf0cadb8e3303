#include "gamana/base/check.h"
#include "gamana/text/models/byte_trie.h"
#include "gamana/text/models/json_text.h"
#include "gamana/text/models/map_model.h"
#include "gamana/text/models/other_models.h"
#include "gamana/text/models/word_cache.h"

namespace gamana {
namespace {

class WordPiece final : public MapModel {
 public:
  WordPiece(const WordPieceOptions& options, const std::string& where)
      : MapModel(options.vocabulary, options.unknown, where),
        unknown_(options.unknown),
        prefix_(options.prefix),
        max_characters_(options.max_characters),
        trie_(options.vocabulary),
        inside_(trie_.find(prefix_)),
        has_inside_(prefix_.empty() || inside_ != 0) {}

  std::unique_ptr<ModelState> make_state() const override { return std::make_unique<WordState>(); }
  void encode(std::string_view text, std::span<const Piece> pieces, ModelState& state,
              std::vector<Token>& out) const override {
    encode_words(text, pieces, static_cast<WordState&>(state), out,
                 [&](std::string_view word, std::vector<WordToken>& tokens) { encode_word(word, tokens); });
  }
  std::string_view continuing_prefix() const override { return prefix_; }

  void write_json(std::string& out) const override {
    out += R"({"type":"WordPiece","unk_token":)";
    append_json(out, std::string_view(unknown_));
    out += R"(,"continuing_subword_prefix":)";
    append_json(out, std::string_view(prefix_));
    out += R"(,"max_input_chars_per_word":)" + std::to_string(max_characters_) + R"(,"vocab":)";
    append_json(out, tokens_);
    out += '}';
  }

 private:
  bool too_long(std::string_view word) const {
    if (static_cast<int64_t>(word.size()) <= max_characters_) return false;
    int64_t characters = 0;
    for (const char byte : word) characters += (byte & 0xC0) != 0x80;
    return characters > max_characters_;
  }

  void encode_word(std::string_view word, std::vector<WordToken>& tokens) const {
    bool known = !too_long(word);
    for (size_t begin = 0; known && begin < word.size();) {
      WordToken longest{-1, static_cast<uint32_t>(begin), 0};
      uint32_t node = begin == 0 ? ByteTrie::kRoot : inside_;
      for (size_t at = begin; at < word.size() && (begin == 0 || has_inside_); ++at) {
        node = trie_.step(node, static_cast<uint8_t>(word[at]));
        if (node == ByteTrie::kNone) break;
        if (trie_.value(node) >= 0) longest.id = trie_.value(node), longest.end = static_cast<uint32_t>(at + 1);
      }
      known = longest.id >= 0;
      begin = longest.end;
      if (known) tokens.push_back(longest);
    }
    if (known) return;
    if (unknown_id_ < 0)
      fail("{}: expected the unk_token '{}' in the vocabulary, which '{}' needs, found none", where_, unknown_,
           word.substr(0, 100));
    tokens.assign(1, {unknown_id_, 0, static_cast<uint32_t>(word.size())});
  }

  std::string unknown_, prefix_;
  int64_t max_characters_;
  ByteTrie trie_;
  uint32_t inside_;  // where tokens that continue a word begin, if there are any
  bool has_inside_;
};

}  // namespace

std::unique_ptr<TokenModel> make_wordpiece(const WordPieceOptions& options, const std::string& where) {
  return std::make_unique<WordPiece>(options, where);
}

}  // namespace gamana
