// Sentence embeddings against sentence-transformers (tests/golden/sentence.json, made by tools/golden/sentence.py), and
// its files.
#include <gtest/gtest.h>

#include "gamana/base/file.h"
#include "gamana/models/sentence_model.h"
#include "tests/support/formula_weights.h"
#include "tests/support/golden.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

// A directory as sentence-transformers would have saved the case.
std::string write_case(const Json& golden_case) {
  const std::string folder = new_folder();
  write_formula_weights(folder + "/model.safetensors", golden("sentence")["tensors"]);
  write_json(folder + "/config.json", golden("sentence")["config"]);
  Json modules = Json::array();
  modules.push_back({{"idx", 0}, {"name", "0"}, {"path", ""}, {"type", "sentence_transformers.models.Transformer"}});
  for (const Json& module : golden_case["modules"]) modules.push_back(module);
  write_json(folder + "/modules.json", modules);
  for (const auto& [name, config] : golden_case["configs"].items()) {
    make_directory(folder + "/" + name);
    write_json(folder + "/" + name + "/config.json", config);
  }
  for (const auto& [name, shapes] : golden_case["dense"].items()) {
    Json named = Json::object();
    for (const auto& [tensor, shape] : shapes.items()) named[name + "." + tensor] = shape;
    write_formula_weights(folder + "/" + name + "/model.safetensors", named,
                          [&](const std::string& t) { return t.substr(name.size() + 1); });
  }
  return folder;
}

void expect_golden(const SentenceModel& model, const Json& golden_case, const Kernels& kernels) {
  Arena arena;
  Context c{.kernels = kernels, .arena = arena};
  Batch batch;
  for (const Json& text : golden("sentence")["texts"]) {
    const auto ids = text.get<std::vector<int32_t>>();
    batch.append(ids.data(), static_cast<int64_t>(ids.size()));
  }
  const Tensor vectors = model.embed(c, batch, golden_case["prompt"]);
  ASSERT_EQ(vectors.cols(), model.dimension());
  for (int64_t s = 0; s < vectors.rows(); ++s) {
    const auto expected = golden_case["vectors"][s].get<std::vector<double>>();
    ASSERT_EQ(static_cast<int64_t>(expected.size()), vectors.cols());
    for (int64_t i = 0; i < vectors.cols(); ++i)  // f32, after three layers
      EXPECT_NEAR(vectors.data()[s * vectors.cols() + i], expected[i], 2e-5) << "text " << s << " place " << i;
  }
}

TEST(Sentence, EqualsSentenceTransformersInAllModules) {
  for (const Json& golden_case : golden("sentence")["cases"]) {
    SCOPED_TRACE(golden_case["configs"].dump());
    const LoadedModel loaded = load_sentence_model(write_case(golden_case));
    EXPECT_TRUE(loaded.unused.empty());
    expect_golden(sentence_model(*loaded.model), golden_case, ref_kernels());
    expect_golden(sentence_model(*loaded.model), golden_case, cpu_kernels());
  }
}

TEST(Sentence, WhatIsSavedIsLoadedAgain) {
  for (const Json& golden_case : golden("sentence")["cases"]) {
    SCOPED_TRACE(golden_case["configs"].dump());
    const LoadedModel loaded = load_sentence_model(write_case(golden_case));
    const std::string copy = new_folder();
    loaded.model->save_weights(copy), loaded.model->save_settings(copy);
    expect_golden(sentence_model(*load_sentence_model(copy).model), golden_case, cpu_kernels());
  }
}

// Versions before 5.3 know a key for each mode alone; all versions know those.
TEST(Sentence, PoolingIsSavedForOldVersionsToo) {
  const LoadedModel loaded = load_sentence_model(write_case(golden("sentence")["cases"][0]));
  const std::string copy = new_folder();
  loaded.model->save_settings(copy);
  const Json json = read_json(copy + "/1_Pooling/config.json");
  EXPECT_EQ(json["pooling_mode_cls_token"], true);
  EXPECT_EQ(json["pooling_mode_mean_tokens"], false);
  EXPECT_EQ(json["word_embedding_dimension"], 16);
}

// No vector depends on it; sentence-transformers gives it no gradient and no decay.
TEST(Sentence, ThePoolerStaysAsItIs) {
  SentenceModel model(golden("sentence")["config"], {});
  const auto frozen_heads = [&] {
    int count = 0;
    for (const auto& e : model.parameters().entries()) count += e.name.starts_with("head.") && e.parameter->frozen;
    return count;
  };
  EXPECT_EQ(frozen_heads(), 2);
  EXPECT_GT(model.parameters().trainable_count(), 0);
  AdapterSettings settings;
  settings.rank = 2, settings.alpha = 4;
  model.adapt(settings, 1);
  EXPECT_EQ(frozen_heads(), 2);
  for (const FileTensor& t : model.adapter_tensors()) EXPECT_EQ(t.name.find("pooler"), std::string::npos) << t.name;
}

