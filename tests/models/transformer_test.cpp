// The Transformer against transformers: tests/golden/marian is made by tools/golden/transformer.py.
#include "gamana/models/transformer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "gamana/base/file.h"
#include "gamana/models/checkpoint.h"
#include "tests/support/formula_weights.h"
#include "tests/support/messages.h"

namespace gamana {
namespace {

const std::string kFolder = GAMANA_SOURCE_DIR "/tests/golden/marian";

Json expected() { return read_json(join_path(kFolder, "expected.json")); }

PairBatch batch_of(const Json& pairs, size_t begin, size_t end, int start) {
  PairBatch batch;
  for (size_t i = begin; i < end; ++i) {
    const auto source = pairs[i][0].get<std::vector<int32_t>>(), target = pairs[i][1].get<std::vector<int32_t>>();
    std::vector<int32_t> input = {start};
    input.insert(input.end(), target.begin(), target.end() - 1);
    batch.source.append(source.data(), static_cast<int64_t>(source.size()));
    batch.target.append(input.data(), static_cast<int64_t>(input.size()));
    batch.labels.insert(batch.labels.end(), target.begin(), target.end());
  }
  return batch;
}

// Decoding step by step gives the logits that transformers gives for the whole target.
TEST(Transformer, LogitsEqualTransformers) {
  const Json json = expected();
  const auto model = load_translation_model(kFolder);
  const auto decoder = model->decoder(Precision::f32);
  decoder->reserve(4, 64, 0);
  const int vocabulary = model->vocabulary();
  for (int pair = 0; pair < 4; ++pair) {
    const auto source = json["pairs"][pair][0].get<std::vector<int>>(), target = json["pairs"][pair][1].get<std::vector<int>>();
    const auto logits = json["logits"][pair].get<std::vector<float>>();
    decoder->encode(std::span(&source, 1), std::span(&pair, 1));
    std::vector<int32_t> cells;
    std::vector<float> got(vocabulary);
    for (size_t t = 0; t < target.size(); ++t) {
      const int cell = pair + 4 * static_cast<int>(t);  // scattered on purpose
      const StepRow row{pair, t ? target[t - 1] : model->start_token(), static_cast<int>(t), cell, cells.data(), true};
      decoder->step(std::span(&row, 1));
      cells.push_back(cell);
      decoder->project(0, vocabulary, got.data());
      for (int v = 0; v < vocabulary; ++v) ASSERT_NEAR(got[v], logits[t * vocabulary + v], 1e-4) << pair << " " << t << " " << v;
    }
  }
}

std::vector<float> gradients(Precision precision, size_t& peak) {
  const Json json = expected();
  const auto model = load_translation_model(kFolder);
  ParameterStore& p = model->parameters();
  p.require_gradients();
  Arena arena;
  const PairBatch batch = batch_of(json["pairs"], 0, 40, model->start_token());
  Tape tape;
  Context c{cpu_kernels(), arena, &tape, precision, true, 1, 0, 0, {}};
  model->loss(c, batch, 0.1f, 1.0f / static_cast<float>(batch.target.rows()));
  tape.backward();
  EXPECT_EQ(arena.in_use(), 0u);
  peak = arena.peak();
  return {p.gradients(), p.gradients() + p.size()};
}

// Activations that are kept in bf16 bring the same gradients up to rounding, in less memory.
TEST(Transformer, GradientsInBf16FollowThoseInF32) {
  if (!has_bf16()) GTEST_SKIP() << "this CPU has no bf16 products";
  size_t whole = 0, half = 0;
  const auto want = gradients(Precision::f32, whole), got = gradients(Precision::bf16, half);
  double difference = 0, size = 0;
  for (size_t i = 0; i < want.size(); ++i)
    difference += std::pow(double(got[i]) - want[i], 2), size += std::pow(double(want[i]), 2);
  EXPECT_LT(std::sqrt(difference / size), 0.02);
  EXPECT_GT(difference, 0);
  EXPECT_LT(static_cast<double>(half), 0.85 * static_cast<double>(whole));
}

void check_ten_steps(const Kernels& kernels, double tolerance) {
  const Json json = expected();
  const auto model = load_translation_model(kFolder);
  ParameterStore& p = model->parameters();
  p.require_gradients();
  std::vector<float> m(p.size()), v(p.size());
  Arena arena;
  for (int step = 0; step < 10; ++step) {
    const PairBatch batch = batch_of(json["pairs"], step * 4, step * 4 + 4, model->start_token());
    p.zero_gradients();
    Tape tape;
    Context c{kernels, arena, &tape, Precision::f32, true, 1, 0, 0, {}};
    // The directory's dropout is 0, so training mode is the same as evaluation.
    const auto labels = static_cast<double>(batch.target.rows());
    const double loss = model->loss(c, batch, 0.1f, static_cast<float>(1 / labels)).loss / labels;
    tape.backward();
    const double norm = std::sqrt(kernels.sum_of_squares(p.size(), p.gradients()));
    EXPECT_NEAR(loss, json["losses"][step].get<double>(), tolerance) << "step " << step;
    EXPECT_NEAR(norm / json["gradient_norms"][step].get<double>(), 1, tolerance) << "step " << step;
    const double rate = 5e-3 * std::min((step + 1) / 4.0, std::sqrt(4.0 / (step + 1)));
    const AdamStep adam{static_cast<float>(rate), 0.9f, 0.98f, 1e-9f, 0, static_cast<float>(1 - std::pow(0.9, step + 1)),
                        static_cast<float>(1 - std::pow(0.98, step + 1)), static_cast<float>(std::min(1.0, 1 / (norm + 1e-6))), true};
    kernels.adam(p.size(), adam, p.gradients(), p.weights(), m.data(), v.data());
    p.weights_changed();
    EXPECT_EQ(arena.in_use(), 0u);  // the tape gave everything back
  }
}

TEST(Transformer, TiedCopiesAreReadAndComparedWithTheirOriginal) {
  const std::string shared = "model.shared.weight", copy = "model.decoder.embed_tokens.weight";
  const auto said = [&](bool keep, float more) {
    const std::string folder = new_folder();
    for (const char* file : {"config.json", "model.safetensors"}) std::filesystem::copy(join_path(kFolder, file), folder);
    add_copy(folder, shared, copy, more, keep);
    return message_of([&] { load_translation_model(folder); });
  };
  EXPECT_EQ(said(true, 0), "no error");
  EXPECT_EQ(said(false, 0), "no error");
  EXPECT_NE(said(true, 0.5f).find("config.json ties tensor \"model.decoder.embed_tokens.weight\" to \"model.shared.weight\", but their values differ"),
            std::string::npos);
}

// As transformers: keys of its own that other architectures have mean nothing to `marian`, common names are read.
TEST(Transformer, KeysOfMarian) {
  const auto read = [](const std::function<void(Json&)>& change) {
    Json config = read_json(join_path(kFolder, "config.json"));
    change(config);
    return transformer_config(config);
  };
  EXPECT_FALSE(read([](Json& j) { j["normalize_before"] = true; }).pre_norm);
  EXPECT_TRUE(read([](Json& j) { j["normalize_before"] = true, j["model_type"] = "gamana-transformer"; }).pre_norm);
  EXPECT_EQ(read([](Json& j) { j["encoder_layers"] = 1, j["num_hidden_layers"] = 3; }).encoder_layers, 3);
  EXPECT_EQ(message_of([&] { read([](Json& j) { j["tie_word_embeddings"] = false; }); }),
            "config.json: tie_word_embeddings is false; expected true where share_encoder_decoder_embeddings is");
  EXPECT_EQ(transformer_json(read([](Json& j) { j["dropout"] = 0.1; }))["dropout"].dump(), "0.1");
}

TEST(Transformer, TenStepsEqualPyTorchOnCpu) { check_ten_steps(cpu_kernels(), 2e-4); }
TEST(Transformer, TenStepsEqualPyTorchOnRef) { check_ten_steps(ref_kernels(), 2e-4); }

}  // namespace
}  // namespace gamana
