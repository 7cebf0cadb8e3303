#include "gamana/models/text_model.h"

#include <algorithm>
#include <utility>

#include "gamana/base/file.h"
#include "gamana/models/config_reader.h"
#include "gamana/ops/pool.h"
#include "gamana/ops/rows.h"

namespace gamana {
namespace {

// Of id2label, or num_labels; 2 if there is neither (transformers' default).
int labels_of(const Json& config) {
  const auto map = config.find("id2label");
  if (map == config.end() || map->is_null()) return size_of(config, "num_labels", 2);
  if (!map->is_object() || map->empty()) fail("config.json: id2label should map ids to names, found {}", map->dump());
  for (size_t i = 0; i < map->size(); ++i)
    if (!map->contains(std::to_string(i)))
      fail("config.json: id2label should name the ids 0 to {}; {} is missing", map->size() - 1, i);
  return static_cast<int>(map->size());
}

// As transformers: the last token that is no padding, even if it was written so.
std::vector<int32_t> last_tokens(const Batch& batch, int padding) {
  std::vector<int32_t> rows;
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    int32_t row = batch.offsets[s + 1] - 1;
    while (row >= batch.offsets[s] && batch.tokens[row] == padding) --row;
    rows.push_back(std::max(row, batch.offsets[s]));
  }
  return rows;
}

}  // namespace

TextModel::TextModel(Json config, Task task)
    : config_(std::move(config)),
      task_(task),
      labels_(labels_of(config_)),
      backbone_(make_backbone(model_config(config_))),
      heads_(make_heads(settings(), task, labels_)) {}

void TextModel::visit(const ParameterVisitor& v) {
  backbone_->visit([&](const std::string& name, Parameter& p) { v("backbone." + name, p); });
  for (size_t i = 0; i < heads_.size(); ++i) gamana::visit(v, "head." + std::to_string(i), heads_[i]);
}

ParameterStore& TextModel::parameters() {
  if (!store_) store_ = std::make_unique<ParameterStore>([this](const ParameterVisitor& v) { visit(v); });
  return *store_;
}

Json TextModel::config() const {
  Json out = config_;
  for (const char* key : {"_name_or_path", "torch_dtype"}) out.erase(key);
  if (out.contains("id2label") && !out["id2label"].is_null()) out.erase("num_labels");
  out["architectures"] = {architecture(settings().family, task_)};
  out["dtype"] = "float32";
  out["vocab_size"] = settings().vocabulary;
  return out;
}

void TextModel::set_padding(int32_t token) {
  if (Json& id = config_["pad_token_id"]; id.is_null()) id = token;
}

void TextModel::untie_words() {
  config_["tie_word_embeddings"] = false;
  for (Head& h : heads_)
    if (std::exchange(h.tied, false))
      h.out.weight = {settings().vocabulary, settings().embedding_width, Init::normal, settings().initial_range, {}};
}

SomeTokens TextModel::tokens_read(const Head& head, const Batch& batch, SomeTokens wanted) const {
  switch (head.reads) {
    case Reads::tokens: return wanted;
    case Reads::first: return std::vector<int32_t>(batch.offsets.begin(), batch.offsets.end() - 1);
    case Reads::last: return last_tokens(batch, get_or(config_, "pad_token_id", -1));
    case Reads::mean: break;
  }
  return {};
}

Tensor TextModel::read(Context& c, int i, const Tensor& hidden, const Batch& batch, SomeTokens wanted) const {
  const Head& head = heads_[i];
  if (head.reads == Reads::mean) return transform(c, head, pool(c, hidden, batch.offsets, Pooling::mean));
  return transform(c, head, take(c, hidden, tokens_read(head, batch, std::move(wanted))));
}

Tensor TextModel::read(Context& c, int i, const Batch& batch, SomeTokens wanted) const {
  const Head& head = heads_[i];
  if (head.reads == Reads::mean) return read(c, i, hidden(c, batch), batch);
  return transform(c, head, backbone_->forward(c, batch, tokens_read(head, batch, std::move(wanted))));
}

const Tensor& TextModel::output_weight(int i) const {
  return heads_[i].tied ? backbone_->word_embedding().tensor : heads_[i].out.weight.tensor;
}

Tensor TextModel::project(Context& c, int i, const Tensor& read) const {
  const Head& head = heads_[i];
  if (head.tied) return linear(c, read, {backbone_->word_embedding(), head.out.bias});
  return head.out.weight.rows ? linear(c, read, head.out) : read;
}

void TextModel::save_settings(const std::string& directory) const {
  if (adapter_ && !adapter_->merge) save_adapter_config(directory);
  write_json(join_path(directory, "config.json"), config());
}

void TextModel::save_weights(const std::string& directory, const float* weights) {
  if (adapter_) return save_adapted(directory, weights);
  write_weights(parameters(), file_tensors(), join_path(directory, "model.safetensors"), weights);
}

}  // namespace gamana
