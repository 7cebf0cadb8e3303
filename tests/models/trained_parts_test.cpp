// What of an encoder is frozen, and what its layers learn.
#include "gamana/models/trained_parts.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "gamana/base/parallel.h"
#include "gamana/ops/losses.h"

namespace gamana {
namespace {

using Values = std::map<std::string, std::vector<float>>;

std::unique_ptr<TextModel> small_model() {
  const Json config = {{"model_type", "bert"},      {"vocab_size", 50},        {"hidden_size", 16},
                       {"num_hidden_layers", 3},    {"num_attention_heads", 2}, {"intermediate_size", 32},
                       {"max_position_embeddings", 24}};
  auto model = std::make_unique<TextModel>(config, Task::sequence);
  model->parameters().initialise(5);
  return model;
}

Values values_of(TextModel& model) {
  Values values;
  for (const auto& e : model.parameters().entries())
    values[e.name] = {model.parameters().weights() + e.offset, model.parameters().weights() + e.offset + e.parameter->size()};
  return values;
}

// The weights after a step of SGD; each learns at its own rate.
Values after_step(const TrainedParts& parts, bool recompute = false) {
  const auto model = small_model();
  choose_trained(*model, parts);
  ParameterStore& store = model->parameters();
  store.require_gradients(), store.zero_gradients();
  Batch batch;
  const int32_t ids[] = {4, 9, 17, 3, 30, 41, 8, 2, 11};
  batch.append(ids, 5), batch.append(ids + 5, 4);
  Arena arena;
  Tape tape;
  Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape, .training = true, .seed = 3, .recompute = recompute};
  const Tensor hidden = model->hidden(c, batch);
  const std::vector<int32_t> labels = {1, 0};
  cross_entropy(c, model->project(c, 0, model->read(c, 0, hidden, batch)), labels, {}, 0.5f);
  tape.backward();
  std::vector<float> velocity(store.size());
  for (const auto& r : store.trainable())
    c.kernels.sgd(r.size, 0.1f * r.rate, 0, 0, 1, store.gradients() + r.offset, store.weights() + r.offset, velocity.data());
  return values_of(*model);
}

bool equal(const std::vector<float>& a, const std::vector<float>& b) {
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST(TrainedParts, FrozenOnesKeepTheirBitsAndTheOthersLearnAsBefore) {
  const Values first = values_of(*small_model()), all = after_step({});
  for (const bool recompute : {false, true}) {
    for (const auto& [parts, depth] : {std::pair{TrainedParts{.frozen_layers = 2}, 2}, {TrainedParts{.frozen_backbone = true}, 3}}) {
      for (const auto& [name, values] : after_step(parts, recompute)) {
        const bool frozen = name.starts_with("backbone.") && !(depth == 2 && name.starts_with("backbone.layer.2"));
        EXPECT_TRUE(equal(values, frozen ? first.at(name) : all.at(name))) << name;
      }
    }
  }
  EXPECT_FALSE(equal(first.at("backbone.layer.0.up.weight"), all.at("backbone.layer.0.up.weight")));
}

TEST(TrainedParts, LowerLayersLearnSlower) {
  const Values first = values_of(*small_model()), all = after_step({}), decayed = after_step({.layer_decay = 0.5});
  const auto share = [&](const std::string& name) {  // of the step at the full rate
    double whole = 0, part = 0;
    for (size_t i = 0; i < first.at(name).size(); ++i)
      whole += std::abs(all.at(name)[i] - first.at(name)[i]), part += std::abs(decayed.at(name)[i] - first.at(name)[i]);
    return part / whole;
  };
  // Differences of weights near 0.02 lose some of their 24 bits.
  EXPECT_NEAR(share("head.0.out.weight"), 1, 1e-3);
  EXPECT_NEAR(share("backbone.layer.2.up.weight"), 0.5, 1e-3);
  EXPECT_NEAR(share("backbone.layer.0.up.weight"), 0.125, 1e-3);
  EXPECT_NEAR(share("backbone.word_embedding"), 0.0625, 1e-3);
}

TEST(TrainedParts, DoNotDependOnThreads) {
  const int before = threads();
  set_threads(1);
  const Values one = after_step({.frozen_layers = 1, .layer_decay = 0.9});
  set_threads(3);
  const Values three = after_step({.frozen_layers = 1, .layer_decay = 0.9});
  set_threads(before);
  for (const auto& [name, values] : one) EXPECT_TRUE(equal(values, three.at(name))) << name;
}

TEST(TrainedParts, FaultsAreSaid) {
  const auto message = [](const Json& change, Task task, const TrainedParts& parts) -> std::string {
    Json config = small_model()->config();
    config.update(change);
    TextModel model(config, task);
    if (task == Task::features) model.drop_pooler();
    try {
      choose_trained(model, parts);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(message(Json::object(), Task::sequence, {.frozen_layers = 4}), "--freeze-layers: the model has 3 layers, found 4");
  EXPECT_NE(message({{"model_type", "albert"}}, Task::sequence, {.layer_decay = 0.9}).find("share their weights"), std::string::npos);
  EXPECT_NE(message(Json::object(), Task::features, {.frozen_backbone = true}).find("nothing is left to train"), std::string::npos);
}

}  // namespace
}  // namespace gamana
