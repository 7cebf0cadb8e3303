// Pre-training: examples, losses against PyTorch (tests/golden/mlm.json, made by tools/golden/mlm.py), ELECTRA,
// guesses.
#include "gamana/jobs/mlm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "gamana/base/file.h"
#include "gamana/jobs/electra.h"
#include "gamana/jobs/fill_mask.h"
#include "gamana/train/optimizer.h"
#include "tests/support/formula_weights.h"
#include "tests/support/golden.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

// [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, [MASK] 4; words a to z are 5 to 30, and what goes on with them, ##a to ##z, 31
// to 56.
Tokenizer letters(bool with_mask = true) {
  Json vocabulary, added = Json::array();
  const char* special[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", with_mask ? "[MASK]" : "[HIDE]"};
  for (int i = 0; i < 5; ++i) {
    vocabulary[special[i]] = i;
    added.push_back({{"id", i},
                     {"content", special[i]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  }
  for (int i = 0; i < 26; ++i) {
    const std::string letter(1, static_cast<char>('a' + i));
    vocabulary[letter] = 5 + i, vocabulary["##" + letter] = 31 + i;
  }
  const auto token = [](const char* name, int type) {
    return Json{{"SpecialToken", {{"id", name}, {"type_id", type}}}};
  };
  const auto text = [](const char* name, int type) { return Json{{"Sequence", {{"id", name}, {"type_id", type}}}}; };
  const auto entry = [](const char* name, int id) { return Json{{"id", name}, {"ids", {id}}, {"tokens", {name}}}; };
  const Json json = {{"version", "1.0"},
                     {"truncation", nullptr},
                     {"padding", nullptr},
                     {"added_tokens", added},
                     {"normalizer", nullptr},
                     {"pre_tokenizer", {{"type", "WhitespaceSplit"}}},
                     {"post_processor",
                      {{"type", "TemplateProcessing"},
                       {"single", {token("[CLS]", 0), text("A", 0), token("[SEP]", 0)}},
                       {"pair", {token("[CLS]", 0), text("A", 0), token("[SEP]", 0), text("B", 1), token("[SEP]", 1)}},
                       {"special_tokens", {{"[CLS]", entry("[CLS]", 2)}, {"[SEP]", entry("[SEP]", 3)}}}}},
                     {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
                     {"model",
                      {{"type", "WordPiece"},
                       {"unk_token", "[UNK]"},
                       {"continuing_subword_prefix", "##"},
                       {"max_input_chars_per_word", 100},
                       {"vocab", vocabulary}}}};
  return Tokenizer::parse(json.dump(), "letters");
}

MaskedTexts texts_of(const std::string& text, int length, const MaskedTextRule& rule) {
  const std::string folder = new_folder();
  write_file(folder + "/text", text);
  const TextEncoder encoder(letters(), length, 512);
  TextFormat format;
  format.keep_line_ends = false;
  const auto cache = tokenized(folder + "/text.tokens", {folder + "/text"}, format, encoder.tokenizer(), {});
  return MaskedTexts(cache, cache->offsets(), encoder, rule);
}

TEST(MaskedTexts, BlocksAndLinesAreWrappedAsTheTokenizerWrapsTexts) {
  const MaskedTexts blocks = texts_of("a b c\nd\n\ne f g h\n", 6, {});
  ASSERT_EQ(blocks.size(), 2);
  EXPECT_EQ(blocks.text(0).ids, (std::vector<int32_t>{2, 5, 6, 7, 8, 3}));
  EXPECT_EQ(blocks.text(1).ids, (std::vector<int32_t>{2, 9, 10, 11, 12, 3}));
  MaskedTextRule rule;
  rule.by_line = true;
  const MaskedTexts lines = texts_of("a b c\nd\n\ne f g h\n", 5, rule);
  ASSERT_EQ(lines.size(), 3);
  EXPECT_EQ(lines.text(1).ids, (std::vector<int32_t>{2, 8, 3}));
  EXPECT_EQ(lines.text(2).ids, (std::vector<int32_t>{2, 9, 10, 11, 3}));  // cut
  EXPECT_EQ(lines.lengths(), (Lengths{5, 3, 5}));
}

TEST(MaskedTexts, HiddenWordsAreWhatTheBatchSaysAndChangeWithTheEpoch) {
  MaskedTextRule rule;
  rule.rate = 0.5, rule.hidden = 1, rule.random = 0;
  MaskedTexts texts = texts_of("a b c d e f g h i j k l m n o p\n", 18, rule);
  const std::vector<int32_t> all = {0};
  const auto check = [&] {
    const MaskedBatch b = texts.batch(all);
    const std::vector<int32_t> right = texts.text(0).ids;
    EXPECT_EQ(b.rows.size(), 8u);
    EXPECT_EQ(texts.masked(all), 8);
    for (size_t i = 0; i < b.rows.size(); ++i) {
      EXPECT_EQ(b.labels[i], right[b.rows[i]]);
      EXPECT_EQ(b.batch.tokens[b.rows[i]], 4);
    }
    EXPECT_EQ(std::count(b.batch.tokens.begin(), b.batch.tokens.end(), 4), 8);
    return b.rows;
  };
  const std::vector<int32_t> first = check();
  texts.begin_epoch(1);
  EXPECT_NE(check(), first);
  texts.begin_epoch(0);
  EXPECT_EQ(check(), first);
}

TEST(MaskedTexts, WholeWordsAreHiddenTogether) {
  MaskedTextRule rule;
  rule.rate = 0.4, rule.hidden = 1, rule.random = 0, rule.whole_words = true;
  MaskedTexts texts = texts_of("abc def ghi jkl mno pqr\n", 64, rule);
  for (int64_t epoch = 0; epoch < 8; ++epoch) {
    texts.begin_epoch(epoch);
    const MaskedBatch b = texts.batch(std::vector<int32_t>{0});
    EXPECT_EQ(b.rows.size(), 6u);  // of 18 tokens 7 are wanted, and words have 3
    for (size_t i = 0; i < b.rows.size(); i += 3) {
      EXPECT_EQ(b.rows[i] % 3, 1);  // behind [CLS]
      EXPECT_EQ(b.rows[i + 2], b.rows[i] + 2);
    }
  }
}

TEST(MaskedTexts, PairsHaveTheSegmentsOfTheTokenizer) {
  MaskedTextRule rule;
  rule.pairs = PairTask::sentence_order;
  const MaskedTexts texts = texts_of("a b\nc d\n\ne f\ng h\n", 16, rule);
  ASSERT_GE(texts.size(), 1);
  const EncodedText text = texts.text(0);
  ASSERT_EQ(text.length(), texts.lengths()[0]);
  EXPECT_EQ(text.ids.front(), 2);
  EXPECT_EQ(text.ids.back(), 3);
  EXPECT_EQ(std::count(text.ids.begin(), text.ids.end(), 3), 2);
  EXPECT_EQ(text.segments.front(), 0);
  EXPECT_EQ(text.segments.back(), 1);
  EXPECT_EQ(texts.batch(std::vector<int32_t>{0}).pair_labels.size(), 1u);
}

TEST(MaskedTexts, FaultsAreSaid) {
  EXPECT_THROW(texts_of("a b\n", 3, {}), Error);       // no room
  EXPECT_THROW(texts_of("\n\n", 16, {}), Error);       // no token
  EXPECT_THROW(mask_token_of(letters(false)), Error);  // no [MASK]
  EXPECT_EQ(mask_token_of(letters()), 4);
}

// A directory with the model before its first step.
std::string mlm_model(const Json& golden_case) {
  const std::string folder = new_folder();
  write_formula_weights(folder + "/model.safetensors", golden_case["tensors"]);
  write_json(folder + "/config.json", golden_case["config"]);
  return folder;
}

MaskedBatch golden_batch(const Json& texts, bool pairs) {
  MaskedBatch b;
  for (const Json& text : texts) {
    const auto ids = text["ids"].get<std::vector<int32_t>>(), segments = text["segments"].get<std::vector<int32_t>>();
    for (const auto& place : text["places"]) b.rows.push_back(b.batch.offsets.back() + place.get<int32_t>());
    for (const auto& label : text["labels"]) b.labels.push_back(label);
    if (pairs) b.pair_labels.push_back(text["pair_label"]);
    b.batch.append(ids.data(), static_cast<int64_t>(ids.size()), segments.data());
  }
  return b;
}

// Fifty steps: masked words alone, and with next sentences.
TEST(Pretraining, LossesEqualPyTorchs) {
  const Json& all = golden("mlm");
  for (const Json& golden_case : all["cases"]) {
    SCOPED_TRACE(golden_case["class"].get<std::string>());
    const LoadedModel loaded = load_text_model(mlm_model(golden_case));
    TextModel& model = *loaded.model;
    ParameterStore& parameters = model.parameters();
    parameters.require_gradients(), parameters.zero_gradients();
    Optimizer optimizer({.name = "adamw", .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = all["decay"]},
                        parameters);
    Arena arena;
    for (size_t step = 0; step < all["batches"].size(); ++step) {
      const MaskedBatch b = golden_batch(all["batches"][step], model.task() == Task::pretraining);
      const double words = static_cast<double>(b.rows.size());
      Tape tape;
      Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape, .training = true};
      const LossSum sum = pretraining_loss(c, model, b, static_cast<float>(1 / words));
      tape.backward();
      // Differences of rounding grow with the steps, from 1e-6 on.
      ASSERT_NEAR(sum.loss / words, golden_case["losses"][step].get<double>(), 1e-3) << "step " << step;
      const double norm = std::sqrt(c.kernels.sum_of_squares(parameters.size(), parameters.gradients()));
      optimizer.update(c.kernels, all["rate"], norm > 1 ? 1 / (norm + 1e-6) : 1, static_cast<int64_t>(step) + 1);
      parameters.zero_gradients();
    }
  }
}

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
  write_file(folder + "/text", "a b c d e f g h\na b c d e f g h\na b c d\n");
  const TextEncoder encoder(letters(), 8, 16);
  TextFormat format;
  format.keep_line_ends = false;
  ElectraJob job({{folder + "/text"}, "", format, folder, {}}, encoder, {}, 0.5, 3);
  const Json config = {{"model_type", "electra"}, {"vocab_size", 57},
                       {"hidden_size", 16},       {"embedding_size", 8},
                       {"num_hidden_layers", 1},  {"num_attention_heads", 2},
                       {"intermediate_size", 32}, {"max_position_embeddings", 16}};
  const LoadedModel loaded = job.load("", config, 3);
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

TEST(FillMask, GuessesAreTheLikeliestTokensOrAmongTargets) {
  const Json& all = golden("mlm");
  const LoadedModel loaded = load_text_model(mlm_model(all["cases"][0]));
  const EncodedText first{{2, 7, 4, 9, 3}, {0, 0, 0, 0, 0}}, second{{2, 4, 8, 4, 3}, {0, 0, 0, 0, 0}};
  const std::vector<const EncodedText*> texts = {&first, &second};
  const std::vector<std::vector<int32_t>> places = {mask_places(first, 4), mask_places(second, 4)};
  EXPECT_EQ(places[1], (std::vector<int32_t>{1, 3}));
  const auto guesses = fill_masks(*loaded.model, Precision::f32, texts, places, {}, 60);
  ASSERT_EQ(guesses.size(), 2u);
  ASSERT_EQ(guesses[1].size(), 2u);
  for (const auto& mask : {guesses[0][0], guesses[1][0], guesses[1][1]}) {
    ASSERT_EQ(mask.size(), 60u);
    double sum = 0;
    for (size_t i = 0; i < mask.size(); ++i) {
      sum += mask[i].score;
      EXPECT_LE(mask[i].score, mask[i > 0 ? i - 1 : 0].score);
    }
    EXPECT_NEAR(sum, 1, 1e-6);
  }
  const std::vector<int32_t> targets = {9, 30};
  const auto among = fill_masks(*loaded.model, Precision::f32, texts, places, targets, 5);
  ASSERT_EQ(among[0][0].size(), 2u);
  for (const MaskGuess& guess : among[0][0]) {
    const auto same = std::find_if(guesses[0][0].begin(), guesses[0][0].end(),
                                   [&](const MaskGuess& g) { return g.token == guess.token; });
    EXPECT_DOUBLE_EQ(same->score, guess.score);
  }
}

}  // namespace
}  // namespace gamana
