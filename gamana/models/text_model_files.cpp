// A text model's directory: its tensors in files, and loading with what older files have instead.
#include <algorithm>
#include <string_view>

#include "gamana/base/file.h"
#include "gamana/base/memory.h"
#include "gamana/models/checkpoint.h"  // is_translation_model
#include "gamana/models/text_model.h"
#include "gamana/tensor/draw.h"

namespace gamana {
namespace {

// How the files name what transformers names today: another prefix before all, none, or TensorFlow's names of a norm.
class OldNames {
 public:
  OldNames(const std::vector<TensorFile>& files, const Backbone& backbone, bool with_prefix)
      : base_(backbone.prefix()), own_(with_prefix ? base_ : "") {
    const std::string word = backbone.word_name();
    for (const TensorFile& file : files)
      for (const auto& [name, _] : file.tensors())
        if (name.ends_with(word)) found_ = name.substr(0, name.size() - word.size());
    outer_ = found_.ends_with(base_) ? found_.substr(0, found_.size() - base_.size()) : found_;
  }

  std::vector<std::string> operator()(const std::string& name, bool in_base) const {
    std::vector<std::string> names;
    const auto add = [&](const std::string& n) {
      names.push_back(n);
      if (n.find("LayerNorm.") == std::string::npos) return;
      if (n.ends_with(".weight")) names.push_back(n.substr(0, n.size() - 6) + "gamma");
      if (n.ends_with(".bias")) names.push_back(n.substr(0, n.size() - 4) + "beta");
    };
    add(name), add(in_base ? found_ + name.substr(own_.size()) : outer_ + name);
    return names;
  }
  bool in_base(const std::string& name) const { return !own_.empty() && name.starts_with(own_); }

