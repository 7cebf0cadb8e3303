#include "gamana/models/rnn.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>

#include "gamana/base/file.h"
#include "gamana/base/parallel.h"
#include "gamana/models/checkpoint.h"
#include "tests/support/golden.h"

namespace gamana {
namespace {

using Floats = std::vector<float>;

PairBatch golden_batch(const RnnModel& model) {
  PairBatch batch;
  for (const auto& ids : golden("rnn")["sources"].get<std::vector<std::vector<int32_t>>>())
    batch.source.append(ids.data(), static_cast<int64_t>(ids.size()));
  for (const auto& ids : golden("rnn")["targets"].get<std::vector<std::vector<int32_t>>>()) {
    std::vector<int32_t> input{model.start_token()};
    input.insert(input.end(), ids.begin(), ids.end());
    batch.target.append(input.data(), static_cast<int64_t>(input.size()));
    batch.labels.insert(batch.labels.end(), ids.begin(), ids.end());
    batch.labels.push_back(model.end_token());
  }
  return batch;
}

std::unique_ptr<RnnModel> golden_model(const Json& test) {
  auto model = std::make_unique<RnnModel>(rnn_config(test["config"]));
  for (const auto& entry : model->parameters().entries()) {
    const auto values = test["parameters"].at(entry.name).get<Floats>();
    EXPECT_EQ(static_cast<int64_t>(values.size()), entry.parameter->size()) << entry.name;
    std::copy(values.begin(), values.end(), entry.parameter->tensor.data());
  }
  EXPECT_EQ(model->parameters().entries().size(), test["parameters"].size());
  return model;
}

void expect_near(const float* found, const Floats& expected, double tolerance, const std::string& what) {
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(found[i], expected[i], tolerance) << what << " " << i;
}

std::vector<std::vector<int>> sources() { return golden("rnn")["sources"].get<std::vector<std::vector<int>>>(); }

}  // namespace

// PyTorch computed in double; sums of some ten products of numbers below 1 over eleven steps stay within 2e-6 in float.
TEST(RnnModel, EqualsPyTorch) {
  for (const Json& test : golden("rnn")["cases"])
    for (const Kernels* kernels : {&cpu_kernels(), &ref_kernels()}) {
      const std::string name = test["config"].dump() + kernels->name;
      const auto model = golden_model(test);
      const PairBatch batch = golden_batch(*model);
      Arena arena;
      Tape tape;
      Floats alignments;
      {
        Context c{*kernels, arena, nullptr, Precision::f32, false, 0, 0, 0, {}};
        const Tensor encoded = model->encode(c, batch.source);
        expect_near(encoded.data(), test["encoded"].get<Floats>(), 2e-6, "encoded " + name);
        c.tap = [&](const AttentionSeen& seen) {
          EXPECT_EQ(seen.name, "alignment");
          alignments.assign(seen.weights, seen.weights + seen.offsets->back());
        };
        EXPECT_NEAR(model->loss(c, batch, 0, 1, nullptr).nll, test["loss"].get<double>(), 2e-5) << name;
        ASSERT_EQ(alignments.size(), test["alignments"].size()) << name;
        expect_near(alignments.data(), test["alignments"].get<Floats>(), 2e-6, "alignments " + name);
      }
      model->parameters().require_gradients();
      Context c{*kernels, arena, &tape, Precision::f32, true, 0, 0, 0, {}};
      model->loss(c, batch, 0, 1, nullptr);
      tape.backward();
      for (const auto& entry : model->parameters().entries())
        expect_near(entry.parameter->tensor.node().grad, test["gradients"].at(entry.name).get<Floats>(), 1e-5,
                    entry.name + " " + name);
      EXPECT_EQ(arena.in_use(), 0u) << name;
    }
}

// One token a step, and a forced prefix in one call, find the probabilities that training finds.
TEST(RnnModel, DecodingEqualsTraining) {
  for (const Json& test : golden("rnn")["cases"])
    for (const bool at_once : {false, true}) {
      const auto model = golden_model(test);
      const PairBatch batch = golden_batch(*model);
      const auto decoder = model->decoder(Precision::f32);
      const auto texts = sources();
      const int S = static_cast<int>(texts.size()), V = model->vocabulary();
      decoder->reserve(S + 1, 64, 0);
      std::vector<int> slots(texts.size());
      for (int s = 0; s < S; ++s) slots[s] = S - s;
      decoder->encode(texts, std::vector<int>(texts.size(), 0));  // to be forgotten
      decoder->encode(texts, slots);
      std::vector<int32_t> cells(64);
      for (int i = 0; i < 64; ++i) cells[i] = 63 - i;
      std::vector<StepRow> rows;
      for (int s = 0; s < S; ++s)
        for (int32_t r = batch.target.offsets[s]; r < batch.target.offsets[s + 1]; ++r)
          rows.push_back({slots[s], batch.target.tokens[r], r - batch.target.offsets[s], cells[r],
                          cells.data() + batch.target.offsets[s], true});
      double loss = 0;
      for (size_t done = 0; done < rows.size();) {
        const size_t count = at_once ? rows.size() : 1;
        Floats logits(count * V);
        decoder->step(std::span(rows).subspan(done, count));
        decoder->project(0, V, logits.data());
        for (size_t i = 0; i < count; ++i, ++done) {
          const auto logit = [&](int v) {
            return double{logits[i * V + v]};
          };
          double total = 0;
          for (int v = 0; v < V; ++v) total += std::exp(logit(v));
          loss += std::log(total) - logit(batch.labels[done]);
        }
      }
      EXPECT_NEAR(loss, test["loss"].get<double>(), 2e-5) << test["config"].dump();
    }
}

TEST(RnnModel, SavedModelLoads) {
  const std::string directory = GAMANA_BINARY_DIR "/rnn_model";
  make_directory(directory);
  for (const Json& test : golden("rnn")["cases"]) {
    const auto model = golden_model(test);
    save_config(*model, directory);
    save_weights(*model, join_path(directory, "model.safetensors"));
    const auto loaded = load_translation_model(directory);
    EXPECT_EQ(loaded->config(), model->config());
    EXPECT_EQ(loaded->parameters().count(), model->parameters().count());
    const auto &left = loaded->parameters(), &right = model->parameters();
    EXPECT_TRUE(std::equal(left.weights(), left.weights() + left.size(), right.weights()));
  }
  std::filesystem::remove_all(directory);
}

TEST(RnnModel, SameBitsForAnyNumberOfThreads) {
  RnnConfig config;
  config.vocabulary = 50, config.embedding = 24, config.hidden = 40, config.attention_size = 20;
  config.encoder_layers = 2, config.dropout = 0.3f;
  PairBatch batch;
  for (int s = 0; s < 90; ++s) {
    std::vector<int32_t> ids(1 + s * 7 % 11);
    for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>((s * 13 + i * 5) % 50);
    batch.source.append(ids.data(), static_cast<int64_t>(ids.size()));
    batch.target.append(ids.data(), static_cast<int64_t>(ids.size()));
    batch.labels.insert(batch.labels.end(), ids.begin(), ids.end());
  }
  std::vector<Floats> gradients;
  for (const int threads : {1, 2}) {
    set_threads(threads);
    RnnModel model(config);
    model.parameters().initialise(3);
    model.parameters().require_gradients();
    Arena arena;
    Tape tape;
    Context c{cpu_kernels(), arena, &tape, Precision::f32, true, 7, 1, 0, {}};
    model.loss(c, batch, 0.1f, 0.01f, nullptr);
    tape.backward();
    const float* from = model.parameters().gradients();
    gradients.emplace_back(from, from + model.parameters().size());
  }
  EXPECT_EQ(gradients[0], gradients[1]);
}

TEST(RnnModel, SettingsThatContradictAreRefused) {
  RnnConfig config;
  config.vocabulary = 10, config.attention = RnnAttention::dot;
  EXPECT_THROW(RnnModel{config}, Error);
  for (const char* text : {R"({"vocab_size": 0})", R"({"vocab_size": 9, "cell_type": "gruu"})",
                           R"({"vocab_size": 9, "dropout": 1})", R"({"vocab_size": 9, "eos_token_id": 9})",
                           R"({"vocab_size": 9, "decoder_vocab_size": 8, "share_encoder_decoder_embeddings": true})"})
    EXPECT_THROW(rnn_config(parse_json(text, "config.json")), Error) << text;
}

}  // namespace gamana
