// ELECTRA: what is drawn, what it is compared with, what is saved.
#include "gamana/jobs/electra.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "gamana/base/file.h"
#include "gamana/io/safetensors.h"
#include "tests/jobs/letters.h"
#include "tests/jobs/slope.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

const Json kTinyElectra = {{"model_type", "electra"}, {"vocab_size", 57},
                           {"hidden_size", 16},       {"embedding_size", 8},
                           {"num_hidden_layers", 1},  {"num_attention_heads", 2},
                           {"intermediate_size", 32}, {"max_position_embeddings", 16}};

struct OpenJob : ElectraJob {
  using ElectraJob::ElectraJob;
  const MaskedTexts& train() const { return texts_.train; }
};

OpenJob electra_job(const std::string& folder, const std::string& text) {
  write_file(folder + "/text", text);
  TextFormat format;
  format.keep_line_ends = false;
  return {{.train = {folder + "/text"}, .valid = "", .format = format, .folder = folder, .progress = {}},
          TextEncoder(letters(), 8, 16), {}, 0.5, 3};
}

// All words are `a`, the generator always says `guess`, the discriminator `replaced` or not of every token.
struct Certain {
  OpenJob job = electra_job(new_folder(), "a a a a a a a a a a\na a a a a a a\na a a a a a\n");
  LoadedModel loaded = job.load("", kTinyElectra, 3);

  Certain(int guess, bool replaced) {
    ParameterStore& store = loaded.model->parameters();
    const auto fill = [&](const char* name, float value) {
      const ParameterStore::Entry* e = store.find(name);
      std::fill_n(e->parameter->tensor.data(), e->parameter->size(), value);
      return e->parameter->tensor.data();
    };
    fill("generator.head.0.out.bias", 0)[guess] = 200;
    fill("head.0.out.weight", 0), fill("head.0.out.bias", replaced ? 100 : -100);
    store.weights_changed();
  }
};

TEST(Electra, TheGeneratorIsNarrower) {
  const Json config = model_preset("electra-small");
  const ModelConfig big = model_config(config), small = model_config(generator_config(config, 0.25));
  EXPECT_EQ(small.width, 64);
  EXPECT_EQ(small.heads, 1);
  EXPECT_EQ(small.feed_forward, 256);
  EXPECT_EQ(small.embedding_width, big.embedding_width);
  EXPECT_EQ(small.layers, big.layers);
}

// Frequencies of drawn tokens against the softmax, 20,000 draws: within 4 standard deviations.
TEST(Electra, TokensAreDrawnWithTheirProbabilities) {
  constexpr int64_t kRows = 20000;
  std::vector<float> hidden(kRows * 2, 1), weight = {0, 0, 0.5f, 0.5f, 1, 1}, bias = {0.5f, 0, -1};
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  const auto tokens = sample_tokens(c, Tensor::borrow(hidden.data(), kRows, 2), Tensor::borrow(weight.data(), 3, 2),
                                    Tensor::borrow(bias.data(), 1, 3), 7);
  const double z[] = {std::exp(0.5), std::exp(1.0), std::exp(1.0)}, sum = z[0] + z[1] + z[2];
  for (int32_t v = 0; v < 3; ++v) {
    const double p = z[v] / sum, share = static_cast<double>(std::count(tokens.begin(), tokens.end(), v)) / kRows;
    EXPECT_NEAR(share, p, 4 * std::sqrt(p * (1 - p) / kRows)) << v;
  }
}

