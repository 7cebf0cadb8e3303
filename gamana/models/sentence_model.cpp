#include "gamana/models/sentence_model.h"

#include <algorithm>

#include "gamana/base/file.h"
#include "gamana/ops/rows.h"

namespace gamana {
namespace {

using Kind = SentenceModule::Kind;

FileTensors tensors_of(Linear& dense) {
  FileTensors tensors;
  tensors.linear("linear", dense);
  return tensors;
}

}  // namespace

SentenceModel::SentenceModel(Json config, SentenceSettings settings)
    : TextModel(std::move(config), Task::features), settings_(std::move(settings)) {
  for (const SentenceModule& m : settings_.modules) {
    dense_.emplace_back();
    if (m.kind == Kind::dense)
      dense_.back() = {{m.out, m.in, Init::xavier_uniform, 1, {}},
                       {m.bias ? 1 : 0, m.bias ? m.out : 0, Init::zeros, 0, {}}};
  }
  // The pooler of the files is kept; no vector depends on it.
  TextModel::visit([](const std::string& name, Parameter& p) { p.frozen = name.starts_with("head."); });
}

void SentenceModel::visit(const ParameterVisitor& v) {
  TextModel::visit(v);
  for (size_t i = 0; i < dense_.size(); ++i) {
    const std::string name = "module." + std::to_string(i);
    if (dense_[i].weight.rows) v(name + ".weight", dense_[i].weight);
    if (dense_[i].bias.rows) v(name + ".bias", dense_[i].bias);
  }
}

void SentenceModel::save_settings(const std::string& directory) const {
  write_sentence_settings(directory, settings_, settings().width);
  TextModel::save_settings(directory);
}

void SentenceModel::save_weights(const std::string& directory, const float* weights) {
  for (size_t i = 0; i < dense_.size(); ++i) {
    if (!dense_[i].weight.rows) continue;
    const std::string folder = join_path(directory, settings_.modules[i].folder);
    make_directory(folder);
    write_weights(parameters(), tensors_of(dense_[i]).take(), join_path(folder, "model.safetensors"), weights);
  }
  TextModel::save_weights(directory, weights);
}

void SentenceModel::fill_modules(const std::string& directory) {
  for (size_t i = 0; i < dense_.size(); ++i) {
    if (!dense_[i].weight.rows) continue;
    const std::string folder = join_path(directory, settings_.modules[i].folder);
    const LoadReport report = fill_weights(tensors_of(dense_[i]).take(), open_weights(folder), folder);
    if (!report.missing.empty()) fail("{}: {} is missing", folder, first_names(report.missing));
  }
}

SomeTokens SentenceModel::pooled_tokens(const Batch& batch, int32_t prompt) const {
  if (settings_.modules.empty() || settings_.modules[0].kind != Kind::pooling) return {};
  const std::vector<Pooling>& poolings = settings_.modules[0].poolings;
  if (poolings.size() != 1 || (poolings[0] != Pooling::first && poolings[0] != Pooling::last)) return {};
  std::vector<int32_t> tokens;
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    const int32_t first = batch.offsets[s] + prompt, end = batch.offsets[s + 1];
    if (first >= end) return {};
    tokens.push_back(poolings[0] == Pooling::first ? first : end - 1);
  }
  return tokens;
}

Tensor SentenceModel::embed(Context& c, const Batch& batch, int32_t prompt) const {
  const SomeTokens pooled = pooled_tokens(batch, prompt);
  Tensor x = hidden(c, batch, pooled);
  for (size_t i = pooled ? 1 : 0; i < dense_.size(); ++i) {
    const SentenceModule& m = settings_.modules[i];
    if (m.kind == Kind::pooling) {
      std::vector<Tensor> parts;
      for (const Pooling pooling : m.poolings) parts.push_back(pool(c, x, batch.offsets, pooling, prompt));
      x = parts.size() == 1 ? parts[0] : concat(c, std::move(parts));
    } else {
      x = m.kind == Kind::dense ? linear(c, x, dense_[i], m.activation) : normalize(c, x);
    }
  }
  return x;
}

void fill_sentence_model(LoadedModel& loaded, const std::string& directory, uint64_t seed) {
  fill_text_model(loaded, directory, seed);
  static_cast<SentenceModel&>(*loaded.model).fill_modules(directory);
}

LoadedModel load_sentence_model(const std::string& directory, uint64_t seed, const Json* given) {
  const Json config = given ? *given : read_text_config(directory);
  LoadedModel out;
  out.model = std::make_unique<SentenceModel>(config, read_sentence_settings(directory, model_config(config).width));
  fill_sentence_model(out, directory, seed);
  return out;
}

}  // namespace gamana
