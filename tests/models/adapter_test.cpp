// Low-rank parts of encoders: trained, saved as peft does and as a plain model, read again.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "gamana/base/file.h"
#include "gamana/base/rng.h"
#include "gamana/models/text_model.h"
#include "tests/support/messages.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

// A directory with a small model of this type, with three labels.
std::string base_model(const std::string& type) {
  Json config = {{"model_type", type}, {"vocab_size", 50},          {"max_position_embeddings", 24},
                 {"hidden_size", 16},  {"num_hidden_layers", 2},    {"num_attention_heads", 2},
                 {"dim", 16},          {"n_layers", 2},             {"n_heads", 2},
                 {"hidden_dim", 32},   {"intermediate_size", 32},   {"num_labels", 3}, {"pad_token_id", 0}};
  if (type == "modernbert") for (const char* key : {"bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id"}) config[key] = 1;
  TextModel model(config, Task::sequence);
  model.parameters().initialise(5);
  const std::string folder = new_folder();
  model.save_weights(folder);
  config["architectures"] = model.config()["architectures"];
  write_json(folder + "/config.json", config);
  return folder;
}

std::vector<float> logits_of(TextModel& model, bool packs = false) {
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena, .packs = packs};
  Batch batch;
  const int32_t ids[] = {4, 9, 17, 3, 30, 41, 8, 2, 11};
  batch.append(ids, 5), batch.append(ids + 5, 4);
  const Tensor y = model.project(c, 0, model.read(c, 0, model.hidden(c, batch), batch));
  return {y.data(), y.data() + y.size()};
}

void expect_near(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 2e-5);  // sums of another order, in f32
}

// B as after some steps.
void fill_parts(TextModel& model) {
  for (const auto& e : model.parameters().entries())
    if (e.name.ends_with(".b") && e.name.find("low_rank") != std::string::npos)
      for (int64_t i = 0; i < e.parameter->size(); ++i) e.parameter->tensor.data()[i] = static_cast<float>(0.3 * normal(7, i));
  model.parameters().weights_changed();
}

AdapterSettings settings(const std::string& base, bool merge = false, std::vector<std::string> targets = {}) {
  return {.rank = 4, .alpha = 8, .targets = std::move(targets), .base = base, .merge = merge};
}

TEST(Adapter, BeginsAsTheModelAndLearnsBesideIt) {
  const std::string base = base_model("bert");
  LoadedModel loaded = load_text_model(base);
  const auto before = logits_of(*loaded.model);
  loaded.model->adapt(settings(base), 1);
  EXPECT_EQ(logits_of(*loaded.model), before);
  for (const auto& e : loaded.model->parameters().entries())
    EXPECT_EQ(e.parameter->frozen, e.name.starts_with("backbone.") && e.name.find("low_rank") == std::string::npos) << e.name;
  fill_parts(*loaded.model);
  EXPECT_NE(logits_of(*loaded.model), before);
  expect_near(logits_of(*loaded.model, true), logits_of(*loaded.model));
}

TEST(Adapter, IsSavedBesideTheModelOrMerged) {
  for (const char* type : {"bert", "distilbert", "roberta", "modernbert"})
    for (const bool merge : {false, true}) {
      SCOPED_TRACE(std::string(type) + (merge ? ", merged" : ""));
      const std::string base = base_model(type), out = new_folder();
      LoadedModel loaded = load_text_model(base);
      loaded.model->adapt(settings(base, merge), 1);
      fill_parts(*loaded.model);
      loaded.model->save_weights(out), loaded.model->save_settings(out);
      EXPECT_EQ(file_exists(out + "/model.safetensors"), merge);
      EXPECT_EQ(is_adapter(out), !merge);
      LoadedModel again = load_text_model(out);
      EXPECT_TRUE(again.fresh.empty() && again.unused.empty());
      expect_near(logits_of(*again.model), logits_of(*loaded.model));
    }
}

TEST(Adapter, WithoutATokenizerHasThatOfItsModel) {
  const std::string base = base_model("bert"), out = new_folder();
  LoadedModel loaded = load_text_model(base);
  loaded.model->adapt(settings(base), 1);
  loaded.model->save_weights(out), loaded.model->save_settings(out);
  EXPECT_EQ(tokenizer_directory(base), base);
  EXPECT_EQ(tokenizer_directory(out), base);
  write_json(out + "/tokenizer.json", Json::object());
  EXPECT_EQ(tokenizer_directory(out), out);
}

TEST(Adapter, HasPeftsNames) {
  const std::string base = base_model("bert"), out = new_folder();
  LoadedModel loaded = load_text_model(base);
  loaded.model->adapt(settings(base, false, {"key", "dense"}), 1);
  loaded.model->save_weights(out), loaded.model->save_settings(out);
  const Json config = read_json(out + "/adapter_config.json");
  EXPECT_EQ(config["task_type"], "SEQ_CLS");
  EXPECT_EQ(config["modules_to_save"], (Json{"classifier", "pooler"}));
  // The pooler has a "dense" as well, which is no target.
  EXPECT_EQ(config["target_modules"].size(), 2u * 4);
  EXPECT_EQ(config["target_modules"][0], "bert.encoder.layer.0.attention.output.dense");
}

TEST(Adapter, FaultsAreSaid) {
  const std::string base = base_model("bert"), out = new_folder();
  LoadedModel loaded = load_text_model(base);
  EXPECT_NE(message_of([&] { loaded.model->adapt(settings(base, false, {"querry"}), 1); }).find("\"querry\"; expected some of dense, key"), std::string::npos);
  LoadedModel whole = load_text_model(base);
  whole.model->adapt(settings(base), 1), whole.model->save_weights(out), whole.model->save_settings(out);
  const Json good = read_json(out + "/adapter_config.json");
  const auto fault = [&](const char* key, const Json& value) {
    Json config = good;
    config[key] = value;
    write_json(out + "/adapter_config.json", config);
    return message_of([&] { load_text_model(out); });
  };
  EXPECT_NE(fault("peft_type", "IA3").find("peft_type should be LORA"), std::string::npos);
  EXPECT_NE(fault("use_dora", true).find("use_dora"), std::string::npos);
  EXPECT_NE(fault("base_model_name_or_path", "/nowhere").find("is not there"), std::string::npos);
  EXPECT_NE(fault("base_model_name_or_path", out).find("is an adapter itself"), std::string::npos);
  EXPECT_EQ(fault("r", 4), "no error");
}

}  // namespace
}  // namespace gamana
