// Language models: what they learn from, and how they are measured.
#include "gamana/jobs/lm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "gamana/base/file.h"
#include "gamana/base/rng.h"
#include "gamana/jobs/perplexity.h"
#include "gamana/train/trainer.h"
#include "tests/support/files.h"
#include "tests/support/formula_weights.h"

namespace gamana {
namespace {

// A token for each of the first 64 characters of ASCII; `post`: what the tokenizer puts around a text.
Tokenizer characters(const Json& post = nullptr) {
  Json vocabulary;
  for (int i = 0; i < 62; ++i) vocabulary[std::string(1, static_cast<char>(i + 64))] = i;
  vocabulary["<b>"] = 62, vocabulary["<e>"] = 63;
  Json added = Json::array();
  for (const int id : {62, 63})
    added.push_back({{"id", id}, {"content", id == 62 ? "<b>" : "<e>"}, {"single_word", false}, {"lstrip", false},
                     {"rstrip", false}, {"normalized", false}, {"special", true}});
  const Json split = {{"type", "Split"}, {"pattern", {{"Regex", "[\\s\\S]"}}}, {"behavior", "Isolated"}, {"invert", false}};
  const Json json = {{"version", "1.0"}, {"truncation", nullptr}, {"padding", nullptr}, {"added_tokens", added},
                     {"normalizer", nullptr}, {"pre_tokenizer", split}, {"post_processor", post},
                     {"decoder", {{"type", "Fuse"}}},
                     {"model", {{"type", "WordLevel"}, {"vocab", vocabulary}, {"unk_token", "<unk>"}}}};
  return Tokenizer::parse(json.dump(), "characters");
}

Json begins_with_b() {
  const Json b = {{"SpecialToken", {{"id", "<b>"}, {"type_id", 0}}}}, a = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  return {{"type", "TemplateProcessing"}, {"single", {b, a}}, {"pair", {b, a, b, {{"Sequence", {{"id", "B"}, {"type_id", 1}}}}}},
          {"special_tokens", {{"<b>", {{"id", "<b>"}, {"ids", {62}}, {"tokens", {"<b>"}}}}}}};
}

std::unique_ptr<TextModel> new_model(uint64_t seed = 7) {
  const Json config = {{"model_type", "gpt2"}, {"n_layer", 2}, {"n_embd", 16}, {"n_head", 2}, {"n_positions", 12},
                       {"vocab_size", 64}, {"initializer_range", 0.4}};
  auto model = std::make_unique<TextModel>(config, Task::next_word);
  model->parameters().initialise(seed);
  return model;
}

// -log p(ids[t]) given those from `begin` on.
double nll_of(const TextModel& model, const std::vector<int32_t>& ids, int64_t begin, int64_t t) {
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  Batch batch;
  batch.append(ids.data() + begin, t - begin);
  const Tensor hidden = model.hidden(c, batch);
  const Tensor logits = model.project(c, 0, model.read(c, 0, hidden, batch));
  const float* row = logits.data() + (t - begin - 1) * logits.cols();
  double sum = 0;
  for (int64_t v = 0; v < logits.cols(); ++v) sum += std::exp(static_cast<double>(row[v]));
  return std::log(sum) - row[ids[t]];
}

std::vector<int32_t> random_ids(int64_t n) {
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < n; ++i) ids.push_back(static_cast<int32_t>(uniform(5, i) * 62));
  return ids;
}

std::string text_of(int64_t n) {
  std::string text;
  for (const int32_t id : random_ids(n)) text += static_cast<char>(id + 64);
  return text;
}

TextFiles files_of(const std::string& train, const std::string& valid = "") {
  static int count = 0;
  const std::string folder = temporary("lm" + std::to_string(count++));
  make_directory(folder);
  write_quickly(folder + "/train", train);
  if (!valid.empty()) write_quickly(folder + "/valid", valid);
  TextFormat format;
  format.kind = TextFormat::Kind::whole;
  return {{folder + "/train"}, valid.empty() ? "" : folder + "/valid", format, folder, {}};
}

TEST(Lm, TokensAroundDocuments) {
  const auto check = [](const TokensAround& a, const std::vector<int32_t>& before, const std::vector<int32_t>& after) {
    EXPECT_EQ(a.before, before);
    EXPECT_EQ(a.after, after);
  };
  check(around_documents(characters(), {}), {}, {});
  check(around_documents(characters(), 63), {}, {63});
  check(around_documents(characters(begins_with_b()), 63), {62}, {63});
  check(around_documents(characters(begins_with_b()), {}), {62}, {});
}

// Windows see what they see in the recipe, and each token is told once.
TEST(Perplexity, WindowsAreThoseOfTheRecipe) {
  const auto model = new_model();
  for (const int64_t size : {1, 2, 7, 8, 9, 23}) {
    for (const auto& [context, stride] : {std::pair{8, 3}, {8, 8}, {8, 1}, {12, 6}}) {
      const std::vector<int32_t> ids = random_ids(size);
      double expected = 0;
      int64_t tokens = 0, told = 0;
      for (int64_t begin = 0; told < size; begin += stride) {
        const int64_t end = std::min<int64_t>(begin + context, size);
        for (int64_t t = std::max(told, begin + 1); t < end; ++t) expected += nll_of(*model, ids, begin, t), ++tokens;
        told = end;
      }
      WindowScorer scorer(*model, Precision::f32, context, stride);
      scorer.add(ids), scorer.end_text();
      const TextScore score = scorer.finish();
      EXPECT_EQ(score.tokens, tokens);
      EXPECT_NEAR(score.nll, expected, 1e-4 * std::max(1.0, expected)) << size << " " << context << " " << stride;
      for (const int64_t piece : {1, 5}) {  // a text as it comes
        for (int64_t at = 0; at < size; at += piece) scorer.add(std::span(ids).subspan(at, std::min(piece, size - at)));
        scorer.end_text();
      }
      EXPECT_NEAR(scorer.finish().nll, 2 * expected, 2e-4 * std::max(1.0, expected));
    }
  }
}

TEST(Lm, TheLastTenthIsHeldOutAndScored) {
  const std::string text = text_of(200);
  const TextEncoder encoder(characters(), 8, 12);
  LmJob job(files_of(text), encoder, {}, 1);
  EXPECT_EQ(job.examples(), "180 tokens in blocks of 8");
  const auto model = new_model();
  const auto scores = job.validate(*model, Precision::f32);
  double nll = 0;
  for (int64_t t = 181; t < 200; ++t) nll += nll_of(*model, random_ids(200), 180 + (t - 181) / 8 * 8, t);
  EXPECT_NEAR(scores.at("loss"), nll / 19, 1e-5);
  EXPECT_NEAR(scores.at("perplexity"), std::exp(nll / 19), 1e-3);
  EXPECT_NEAR(scores.at("bits_per_byte"), nll / 19 / std::numbers::ln2, 1e-5);  // a byte a token
  EXPECT_GE(scores.at("accuracy"), 0);
  LmJob given(files_of(text, "ABCD"), encoder, {}, 1);
  EXPECT_EQ(given.examples(), "200 tokens in blocks of 8");
  EXPECT_THROW(LmJob(files_of("A"), encoder, {}, 1), Error);
  EXPECT_THROW(LmJob(files_of(text, "A"), encoder, {}, 1), Error);
  EXPECT_THROW(LmJob(files_of("a~\x01"), encoder, {}, 1), Error);  // a character without a token
}

// Where a document begins near the place of the cut, it is cut there.
TEST(Lm, WholeDocumentsAreHeldOut) {
  const auto learned = [](const std::vector<int>& sizes) {
    std::string lines;
    for (const int n : sizes) lines += fmt::format("{{\"text\": \"{}\"}}\n", std::string(n, 'A'));
    TextFiles files = files_of(lines);
    files.format.kind = TextFormat::Kind::json_lines;
    return LmJob(files, TextEncoder(characters(), 8, 12), {}, 1).examples();
  };
  EXPECT_EQ(learned({92, 8}), "92 tokens in blocks of 8");
  EXPECT_EQ(learned({96, 4}), "90 tokens in blocks of 8");  // too little would be left
  EXPECT_EQ(learned({50, 50}), "90 tokens in blocks of 8");
}

// Gradients of a block of two documents are those of its documents alone.
TEST(Lm, LossIsOverDocumentsAlone) {
  const auto model = new_model();
  const auto loss = [&](const NextTokenBatch& b, std::vector<float>& gradients) {
    ParameterStore& p = model->parameters();
    p.require_gradients(), p.zero_gradients();
    Arena arena;
    Tape tape;
    Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape};
    const double sum = next_token_loss(c, *model, b, 1).loss;
    tape.backward();
    gradients.resize(static_cast<size_t>(p.size()));
    for (int64_t i = 0; i < p.size(); ++i) gradients[i] += p.gradients()[i];
    return sum;
  };
  const std::vector<int32_t> first = {3, 9, 4, 1}, second = {9, 4, 4};
  NextTokenBatch both, one, other;
  both.batch.append(first.data(), 4), both.batch.append(second.data(), 3);
  both.rows = {0, 1, 2, 4, 5}, both.targets = {9, 4, 1, 4, 4};
  one.batch.append(first.data(), 3), one.rows = {0, 1, 2}, one.targets = {9, 4, 1};
  other.batch.append(second.data(), 2), other.rows = {0, 1}, other.targets = {4, 4};
  std::vector<float> together, apart;
  const double sum = loss(both, together);
  EXPECT_NEAR(sum, loss(one, apart) + loss(other, apart), 1e-5);
  for (size_t i = 0; i < apart.size(); ++i) ASSERT_NEAR(together[i], apart[i], 1e-4) << i;
}

