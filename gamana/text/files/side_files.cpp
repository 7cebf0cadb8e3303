#include "gamana/text/files/side_files.h"

#include <algorithm>
#include <utility>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/text/files/families.h"

namespace gamana {
namespace {

// Classes that say nothing of the tokenizer itself.
bool is_general(const std::string& name) {
  return name.empty() || name == "PreTrainedTokenizerFast" || name == "PreTrainedTokenizer" ||
         name == "TokenizersBackend";
}

// What the names of the files say where nothing else does. "": any SentencePiece model, by its own settings.
std::string class_by_files(const SideFiles& files) {
  if (files.has("source.spm") && files.has("vocab.json")) return "MarianTokenizer";
  if (files.has("vocab.json") && files.has("merges.txt")) return "GPT2Tokenizer";
  if (files.has("vocab.json") && files.has("sentencepiece.bpe.model")) return "M2M100Tokenizer";
  if (files.has("vocab.txt")) return "BertTokenizer";
  for (const char* name : {"tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model"})
    if (files.has(name)) return "";
  fail(
      "{}: expected a tokenizer.json, or vocab.txt, vocab.json with merges.txt, a SentencePiece model (spiece.model, "
      "sentencepiece.bpe.model, spm.model, tokenizer.model) or source.spm with vocab.json; found none of them",
      files.folder);
}

}  // namespace

TokenizerSettings side_file_settings(const std::string& folder) {
  SideFiles files{folder, read_tokenizer_settings(folder)};
  if (!is_general(files.settings.tokenizer_class)) return files.settings;
  const std::string name = class_by_files(files);
  TokenizerSettings settings = read_tokenizer_settings(folder, name);
  settings.tokenizer_class = name;
  return settings;
}

std::string side_files_to_tokenizer_json(const std::string& folder) {
  const SideFiles files{folder, side_file_settings(folder)};
  const std::string& name = files.settings.tokenizer_class;
  if (name.empty()) return convert_spm(files).text();
  const TokenizerFamily* family = find_family(name);
  if (!family)
    throw Error(fmt::format("{}: the tokenizer class {} is not known without a tokenizer.json", folder, name),
                "known are " + family_names() + "; transformers' save_pretrained writes a tokenizer.json for others");
  return family->convert(files).text();
}

bool has_side_files(const std::string& folder) {
  const auto has = [&](const char* name) { return file_exists(join_path(folder, name)); };
  return has("vocab.txt") || (has("vocab.json") && (has("merges.txt") || has("source.spm"))) || has("spiece.model") ||
         has("sentencepiece.bpe.model") || has("spm.model") || has("tokenizer.model");
}

}  // namespace gamana
