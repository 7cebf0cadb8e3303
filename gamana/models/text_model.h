#pragma once
// An encoder or decoder with the heads of a task, and its directory: config.json and weights, as transformers reads and writes them.
#include <memory>
#include <optional>
#include <set>

#include "gamana/models/adapter.h"
#include "gamana/models/backbone.h"
#include "gamana/models/heads.h"

namespace gamana {

class TextModel {
 public:
  // A model without values. The number of labels is that of config's id2label (or num_labels; 2 if there is neither).
  // Throws Error for a value out of range or a head that the family has not.
  TextModel(Json config, Task task);
  virtual ~TextModel() = default;

  virtual void visit(const ParameterVisitor& v);
  ParameterStore& parameters();
  std::vector<FileTensor> file_tensors();  // of model.safetensors
  std::string word_name() const;           // of the embedding there

  // Writes what is not weights; config.json is last: where it stands, the rest is complete.
  virtual void save_settings(const std::string& directory) const;
  // Writes model.safetensors. `weights`, if given, is read in place of the model's own block.
  virtual void save_weights(const std::string& directory, const float* weights = nullptr);

  // Puts low-rank parts beside the projections that `settings` name; only they and the heads learn from now on, but for heads
  // of words, which the model brings. It is saved as an adapter, or with the parts merged. Throws Error for a name that no
  // projection has.
  void adapt(const AdapterSettings& settings, uint64_t seed);
  std::vector<FileTensor> adapter_tensors();  // of adapter_model.safetensors: both matrices of each part, and the heads that learn

  const ModelConfig& settings() const { return backbone_->config(); }
  const Backbone& backbone() const { return *backbone_; }
  Task task() const { return task_; }
  // config.json as it is to be saved.
  Json config() const;
  void set_padding(int32_t token);  // pad_token_id, where config.json names none
  int labels() const { return labels_; }  // that a head tells apart
  // Leaves out the pooler of a class without a head; before parameters() is first asked for.
  void drop_pooler() { heads_.clear(); }
  // Gives heads of words that are tied to the embedding a weight of their own; before parameters() is first asked for.
  void untie_words();
  int heads() const { return static_cast<int>(heads_.size()); }
  const Head& head(int i) const { return heads_[i]; }

  Tensor hidden(Context& c, const Batch& batch, const SomeTokens& wanted = {}) const {
    return backbone_->forward(c, batch, wanted);
  }
  // What head i projects, of hidden states [N, C]: [R, H], R = the tokens that are wanted for a head that reads tokens; the
  // sequences for one that does not.
  Tensor read(Context& c, int i, const Tensor& hidden, const Batch& batch, SomeTokens wanted = {}) const;
  // The same of a batch, where nobody else reads its hidden states: only those that the head reads are computed to the end.
  Tensor read(Context& c, int i, const Batch& batch, SomeTokens wanted = {}) const;
  // The projection: [R, H] -> [R, K]. A pooler gives what it read.
  Tensor project(Context& c, int i, const Tensor& read) const;
  // Weight and bias of the projection, for losses that do both in one.
  const Tensor& output_weight(int i) const;
  const Tensor& output_bias(int i) const { return heads_[i].out.bias.tensor; }

 private:
  SomeTokens tokens_read(const Head& head, const Batch& batch, SomeTokens wanted) const;
  std::string base_prefix() const;  // of the backbone's tensors in files
  void save_adapter_config(const std::string& directory) const;
  void save_adapted(const std::string& directory, const float* weights);

  Json config_;
  Task task_;
  int labels_;
  std::unique_ptr<Backbone> backbone_;
  std::vector<Head> heads_;
  std::unique_ptr<ParameterStore> store_;
  std::optional<AdapterSettings> adapter_;
  std::set<std::string> adapted_;  // modules with low-rank parts
};

struct LoadedModel {
  std::unique_ptr<TextModel> model;
  std::vector<std::string> fresh;   // tensors of the heads that the files have not: they have their first values
  std::vector<std::string> unused;  // tensors of the files that the task does not need
};

// config.json of a model directory. Throws Error where there is none.
Json read_model_config(const std::string& directory);
// The same; throws Error for a translation model.
Json read_text_config(const std::string& directory);

// Builds the model of `task` and fills it; without a task, the one of config.json's architectures. `seed` draws the values of heads
// that are new. `config`, if given, is taken in place of config.json, and tensors of heads may have another shape: they are
// new. Throws Error naming missing and misshaped tensors.
LoadedModel load_text_model(const std::string& directory, std::optional<Task> task = {}, uint64_t seed = 1,
                           const Json* config = nullptr);
// A language model that only writes, in this precision: what products read is packed as soon as it is read from its file.
LoadedModel load_writing_model(const std::string& directory, Precision precision);

// Fills a model, which nobody has asked for its parameters yet, from a directory. `new_heads`: tensors of heads that have another
// shape there are new.
// `writes_in`: as load_writing_model does.
void fill_text_model(LoadedModel& loaded, const std::string& directory, uint64_t seed, bool new_heads = false,
                     std::optional<Precision> writes_in = {});

}  // namespace gamana
