// Losses of sentence embeddings, over steps of SGD, against sentence-transformers (tests/golden/sentence.json).
#include "gamana/jobs/embed.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "gamana/base/file.h"
#include "gamana/ops/losses.h"
#include "tests/support/formula_weights.h"
#include "tests/support/golden.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

// The mean of all tokens, and a Dense to six numbers; with a classifier of three labels if the run has one.
LoadedModel golden_model(const Json& run) {
  static int count = 0;
  const std::string folder = temporary("embed" + std::to_string(count++)), dense = folder + "/2_Dense";
  make_directory(dense);
  write_formula_weights(folder + "/model.safetensors", golden("sentence")["tensors"]);
  write_formula_weights(dense + "/model.safetensors",
                        {{"2_Dense.linear.weight", {6, 16}}, {"2_Dense.linear.bias", {6}}},
                        [](const std::string& name) { return name.substr(8); });
  write_json(folder + "/config.json", golden("sentence")["config"]);
  SentenceSettings settings;
  settings.modules = {{.kind = SentenceModule::Kind::pooling, .folder = "1_Pooling", .poolings = {Pooling::mean}},
                      {.kind = SentenceModule::Kind::dense, .folder = "2_Dense", .in = 16, .out = 6}};
  write_sentence_settings(folder, settings, 16);
  if (!run.contains("concatenation")) return load_sentence_model(folder);
  LoadedModel out;
  out.model = std::make_unique<PairClassifier>(golden("sentence")["config"], settings, pair_parts(run["concatenation"]), 3);
  fill_sentence_model(out, folder, 1);
  out.model->visit([](const std::string& name, Parameter& p) {
    if (name.starts_with("classifier.")) std::ranges::copy(values_of(name, p.size()), p.tensor.data());
  });
  return out;
}

LossSum loss_of(Context& c, const LoadedModel& loaded, const Batch& batch, const Json& run) {
  const Tensor vectors = sentence_model(*loaded.model).embed(c, batch);
  if (run.contains("concatenation"))
    return cross_entropy(c, static_cast<const PairClassifier&>(*loaded.model).classify(c, vectors),
                         run["scores"].get<std::vector<int32_t>>(), {}, 1.0f / 3);
  return embedding_loss(c, vectors, static_cast<int>(run["columns"].size()), run["scores"].get<std::vector<float>>(),
                        {.loss = embed_loss(run["loss"]), .margin = 1}, 1.0f / 3);
}

TEST(Embed, TripletsKeepTheMarginAsked) {
  float vectors[] = {0, 0, 3, 4, 0, 6};  // anchor, positive, negative: 5 and 6 away
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  for (const double margin : {0.5, 2.0, 5.0})
    EXPECT_NEAR(embedding_loss(c, Tensor::borrow(vectors, 3, 2), 3, {}, {.loss = EmbedLoss::triplet, .margin = margin}, 1).loss,
                std::max(0.0, margin - 1), 1e-6);
}

TEST(Embed, LossesOfTrainingAreThoseOfSentenceTransformers) {
  for (const auto& [name, run] : golden("sentence")["training"].items()) {
    SCOPED_TRACE(name);
    const LoadedModel loaded = golden_model(run);
    ParameterStore& parameters = loaded.model->parameters();
    parameters.require_gradients(), parameters.zero_gradients();
    Batch batch;
    for (const Json& column : run["columns"])
      for (const Json& text : column) {
        const auto ids = text.get<std::vector<int32_t>>();
        batch.append(ids.data(), static_cast<int64_t>(ids.size()));
      }
    for (const Json& expected : run["losses"]) {
      Arena arena;
      Tape tape;
      Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape};
      const LossSum sum = loss_of(c, loaded, batch, run);
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