TEST(Electra, BothModelsShareTheirEmbeddingsAndAreSavedApart) {
  const std::string folder = new_folder();
  OpenJob job = electra_job(folder, "a b c d e f g h\na b c d e f g h\na b c d\n");
  const LoadedModel loaded = job.load("", kTinyElectra, 3);
  TextModel& model = *loaded.model;
  ParameterStore& store = model.parameters();
  store.require_gradients(), store.zero_gradients();
  Arena arena;
  Tape tape;
  Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape, .training = true, .seed = 3, .step = 1};
  const std::vector<int32_t> examples = {0, 1};
  EXPECT_GT(job.loss(c, model, examples, 1.0f / static_cast<float>(job.losses(examples))).loss, 0);
  tape.backward();
  for (const auto& entry : store.entries()) {
    const float* g = store.gradients() + entry.offset;
    const bool any = std::any_of(g, g + entry.parameter->size(), [](float x) { return x != 0; });
    EXPECT_TRUE(any) << entry.name;
  }
  model.save_settings(folder), model.save_weights(folder);
  const Safetensors discriminator(folder + "/model.safetensors"), generator(folder + "/generator/model.safetensors");
  const char* name = "electra.embeddings.word_embeddings.weight";
  const StoredTensor *one = discriminator.find(name), *other = generator.find(name);
  ASSERT_TRUE(one && other);
  EXPECT_EQ(std::memcmp(one->data, other->data, one->bytes), 0);
  EXPECT_EQ(read_json(folder + "/generator/config.json")["architectures"][0], "ElectraForMaskedLM");
  EXPECT_EQ(generator.find("electra.embeddings_project.weight"), nullptr);  // as wide as its embeddings
  const auto scores = job.validate(model, Precision::f32);
  EXPECT_TRUE(std::isfinite(scores.at("loss")));
}

// A guess that is the word which stood there replaces nothing.
TEST(Electra, RightGuessesReplaceNothing) {
  for (const bool said : {false, true}) {
    Certain right(5, said);
    Arena arena;
    Context c{.kernels = cpu_kernels(), .arena = arena};
    const std::vector<int32_t> one = {0};
    const double words = static_cast<double>(right.job.losses(one));
    // Each word once the mean over tokens, times 50: 100 where all is said to be replaced.
    EXPECT_NEAR(right.job.loss(c, *right.loaded.model, one, 1).loss, said ? words * 50 * 100 : 0, 1e-2);
    const auto scores = right.job.validate(*right.loaded.model, Precision::f32);
    EXPECT_EQ(scores.at("accuracy"), said ? 0 : 1);
    EXPECT_EQ(scores.at("masked_accuracy"), 1);
    EXPECT_EQ(scores.at("f1"), 0);
    EXPECT_NEAR(scores.at("loss"), said ? 5000 : 0, 1e-2);
  }
}

TEST(Electra, WrongGuessesAreTold) {
  Certain wrong(6, true);
  const auto scores = wrong.job.validate(*wrong.loaded.model, Precision::f32);
  const double replaced = scores.at("accuracy");  // of all tokens, which are all said to be
  EXPECT_GT(replaced, 0);
  EXPECT_LT(replaced, 0.5);
  EXPECT_NEAR(scores.at("f1"), 2 * replaced / (1 + replaced), 1e-9);
  EXPECT_NEAR(scores.at("loss"), 200 + 5000 * (1 - replaced), 1);  // e^200 more likely than the word
  EXPECT_EQ(scores.at("masked_accuracy"), 0);
}

TEST(Electra, GradientsAreThoseOfTheLoss) {
  OpenJob job = electra_job(new_folder(), "a b c d e f g h\na b c d e f g h\na b c d\n");
  const std::vector<int32_t> examples = {0, 1};
  test::expect_slope(job, *job.load("", kTinyElectra, 3).model, examples);
}

// The authors' code hides 85 of 100 words, and leaves the others as they are: none is replaced at random.
TEST(Electra, WordsAreHiddenOrStay) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "a b c d e f\n";
  const OpenJob job = electra_job(new_folder(), text);
  std::vector<int32_t> all(static_cast<size_t>(job.train().size()));
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int32_t>(i);
  const MaskedBatch b = job.train().batch(all);
  int64_t hidden = 0;
  for (size_t i = 0; i < b.rows.size(); ++i) {
    const int32_t token = b.batch.tokens[static_cast<size_t>(b.rows[i])];
    EXPECT_TRUE(token == 4 || token == b.labels[i]);
    hidden += token == 4;
  }
  const auto n = static_cast<double>(b.rows.size());
  EXPECT_NEAR(static_cast<double>(hidden) / n, 0.85, 4 * std::sqrt(0.85 * 0.15 / n));
}

}  // namespace
}  // namespace gamana
