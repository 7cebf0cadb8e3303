#include "gamana/text/sentencepiece.h"

#include <sentencepiece_processor.h>

#include <exception>

#include "gamana/base/check.h"
#include "gamana/text/charsmap.h"

namespace gamana {
namespace {

bool load(std::string_view model, sentencepiece::SentencePieceProcessor& processor) {
  try {
    return processor.LoadFromSerializedProto(model).ok();
  } catch (const std::exception&) {  // of its trie, for a piece that begins with NUL
    return false;
  }
}

}  // namespace

SentencePiece::SentencePiece(std::string model, const std::string& where)
    : model_(std::move(model)), processor_(std::make_unique<sentencepiece::SentencePieceProcessor>()) {
  if (!valid_charsmaps(model_) || !load(model_, *processor_) || size() == 0)
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
