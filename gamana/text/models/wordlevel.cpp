#include "gamana/base/check.h"
#include "gamana/text/models/json_text.h"
#include "gamana/text/models/map_model.h"
#include "gamana/text/models/other_models.h"

namespace gamana {
namespace {

class WordLevel final : public MapModel {
 public:
  WordLevel(const WordLevelOptions& options, const std::string& where)
      : MapModel(options.vocabulary, options.unknown, where), unknown_(options.unknown) {}

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
          throw Error(fmt::format("{}: the vocabulary has no token for '{}', and no unk_token '{}'", where_, word.substr(0, 100), unknown_),
                      "it was made from texts without it: train with it, or take a tokenizer of bytes, which reads any text");
      }
      out.push_back({id, piece.begin, piece.end, i});
    }
  }

  void write_json(std::string& out) const override {
    out += R"({"type":"WordLevel","vocab":)";
    append_json(out, tokens_);
    out += R"(,"unk_token":)";
    append_json(out, std::string_view(unknown_));
    out += '}';
  }

 private:
  std::string unknown_;
};

}  // namespace

std::unique_ptr<TokenModel> make_wordlevel(const WordLevelOptions& options, const std::string& where) {
  return std::make_unique<WordLevel>(options, where);
}

}  // namespace gamana
