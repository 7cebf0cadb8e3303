#include "gamana/base/check.h"
#include "gamana/text/models/json_text.h"
#include "gamana/text/models/other_models.h"
#include "gamana/text/models/token_map.h"

namespace gamana {
namespace {

class WordLevel final : public TokenModel {
 public:
  WordLevel(const WordLevelOptions& options, const std::string& where)
      : where_(where),
        unknown_(options.unknown),
        tokens_(options.vocabulary, TokenMap::Repeated::drop, where),
        unknown_id_(tokens_.id(unknown_)) {}

  std::unique_ptr<ModelState> make_state() const override { return std::make_unique<ModelState>(); }
  void encode(std::string_view text, std::span<const Piece> pieces, ModelState&,
              std::vector<Token>& out) const override {
    out.reserve(out.size() + pieces.size());
    for (uint32_t i = 0; i < pieces.size(); ++i) {
      const Piece& piece = pieces[i];
      int32_t id = piece.token;
      if (id < 0) {
        const std::string_view word = text.substr(piece.begin, piece.end - piece.begin);
        id = tokens_.id(word);
        if (id < 0) id = unknown_id_;
        if (id < 0)
          fail("{}: expected the unk_token '{}' in the vocabulary, which '{}' needs, found none", where_, unknown_,
               word.substr(0, 100));
      }
      out.push_back({id, piece.begin, piece.end, i});
    }
  }
  std::optional<int32_t> id(std::string_view token) const override { return tokens_.find(token); }
  std::optional<std::string_view> token(int32_t id) const override { return tokens_.find(id); }
  int64_t size() const override { return tokens_.distinct_tokens(); }
  int32_t highest_id() const override { return tokens_.highest_id(); }
  std::optional<int32_t> unknown_id() const override {
    return unknown_id_ < 0 ? std::nullopt : std::optional(unknown_id_);
  }

  void write_json(std::string& out) const override {
    out += R"({"type":"WordLevel","vocab":)";
    append_json(out, tokens_);
    out += R"(,"unk_token":)";
    append_json(out, std::string_view(unknown_));
    out += '}';
  }

 private:
  std::string where_, unknown_;
  TokenMap tokens_;
  int32_t unknown_id_;
};

}  // namespace

std::unique_ptr<TokenModel> make_wordlevel(const WordLevelOptions& options, const std::string& where) {
  return std::make_unique<WordLevel>(options, where);
}

}  // namespace gamana
