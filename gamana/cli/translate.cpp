#include "gamana/cli/translate.h"

#include <algorithm>

#include "gamana/base/progress.h"
#include "gamana/models/checkpoint.h"

namespace gamana {

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
  return {std::move(tokenizer), std::move(model)};
}

void check_length(const TranslationModel& model, const std::vector<int>& ids, const std::string& where) {
  if (ids.size() > static_cast<size_t>(model.max_length()))
    fail("{}: {} tokens, more than the {} that the model can read", where, ids.size(), model.max_length());
}

std::vector<int> encode_line(const TranslationModel& model, const TranslationTokenizer& tokenizer,
                             const std::string& line, bool* cut) {
  std::vector<int> ids = tokenizer.encode_source(line);
  const auto longest = static_cast<size_t>(model.max_length());
  if (cut) *cut = ids.size() > longest;
  if (ids.size() > longest) ids.resize(longest), ids.back() = tokenizer.end_id();
  return ids;
}

void say_cut(const TranslationModel& model, int64_t cut) {
  if (cut > 0)
    fmt::print(stderr, "{} longer than the model's {} tokens and cut\n",
               cut == 1 ? "1 line was" : fmt::format("{} lines were", cut), model.max_length());
}

std::vector<std::vector<Translation>> translate_lines(TranslationModel& model, const TranslationTokenizer& tokenizer,
                                                      const std::vector<std::string>& lines,
                                                      const TranslateOptions& options, int64_t* cut) {
  std::vector<std::vector<int>> sources;
  std::vector<size_t> line_of;
  GenerateOptions generate_options = options.generate;
  for (size_t i = 0; i < lines.size(); ++i) {
    bool was_cut = false;
    auto ids = encode_line(model, tokenizer, lines[i], &was_cut);
    if (ids.size() < 2) continue;
    if (cut) *cut += was_cut;
    sources.push_back(std::move(ids)), line_of.push_back(i);
    if (!options.prefixes.empty()) {
      auto prefix = tokenizer.encode_target(options.prefixes[i]);
      prefix.pop_back();  // the end token
      generate_options.prefixes.push_back(std::move(prefix));
    }
  }
  generate_options.suppress_tokens.push_back(model.pad_token());
  generate_options.forced_eos_token_id = model.end_token();
  if (generate_options.max_new_tokens == 0 && generate_options.max_length == 0)
    generate_options.max_length_factor = 2, generate_options.max_length_offset = 30;

  Progress progress("translating", "sentences", static_cast<int64_t>(sources.size()));
  GenerateCallbacks callbacks;
  if (options.progress) callbacks.progress = [&](size_t done, size_t) { progress.update(static_cast<int64_t>(done)); };
  const auto decoder = model.decoder(options.precision);
  DecodeModel* const models[] = {decoder.get()};
  const auto found = generate(models, sources, generate_options, callbacks);

  std::vector<std::vector<Translation>> results(lines.size(), std::vector<Translation>(1));
  for (size_t i = 0; i < found.size(); ++i) {
    auto& list = results[line_of[i]];
    list.clear();
    for (const Hypothesis& h : found[i]) {
      std::vector<int> ids = h.tokens;
      if (!ids.empty() && ids.back() == tokenizer.end_id()) ids.pop_back();
      list.push_back({tokenizer.decode_target(ids), h.tokens, h.log_probabilities, h.score});
    }
  }
  return results;
}

}  // namespace gamana
