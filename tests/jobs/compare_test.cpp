// Models that are the same but for one fault: it is found and named.
#include "gamana/jobs/compare.h"

#include <cmath>

#include <gtest/gtest.h>

#include <limits>

namespace gamana {
namespace {

constexpr int kWidth = 16;

Json config_of(const Json& more = Json::object()) {
  Json config = {{"model_type", "roberta"}, {"vocab_size", 12}, {"hidden_size", kWidth}, {"num_hidden_layers", 3}, {"num_attention_heads", 2},
                 {"intermediate_size", 32}, {"max_position_embeddings", 20}, {"type_vocab_size", 1}, {"pad_token_id", 1}, {"initializer_range", 0.3}};
  config.update(more);
  return config;
}

struct Pair {
  TextModel own, reference;

  explicit Pair(const Json& more = Json::object()) : own(config_of(more), Task::masked_word), reference(config_of(), Task::masked_word) {
    own.parameters().initialise(3), reference.parameters().initialise(3);
  }
  float* at(const std::string& name) { return own.parameters().find(name)->parameter->tensor.data(); }
  // Of all tensors that differ: "name what".
  std::vector<std::string> differences() {
    std::vector<std::string> list;
    for (const TensorDifference& d : tensors()) list.push_back(d.name + " " + d.what);
    return list;
  }
  std::vector<TensorDifference> tensors() { return compare_tensors(tensors_of(own.file_tensors()), tensors_of(reference.file_tensors()), 1e-6); }
  // The first part that differs, and why it may.
  std::pair<std::string, std::vector<std::string>> first_part() {
    own.parameters().weights_changed();
    const auto parts = compare_parts(own, reference, {{2, 5, 7, 5, 3}, {0, 0, 0, 0, 0}});
    EXPECT_EQ(parts.size(), 4u);
    for (size_t i = 0; i < parts.size(); ++i)
      if (parts[i].largest > 1e-5) return {parts[i].name, likely_causes(own, reference, static_cast<int>(i), tensors())};
    return {"none", {}};
  }
};

TEST(Compare, TheSameModel) {
  Pair pair;
  EXPECT_TRUE(pair.differences().empty());
  EXPECT_EQ(pair.first_part().first, "none");
}

TEST(Compare, WhatIsNoNumberDiffers) {
  Pair pair;
  pair.at("backbone.layer.1.out.weight")[0] = NAN;
  EXPECT_EQ(pair.differences(),
            std::vector<std::string>{"roberta.encoder.layer.1.attention.output.dense.weight differs by up to inf"});
}

TEST(Compare, ATransposedMatrix) {
  Pair pair;
  float* out = pair.at("backbone.layer.1.out.weight");
  for (int r = 0; r < kWidth; ++r)
    for (int c = 0; c < r; ++c) std::swap(out[r * kWidth + c], out[c * kWidth + r]);
  const std::vector<std::string> expected = {"roberta.encoder.layer.1.attention.output.dense.weight is the reference's, transposed"};
  EXPECT_EQ(pair.differences(), expected);
  EXPECT_EQ(pair.first_part(), (std::pair<std::string, std::vector<std::string>>{"layer 1", expected}));
}

TEST(Compare, QueriesAndKeysChangedPlaces) {
  Pair pair;
  float* qkv = pair.at("backbone.layer.2.qkv.weight");
  std::swap_ranges(qkv, qkv + kWidth * kWidth, qkv + kWidth * kWidth);
  const std::string at = "roberta.encoder.layer.2.attention.self.";
  const std::vector<std::string> expected = {at + "key.weight is the reference's " + at + "query.weight",
                                             at + "query.weight is the reference's " + at + "key.weight"};
  EXPECT_EQ(pair.differences(), expected);
  EXPECT_EQ(pair.first_part(), (std::pair<std::string, std::vector<std::string>>{"layer 2", expected}));
}

TEST(Compare, OtherSettings) {
  struct Case {
    Json more;
    const char *part, *cause;
  };
  const Case cases[] = {{{{"layer_norm_eps", 0.01}}, "embeddings", "the epsilon of norms is 0.01, in the reference 1e-12"},
                        {{{"pad_token_id", 4}}, "embeddings", "the row of the first position is 5, in the reference 2"},
                        {{{"hidden_act", "relu"}}, "layer 0", "the activation is relu, in the reference gelu"},
                        {{{"num_attention_heads", 4}}, "layer 0", "the number of heads is 4, in the reference 2"}};
  for (const Case& c : cases) {
    Pair pair(c.more);
    EXPECT_EQ(pair.first_part(), (std::pair<std::string, std::vector<std::string>>{c.part, {c.cause}}));
  }
}

TEST(Compare, NamesWithAndWithoutThePrefixOfAHead) {
  const std::vector<float> one = {1}, two = {2}, three = {3};
  const auto tensors = [](const std::map<std::string, TensorView>& views) { return ModelTensors{views, {}}; };
  const TensorView a = {{1}, one.data()}, b = {{1}, two.data()}, c = {{1}, three.data()};
  const ModelTensors headed = tensors({{"bert.x.weight", a}, {"classifier.bias", c}}), bare = tensors({{"x.weight", b}, {"pooler.bias", c}});
  for (const bool swapped : {false, true}) {
    const ModelTensors& own = swapped ? bare : headed;
    ModelTensors reference = swapped ? headed : bare;
    align_names(reference, own, "bert.");
    const auto found = compare_tensors(own, reference, 0);
    ASSERT_EQ(found.size(), 3u);
    const TensorDifference& both = found[swapped ? 2 : 0];
    EXPECT_EQ(both.name + " " + both.what, std::string(swapped ? "" : "bert.") + "x.weight differs by up to 1");
  }
  ModelTensors ambiguous = tensors({{"bert.x.weight", a}, {"x.weight", b}});
  align_names(ambiguous, headed, "bert.");
  EXPECT_EQ(ambiguous.views.size(), 2u);
}

TEST(Compare, NumbersShapesAndNames) {
  const std::vector<float> one = {1, 2, 3, 4, 5, 6}, two = {1, 2, 3, 4, 5, 6.5f}, three = {1, 2, 3, std::numeric_limits<float>::infinity(), 5, 6};
  const auto tensors = [](const std::map<std::string, TensorView>& views) { return ModelTensors{views, {}}; };
  const auto own = tensors({{"a", {{2, 3}, one.data()}}, {"b", {{2, 3}, two.data()}}, {"c", {{6}, one.data()}}, {"d", {{6}, one.data()}}});
  const auto reference = tensors({{"a", {{3, 2}, one.data()}}, {"b", {{2, 3}, one.data()}}, {"c", {{6}, three.data()}}, {"e", {{6}, two.data()}}});
  const std::pair<const char*, const char*> expected[] = {{"a", "has the shape [2, 3], the reference's [3, 2]"},
                                                          {"b", "differs by up to 0.5"},
                                                          {"c", "differs by up to inf"},
                                                          {"d", "is not in the reference"},
                                                          {"e", "is in the reference only"}};
  const auto found = compare_tensors(own, reference, 0);
  ASSERT_EQ(found.size(), std::size(expected));
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].name, expected[i].first);
    EXPECT_EQ(found[i].what, expected[i].second);
  }
  EXPECT_EQ(compare_tensors(own, reference, 0.5).size(), 4u);  // b is close enough
}

}  // namespace
}  // namespace gamana
