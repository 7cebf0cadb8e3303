#include "gamana/cli/translate.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "gamana/base/progress.h"
#include "gamana/jobs/generation_config.h"
#include "gamana/models/checkpoint.h"

namespace gamana {

namespace {

constexpr int kBeams = 5;  // where neither the user nor the model says

RequestOptions read_generation(const std::string& directory, const TranslationModel& model) {
  if (const std::string file = join_path(directory, "generation_config.json"); file_exists(file)) {
    const char* const key = "decoder_start_token_id";
    if (const int start = get_or(read_json(file), key, model.start_token(), file); start != model.start_token())
      fail("{}: \"{}\": expected {}, that of config.json, found {}", file, key, model.start_token(), start);
  }
  RequestOptions open;
  open.num_beams = 0;
  GenerationDefaults found = read_generation_defaults(directory, open);
  if (!found.stop.empty())
    throw Error(fmt::format("{}: generation_config.json: \"stop_strings\": translations end at end tokens alone", directory),
                "remove it there to translate without it");
  if (found.options.num_beams == 0) found.options.num_beams = found.options.do_sample ? 1 : kBeams;
  return found.options;
}

}  // namespace

RequestOptions usual_generation(const TranslationModel& model) {
  RequestOptions options;
  options.num_beams = kBeams, options.forced_eos_token_id = model.end_token();
  return options;
}

GenerateOptions generation_of(const RequestOptions& model, int beams) {
  GenerateOptions options{model, {}, {}};
  options.num_return_sequences = 1;
  if (beams > 0) options.num_beams = beams, options.do_sample = false;
  return options;
}

TranslationModelFiles open_translation(const std::string& directory) {
  auto model = load_translation_model(directory);
  TranslationTokenizer tokenizer = TranslationTokenizer::load(directory);
  const auto check = [&](const char* side, int entries, int rows) {
    if (entries > rows)
      fail("{}: the {} vocabulary has {} entries, the model {}: they do not belong together", directory, side, entries,
           rows);
  };
  check("source", tokenizer.vocabulary_size(), model->config().at("vocab_size").get<int>());
  check("target", tokenizer.target_vocabulary_size(), model->vocabulary());
  RequestOptions generation = read_generation(directory, *model);
  return {std::move(tokenizer), std::move(model), std::move(generation)};
}

void give_up_packed(Models models) {
  for (TranslationModel* model : models) model->parameters().give_up_packed();
}

Ensemble open_ensemble(const std::vector<std::string>& directories) {
  TranslationModelFiles first = open_translation(directories.at(0));
  Ensemble all{std::move(first.tokenizer), {}, {}, std::move(first.generation)};
  const auto add = [&](std::unique_ptr<TranslationModel> model) {
    all.models.push_back(model.get()), all.owned.push_back(std::move(model));
  };
  add(std::move(first.model));
  for (size_t i = 1; i < directories.size(); ++i) {
    TranslationModelFiles next = open_translation(directories[i]);
    const TranslationModel &a = *all.models[0], &b = *next.model;
    std::string different = all.tokenizer.difference(next.tokenizer);
    if (different.empty() && (a.vocabulary() != b.vocabulary() || a.start_token() != b.start_token() ||
                              a.end_token() != b.end_token() || a.pad_token() != b.pad_token()))
      different = "config.json (entries of the target, special tokens)";
    if (!different.empty())
      throw Error(fmt::format("{} and {} cannot translate together: they differ in {}", directories[0], directories[i],
                              different),
                  "an ensemble needs one vocabulary: train its models on the same text with the same --vocab options");
    add(std::move(next.model));
  }
  return all;
}

void add_ensemble_options(CLI::App& command, std::vector<std::string>& directories, std::string& mean) {
  command.add_option("-m,--model", directories, "Model directory; -m A -m B: their mean, of models of one vocabulary")
      ->required()
      ->allow_extra_args(false);
  command.add_option("--ensemble-mean", mean, "Of several models: probabilities or log_probabilities")
      ->capture_default_str();
}

Decoders::Decoders(Models models, Precision precision) {
  for (TranslationModel* model : models) owned.push_back(model->decoder(precision)), list.push_back(owned.back().get());
}

int longest_line(Models models) {
  int longest = models[0]->max_length();
  for (const TranslationModel* model : models) longest = std::min(longest, model->max_length());
  return longest;
}

void check_length(Models models, const std::vector<int>& ids, const std::string& where) {
  if (const int longest = longest_line(models); std::ssize(ids) > longest)
    fail("{}: {} tokens, more than the {} that the model can read", where, ids.size(), longest);
}

std::vector<int> encode_line(Models models, const TranslationTokenizer& tokenizer, const std::string& line, bool* cut) {
  std::vector<int> ids = tokenizer.encode_source(line);
  const auto longest = static_cast<size_t>(longest_line(models));
  if (cut) *cut = ids.size() > longest;
  if (ids.size() > longest) ids.resize(longest), ids.back() = tokenizer.end_id();
  return ids;
}

void say_cut(Models models, int64_t cut) {
  if (cut > 0)
    say("{} longer than the model's {} tokens and cut\n",
        cut == 1 ? "1 line was" : fmt::format("{} lines were", cut), longest_line(models));
}

namespace {

std::vector<Translation> translations_of(const std::vector<Hypothesis>& found, const TranslationTokenizer& tokenizer) {
  std::vector<Translation> list;
  for (const Hypothesis& h : found) {
    std::vector<int> ids = h.tokens;
    if (!ids.empty() && ids.back() == tokenizer.end_id()) ids.pop_back();
    list.push_back({tokenizer.decode_target(ids), h.tokens, h.log_probabilities, h.score});
  }
  return list;
}

}  // namespace

std::vector<std::vector<Translation>> translate_lines(Models models, const TranslationTokenizer& tokenizer,
                                                      const std::vector<std::string>& lines,
                                                      const TranslateOptions& options, int64_t* cut) {
  std::vector<std::vector<int>> sources;
  std::vector<size_t> line_of;
  GenerateOptions generate_options = options.generate;
  for (size_t i = 0; i < lines.size(); ++i) {
    bool was_cut = false;
    auto ids = encode_line(models, tokenizer, lines[i], &was_cut);
    if (ids.size() < 2) continue;
    if (cut) *cut += was_cut;
    sources.push_back(std::move(ids)), line_of.push_back(i);
    if (!options.prefixes.empty()) {
      auto prefix = tokenizer.encode_target(options.prefixes[i]);
      prefix.pop_back();  // the end token
      generate_options.prefixes.push_back(std::move(prefix));
    }
  }
  generate_options.suppress_tokens.push_back(models[0]->pad_token());
  if (generate_options.max_new_tokens == 0)
    generate_options.max_length_factor = 2, generate_options.max_length_offset = 30;

  std::vector<std::vector<Translation>> results(lines.size(), std::vector<Translation>(1));
  std::vector<bool> waits(lines.size());
  for (const size_t line : line_of) waits[line] = true;
  size_t next = 0;
  const auto tell = [&] {
    for (; next < lines.size() && !waits[next]; ++next)
      if (options.finished) options.finished(next, results[next]);
  };
  Progress progress("translating", "sentences", static_cast<int64_t>(sources.size()));
  GenerateCallbacks callbacks;
  if (options.progress) callbacks.progress = [&](size_t done, size_t) { progress.update(static_cast<int64_t>(done)); };
  callbacks.finished = [&](size_t request, const std::vector<Hypothesis>& found) {
    results[line_of[request]] = translations_of(found, tokenizer);
    waits[line_of[request]] = false;
    tell();
  };
  const Decoders decoders(models, options.precision);
  generate(decoders.list, sources, generate_options, callbacks);
  tell();
  return results;
}

}  // namespace gamana