 private:
  std::string base_, own_;      // transformers' prefix of the base class, and what our names begin with
  std::string found_, outer_;   // of the base class and of the whole in the files
};

// Buffers and copies of what is tied, which older files hold.
bool is_redundant(const std::string& name, const ModelConfig& config) {
  for (const std::string_view end : {"position_ids", "token_type_ids", "predictions.decoder.weight", "predictions.decoder.bias", "lm_head.decoder.weight",
                                     "lm_head.decoder.bias", "vocab_projector.weight", "generator_lm_head.weight", "inv_freq", "attn.masked_bias",
                                     "attn.bias", "attention.bias", "attention.masked_bias", "decoder.version"})
    if (name.ends_with(end)) return true;
  return name == "decoder.weight" || (name == "lm_head.weight" && config.tied_output);
}

// What the files have not. Drawing what they have as well would take longer than reading it.
void draw_missing(const ParameterStore& store, const std::vector<FileTensor>& tensors, const LoadReport& report, uint64_t seed) {
  const std::set<std::string> missing(report.missing.begin(), report.missing.end());
  std::set<const Parameter*> filled;
  for (const FileTensor& t : tensors)
    if (!missing.count(t.name)) filled.insert(t.parameter);
  for (const auto& e : store.entries())
    if (!filled.count(e.parameter)) draw(e.name, *e.parameter, seed);
}

}  // namespace

Json read_model_config(const std::string& directory) {
  const std::string path = join_path(directory, "config.json");
  if (!file_exists(path) && is_adapter(directory)) return read_model_config(adapter_base(directory));
  if (!file_exists(path))
    throw Error(fmt::format("{}: expected a model directory with config.json", directory),
                "give a folder that transformers or gamana wrote");
  return read_json(path);
}

Json read_text_config(const std::string& directory) {
  Json config = read_model_config(directory);
  if (is_translation_model(config))
    throw Error(fmt::format("{}: expected an encoder or a language model, found a translation model", directory),
                "`gamana translate` and `gamana score` read it");
  return config;
}

std::string TextModel::word_name() const { return base_prefix() + backbone_->word_name(); }

std::string TextModel::base_prefix() const { return task_ == Task::features ? "" : backbone_->prefix(); }

std::vector<FileTensor> TextModel::file_tensors() {
  const std::string base = base_prefix();
  FileTensors own, out;
  backbone_->list(own);
  for (FileTensor& t : own.take()) t.name = base + t.name, out.add(std::move(t));
  for (Head& head : heads_) gamana::list(out, base, head);
  return out.take();
}

void fill_text_model(LoadedModel& loaded, const std::string& directory, uint64_t seed, bool new_heads,
                     std::optional<Precision> writes_in) {
  TextModel& model = *loaded.model;
  std::optional<Adapter> adapter;
  if (is_adapter(directory)) adapter = open_adapter(directory);
  const std::vector<TensorFile> files = open_weights(adapter ? adapter->base : directory);
  const bool with_prefix = model.task() != Task::features;
  const OldNames old_names(files, model.backbone(), with_prefix);
  const auto other_names = [&](const std::string& name) {
    std::vector<std::string> names = old_names(name, !with_prefix || old_names.in_base(name));
    for (int i = 0; i < model.heads(); ++i) {
      const Head& head = model.head(i);
      if (head.tied && name == model.word_name()) names.push_back(head.out_name + ".weight");  // the one of both that was kept
      if (head.bias_alias.empty()) continue;
      if (name == head.bias_name) names.push_back(head.bias_alias);
      if (name == head.bias_alias) names.push_back(head.bias_name);
    }
    return names;
  };
  if (!with_prefix && model.heads() == 1 && !find_tensor(files, other_names(model.head(0).dense_name + ".weight"))) model.drop_pooler();
  if (model.heads() > 0 && model.head(0).tied) {
    const StoredTensor* own = find_tensor(files, other_names(model.head(0).out_name + ".weight"));
    const StoredTensor* word = find_tensor(files, other_names(model.word_name()));
    // What config.json ties and the files tell apart, transformers reads apart (modeling_utils.py, tie_weights).
    if (own && word && !same_values(*own, *word)) model.untie_words();
  }
  ParameterStore& store = model.parameters();
  if (writes_in) store.give_up_packed();
  std::vector<FileTensor> tensors = model.file_tensors();
  for (FileTensor& t : tensors) t.replaceable = (new_heads || adapter) && with_prefix && !old_names.in_base(t.name);
  const bool packs = writes_in && !adapter;  // an adapter is still to be added to the weights
  const auto pack = [&, tied = model.heads() > 0 && model.head(0).tied](Parameter& p) {
    if (!packs || p.cols % 2 || !(p.of_product || (p.is_table && tied))) return;
    Arena arena;
    Context{.kernels = cpu_kernels(), .arena = arena, .precision = *writes_in, .packs = true}.packed(p.tensor);
    give_back_memory();  // of what was turned around: else it stays in gaps between packed weights
  };
  LoadReport report = fill_weights(tensors, files, directory, other_names, pack);
  draw_missing(store, tensors, report, seed);
  // The heads may be new, and so may the pooler; the encoder may not.
  const size_t all = report.missing.size();
  for (const std::string& name : report.missing)
    if (name.find("pooler.") != std::string::npos || (with_prefix && !old_names.in_base(name))) loaded.fresh.push_back(name);
  if (loaded.fresh.size() < all)
    fail("{}: {} tensors that config.json asks for are missing: {}", directory, all, first_names(report.missing));
  if (adapter)
    for (const std::string& name : merge_adapter(model.file_tensors(), *adapter)) std::erase(loaded.fresh, name);
  std::erase_if(report.unused, [&](const std::string& name) { return is_redundant(name, model.settings()); });
  loaded.unused = std::move(report.unused);
}

LoadedModel load_text_model(const std::string& directory, std::optional<Task> task, uint64_t seed, const Json* given) {
  const Json config = given ? *given : read_text_config(directory);
  LoadedModel out{std::make_unique<TextModel>(config, task ? *task : task_of(config)), {}, {}};
  fill_text_model(out, directory, seed, given);
  return out;
}

LoadedModel load_writing_model(const std::string& directory, Precision precision) {
  LoadedModel out{std::make_unique<TextModel>(read_text_config(directory), Task::next_word), {}, {}};
  fill_text_model(out, directory, 1, false, precision);
  return out;
}

}  // namespace gamana