TEST(Sentence, WithoutModulesTheMean) {
  const std::string folder = write_case(golden("sentence")["cases"][4]);
  ASSERT_EQ(golden("sentence")["cases"][4]["configs"]["1_Pooling"]["pooling_mode"], "mean");
  std::filesystem::remove(folder + "/modules.json");
  const LoadedModel loaded = load_sentence_model(folder);
  EXPECT_FALSE(sentence_model(*loaded.model).sentence().found);
  expect_golden(sentence_model(*loaded.model), golden("sentence")["cases"][4], cpu_kernels());
}

TEST(Sentence, SettingsOfTexts) {
  const std::string folder = write_case(golden("sentence")["cases"][0]);
  write_json(folder + "/sentence_bert_config.json", {{"max_seq_length", 12}, {"do_lower_case", true}});
  write_json(folder + "/config_sentence_transformers.json", {{"prompts", {{"query", "q: "}, {"document", ""}}},
                                                             {"default_prompt_name", "query"},
                                                             {"similarity_fn_name", "dot"}});
  const std::string copy = new_folder();
  write_sentence_settings(copy, read_sentence_settings(folder, 16), 16);
  for (const std::string& where : {folder, copy}) {
    if (where == copy) write_json(copy + "/config.json", golden("sentence")["config"]);
    const SentenceSettings s = read_sentence_settings(where, 16);
    EXPECT_EQ(s.max_length, 12);
    EXPECT_TRUE(s.lower_case);
    EXPECT_EQ(s.prompt(""), "q: ");
    EXPECT_EQ(s.prompt("document"), "");
    EXPECT_EQ(s.prompt_name({"passage", "document"}), "document");
    EXPECT_EQ(s.similarity, SimilarityFunction::dot);
    EXPECT_THROW(s.prompt("title"), Error);
  }
}

TEST(Sentence, FaultsNameFileAndKey) {
  const auto fault_of = [](const char* file, const Json& json) -> std::string {
    const std::string folder = write_case(golden("sentence")["cases"][19]);  // Pooling of two, Dense, Normalize
    write_json(folder + "/" + file, json);
    try {
      load_sentence_model(folder);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  const auto expect_said = [](const std::string& text, const std::string& said) {
    EXPECT_NE(text.find(said), std::string::npos) << text;
  };
  const auto module = [](const char* path, const char* type) {
    return Json{{"idx", 0}, {"path", path}, {"type", type}};
  };
  expect_said(fault_of("modules.json", Json::array({module("", "x.Transformer"), module("1", "x.CNN")})),
              "module 1 is \"CNN\"");
  expect_said(fault_of("modules.json", Json::array({module("", "x.Transformer")})), "expected a Pooling");
  expect_said(fault_of("modules.json", Json::array({module("", "x.Transformer"), module("../1", "x.Pooling")})),
              "leaves the directory");
  expect_said(fault_of("modules.json", Json::array({1, 2})), "expected objects");
  expect_said(fault_of("1_Pooling/config.json", {{"pooling_mode", "median"}}), "pooling_mode \"median\"");
  expect_said(fault_of("1_Pooling/config.json", {{"word_embedding_dimension", 17}}), "width is 16");
  expect_said(fault_of("2_Dense/config.json", {{"in_features", 16}, {"out_features", 5}}), "in_features is 16");
  expect_said(fault_of("2_Dense/config.json", {{"in_features", 32}, {"out_features", 6}}), "[6, 32]");
  expect_said(
      fault_of("2_Dense/config.json", {{"in_features", 32}, {"out_features", 5}, {"activation_function", "os.system"}}),
      "os.system");
  expect_said(fault_of("config_sentence_transformers.json", {{"similarity_fn_name", "nearest"}}), "nearest");
  expect_said(fault_of("config_sentence_transformers.json", {{"default_prompt_name", "query"}}), "prompt \"query\"");
}

TEST(Sentence, SimilaritiesOfVectors) {
  const float a[] = {3, 4}, b[] = {4, -3}, c[] = {6, 8};
  EXPECT_DOUBLE_EQ(similarity_of(SimilarityFunction::cosine, a, c, 2), 1);
  EXPECT_DOUBLE_EQ(similarity_of(SimilarityFunction::dot, a, c, 2), 50);
  EXPECT_DOUBLE_EQ(similarity_of(SimilarityFunction::euclidean, a, c, 2), -5);
  EXPECT_DOUBLE_EQ(similarity_of(SimilarityFunction::manhattan, a, b, 2), -8);
}

TEST(Sentence, SimilaritiesOfVectorsWithoutALength) {
  const float zeros[2] = {}, ones[2] = {3, 4};
  EXPECT_EQ(similarity_of(SimilarityFunction::cosine, zeros, ones, 2), 0);
  EXPECT_EQ(similarity_of(SimilarityFunction::cosine, zeros, zeros, 2), 0);
  EXPECT_EQ(similarity_of(SimilarityFunction::euclidean, zeros, ones, 2), -5);
  EXPECT_EQ(similarity_of(SimilarityFunction::manhattan, zeros, ones, 2), -7);
}

}  // namespace
}  // namespace gamana
