#pragma once
// The stages of a tokenizer.json, put together (see tokenizer.h).
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gamana/base/json.h"
#include "gamana/text/added_vocabulary.h"
#include "gamana/text/files/tokenizer_settings.h"
#include "gamana/text/models/model.h"
#include "gamana/text/normalizers/normalizer.h"
#include "gamana/text/post/decoder.h"
#include "gamana/text/post/post_processor.h"
#include "gamana/text/pre_tokenizers/pre_tokenizer.h"

namespace gamana {

struct TokenizerStages {
  // The settings as they were read, to be written back.
  Json normalizer_json, pre_tokenizer_json, post_processor_json, decoder_json;

  std::unique_ptr<Normalizer> normalizer;         // null: none, as for the other three
  std::unique_ptr<PreTokenizer> pre_tokenizer;
  std::string model_type;  // "BPE", "WordPiece", "WordLevel" or "Unigram"
  std::unique_ptr<TokenModel> model;
  std::unique_ptr<PostProcessor> post_processor;
  std::unique_ptr<Decoder> decoder;
  std::optional<Truncation> truncation;
  std::optional<Padding> padding;
  AddedVocabulary added;
};

// The text of a tokenizer.json. `settings`: what stands beside it, whose tokens are added where the file lacks them. Throws
// Error naming `where`, the key, what was expected and found.
TokenizerStages parse_tokenizer(std::string json, const std::string& where, const TokenizerSettings* settings = nullptr);
std::string write_tokenizer(const TokenizerStages& parts);

}  // namespace gamana
