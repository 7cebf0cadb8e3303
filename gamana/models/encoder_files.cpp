// Names of the encoders' tensors in files, as transformers 5.23 saves them, and loading with what older files have instead.
#include <algorithm>
#include <string_view>

#include "gamana/base/file.h"
#include "gamana/models/text_model.h"

namespace gamana {
namespace {

struct LayerNames {
  const char *query, *key, *value;  // key and value null: query names all three
  const char *out, *att_norm, *up, *down, *ffn_norm;
};
constexpr LayerNames kBert = {"attention.self.query",   "attention.self.key",         "attention.self.value", "attention.output.dense",
                              "attention.output.LayerNorm", "intermediate.dense", "output.dense",         "output.LayerNorm"};
constexpr LayerNames kDistilBert = {"attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin",
                                    "sa_layer_norm",   "ffn.lin1",        "ffn.lin2",        "output_layer_norm"};
constexpr LayerNames kAlbert = {"attention.query",     "attention.key", "attention.value", "attention.dense",
                                "attention.LayerNorm", "ffn",           "ffn_output",      "full_layer_layer_norm"};
constexpr LayerNames kModernBert = {"attn.Wqkv", nullptr, nullptr, "attn.Wo", "attn_norm", "mlp.Wi", "mlp.Wo", "mlp_norm"};

const LayerNames& layer_names(Family f) {
  return f == Family::distilbert ? kDistilBert : f == Family::albert ? kAlbert : f == Family::modernbert ? kModernBert : kBert;
}

// Of the tensors of the base class in a class with a head.
std::string base_prefix(Family f) {
  switch (f) {
    case Family::distilbert: return "distilbert.";
    case Family::electra: return "electra.";
    case Family::albert: return "albert.";
    case Family::modernbert: return "model.";
    case Family::roberta:
    case Family::xlm_roberta:
    case Family::camembert: return "roberta.";
    case Family::bert:
    case Family::big_bird: return "bert.";
  }
  return "";
}

std::string word_name(Family f) {
  return f == Family::modernbert ? "embeddings.tok_embeddings.weight" : "embeddings.word_embeddings.weight";
}

std::string layer_prefix(const ModelConfig& k, size_t block) {
  const std::string i = std::to_string(block);
  if (k.family == Family::distilbert) return "transformer.layer." + i + ".";
  if (k.family == Family::modernbert) return "layers." + i + ".";
  if (k.family != Family::albert) return "encoder.layer." + i + ".";
  return "encoder.albert_layer_groups." + std::to_string(block / k.group_layers) + ".albert_layers." +
         std::to_string(block % k.group_layers) + ".";
}

// How the files name what transformers names today: another prefix before all, none, or TensorFlow's names of a norm.
class OldNames {
 public:
  OldNames(const std::vector<TensorFile>& files, Family family, bool with_prefix)
      : base_(base_prefix(family)), own_(with_prefix ? base_ : "") {
    const std::string word = word_name(family);
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

bool has_tensor(const std::vector<TensorFile>& files, const std::vector<std::string>& names) {
  for (const TensorFile& file : files)
    for (const std::string& name : names)
      if (file.find(name)) return true;
  return false;
}

// Buffers and copies of what is tied, which older files hold.
bool is_redundant(const std::string& name) {
  for (const std::string_view end : {"position_ids", "token_type_ids", "predictions.decoder.weight", "predictions.decoder.bias", "lm_head.decoder.weight",
                                     "lm_head.decoder.bias", "vocab_projector.weight", "generator_lm_head.weight", "inv_freq"})
    if (name.ends_with(end)) return true;
  return name == "decoder.weight";
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

void Encoder::list(FileTensors& t) {
  const ModelConfig& k = config_;
  const bool modern = k.family == Family::modernbert;
  t.matrix(word_name(k.family), word_);
  if (position_.rows) t.matrix("embeddings.position_embeddings.weight", position_);
  if (segment_.rows) t.matrix("embeddings.token_type_embeddings.weight", segment_);
  t.norm(modern ? "embeddings.norm" : "embeddings.LayerNorm", norm_);
  if (projection_.weight.rows)
    t.linear(k.family == Family::albert ? "encoder.embedding_hidden_mapping_in" : "embeddings_project", projection_);
  const LayerNames& n = layer_names(k.family);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const std::string at = layer_prefix(k, i);
    EncoderBlock& b = blocks_[i];
    if (n.key) {
      t.part(at + n.query, b.qkv, 0, 3), t.part(at + n.key, b.qkv, 1, 3), t.part(at + n.value, b.qkv, 2, 3);
    } else {
      t.linear(at + n.query, b.qkv);
    }
    t.linear(at + n.out, b.out);
    if (b.att_norm.gain.rows) t.norm(at + n.att_norm, b.att_norm);
    t.linear(at + n.up, b.up), t.linear(at + n.down, b.down), t.norm(at + n.ffn_norm, b.ffn_norm);
  }
  if (final_norm_.gain.rows) t.norm("final_norm", final_norm_);
}

std::string TextModel::base_prefix() const { return task_ == Task::features ? "" : gamana::base_prefix(settings().family); }

std::vector<FileTensor> TextModel::file_tensors() {
  const std::string base = base_prefix();
  FileTensors own, out;
  encoder_.list(own);
  for (FileTensor& t : own.take()) t.name = base + t.name, out.add(std::move(t));
  for (Head& head : heads_) gamana::list(out, base, head);
  return out.take();
}

void fill_text_model(LoadedModel& loaded, const std::string& directory, uint64_t seed, bool new_heads) {
  TextModel& model = *loaded.model;
  std::optional<Adapter> adapter;
  if (is_adapter(directory)) adapter = open_adapter(directory);
  const std::vector<TensorFile> files = open_weights(adapter ? adapter->base : directory);
  const bool with_prefix = model.task() != Task::features;
  const OldNames old_names(files, model.settings().family, with_prefix);
  const auto other_names = [&](const std::string& name) {
    std::vector<std::string> names = old_names(name, !with_prefix || old_names.in_base(name));
    for (int i = 0; i < model.heads(); ++i)
      if (name == model.head(i).bias_name && !model.head(i).bias_alias.empty()) names.push_back(model.head(i).bias_alias);
    return names;
  };
  if (!with_prefix && model.heads() == 1 && !has_tensor(files, other_names(model.head(0).dense_name + ".weight"))) model.drop_pooler();
  model.parameters().initialise(seed);
  std::vector<FileTensor> tensors = model.file_tensors();
  for (FileTensor& t : tensors) t.replaceable = (new_heads || adapter) && with_prefix && !old_names.in_base(t.name);
  LoadReport report = fill_weights(tensors, files, directory, other_names);
  // The heads may be new, and so may the pooler; the encoder may not.
  const size_t all = report.missing.size();
  for (const std::string& name : report.missing)
    if (name.find("pooler.") != std::string::npos || (with_prefix && !old_names.in_base(name))) loaded.fresh.push_back(name);
  if (loaded.fresh.size() < all)
    fail("{}: {} tensors that config.json asks for are missing: {}", directory, all, first_names(report.missing));
  if (adapter)
    for (const std::string& name : merge_adapter(model.file_tensors(), *adapter)) std::erase(loaded.fresh, name);
  std::erase_if(report.unused, is_redundant);
  loaded.unused = std::move(report.unused);
  model.parameters().weights_changed();
}

LoadedModel load_text_model(const std::string& directory, std::optional<Task> task, uint64_t seed, const Json* given) {
  const Json config = given ? *given : read_model_config(directory);
  LoadedModel out{std::make_unique<TextModel>(config, task ? *task : task_of(config)), {}, {}};
  fill_text_model(out, directory, seed, given);
  return out;
}

}  // namespace gamana
