#pragma once
// What models share whose vocabulary is an object of tokens and ids (BPE, WordPiece, WordLevel).
#include <string>

#include "gamana/text/models/model.h"
#include "gamana/text/models/token_map.h"

namespace gamana {

class MapModel : public TokenModel {
 public:
  std::optional<int32_t> id(std::string_view token) const final { return tokens_.find(token); }
  std::optional<std::string_view> token(int32_t id) const final { return tokens_.find(id); }
  int64_t size() const final { return tokens_.distinct_tokens(); }
  int32_t highest_id() const final { return tokens_.highest_id(); }
  std::optional<int32_t> unknown_id() const final {
    return unknown_id_ < 0 ? std::nullopt : std::optional(unknown_id_);
  }

 protected:
  // `unknown`: the token of what has none, which the vocabulary need not have; `where` is for messages.
  MapModel(const TokenMap::List& vocabulary, const std::optional<std::string>& unknown, const std::string& where)
      : where_(where),
        tokens_(vocabulary, TokenMap::Repeated::drop, where),
        unknown_id_(unknown ? tokens_.id(*unknown) : -1) {}

  const std::string where_;
  const TokenMap tokens_;
  const int32_t unknown_id_;  // or -1
};

}  // namespace gamana
