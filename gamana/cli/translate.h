#pragma once
// Lines of text through a model: tokenise, decode, detokenise.
#include <memory>
#include <string>
#include <vector>

#include "gamana/decode/generate.h"
#include "gamana/models/translation_model.h"
#include "gamana/text/tokenizer.h"

namespace gamana {

struct TranslateOptions {
  GenerateOptions generate;
  Precision precision = Precision::f32;
  std::vector<std::string> prefixes;  // none, or what each translation begins with
  bool progress = false;
};

struct Translation {
  std::string text;
  std::vector<int> tokens;
  std::vector<float> log_probabilities;
  double score = 0;
};

struct TranslationModelFiles {
  TranslationTokenizer tokenizer;
  std::unique_ptr<TranslationModel> model;
};
// Throws Error where model and vocabulary do not belong together.
TranslationModelFiles open_translation(const std::string& directory);
// Throws Error, beginning with `where`, for ids that are more than the model can read.
void check_length(const TranslationModel& model, const std::vector<int>& ids, const std::string& where);
// A line's ids with the end token, cut to what the model can read.
std::vector<int> encode_line(const TranslationModel& model, const TranslationTokenizer& tokenizer,
                             const std::string& line, bool* cut = nullptr);
// Tells on stderr that so many lines were cut.
void say_cut(const TranslationModel& model, int64_t cut);

// For each line its translations, best first. Empty lines stay empty. Lines longer than the model can read are cut, and
// `cut` (if given) counts them.
std::vector<std::vector<Translation>> translate_lines(TranslationModel& model, const TranslationTokenizer& tokenizer,
                                                      const std::vector<std::string>& lines,
                                                      const TranslateOptions& options, int64_t* cut = nullptr);

}  // namespace gamana
