// Decoders of every family and head against transformers (tests/golden/decoders.json, made by tools/golden/decoders.py).
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "gamana/base/file.h"
#include "gamana/io/safetensors.h"
#include "gamana/models/text_model.h"
#include "tests/support/decoder_loss.h"
#include "tests/support/formula_weights.h"
#include "tests/support/golden.h"
#include "tests/support/messages.h"
#include "tests/support/temporary.h"
#include "tests/support/wanted.h"

namespace gamana {
namespace {

std::string title_of(const Json& golden_case) {
  return golden_case["title"].get<std::string>() + ": " + golden_case["class"].get<std::string>();
}

Batch golden_batch() { return batch_of(golden("decoders")["texts"]); }

const Json& case_of(const std::string& title, const std::string& head) {
  for (const Json& c : golden("decoders")["cases"])
    if (c["title"] == title && c["class"].get<std::string>().ends_with(head)) return c;
  ADD_FAILURE() << "no case " << title << " " << head;
  return golden("decoders");
}

void expect_golden(TextModel& model, const Json& golden_case, const Kernels& kernels, double tolerance) {
  Arena arena;
  Context c{.kernels = kernels, .arena = arena};
  const Batch batch = golden_batch();
  Tensor result = model.hidden(c, batch);
  if (model.heads()) result = model.project(c, 0, model.read(c, 0, result, batch));
  const bool tokens = result.rows() == batch.rows();
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    const Json& expected = golden_case["outputs"][s];
    const float* own = result.data() + (tokens ? batch.offsets[s] : s) * result.cols();
    ASSERT_EQ(static_cast<int64_t>(expected.size()), (tokens ? batch.offsets[s + 1] - batch.offsets[s] : 1) * result.cols());
    for (size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(own[i], expected[i].get<double>(), tolerance) << "text " << s << " place " << i;
  }
}

constexpr double kTolerance = 2e-5;  // of values up to about 3, after a few layers in f32

TEST(CausalTransformer, EqualsTransformersInEveryFamilyAndHead) {
  for (const Json& golden_case : golden("decoders")["cases"]) {
    SCOPED_TRACE(title_of(golden_case));
    const LoadedModel loaded = load_text_model(case_folder(golden_case));
    EXPECT_TRUE(loaded.fresh.empty()) << loaded.fresh[0];
    EXPECT_TRUE(loaded.unused.empty()) << loaded.unused[0];
    expect_golden(*loaded.model, golden_case, ref_kernels(), kTolerance);
    expect_golden(*loaded.model, golden_case, cpu_kernels(), kTolerance);
  }
}

TEST(CausalTransformer, SavesTheNamesAndShapesThatTransformersSaves) {
  for (const Json& golden_case : golden("decoders")["cases"]) {
    SCOPED_TRACE(title_of(golden_case));
    const std::string folder = case_folder(golden_case), copy = new_folder();
    const LoadedModel loaded = load_text_model(folder);
    loaded.model->save_weights(copy), loaded.model->save_settings(copy);
    const Safetensors before(folder + "/model.safetensors"), after(copy + "/model.safetensors");
    for (const auto& [name, tensor] : before.tensors()) {
      const StoredTensor* saved = after.find(name);
      ASSERT_TRUE(saved) << name;
      EXPECT_EQ(saved->shape, tensor.shape) << name;
      EXPECT_EQ(std::memcmp(saved->data, tensor.data, tensor.bytes), 0) << name;
    }
    EXPECT_EQ(before.tensors().size(), after.tensors().size());
    EXPECT_EQ(read_json(copy + "/config.json")["architectures"], golden_case["config"]["architectures"]);
  }
}

// Losses of SGD steps: the whole backward of a family, with PyTorch's results.
TEST(CausalTransformer, TrainsAsPyTorchDoes) {
  for (const bool recompute : {false, true})
    for (const Json& golden_case : golden("decoders")["cases"]) {
      if (!golden_case.contains("losses")) continue;
      SCOPED_TRACE(title_of(golden_case));
      const LoadedModel loaded = load_text_model(case_folder(golden_case));
      ParameterStore& store = loaded.model->parameters();
      store.require_gradients();
      std::vector<float> velocity(store.size());
      const Batch batch = golden_batch();
      for (const Json& expected : golden_case["losses"]) {
        Arena arena;
        Tape tape;
        Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape};
        c.recompute = recompute;
        store.zero_gradients();
        const double loss = decoder_loss(c, *loaded.model, batch, golden("decoders")["labels"]);
        tape.backward();
        ASSERT_NEAR(loss, expected.get<double>(), 5e-5);
        c.kernels.sgd(store.size(), 0.05f, 0, 0, 1, store.gradients(), store.weights(), velocity.data());
        store.weights_changed();
      }
    }
}

TEST(CausalTransformer, ComputesTheWantedTokensAlone) {
  for (const Json& golden_case : golden("decoders")["cases"]) {
    SCOPED_TRACE(title_of(golden_case));
    expect_wanted_alone(*load_text_model(case_folder(golden_case)).model, golden_batch());
  }
}

// A text alone gives the bits it gives among others.
TEST(CausalTransformer, AloneIsAsInABatch) {
  for (const char* title : {"gpt2", "gpt_neo", "gptj", "llama"}) {
    SCOPED_TRACE(title);
    const LoadedModel loaded = load_text_model(case_folder(case_of(title, "Model")));
    Arena arena;
    Context c{.kernels = cpu_kernels(), .arena = arena};
    c.packs = true;
    const Batch all = golden_batch();
    const Tensor together = loaded.model->hidden(c, all);
    for (int64_t s = 0; s < all.sequences(); ++s) {
      Batch one;
      one.append(all.tokens.data() + all.offsets[s], all.offsets[s + 1] - all.offsets[s]);
      const Tensor alone = loaded.model->hidden(c, one);
      const float* expected = together.data() + all.offsets[s] * together.cols();
      EXPECT_EQ(std::memcmp(alone.data(), expected, alone.size() * sizeof(float)), 0);
    }
  }
}

// Files of other times: the base class's tensors without the prefix, buffers of masks, the tied projection stored as well.
TEST(CausalTransformer, OlderFilesLoad) {
  const Json& lm = case_of("gpt2", "LMHeadModel");
  const std::string folder = case_folder(lm, [](std::string name) { return name.substr(std::string("transformer.").size()); });
  const LoadedModel bare = load_text_model(folder);
  EXPECT_TRUE(bare.fresh.empty() && bare.unused.empty());
  expect_golden(*bare.model, lm, cpu_kernels(), kTolerance);

  Json more = lm;
  more["tensors"]["transformer.h.0.attn.bias"] = {1, 1, 24, 24}, more["tensors"]["transformer.h.1.attn.masked_bias"] = {1};
  const std::string with_buffers = case_folder(more);
  add_copy(with_buffers, "transformer.wte.weight", "lm_head.weight");
  const LoadedModel buffered = load_text_model(with_buffers);
  EXPECT_TRUE(buffered.unused.empty()) << buffered.unused[0];
  expect_golden(*buffered.model, lm, cpu_kernels(), kTolerance);
}

// transformers ties what config.json ties only where the files do not tell it apart, and where they have one of both alone.
TEST(CausalTransformer, FilesDecideWhatIsTied) {
  Json apart = case_of("gptj", "ForCausalLM");
  apart["config"]["tie_word_embeddings"] = true;
  const std::string copy = new_folder();
  const LoadedModel loaded = load_text_model(case_folder(apart));
  expect_golden(*loaded.model, apart, cpu_kernels(), kTolerance);
  loaded.model->save_weights(copy), loaded.model->save_settings(copy);
  EXPECT_EQ(read_json(copy + "/config.json")["tie_word_embeddings"], false);
  expect_golden(*load_text_model(copy).model, apart, cpu_kernels(), kTolerance);

  const Json& tied = case_of("llama linear", "ForCausalLM");
  const LoadedModel alone = load_text_model(
      case_folder(tied, [](std::string name) { return name == "model.embed_tokens.weight" ? "lm_head.weight" : name; }));
  EXPECT_TRUE(alone.fresh.empty() && alone.unused.empty());
  expect_golden(*alone.model, tied, cpu_kernels(), kTolerance);
}

// The names that transformers has for all families, keys that older releases wrote, and values where keys are missing.
TEST(CausalTransformer, KeysHaveOtherNamesAndDefaults) {
  Json common = case_of("gpt2", "LMHeadModel");
  for (const auto& [own, name] : {std::pair{"n_embd", "hidden_size"}, {"n_layer", "num_hidden_layers"}, {"n_head", "num_attention_heads"}})
    common["config"][name] = common["config"][own], common["config"].erase(own);
  expect_golden(*load_text_model(case_folder(common)).model, common, cpu_kernels(), kTolerance);

  const auto read = [](const char* title, const std::function<void(Json&)>& change) {
    Json config = case_of(title, "Model")["config"];
    change(config);
    return model_config(config);
  };
  const auto no_length = [](Json& j) { j["rope_parameters"].erase("original_max_position_embeddings"); };
  EXPECT_EQ(read("llama3", no_length).rotary.original, 64);  // max_position_embeddings
  EXPECT_EQ(read("llama3", [&](Json& j) { no_length(j), j["original_max_position_embeddings"] = 32; }).rotary.original, 32);
  EXPECT_EQ(read("llama3", [](Json& j) { j["rope_scaling"] = {{"type", "linear"}, {"factor", 8.0}}; }).rotary.factor, 8);
  EXPECT_TRUE(read("qwen2 windows", [](Json& j) { j["sliding_window"] = nullptr; }).local_layers.empty());
  EXPECT_FLOAT_EQ(read("opt", [](Json& j) { j["init_std"] = 0.5; }).initial_range, 0.5f);
  EXPECT_EQ(read("gpt_neo", [](Json& j) { j["attention_layers"] = {"local", "global", "global", "global"}; }).local_layers,
            (std::vector<bool>{true, false, false, false}));
  EXPECT_EQ(read("gpt_neo", [](Json& j) { j["attention_types"] = nullptr, j["attention_layers"] = nullptr, j["num_layers"] = 24; }).local_layers.size(), 24u);
  EXPECT_NE(message_of([&] { read("gptj", [](Json& j) { j.erase("rotary_dim"); }); }).find("found 64"), std::string::npos);
}

// Padding that was written as text is none to transformers either (it compares tokens with pad_token_id).
TEST(CausalTransformer, LabelsAreReadBeforePadding) {
  Json sequence = case_of("gpt2", "ForSequenceClassification");
  const std::string folder = case_folder(sequence);
  Json config = read_json(folder + "/config.json");
  config["pad_token_id"] = 7;
  write_json(folder + "/config.json", config);
  const LoadedModel loaded = load_text_model(folder);
  const auto labels = [&](const std::vector<int32_t>& tokens) {
    Arena arena;
    Context c{.kernels = cpu_kernels(), .arena = arena};
    Batch batch;
    batch.append(tokens.data(), std::ssize(tokens));
    const Tensor read = loaded.model->read(c, 0, loaded.model->hidden(c, batch), batch);
    const Tensor out = loaded.model->project(c, 0, read);
    return std::vector<float>(out.data(), out.data() + out.cols());
  };
  EXPECT_EQ(labels({3, 7, 5, 7, 7}), labels({3, 7, 5}));
  EXPECT_NE(labels({3, 7, 5, 6}), labels({3, 7, 5}));
  EXPECT_EQ(labels({7, 7}), labels({7}));
}

// A projection to words of its own is told where the task has no use for it; a tied one is nothing more than the embedding.
TEST(CausalTransformer, OtherHeadsAreToldUnlessTheyAreTied) {
  const LoadedModel apart = load_text_model(case_folder(case_of("gptj", "ForCausalLM")), Task::sequence);
  EXPECT_EQ(apart.unused, (std::vector<std::string>{"lm_head.bias", "lm_head.weight"}));
  Json tied = case_of("gpt2", "LMHeadModel");
  tied["tensors"]["lm_head.weight"] = {50, 16};
  EXPECT_TRUE(load_text_model(case_folder(tied), Task::sequence).unused.empty());
}

// GPT-3's layout scales scores; the file has the scale in its queries, as GPT-Neo reads them.
TEST(CausalTransformer, ScaledQueriesAreGptNeosFile) {
  const Json& golden_case = case_of("gpt_neo", "ForCausalLM");
  Json scaled = golden_case;
  scaled["config"]["gamana_scaled_queries"] = true;
  const std::string folder = case_folder(scaled), copy = new_folder();
  const LoadedModel loaded = load_text_model(folder);
  expect_golden(*loaded.model, golden_case, cpu_kernels(), kTolerance);
  const ParameterStore& store = loaded.model->parameters();
  const float own = store.weights()[store.find("backbone.layer.0.qkv.weight")->offset];
  const std::string query = "transformer.h.0.attn.attention.q_proj.weight";
  EXPECT_NEAR(own, values_of(query, 1)[0] * std::sqrt(8.0f), 1e-6);
  loaded.model->save_weights(copy), loaded.model->save_settings(copy);
  expect_golden(*load_text_model(copy).model, golden_case, cpu_kernels(), kTolerance);
}

TEST(CausalTransformer, ConfigurationsThatMakeNoSenseAreRefused) {
  const auto said = [](const char* title, const char* key, const Json& value) {
    Json config = case_of(title, "Model")["config"];
    config[key] = value;
    return message_of([&] { TextModel(config, Task::next_word); });
  };
  EXPECT_EQ(said("gpt2", "n_head", 3), "config.json: the width 16 should be a multiple of the number of heads, found 3");
  EXPECT_EQ(said("llama", "num_key_value_heads", 3), "config.json: num_key_value_heads 3 should divide the 4 heads of queries");
  EXPECT_EQ(said("gptj", "rotary_dim", 3), "config.json: rotary positions should turn an even number of a head's 8 channels, found 3");
  EXPECT_EQ(said("llama", "rope_parameters", {{"rope_type", "longrope"}}),
            "config.json: rope_type \"longrope\" is unknown; expected one of default, linear, dynamic, yarn, llama3");
  EXPECT_EQ(said("gpt_neo", "attention_layers", {"global", "local", "global"}), "config.json: attention_layers names 3 layers, num_layers is 4");
  Json config = case_of("gptj", "Model")["config"];
  EXPECT_EQ(message_of([&] { TextModel(config, Task::token); }), "model_type \"gptj\" has no head for token classification");
}

TEST(CausalTransformer, PresetsHaveTheirPapersSizes) {
  const auto millions = [](const char* name, int vocabulary) {
    Json config = model_preset(name);
    config["vocab_size"] = vocabulary;
    int64_t count = 0;
    TextModel(config, Task::next_word).visit([&](const std::string&, Parameter& p) { count += p.size(); });
    return static_cast<int>(std::lround(static_cast<double>(count) / 1e6));
  };
  EXPECT_EQ(millions("gpt2", 50257), 124);        // Radford et al. 2019 count 117; their files have 124
  EXPECT_EQ(millions("gpt2-xl", 50257), 1558);
  EXPECT_EQ(millions("gpt3-small", 50257), 125);  // Brown et al. 2020, table 2.1
  EXPECT_EQ(millions("qwen2-0.5b", 151936), 494);
}

}  // namespace
}  // namespace gamana
