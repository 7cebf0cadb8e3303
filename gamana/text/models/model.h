#pragma once
// The third stage of a tokenizer.json: the tokens of each piece. Models are immutable and may be shared by threads; what
// changes (caches, scratch) is in a state that one thread uses at a time.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/text/aligned_text.h"

namespace gamana {

struct Token {
  int32_t id;
  uint32_t begin, end;  // bytes of the whole text, not of the piece
  uint32_t piece;       // index of its piece
};

class ModelState {
 public:
  virtual ~ModelState() = default;
};

class TokenModel {
 public:
  virtual ~TokenModel() = default;

  virtual std::unique_ptr<ModelState> make_state() const = 0;
  // Appends the tokens of each piece; an added token is its own. Throws Error where the model has no token for an unknown
  // character and `tokenizers` fails as well.
  virtual void encode(std::string_view text, std::span<const Piece> pieces, ModelState& state,
                      std::vector<Token>& out) const = 0;

  virtual std::optional<int32_t> id(std::string_view token) const = 0;
  virtual std::optional<std::string_view> token(int32_t id) const = 0;  // as the file writes it
  virtual int64_t size() const = 0;                                      // entries of the vocabulary
  virtual int32_t highest_id() const = 0;                                // or -1
  // The token of what the model has none for, if it has such a token.
  virtual std::optional<int32_t> unknown_id() const { return std::nullopt; }
  // What tokens begin with that go on with a word ("##"); empty: nothing tells them.
  virtual std::string_view continuing_prefix() const { return {}; }
  // A token of this id shows the text it stands for instead of the entry of the vocabulary (Unigram's unknown), or -1.
  virtual int32_t literal_id() const { return -1; }
  // The model as the "model" of a tokenizer.json, vocabulary in the order of ids.
  virtual void write_json(std::string& out) const = 0;
};

}  // namespace gamana
