// What models are before anything is read or learnt: settings of a config.json, first values, positions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gamana/models/heads.h"
#include "gamana/models/layers.h"
#include "gamana/models/row_pool.h"
#include "gamana/models/text_model.h"
#include "gamana/models/transformer.h"

namespace gamana {
namespace {

TEST(Settings, LayersOfAQwenThatSeeAWindow) {
  Json json = {{"model_type", "qwen2"}, {"num_hidden_layers", 4}, {"use_sliding_window", true}, {"max_window_layers", 2}, {"sliding_window", 5}};
  ModelConfig k = model_config(json);
  EXPECT_EQ(k.local_layers, (std::vector<bool>{false, false, true, true}));
  EXPECT_EQ(k.window, 4);  // and the token itself
  json["layer_types"] = {"sliding_attention", "full_attention", "full_attention", "sliding_attention"};
  EXPECT_EQ(model_config(json).local_layers, (std::vector<bool>{true, false, false, true}));
  json["use_sliding_window"] = false;
  EXPECT_TRUE(model_config(json).local_layers.empty());
}

TEST(Settings, AnOptMayHaveNoLastNorm) {
  EXPECT_TRUE(model_config({{"model_type", "opt"}}).final_norm);
  EXPECT_FALSE(model_config({{"model_type", "opt"}, {"_remove_final_layer_norm", true}}).final_norm);
  EXPECT_FALSE(model_config({{"model_type", "opt"}, {"do_layer_norm_before", false}}).final_norm);
}

// Yarn's temperature grows with the stretching (transformers, get_mscale), and is 1 where nothing is stretched.
TEST(Settings, TheTemperatureOfYarn) {
  const auto scale = [](double factor, Json more = Json::object()) {
    Json rope = {{"rope_type", "yarn"}, {"factor", factor}, {"rope_theta", 10000.0}, {"original_max_position_embeddings", 32}};
    rope.update(more);
    return model_config({{"model_type", "llama"}, {"rope_parameters", rope}, {"max_position_embeddings", 128}}).rotary.magnitude;
  };
  EXPECT_NEAR(scale(4), 0.1 * std::log(4) + 1, 1e-6);
  EXPECT_EQ(scale(0.5), 1);
  EXPECT_NEAR(scale(4, {{"mscale", 2.0}, {"mscale_all_dim", 0.5}}), (0.2 * std::log(4) + 1) / (0.05 * std::log(4) + 1), 1e-6);
  EXPECT_NEAR(scale(4, {{"mscale", 2.0}}), 0.1 * std::log(4) + 1, 1e-6);
  EXPECT_NEAR(scale(4, {{"attention_factor", 1.5}}), 1.5, 1e-6);
}

// What transformers' classes drop before they project.
TEST(Settings, DropoutOfHeads) {
  const auto rates = [](const char* type, Task task) {
    const ModelConfig k = model_config({{"model_type", type}, {"hidden_dropout_prob", 0.25}, {"classifier_dropout", 0.5}, {"classifier_dropout_prob", 0.5}});
    std::vector<float> after;
    for (const Head& h : make_heads(k, task, 2)) after.push_back(h.after);
    return after;
  };
  using Rates = std::vector<float>;
  EXPECT_EQ(rates("bert", Task::sequence), Rates{0.5f});
  EXPECT_EQ(rates("bert", Task::choice), Rates{0.5f});
  EXPECT_EQ(rates("roberta", Task::choice), Rates{0.25f});
  EXPECT_EQ(rates("big_bird", Task::choice), Rates{0.25f});
  EXPECT_EQ(rates("bert", Task::next_sentence), Rates{0});
  EXPECT_EQ(rates("bert", Task::pretraining), (Rates{0, 0}));
  EXPECT_EQ(rates("albert", Task::pretraining), (Rates{0, 0.5f}));
}

float largest(const Parameter& p) {
  float most = 0;
  for (int64_t i = 0; i < p.size(); ++i) most = std::max(most, std::abs(p.tensor.data()[i]));
  return most;
}

// Glorot and Bengio 2010, eq. 16. Of some thousand uniform numbers the largest is within a hundredth of the bound.
TEST(FirstValues, JoinedProjectionsAreDrawnAsIfEachStoodAlone) {
  Linear one = make_linear(32, 64), three = make_linear(32, 3 * 64, 3);
  ParameterStore store([&](const ParameterVisitor& v) { visit(v, "one", one), visit(v, "three", three); });
  store.initialise(1);
  const float bound = std::sqrt(6.0f / (32 + 64));
  for (const Linear* layer : {&one, &three}) {
    EXPECT_LE(largest(layer->weight), bound * 1.0001f);
    EXPECT_GT(largest(layer->weight), bound * 0.99f);
    EXPECT_EQ(largest(layer->bias), 0);
  }
}

TEST(FirstValues, LowRankPartsAreDrawnAsPeftDoes) {
  const Json config = {{"model_type", "bert"}, {"vocab_size", 50}, {"hidden_size", 64}, {"num_hidden_layers", 1},
                       {"num_attention_heads", 2}, {"intermediate_size", 32}, {"max_position_embeddings", 24}};
  TextModel model(config, Task::sequence);
  model.parameters().initialise(5);
  AdapterSettings settings;
  settings.rank = 16, settings.alpha = 8, settings.base = ".";
  model.adapt(settings, 3);
  int parts = 0;
  model.visit([&](const std::string& name, Parameter& p) {
    if (name.find("low_rank") == std::string::npos) return;
    ++parts;
    const float bound = name.ends_with(".b") ? 0 : 1 / 8.0f;
    EXPECT_LE(largest(p), bound * 1.0001f) << name;
    EXPECT_GE(largest(p), bound * 0.98f) << name;
  });
  EXPECT_EQ(parts, 4);
}

// Vaswani et al. 2017, section 3.5; Marian has all sines first.
TEST(FirstValues, SinusoidsInEitherOrder) {
  constexpr int kWidth = 8;
  for (const Positions order : {Positions::interleaved, Positions::sinusoidal}) {
    TransformerConfig config;
    config.vocabulary = 5, config.width = kWidth, config.heads = 1, config.encoder_layers = config.decoder_layers = 0;
    config.positions = order, config.max_positions = 10;
    Transformer model(config);
    std::fill_n(model.parameters().weights(), model.parameters().size(), 0.0f);  // no words
    Arena arena;
    Context c{.kernels = cpu_kernels(), .arena = arena};
    const std::vector<int32_t> ids(10, 1);
    Batch batch;
    batch.append(ids.data(), 10);
    const Tensor y = model.encode(c, batch);
    for (int p = 0; p < 10; ++p)
      for (int i = 0; i < kWidth / 2; ++i) {
        const double angle = p / std::pow(10000.0, 2.0 * i / kWidth);
        const bool mixed = order == Positions::interleaved;
        EXPECT_NEAR(y.data()[p * kWidth + (mixed ? 2 * i : i)], std::sin(angle), 1e-6);
        EXPECT_NEAR(y.data()[p * kWidth + (mixed ? 2 * i + 1 : kWidth / 2 + i)], std::cos(angle), 1e-6);
      }
  }
}

TEST(RowPool, RowsThatComeBackAreUsedAgain) {
  RowPool pool;
  std::vector<int32_t> first;
  for (int i = 0; i < 4; ++i) first.push_back(pool.take(10));
  EXPECT_EQ(pool.rows(), 40);
  pool.give_back(first[1], 10);
  EXPECT_EQ(pool.take(10), 10);  // fits exactly
  pool.give_back(first[1], 10);
  EXPECT_EQ(pool.take(4), 10);
  EXPECT_EQ(pool.take(6), 14);  // the rest
  pool.give_back(10, 4), pool.give_back(20, 10), pool.give_back(14, 6);  // neighbours on both sides
  EXPECT_EQ(pool.take(20), 10);
  EXPECT_EQ(pool.rows(), 40);
  pool.give_back(5, 0);
  EXPECT_EQ(pool.take(1), 40);
}

}  // namespace
}  // namespace gamana
