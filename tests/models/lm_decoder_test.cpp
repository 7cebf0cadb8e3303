// Language models token by token, from their caches: against the forward of the whole text, and transformers' generate
// (tests/golden/decoders.json).
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "gamana/base/file.h"
#include "gamana/decode/generate.h"
#include "gamana/models/lm_decoder.h"
#include "tests/support/formula_weights.h"
#include "tests/support/golden.h"
#include "tests/support/messages.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

std::unique_ptr<TextModel> model_of(const Json& golden_case) {
  return std::move(load_text_model(case_folder(golden_case)).model);
}

// Calls use(model, case) for the language models.
void each_model(const std::function<void(TextModel&, const Json&)>& use) {
  for (const Json& golden_case : golden("decoders")["cases"]) {
    if (!golden_case.contains("greedy")) continue;
    SCOPED_TRACE(golden_case["title"].get<std::string>());
    use(*model_of(golden_case), golden_case);
  }
}

std::vector<std::vector<int>> prompts() { return golden("decoders")["texts"].get<std::vector<std::vector<int>>>(); }

// Logits of every token of a text, fed in steps of the lengths given.
std::vector<float> logits_by_steps(LmDecoder& decoder, const std::vector<int>& text, const std::vector<int>& lengths, bool prompt) {
  const int vocabulary = decoder.vocabulary_size();
  std::vector<float> logits;
  std::vector<int32_t> cells;
  for (size_t i = 0; i < text.size(); ++i) cells.push_back(static_cast<int32_t>((7 * i + 3) % 32));  // anywhere
  decoder.reserve(1, 32, 32);
  std::vector<int32_t> places(32);
  for (int i = 0; i < 32; ++i) places[i] = 31 - i;
  size_t at = 0;
  for (const int length : lengths) {
    std::vector<StepRow> rows;
    for (int i = 0; i < length; ++i, ++at)
      rows.push_back({0, text[at], static_cast<int>(at), cells[at], cells.data(), true, prompt, places.data()});
    decoder.step(rows);
    std::vector<float> part(rows.size() * vocabulary);
    decoder.project(0, vocabulary, part.data());
    logits.insert(logits.end(), part.begin(), part.end());
  }
  return logits;
}

double largest_difference(const std::vector<float>& a, const Json& b) {
  double largest = a.size() == b.size() ? 0 : 1e30;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) largest = std::max(largest, std::abs(a[i] - b[i].get<double>()));
  return largest;
}

TEST(LmDecoder, StepsAreTheWholeForward) {
  each_model([](TextModel& model, const Json& golden_case) {
    LmDecoder decoder(model, 2, Precision::f32, Precision::f32), half(model, 2, Precision::f32, Precision::bf16);
    const std::vector<int> text = prompts()[2];
    const Json& whole = golden_case["outputs"][2];
    const std::vector<int> single(text.size(), 1);
    EXPECT_LT(largest_difference(logits_by_steps(decoder, text, single, false), whole), 2e-5);
    EXPECT_LT(largest_difference(logits_by_steps(decoder, text, {13}, true), whole), 2e-5);
    // bf16 has 8 bits of precision: keys and values are off by up to a part in 256.
    EXPECT_LT(largest_difference(logits_by_steps(half, text, {5, 8}, true), whole), 5e-2);
    // How a prompt is cut does not show, not in a bit.
    const std::vector<float> at_once = logits_by_steps(decoder, text, {13}, true);
    EXPECT_EQ(logits_by_steps(decoder, text, {1, 4, 7, 1}, true), at_once);
    EXPECT_EQ(logits_by_steps(decoder, text, single, true), at_once);
  });
}

std::vector<std::vector<int>> generated(TextModel& model, int beams, std::span<const std::vector<int>> texts, int prompt_rows = 256) {
  LmDecoder decoder(model, 2, Precision::f32, Precision::f32);
  DecodeModel* const models[] = {&decoder};
  RequestOptions options;
  options.num_beams = beams, options.max_new_tokens = 8;
  std::vector<GenerateRequest> requests;
  for (const auto& text : texts) requests.push_back({{}, text, &options});
  RunOptions run;
  run.prompt_rows = prompt_rows;
  std::vector<std::vector<int>> out;
  for (const auto& hypotheses : Generator(models, run).run(requests)) out.push_back(hypotheses.front().tokens);
  return out;
}

TEST(LmDecoder, GeneratesWhatTransformersGenerates) {
  each_model([](TextModel& model, const Json& golden_case) {
    const auto texts = prompts();
    EXPECT_EQ(Json(generated(model, 1, texts)), golden_case["greedy"]);
    EXPECT_EQ(Json(generated(model, 3, texts)), golden_case["beams"]);
    EXPECT_EQ(Json(generated(model, 1, texts, 3)), golden_case["greedy"]);  // prompts in pieces
    for (size_t i = 0; i < texts.size(); ++i)
      EXPECT_EQ(Json(generated(model, 1, std::span(texts).subspan(i, 1))[0]), golden_case["greedy"][i]);
  });
}