// Twenty steps of nanoGPT's recipe from the same weights (tests/golden/nanogpt.json, made by tools/golden/nanogpt.py).
TEST(Lm, LossesOfNanoGptsRecipeEqualPyTorchs) {
  const Json golden = read_json(GAMANA_SOURCE_DIR "/tests/golden/nanogpt.json");
  const auto starts = golden["starts"].get<std::vector<std::vector<int32_t>>>();
  const auto tokens = golden["tokens"].get<std::vector<int32_t>>();
  const int64_t context = golden["context"];
  const LoadedModel loaded = load_text_model(case_folder(golden));
  const auto size = [](std::span<const int32_t> examples, int64_t each) { return std::ssize(examples) * each; };
  NextTokenBatch b;  // backward reads it
  TrainTask task;
  task.parameters = &loaded.model->parameters();
  task.plan = [&](int64_t) { return starts; };
  task.labels = task.tokens = [&](std::span<const int32_t> examples) { return size(examples, context); };
  task.loss = [&](Context& c, std::span<const int32_t> examples, float scale) {
    b = {};
    for (const int32_t start : examples) {
      b.batch.append(tokens.data() + start, context);
      for (int64_t i = 0; i < context; ++i)
        b.rows.push_back(static_cast<int32_t>(b.rows.size())), b.targets.push_back(tokens[start + i + 1]);
    }
    return next_token_loss(c, *loaded.model, b, scale);
  };
  TrainerSettings settings;
  settings.optimizer = {.name = "adamw", .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8, .weight_decay = golden["decay"]};
  settings.schedule = {.name = "cosine", .peak = golden["peak"], .warmup = golden["warmup"], .floor = golden["floor"]};
  settings.max_steps = golden["total"];
  Trainer trainer(settings, task, {});
  for (size_t step = 0; step < starts.size(); ++step) {
    trainer.train_step();
    EXPECT_NEAR(trainer.last_loss(), golden["losses"][step].get<double>(), 1e-4) << "step " << step;
  }
}

}  // namespace
}  // namespace gamana
