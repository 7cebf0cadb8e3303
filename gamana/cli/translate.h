#pragma once
// Lines of text through a model: tokenise, decode, detokenise.
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gamana/decode/generate.h"
#include "gamana/models/translation_model.h"
#include "gamana/text/marian/tokenizer.h"

namespace CLI {
class App;
}

namespace gamana {

struct Translation {
  std::string text;
  std::vector<int> tokens;
  std::vector<float> log_probabilities;
  double score = 0;
};

struct TranslateOptions {
  GenerateOptions generate;
  Precision precision = Precision::f32;
  std::vector<std::string> prefixes;  // none, or what each translation begins with
  bool progress = false;
  // Each line in its order, as soon as those before it are translated.
  std::function<void(size_t line, const std::vector<Translation>&)> finished = {};
};

struct TranslationModelFiles {
  TranslationTokenizer tokenizer;
  std::unique_ptr<TranslationModel> model;
  RequestOptions generation;  // as generation_config.json asks for (jobs/generation_config.h), else with five beams
};
// Throws Error where model and vocabulary do not belong together, or where it is asked to decode as it cannot.
TranslationModelFiles open_translation(const std::string& directory);

// Of a model without files: five beams, the end token last.
RequestOptions usual_generation(const TranslationModel& model);
// For one translation of each source: `beams` of them, or as the model asks for (0).
GenerateOptions generation_of(const RequestOptions& model, int beams);

// Models of one vocabulary that translate or score together; one is fine.
struct Ensemble {
  TranslationTokenizer tokenizer;
  std::vector<std::unique_ptr<TranslationModel>> owned;
  std::vector<TranslationModel*> models;
  RequestOptions generation;  // of the first
};
// Throws Error naming the two directories and the file in which they differ where ids do not mean the same to all.
Ensemble open_ensemble(const std::vector<std::string>& directories);

// -m, once for each model, and --ensemble-mean.
void add_ensemble_options(CLI::App& command, std::vector<std::string>& directories, std::string& mean);

using Models = std::span<TranslationModel* const>;
// For models that only decode from now on: weights are kept packed alone.
void give_up_packed(Models models);
// Tokens of a line that all of them can read.
int longest_line(Models models);
// Throws Error, beginning with `where`, for ids that are more than the models can read.
void check_length(Models models, const std::vector<int>& ids, const std::string& where);
// A line's ids with the end token, cut to what the models can read.
std::vector<int> encode_line(Models models, const TranslationTokenizer& tokenizer, const std::string& line,
                             bool* cut = nullptr);
// Tells on stderr that so many lines were cut.
void say_cut(Models models, int64_t cut);

// For each line its translations, best first. Several models are an ensemble. Empty lines stay empty. Lines longer than
// the models can read are cut, and `cut` (if given) counts them.
std::vector<std::vector<Translation>> translate_lines(Models models, const TranslationTokenizer& tokenizer,
                                                      const std::vector<std::string>& lines,
                                                      const TranslateOptions& options, int64_t* cut = nullptr);
// The decoders of the models, for generate() and score().
struct Decoders {
  Decoders(Models models, Precision precision);
  std::vector<std::unique_ptr<DecodeModel>> owned;
  std::vector<DecodeModel*> list;
};

}  // namespace gamana
