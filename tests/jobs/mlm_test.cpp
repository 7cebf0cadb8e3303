// Pre-training: examples, losses against PyTorch (tests/golden/mlm.json, made by tools/golden/mlm.py), guesses.
#include "gamana/jobs/mlm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "gamana/base/file.h"
#include "gamana/jobs/fill_mask.h"
#include "gamana/train/optimizer.h"
#include "tests/jobs/letters.h"
#include "tests/support/formula_weights.h"
#include "tests/support/golden.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

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

// Each epoch cuts other pairs, and an epoch the same ones whenever it comes.
TEST(MaskedTexts, PairsAreCutAnewForEachEpoch) {
  std::string text;
  for (int document = 0; document < 6; ++document) {
    for (int line = 0; line < 8; ++line) text += std::string(1, static_cast<char>('a' + (document * 8 + line) % 26)) + " b c\n";
    text += "\n";
  }
  MaskedTextRule rule;
  rule.pairs = PairTask::next_sentence;
  MaskedTexts texts = texts_of(text, 16, rule);
  const auto all = [&] {
    std::vector<std::vector<int32_t>> ids;
    for (int32_t i = 0; i < texts.size(); ++i) ids.push_back(texts.text(i).ids);
    return ids;
  };
  const auto first = all();
  texts.begin_epoch(1);
  EXPECT_NE(all(), first);
  texts.begin_epoch(0);
  EXPECT_EQ(all(), first);
}

// Without texts to validate on, the first twentieth of the tokens is held out: lines, or whole documents of pairs.
TEST(MaskedTexts, TheFirstTwentiethIsHeldOut) {
  const TextEncoder encoder(letters(), 16, 512);
  const auto open = [&](const std::string& text, const MaskedTextRule& rule) {
    const std::string folder = new_folder();
    write_file(folder + "/text", text);
    TextFormat format;
    format.keep_line_ends = false;
    return open_texts({.train = {folder + "/text"}, .valid = "", .format = format, .folder = folder, .progress = {}}, encoder, rule);
  };
  std::string lines = "\n\n";
  for (int i = 0; i < 100; ++i) lines += "a b c d\n";
  const PretrainingTexts by_line = open(lines, {.by_line = true, .pairs = {}});
  EXPECT_EQ(by_line.valid.size(), 5);
  EXPECT_EQ(by_line.train.size(), 95);
  std::string documents;
  for (int d = 0; d < 10; ++d) documents += "a b\nc d\ne f\ng h\n\n";
  MaskedTextRule rule;
  rule.pairs = PairTask::sentence_order;
  const PretrainingTexts pairs = open(documents, rule);
  int64_t tokens = 0;
  for (int32_t i = 0; i < pairs.valid.size(); ++i) tokens += pairs.valid.text(i).length() - 3;
  EXPECT_EQ(tokens, 8);  // a whole document, of the ten
  EXPECT_THROW(open("a b c\n", {.by_line = true, .pairs = {}}), Error);
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

TEST(Pretraining, EveryTokenButSpecialOnesIsScored) {
  const LoadedModel loaded = load_text_model(mlm_model(golden("mlm")["cases"][0]));
  MaskedTextRule rule;
  rule.by_line = true;
  const MaskedTexts texts = texts_of("a b c\nd e\n", 12, rule);
  const auto scores = pseudo_scores(*loaded.model, Precision::f32, texts);
  EXPECT_EQ(scores.at("tokens"), 5);
  EXPECT_NEAR(scores.at("pseudo_perplexity"), std::exp(-scores.at("pseudo_log_likelihood") / 5), 1e-9);
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