// Keys and values of 16 channels: two layers see all tokens, two the last ones.
TEST(LmDecoder, LayersOfAWindowHaveACacheOfTheirOwn) {
  each_model([](TextModel& model, const Json& golden_case) {
    if (golden_case["title"] != "gpt_neo") return;
    const LmDecoder decoder(model, 2, Precision::f32, Precision::bf16);
    EXPECT_EQ(decoder.window(), 3);  // and the token itself
    EXPECT_EQ(decoder.bytes_per_cell(), 2 * 2 * 16 * 2);
    EXPECT_EQ(decoder.bytes_per_place(), 2 * 2 * 16 * 2);
  });
}

// Packed as it is read, with nothing else kept.
TEST(LmDecoder, AModelThatOnlyWritesSaysTheSame) {
  each_model([](TextModel& model, const Json& golden_case) {
    const LoadedModel writing = load_writing_model(case_folder(golden_case), Precision::f32);
    for (const auto& e : writing.model->parameters().entries()) {
      const bool is_read = e.parameter->of_product || (e.parameter->is_table && model.head(0).tied);
      EXPECT_EQ(e.parameter->tensor.node().data == nullptr, is_read && e.parameter->cols % 2 == 0) << e.name;
    }
    LmDecoder decoder(model, 2, Precision::f32, Precision::f32), writer(*writing.model, 2, Precision::f32, Precision::f32);
    const std::vector<int> text = prompts()[2];
    EXPECT_EQ(logits_by_steps(decoder, text, {5, 1, 7}, true), logits_by_steps(writer, text, {5, 1, 7}, true));
  });
}

// A vocabulary so large that what follows is narrowed down before it is projected: the choice is that of all logits.
TEST(LmDecoder, ALargeVocabularyIsNarrowedDownToTheSameChoice) {
  constexpr int kWords = 70001;
  for (const Precision p : {Precision::f32, Precision::bf16}) {
    if (p == Precision::bf16 && !has_bf16()) continue;
    const auto model = std::make_unique<TextModel>(
        Json{{"model_type", "gpt2"}, {"vocab_size", kWords}, {"n_embd", 64}, {"n_layer", 2}, {"n_head", 4}, {"n_positions", 64}},
        Task::next_word);
    model->parameters().initialise(3);
    LmDecoder fast(*model, -1, p, Precision::f32), plain(*model, -1, p, Precision::f32);
    DecodeModel* models[] = {&fast};
    GenerateOptions options;
    options.max_new_tokens = 24;
    std::vector<int> prompt = {5, 60000};
    options.prefixes = {prompt};
    const std::vector<std::vector<int>> none(1);
    const std::vector<int> found = generate(models, none, options)[0][0].tokens;
    plain.reserve(1, 32, 32);
    std::vector<int32_t> cells(32);
    std::iota(cells.begin(), cells.end(), 0);
    std::vector<float> logits(kWords);
    for (int at = 0; at < 25; ++at) {
      const StepRow row{0, at < 2 ? prompt[at] : found[at - 2], at, at, cells.data(), true, false, cells.data()};
      plain.step({&row, 1});
      plain.project(0, kWords, logits.data());
      if (at == 0) continue;
      EXPECT_EQ(found[at - 1], std::max_element(logits.begin(), logits.end()) - logits.begin()) << at;
    }
    std::vector<float> low((kWords + 31) / 32), high(low.size());
    EXPECT_TRUE(plain.can_bound_at_once());
    ASSERT_TRUE(plain.bound_logits(low, high));
    for (int v = 0; v < kWords; ++v) ASSERT_LE(logits[v], high[v / 32]);
    // What is told is of the weights as they are.
    ParameterStore& store = model->parameters();
    for (int64_t i = 0; i < store.size(); ++i) store.weights()[i] *= -1.5f;
    store.weights_changed();
    EXPECT_FALSE(plain.can_bound_at_once());
    const StepRow row{0, 7, 0, 0, cells.data(), true, false, cells.data()};
    plain.step({&row, 1});
    plain.project(0, kWords, logits.data());
    ASSERT_TRUE(plain.bound_logits(low, high));
    for (int v = 0; v < kWords; ++v) ASSERT_LE(logits[v], high[v / 32]);
  }
}

TEST(LmDecoder, RefusesOtherModels) {
  Json config = model_preset("bert-tiny");
  TextModel encoder(config, Task::masked_word);
  EXPECT_EQ(message_of([&] { LmDecoder(encoder, 0, Precision::f32, Precision::f32); }),
            "expected a language model, found one for masked word");
}

}  // namespace
}  // namespace gamana
