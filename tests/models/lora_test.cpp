// Low-rank parts of decoders against peft (tests/golden/lora.json, made by tools/golden/lora.py).
#include <gtest/gtest.h>

#include <filesystem>

#include "gamana/base/file.h"
#include "gamana/io/safetensors.h"
#include "tests/support/decoder_loss.h"
#include "tests/support/formula_weights.h"
#include "tests/support/golden.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

Task task_of_case(const Json& c) {
  return c["title"].get<std::string>().ends_with("labels") ? Task::sequence : Task::next_word;
}

// The model of `base` with parts as peft was asked for them, A by the formula, trained as peft trained it. Expects its losses.
LoadedModel trained(const Json& c, const std::string& base, bool merge) {
  LoadedModel loaded = load_text_model(base, task_of_case(c));
  const Json& asked = c["adapter_config"];
  loaded.model->adapt({.rank = asked["r"], .alpha = asked["lora_alpha"], .targets = asked["target_modules"], .base = base, .merge = merge}, 1);
  for (const FileTensor& t : loaded.model->adapter_tensors())
    if (t.name.ends_with("lora_A.weight")) {
      const auto values = values_of(t.name, t.parameter->size());
      std::copy(values.begin(), values.end(), t.parameter->tensor.data());
    }
  ParameterStore& store = loaded.model->parameters();
  store.weights_changed(), store.require_gradients();
  std::vector<float> velocity(store.size());
  const Batch batch = batch_of(golden("lora")["texts"]);
  for (const Json& expected : c["losses"]) {
    Arena arena;
    Tape tape;
    Context context{.kernels = cpu_kernels(), .arena = arena, .tape = &tape};
    store.zero_gradients();
    EXPECT_NEAR(decoder_loss(context, *loaded.model, batch, golden("lora")["labels"]), expected.get<double>(), 5e-5);
    tape.backward();
    for (const auto& r : store.trainable())
      context.kernels.sgd(r.size, golden("lora")["rate"], 0, 0, 1, store.gradients() + r.offset, store.weights() + r.offset, velocity.data());
    store.weights_changed();
  }
  return loaded;
}

// What peft's model gives when its parts are merged.
void expect_outputs(const Json& c, const std::string& directory) {
  const LoadedModel loaded = load_text_model(directory, task_of_case(c));
  EXPECT_TRUE(loaded.fresh.empty() && loaded.unused.empty());
  Arena arena;
  Context context{.kernels = cpu_kernels(), .arena = arena};
  const Batch batch = batch_of(golden("lora")["texts"]);
  const TextModel& model = *loaded.model;
  const Tensor logits = model.project(context, 0, model.read(context, 0, model.hidden(context, batch), batch));
  std::vector<double> expected;
  for (const Json& text : c["outputs"])
    for (const Json& value : text) expected.push_back(value);
  ASSERT_EQ(logits.size(), std::ssize(expected));
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(logits.data()[i], expected[i], 5e-5) << i;
}

TEST(Lora, TrainsAsPeftAndSavesItsFiles) {
  for (const Json& c : golden("lora")["cases"]) {
    SCOPED_TRACE(c["title"]);
    const std::string base = case_folder(c), out = new_folder();
    LoadedModel loaded = trained(c, base, false);
    loaded.model->save_weights(out), loaded.model->save_settings(out);
    const Safetensors saved(out + "/adapter_model.safetensors");
    EXPECT_EQ(saved.tensors().size(), c["adapter"].size());
    for (const auto& [name, expected] : c["adapter"].items()) {
      const StoredTensor* t = saved.find(name);
      ASSERT_TRUE(t) << name;
      EXPECT_EQ(t->shape, expected["shape"].get<std::vector<int64_t>>()) << name;
      std::vector<float> values(t->size());
      t->read(values.data(), name);
      for (size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(values[i], expected["values"][i].get<double>(), 5e-5) << name;
    }
    const Json settings = read_json(out + "/adapter_config.json");
    for (const char* key : {"peft_type", "task_type", "r", "lora_alpha", "bias", "fan_in_fan_out", "target_modules"})
      EXPECT_EQ(settings[key], c["adapter_config"][key]) << key;
    expect_outputs(c, out);
  }
}

TEST(Lora, MergedModelsSayWhatPeftsSay) {
  for (const Json& c : golden("lora")["cases"]) {
    SCOPED_TRACE(c["title"]);
    const std::string base = case_folder(c), out = new_folder();
    LoadedModel loaded = trained(c, base, true);
    loaded.model->save_weights(out), loaded.model->save_settings(out);
    std::filesystem::remove_all(base);
    expect_outputs(c, out);
  }
}

TEST(Lora, OpensPeftsAdapters) {
  for (const Json& c : golden("lora")["cases"]) {
    SCOPED_TRACE(c["title"]);
    const std::string folder = new_folder();
    Json settings = c["adapter_config"];
    settings["base_model_name_or_path"] = case_folder(c);
    write_json(folder + "/adapter_config.json", settings);
    std::vector<std::vector<float>> values;
    std::vector<TensorToStore> tensors;
    for (const auto& [name, t] : c["adapter"].items()) {
      values.push_back(t["values"].get<std::vector<float>>());
      tensors.push_back({name, "F32", t["shape"].get<std::vector<int64_t>>(), values.back().data(), values.back().size() * sizeof(float)});
    }
    write_safetensors(folder + "/adapter_model.safetensors", tensors);
    expect_outputs(c, folder);
  }
}

}  // namespace
}  // namespace gamana
