// Encoders of every family and head against transformers (tests/golden/encoders.json, made by tools/golden/encoders.py).
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "gamana/base/file.h"
#include "gamana/io/safetensors.h"
#include "gamana/models/text_model.h"
#include "gamana/ops/losses.h"
#include "tests/support/formula_weights.h"
#include "tests/support/golden.h"
#include "tests/support/messages.h"
#include "tests/support/temporary.h"
#include "tests/support/wanted.h"

namespace gamana {
namespace {

Batch encoder_batch() {
  Batch batch;
  for (size_t i = 0; i < golden("encoders")["texts"].size(); ++i) {
    const auto ids = golden("encoders")["texts"][i].get<std::vector<int32_t>>();
    const auto segments = golden("encoders")["segments"][i].get<std::vector<int32_t>>();
    batch.append(ids.data(), static_cast<int64_t>(ids.size()), segments.data());
  }
  return batch;
}

// One-segment families were run without segments.
void fit_segments(const TextModel& model, Batch& batch) {
  if (model.settings().segments < 2) std::fill(batch.segments.begin(), batch.segments.end(), 0);
}

// The results of a model in the order of the golden file: for each text, one list for each head (hidden states first, where the
// class has no other result).
void expect_encoder(TextModel& model, const Json& golden_case, const Kernels& kernels, double tolerance) {
  Arena arena;
  Context c{.kernels = kernels, .arena = arena};
  Batch batch = encoder_batch();
  fit_segments(model, batch);
  const Tensor hidden = model.hidden(c, batch);
  std::vector<Tensor> results;
  if (model.task() == Task::features) results.push_back(hidden);
  for (int i = 0; i < model.heads(); ++i) results.push_back(model.project(c, i, model.read(c, i, hidden, batch)));
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    const Json& expected = golden_case["outputs"][s];
    ASSERT_LE(expected.size(), results.size());
    for (size_t k = 0; k < expected.size(); ++k) {
      const bool tokens = results[k].rows() == batch.rows();
      const int64_t cols = results[k].cols(), first = (tokens ? batch.offsets[s] : s) * cols;
      const int64_t size = (tokens ? batch.offsets[s + 1] - batch.offsets[s] : 1) * cols;
      ASSERT_EQ(static_cast<int64_t>(expected[k].size()), size);
      for (int64_t i = 0; i < size; ++i)
        ASSERT_NEAR(results[k].data()[first + i], expected[k][i].get<double>(), tolerance) << "text " << s << " result " << k << " place " << i;
    }
  }
}

constexpr double kEncoderTolerance = 2e-5;  // of values up to about 3, after a few layers in f32

TEST(Encoder, EqualsTransformersInEveryFamilyAndHead) {
  for (const Json& golden_case : golden("encoders")["cases"]) {
    SCOPED_TRACE(golden_case["class"].get<std::string>());
    const std::string folder = case_folder(golden_case);
    const LoadedModel loaded = load_text_model(folder);
    EXPECT_TRUE(loaded.fresh.empty()) << loaded.fresh[0];
    EXPECT_TRUE(loaded.unused.empty()) << loaded.unused[0];
    expect_encoder(*loaded.model, golden_case, ref_kernels(), kEncoderTolerance);
    expect_encoder(*loaded.model, golden_case, cpu_kernels(), kEncoderTolerance);
  }
}

TEST(Encoder, ComputesTheWantedTokensAlone) {
  for (const Json& golden_case : golden("encoders")["cases"]) {
    SCOPED_TRACE(golden_case["class"].get<std::string>());
    const LoadedModel loaded = load_text_model(case_folder(golden_case));
    Batch batch = encoder_batch();
    fit_segments(*loaded.model, batch);
    expect_wanted_alone(*loaded.model, batch);
  }
}

TEST(Encoder, SavesTheNamesAndShapesThatTransformersSaves) {
  for (const Json& golden_case : golden("encoders")["cases"]) {
    SCOPED_TRACE(golden_case["class"].get<std::string>());
    const std::string folder = case_folder(golden_case), copy = new_folder();
    const LoadedModel loaded = load_text_model(folder);
    loaded.model->save_weights(copy), loaded.model->save_settings(copy);
    const Safetensors before(folder + "/model.safetensors"), after(copy + "/model.safetensors");
    for (const auto& [name, tensor] : before.tensors()) {
      const StoredTensor* saved = after.find(name);
      ASSERT_TRUE(saved) << name;
      EXPECT_EQ(saved->shape, tensor.shape) << name;
      // Not tied to cls.predictions.decoder.bias, it is used by nobody.
      if (name == "cls.predictions.bias" && before.find("cls.predictions.decoder.bias")) continue;
      EXPECT_EQ(std::memcmp(saved->data, tensor.data, tensor.bytes), 0) << name;
    }
    EXPECT_EQ(before.tensors().size(), after.tensors().size());
    EXPECT_EQ(read_json(copy + "/config.json")["architectures"], golden_case["config"]["architectures"]);
  }
}

// Losses of SGD steps: the whole backward of a family, with PyTorch's results.
TEST(Encoder, TrainsAsPyTorchDoes) {
  for (const Json& golden_case : golden("encoders")["cases"]) {
    if (!golden_case.contains("losses")) continue;
    SCOPED_TRACE(golden_case["class"].get<std::string>());
    const std::string folder = case_folder(golden_case);
    const LoadedModel loaded = load_text_model(folder);
    TextModel& model = *loaded.model;
    ParameterStore& store = model.parameters();
    store.require_gradients();
    std::vector<float> velocity(store.size());
    Batch batch = encoder_batch();
    fit_segments(model, batch);
    const auto labels = golden("encoders")["labels"].get<std::vector<int32_t>>();
    for (const Json& expected : golden_case["losses"]) {
      Arena arena;
      Tape tape;
      Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape};
      store.zero_gradients();
      const Tensor logits = model.project(c, 0, model.read(c, 0, model.hidden(c, batch), batch));
      const LossSum loss = cross_entropy(c, logits, labels, {}, 1.0f / 3);
      tape.backward();
      ASSERT_NEAR(loss.loss / 3, expected.get<double>(), 2e-5);
      c.kernels.sgd(store.size(), 0.05f, 0, 0, 1, store.gradients(), store.weights(), velocity.data());
      store.weights_changed();
    }
  }
}

