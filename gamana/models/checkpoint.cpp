#include "gamana/models/checkpoint.h"

#include <algorithm>

#include "gamana/base/file.h"
#include "gamana/models/rnn.h"
#include "gamana/models/transformer.h"

namespace gamana {

bool is_translation_model(const Json& config) {
  const std::string type = get_or(config, "model_type", std::string());
  return type == "marian" || type == "gamana-transformer" || type == "gamana-rnn";
}

std::unique_ptr<TranslationModel> make_translation_model(const Json& config) {
  const std::string type = get_or(config, "model_type", std::string());
  if (type == "marian" || type == "gamana-transformer") return std::make_unique<Transformer>(transformer_config(config));
  if (type == "gamana-rnn") return std::make_unique<RnnModel>(rnn_config(config));
  fail("config.json: model_type \"{}\" is no translation model; expected marian, gamana-transformer or gamana-rnn", type);
}

void load_weights(TranslationModel& model, const std::string& directory) {
  ParameterStore& store = model.parameters();
  const std::vector<TensorFile> files = open_weights(directory);
  const std::map<std::string, std::string> ignored = model.ignored_tensors();
  const auto copies = [&](const std::string& wanted) {  // a file may have kept one of them alone
    std::vector<std::string> names;
    for (const auto& [name, original] : ignored)
      if (original == wanted) names.push_back(name);
    return names;
  };
  LoadReport report = fill_weights(model.file_tensors(), files, directory, copies);
  if (!report.missing.empty())
    fail("{}: {} tensors that config.json asks for are missing: {}", directory, report.missing.size(), first_names(report.missing));
  for (const auto& [name, original] : ignored) {
    const StoredTensor *copy = find_tensor(files, {name}), *stored = find_tensor(files, {original});
    if (copy && stored && !same_values(*copy, *stored))
      fail("{}: config.json ties tensor \"{}\" to \"{}\", but their values differ", directory, name, original);
  }
  std::erase_if(report.unused, [&](const std::string& name) { return ignored.count(name) > 0; });
  if (!report.unused.empty())
    fail("{}: {} tensors do not belong to the model of config.json: {}", directory, report.unused.size(), first_names(report.unused));
  store.weights_changed();
}

std::unique_ptr<TranslationModel> load_translation_model(const std::string& directory) {
  const std::string path = join_path(directory, "config.json");
  if (!file_exists(path))
    throw Error(fmt::format("{}: expected a model directory with config.json", directory), "give the folder that training wrote (--out)");
  const Json config = read_json(path);
  if (!is_translation_model(config))
    fail("{}: expected a translation model (marian, gamana-transformer or gamana-rnn), found model_type \"{}\"", directory,
         get_or(config, "model_type", std::string()));
  auto model = make_translation_model(config);
  load_weights(*model, directory);
  return model;
}

void save_weights(TranslationModel& model, const std::string& path, const float* weights) {
  write_weights(model.parameters(), model.file_tensors(), path, weights);
}

void save_config(const TranslationModel& model, const std::string& directory, int num_beams) {
  write_json(join_path(directory, "config.json"), model.config());
  const int pad = model.pad_token(), end = model.end_token();
  Json generation = {{"bad_words_ids", {{pad}}},   {"bos_token_id", end},       {"decoder_start_token_id", model.start_token()},
                     {"eos_token_id", end},        {"forced_eos_token_id", end}, {"max_length", model.max_length()},
                     {"num_beams", num_beams},     {"pad_token_id", pad}};
  write_json(join_path(directory, "generation_config.json"), generation);
}

}  // namespace gamana
