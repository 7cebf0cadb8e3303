// Losses of sentence embeddings, over steps of SGD, against sentence-transformers (tests/golden/sentence.json).
#include "gamana/jobs/embed.h"

#include <gtest/gtest.h>

#include "gamana/base/file.h"
#include "tests/support/formula_weights.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

const Json& golden() {
  static const Json json = read_json(GAMANA_SOURCE_DIR "/tests/golden/sentence.json");
  return json;
}

// The mean of all tokens, and a Dense to six numbers.
LoadedModel golden_model() {
  static int count = 0;
  const std::string folder = temporary("embed" + std::to_string(count++)), dense = folder + "/2_Dense";
  make_directory(dense);
  write_formula_weights(folder + "/model.safetensors", golden()["tensors"]);
  write_formula_weights(dense + "/model.safetensors",
                        {{"2_Dense.linear.weight", {6, 16}}, {"2_Dense.linear.bias", {6}}},
                        [](const std::string& name) { return name.substr(8); });
  write_json(folder + "/config.json", golden()["config"]);
  SentenceSettings settings;
  settings.modules = {{.kind = SentenceModule::Kind::pooling, .folder = "1_Pooling", .poolings = {Pooling::mean}},
                      {.kind = SentenceModule::Kind::dense, .folder = "2_Dense", .in = 16, .out = 6}};
  write_sentence_settings(folder, settings, 16);
  return load_sentence_model(folder);
}

TEST(Embed, LossesOfTrainingAreThoseOfSentenceTransformers) {
  for (const auto& [name, run] : golden()["training"].items()) {
    SCOPED_TRACE(name);
    const LoadedModel loaded = golden_model();
    ParameterStore& parameters = loaded.model->parameters();
    parameters.require_gradients(), parameters.zero_gradients();
    Batch batch;
    for (const Json& column : run["columns"])
      for (const Json& text : column) {
        const auto ids = text.get<std::vector<int32_t>>();
        batch.append(ids.data(), static_cast<int64_t>(ids.size()));
      }
    const auto scores = run["scores"].get<std::vector<float>>();
    const int columns = static_cast<int>(run["columns"].size());
    const EmbedLossOptions options{.loss = embed_loss(run["loss"]), .margin = 1};
    for (const Json& expected : run["losses"]) {
      Arena arena;
      Tape tape;
      Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape};
      const LossSum sum =
          embedding_loss(c, sentence_model(*loaded.model).embed(c, batch), columns, scores, options, 1.0f / 3);
      EXPECT_NEAR(sum.loss / 3, expected.get<double>(), 1e-4);  // errors of f32 grow with the steps
      tape.backward();
      for (int64_t i = 0; i < parameters.size(); ++i)
        parameters.weights()[i] -= run["rate"].get<float>() * parameters.gradients()[i];
      parameters.zero_gradients(), parameters.weights_changed();
    }
  }
}

}  // namespace
}  // namespace gamana