const Json& case_of(const std::string& name) {
  for (const Json& golden_case : golden("encoders")["cases"])
    if (golden_case["class"] == name) return golden_case;
  throw std::runtime_error("no golden case " + name);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Encoder, ReadsOldNamesAndOtherPrefixes) {
  struct Old {
    const char* what;
    const char* of;
    std::function<std::string(std::string)> rename;
  };
  const Old olds[] = {
      {"TensorFlow's names of norms", "BertForMaskedLM",
       [](std::string n) { return n.find("LayerNorm") == std::string::npos ? n : replaced(replaced(n, "LayerNorm.weight", "LayerNorm.gamma"), "LayerNorm.bias", "LayerNorm.beta"); }},
      {"another prefix", "RobertaForSequenceClassification", [](std::string n) { return "student." + n; }},
      {"a base model with its prefix", "BertModel", [](std::string n) { return "bert." + n; }},
      {"the alias of a bias", "BertForMaskedLM", [](std::string n) { return replaced(n, "cls.predictions.bias", "cls.predictions.decoder.bias"); }}};
  for (const Old& old : olds) {
    SCOPED_TRACE(old.what);
    const std::string folder = case_folder(case_of(old.of), old.rename);
    const LoadedModel loaded = load_text_model(folder);
    EXPECT_TRUE(loaded.fresh.empty() && loaded.unused.empty());
    expect_encoder(*loaded.model, case_of(old.of), cpu_kernels(), kEncoderTolerance);
  }
}

