#include "gamana/text/sentencepiece.h"

#include <sentencepiece_processor.h>

#include "gamana/base/check.h"
#include "gamana/text/charsmap.h"

namespace gamana {

SentencePiece::SentencePiece(std::string model, const std::string& where)
    : model_(std::move(model)), processor_(std::make_unique<sentencepiece::SentencePieceProcessor>()) {
  if (!valid_charsmaps(model_) || !processor_->LoadFromSerializedProto(model_).ok() || size() == 0)
    throw Error(fmt::format("{} is not a SentencePiece model, or it is damaged ({} bytes)", where, model_.size()),
                "copy the file again from where it came; with git, large files need git lfs");
}

SentencePiece::~SentencePiece() = default;

std::vector<std::string> SentencePiece::split(std::string_view text) const {
  std::vector<std::string> pieces;
  const auto status = processor_->Encode(text, &pieces);
  if (!status.ok()) fail("SentencePiece cannot split a text of {} bytes: {}", text.size(), status.error_message());
  return pieces;
}

std::string SentencePiece::join(const std::vector<std::string>& pieces) const {
  std::string text;
  const auto status = processor_->Decode(pieces, &text);
  if (!status.ok()) fail("SentencePiece cannot join {} pieces: {}", pieces.size(), status.error_message());
  return text;
}

int SentencePiece::size() const { return processor_->GetPieceSize(); }

const std::string& SentencePiece::piece(int id) const { return processor_->IdToPiece(id); }

}  // namespace gamana
