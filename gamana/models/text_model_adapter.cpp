// Low-rank parts of an encoder: where they are, and how they are saved.
#include <cmath>
#include <set>

#include "gamana/base/file.h"
#include "gamana/models/text_model.h"

namespace gamana {
namespace {

std::string module_of(const std::string& tensor) { return tensor.substr(0, tensor.rfind('.')); }

bool is_target(const std::string& module, const std::string& target) {
  return module == target || module.ends_with("." + target);
}

// peft's own choice for these families.
std::vector<std::string> default_targets(Family f) {
  if (f == Family::modernbert) return {"Wqkv"};
  if (f == Family::distilbert) return {"q_lin", "v_lin"};
  if (f == Family::gpt2) return {"c_attn"};
  if (is_decoder(f)) return {"q_proj", "v_proj"};
  return {"query", "value"};
}

const char* peft_task(Task task) {
  switch (task) {
    case Task::sequence: return "SEQ_CLS";
    case Task::token: return "TOKEN_CLS";
    case Task::question: return "QUESTION_ANS";
    case Task::features: return "FEATURE_EXTRACTION";
    case Task::next_word: return "CAUSAL_LM";
    default: return nullptr;
  }
}

// A head of words stays as the model brings it, like the embedding that it may share, and so does a pooler that no task reads;
// others may be new.
bool learns(const Head& h) { return h.task != Task::next_word && h.task != Task::masked_word && h.task != Task::features; }

}  // namespace

void TextModel::adapt(const AdapterSettings& settings, uint64_t seed) {
  adapter_ = settings;
  if (adapter_->targets.empty()) adapter_->targets = default_targets(this->settings().family);
  FileTensors own;
  backbone_->list(own);
  std::set<std::string> known, used;
  const auto scale = static_cast<float>(settings.alpha / settings.rank);
  for (const FileTensor& t : own.take()) {
    if (!t.layer) continue;
    const std::string module = module_of(t.name);
    known.insert(module.substr(module.rfind('.') + 1));
    bool wanted = false;
    for (const std::string& target : adapter_->targets)
      if (is_target(module, target)) wanted = true, used.insert(target);
    if (!wanted) continue;
    adapted_.insert(base_prefix() + module);
    // A is drawn as peft draws it (He et al. 2015, with a = sqrt 5), B is 0: the first step finds the model as it was.
    const int64_t in = t.parameter->cols;
    const auto bound = static_cast<float>(1 / std::sqrt(static_cast<double>(in)));
    t.layer->low_rank.push_back({{settings.rank, in, Init::uniform, bound, {}}, {t.rows(), settings.rank, Init::zeros, 0, {}},
                                 t.first_row, scale, static_cast<float>(settings.dropout)});
  }
  for (const std::string& target : adapter_->targets)
    if (!used.count(target)) fail("--lora-targets: the model has no \"{}\"; expected some of {}", target, first_names({known.begin(), known.end()}));
  visit([&](const std::string& name, Parameter& p) {
    p.frozen = name.starts_with("backbone.") && name.find(".low_rank.") == std::string::npos;
  });
  for (Head& h : heads_)
    if (!learns(h)) gamana::visit([](const std::string&, Parameter& p) { p.frozen = true; }, "", h);
  const auto before = std::move(store_);
  if (!before) return;
  parameters().initialise(seed);
  for (const auto& e : before->entries())
    std::copy_n(before->weights() + e.offset, e.parameter->size(), store_->weights() + store_->find(e.name)->offset);
}

// Under peft's names.
std::vector<FileTensor> TextModel::adapter_tensors() {
  FileTensors own, heads, out;
  const std::string base = base_prefix();
  backbone_->list(own);
  const std::string prefix = "base_model.model.";
  for (const FileTensor& t : own.take()) {
    if (!t.layer) continue;
    for (LowRank& part : t.layer->low_rank) {
      if (part.first_row != t.first_row) continue;
      const std::string module = prefix + base + module_of(t.name);
      out.matrix(module + ".lora_A.weight", part.a), out.matrix(module + ".lora_B.weight", part.b);
    }
  }
  for (Head& h : heads_)
    if (learns(h)) gamana::list(heads, base, h);
  for (FileTensor& t : heads.take()) t.name = prefix + t.name, out.add(std::move(t));
  return out.take();
}

void TextModel::save_adapter_config(const std::string& directory) const {
  const std::string base = base_prefix();
  FileTensors heads;
  std::vector<Head> copies = heads_;
  std::set<std::string> modules, targets(adapter_->targets.begin(), adapter_->targets.end());
  for (Head& h : copies)
    if (learns(h)) gamana::list(heads, base, h);
  for (const FileTensor& t : heads.take()) {
    const std::string name = t.name.starts_with(base) ? t.name.substr(base.size()) : t.name;
    modules.insert(name.substr(0, name.find('.')));
    // A head may have a module of that name: then the encoder's are told one by one.
    for (const std::string& target : adapter_->targets)
      if (is_target(module_of(t.name), target)) targets = adapted_;
  }
  Json config = {{"peft_type", "LORA"},
                 {"base_model_name_or_path", adapter_->base},
                 {"r", adapter_->rank},
                 {"lora_alpha", adapter_->alpha},
                 {"lora_dropout", adapter_->dropout},
                 {"target_modules", targets},
                 {"modules_to_save", modules},
                 {"bias", "none"},
                 {"fan_in_fan_out", this->settings().family == Family::gpt2},
                 {"inference_mode", true}};
  const char* task = peft_task(task_);
  config["task_type"] = task ? Json(task) : Json();
  write_json(join_path(directory, "adapter_config.json"), config);
}

void TextModel::save_adapted(const std::string& directory, const float* weights) {
  const float* own = parameters().weights();
  if (!weights) weights = own;
  if (!adapter_->merge)
    return write_weights(parameters(), adapter_tensors(), join_path(directory, "adapter_model.safetensors"), weights);
  std::vector<float> merged(weights, weights + parameters().size());
  FileTensors list;
  backbone_->list(list);
  for (const FileTensor& t : list.take()) {
    if (!t.layer) continue;
    for (const LowRank& part : t.layer->low_rank)
      if (part.first_row == t.first_row)
        add_product(weights + (part.a.tensor.data() - own), weights + (part.b.tensor.data() - own), part.scale, part.b.rows, part.a.rows,
                    part.a.cols, merged.data() + (t.parameter->tensor.data() - own) + t.first_row * part.a.cols);
  }
  write_weights(parameters(), file_tensors(), join_path(directory, "model.safetensors"), merged.data());
}

}  // namespace gamana