// RoBERTa's padding that was written as text takes no position.
TEST(Encoder, PaddingWithinARobertaTextTakesNoPosition) {
  const Json& golden_case = case_of("RobertaModel");
  const auto text = golden_case["padded"]["text"].get<std::vector<int32_t>>();
  const LoadedModel loaded = load_text_model(case_folder(golden_case));
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  Batch batch;
  for (int i = 0; i < 2; ++i) batch.append(text.data(), std::ssize(text));
  const Tensor hidden = loaded.model->hidden(c, batch);
  const Json& expected = golden_case["padded"]["outputs"];
  for (size_t i = 0; i < 2 * expected.size(); ++i)
    ASSERT_NEAR(hidden.data()[i], expected[i % expected.size()].get<double>(), kEncoderTolerance) << i;
}

// What transformers computes another way is refused by its key; keys that a head has no use for are not.
TEST(Encoder, KeysThatChangeNumbersAreReadOrRefused) {
  const auto said = [](const char* name, const char* key, const Json& value) {
    Json config = case_of(name)["config"];
    config[key] = value;
    return message_of([&] { TextModel(config, task_of(config)); });
  };
  EXPECT_EQ(said("ModernBertModel", "rope_scaling", {{"rope_type", "linear"}, {"factor", 4.0}}),
            "config.json: rope_type \"linear\" is unknown; expected default");
  EXPECT_EQ(said("ModernBertModel", "local_attention", 1), "config.json: local_attention should be between 2 and 2^24, found 1");
  EXPECT_EQ(said("ElectraForMultipleChoice", "summary_type", "mean"), "config.json: summary_type \"mean\" is unknown; expected first");
  EXPECT_EQ(said("ElectraForMultipleChoice", "summary_use_proj", false), "config.json: summary_use_proj is false; expected true");
  EXPECT_EQ(said("ElectraForMaskedLM", "summary_type", "mean"), "no error");
  Json config = case_of("DistilBertModel")["config"];
  config["num_attention_heads"] = 4;  // the common name, which wins
  EXPECT_EQ(model_config(config).heads, 4);
}

TEST(Encoder, TakesAnEncoderForAnotherTask) {
  const std::string folder = case_folder(case_of("BertForMaskedLM"));
  const LoadedModel loaded = load_text_model(folder, Task::sequence);
  EXPECT_EQ(loaded.fresh, (std::vector<std::string>{"bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias"}));
  EXPECT_EQ(loaded.unused.size(), 5u);  // of the masked word's head
}

TEST(Encoder, SaysWhatIsWrongWithADirectory) {
  const auto fault = [](const std::function<void(Json&)>& change, const std::function<std::string(std::string)>& rename = nullptr) {
    Json golden_case = case_of("BertForSequenceClassification");
    change(golden_case);
    const std::string folder = rename ? case_folder(golden_case, rename) : case_folder(golden_case);
    return message_of([&] { load_text_model(folder); });
  };
  const auto config = [&](const char* key, Json value) {
    return fault([&](Json& j) { j["config"][key] = value; });
  };
  EXPECT_NE(config("model_type", "bird").find("model_type \"bird\" is unknown; expected one of bert, distilbert"), std::string::npos);
  EXPECT_NE(config("hidden_size", 15).find("should be a multiple of the number of heads"), std::string::npos);
  EXPECT_NE(config("hidden_size", 32).find("should have the shape"), std::string::npos);
  EXPECT_NE(config("num_hidden_layers", 4).find("tensors that config.json asks for are missing: bert.encoder.layer.3"), std::string::npos);
  EXPECT_NE(config("num_attention_heads", 2.5).find("\"num_attention_heads\" has the wrong type"), std::string::npos);
  EXPECT_NE(config("hidden_act", "sine").find("hidden_act \"sine\" is unknown; expected one of relu, gelu"), std::string::npos);
  EXPECT_NE(config("id2label", Json{{"0", "a"}, {"2", "b"}}).find("id2label should name the ids 0 to 1"), std::string::npos);
  EXPECT_NE(config("architectures", Json{"BertForSinging"}).find("\"BertForSinging\" is unknown"), std::string::npos);
  EXPECT_NE(config("layer_norm_eps", -1).find("layer_norm_eps should be above 0"), std::string::npos);
  EXPECT_NE(fault([](Json&) {}, [](std::string n) { return replaced(n, "layer.1.output.dense.bias", "x"); }).find("layer.1.output.dense.bias"), std::string::npos);
}

}  // namespace
}  // namespace gamana
