#include "gamana/models/checkpoint.h"

#include <algorithm>
#include <set>

#include "gamana/base/file.h"
#include "gamana/io/safetensors.h"
#include "gamana/models/rnn.h"
#include "gamana/models/transformer.h"

namespace gamana {
namespace {

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

void add_name(std::string& names, int& count, const std::string& name) {
  if (++count <= 4) names += (names.empty() ? "" : ", ") + name;
  if (count == 5) names += ", …";
}

}  // namespace

std::unique_ptr<TranslationModel> make_translation_model(const Json& config) {
  const std::string type = get_or(config, "model_type", std::string());
  if (type == "marian" || type == "gamana-transformer") return std::make_unique<Transformer>(transformer_config(config));
  if (type == "gamana-rnn") return std::make_unique<RnnModel>(rnn_config(config));
  fail("config.json: model_type \"{}\" is no translation model; expected marian, gamana-transformer or gamana-rnn", type);
}

void load_weights(TranslationModel& model, const std::string& directory) {
  const std::vector<TensorFile> files = open_weights(directory);
  ParameterStore& store = model.parameters();
  std::set<std::string> known;
  for (const std::string& name : model.ignored_tensors()) known.insert(name);
  std::string missing, unexpected;
  int missing_count = 0, unexpected_count = 0;
  for (const auto& wanted : model.file_tensors()) {
    known.insert(wanted.name);
    const StoredTensor* stored = nullptr;
    for (const TensorFile& file : files)
      if (!stored) stored = file.find(wanted.name);
    if (!stored) {
      if (!wanted.optional) add_name(missing, missing_count, wanted.name);
      continue;
    }
    if (stored->shape != wanted.shape)
      fail("{}: tensor \"{}\" should have the shape {}, found {}", directory, wanted.name, shape_text(wanted.shape),
           shape_text(stored->shape));
    int64_t size = 1;
    for (const int64_t d : wanted.shape) size *= d;
    stored->read(wanted.parameter->tensor.data() + (wanted.parameter->rows == 1 ? wanted.first_row * size
                                                                               : wanted.first_row * wanted.parameter->cols),
                 directory + ": tensor \"" + wanted.name + "\"");
  }
  if (missing_count) fail("{}: {} tensors that config.json asks for are missing: {}", directory, missing_count, missing);
  for (const TensorFile& file : files)
    for (const auto& [name, _] : file.tensors())
      if (!known.count(name)) add_name(unexpected, unexpected_count, name);
  if (unexpected_count)
    fail("{}: {} tensors do not belong to the model of config.json: {}", directory, unexpected_count, unexpected);
  store.weights_changed();
}

std::unique_ptr<TranslationModel> load_translation_model(const std::string& directory) {
  const std::string path = join_path(directory, "config.json");
  if (!file_exists(path))
    throw Error(fmt::format("{}: expected a model directory with config.json", directory), "give the folder that training wrote (--out)");
  auto model = make_translation_model(read_json(path));
  load_weights(*model, directory);
  return model;
}

void save_weights(TranslationModel& model, const std::string& path, const float* weights) {
  ParameterStore& store = model.parameters();
  std::vector<TensorToStore> list;
  for (const auto& t : model.file_tensors()) {
    int64_t size = 1;
    for (const int64_t d : t.shape) size *= d;
    const int64_t first = t.parameter->rows == 1 ? t.first_row * size : t.first_row * t.parameter->cols;
    const float* own = t.parameter->tensor.data();
    const float* from = weights ? weights + (own - store.weights()) : own;
    list.push_back({t.name, "F32", t.shape, from + first, static_cast<size_t>(size) * sizeof(float)});
  }
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  write_safetensors(path, list);
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
