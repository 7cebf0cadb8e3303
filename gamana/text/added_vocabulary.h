#pragma once
// Finds added tokens in a text (tokenizer/added_vocabulary.rs of `tokenizers`).
#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "gamana/text/added_token.h"
#include "gamana/text/aligned_text.h"
#include "gamana/text/models/model.h"
#include "gamana/text/normalizers/normalizer.h"

namespace gamana {

// Finds the longest of several words that begins at a place.
class WordFinder {
 public:
  WordFinder() : nodes_(1) { roots_.fill(-1); }
  void add(std::string_view word, int value);  // of equal words the first counts; an empty one is found everywhere
  bool empty() const { return nodes_.size() == 1 && empty_value_ < 0; }
  struct Found {
    size_t begin, end;
    int value;  // -1: nothing was found
  };
  // The leftmost word at or after `from`, the longest of those that begin there.
  Found next(std::string_view text, size_t from) const;

 private:
  struct Node {
    int value = -1;
    int first_child = -1, sibling = -1;
    unsigned char byte = 0;
  };
  int child(int node, unsigned char byte) const;

  std::vector<Node> nodes_;
  std::array<int, 256> roots_;  // nodes of first bytes, or -1
  int empty_value_ = -1, roots_count_ = 0;
  unsigned char only_root_ = 0;
};

class AddedVocabulary {
 public:
  AddedVocabulary() = default;
  // Gives the tokens their ids: that of the model, else a new one; the ids of the file are not looked at, as there.
  AddedVocabulary(const std::vector<AddedToken>& tokens, const TokenModel& model, const Normalizer* normalizer);

  // The pieces of `original`: added tokens, and the rest normalised.
  PieceText split(std::string_view original, const Normalizer* normalizer) const;

  std::optional<int32_t> id(std::string_view content) const;
  const AddedToken* token(int32_t id) const;  // or null
  // How the id is shown and decoded: a token that is looked for normalised is so here too, as there.
  std::optional<std::string_view> text(int32_t id) const;
  // Whether text(id) is another one than the model's, which the model's own tokens show.
  bool shadows_model(int32_t id) const { return !shadowing_.empty() && shadowing_.count(id) > 0; }
  bool is_special(std::string_view content) const { return special_.count(std::string(content)) > 0; }
  const std::vector<AddedToken>& tokens() const { return by_id_; }
  int32_t fresh() const { return fresh_; }  // tokens that the model does not have

 private:
  void add(const AddedToken& token, const TokenModel& model);
  void find(std::string_view text, const WordFinder& words, std::vector<Piece>& out) const;

  std::vector<AddedToken> by_id_;                        // sorted by id
  std::unordered_map<int32_t, std::string> texts_;
  std::unordered_map<std::string, int32_t> ids_;
  std::unordered_map<int32_t, size_t> index_;            // of by_id_
  std::unordered_set<std::string> special_;
  std::unordered_set<int32_t> shadowing_;
  int32_t fresh_ = 0;
  WordFinder raw_, normalized_;
};

}  // namespace gamana
