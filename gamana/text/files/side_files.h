#pragma once
// Tokenizers of older models, which have no tokenizer.json, from the files that they have instead.
#include <string>

#include "gamana/text/files/tokenizer_settings.h"

namespace gamana {

// The text of a tokenizer.json that gives what transformers makes of the folder: of vocab.txt, of vocab.json with
// merges.txt, of a SentencePiece model (spiece.model, sentencepiece.bpe.model, spm.model, tokenizer.model), of
// source.spm with vocab.json. Which tokenizer they are is said by "tokenizer_class" in tokenizer_config.json or
// config.json, by "model_type" in config.json, or else by the names of the files. docs/text/files.md has the list and
// what differs.
//
// Throws Error naming the file that is missing or damaged, or the class that is not known.
std::string side_files_to_tokenizer_json(const std::string& folder);

// The settings of such a folder, with the class that is known by the files where nothing else says it ("": any
// SentencePiece model, by its own settings). Throws the same.
TokenizerSettings side_file_settings(const std::string& folder);

// Whether a folder has the files of a tokenizer without tokenizer.json.
bool has_side_files(const std::string& folder);

}  // namespace gamana
