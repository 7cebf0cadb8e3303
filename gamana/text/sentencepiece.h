#pragma once
// A SentencePiece model (Kudo and Richardson 2018): text to pieces and pieces to text. The library does the work.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace gamana {

class SentencePiece {
 public:
  // `model`: the contents of a .spm (.model) file; `where` names it in messages. Throws Error if it is no such model.
  SentencePiece(std::string model, const std::string& where);
  ~SentencePiece();

  // Pieces of `text` after the model's own normalisation; characters it does not know come as they are. May be called by
  // several threads at once, as may all others.
  std::vector<std::string> split(std::string_view text) const;
  std::string join(const std::vector<std::string>& pieces) const;

  int size() const;
  const std::string& piece(int id) const;  // id in [0, size)
  const std::string& model() const { return model_; }

 private:
  std::string model_;
  std::unique_ptr<sentencepiece::SentencePieceProcessor> processor_;
};

}  // namespace gamana
