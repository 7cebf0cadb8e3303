// Windows of questions, the places of answers and the search for them against run_qa.py (tests/golden/answers.json, made by
// tools/golden/answers.py).
#include <gtest/gtest.h>

#include "gamana/base/file.h"
#include "gamana/jobs/question.h"
#include "gamana/text/utf8.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

namespace gamana {
namespace {

const TextEncoder& text_encoder() {
  static const TextEncoder encoder = [] {
    make_directory(temporary("qa"));
    write_json(temporary("qa/tokenizer.json"), golden("answers")["tokenizer"]);
    return TextEncoder(temporary("qa"), 64, 64);
  }();
  return encoder;
}

std::vector<QuestionEncoder::Input> windows_of(const Json& c) {
  const QuestionEncoder encoder(text_encoder(), golden("answers")["length"].get<int>(), golden("answers")["stride"].get<int>());
  return encoder.encode(c["question"].get<std::string>(), c["context"].get<std::string>(), 7);
}

TEST(Question, WindowsAreTheFeaturesOfRunQa) {
  for (const Json& c : golden("answers")["cases"]) {
    SCOPED_TRACE(c["question"].get<std::string>());
    const auto windows = windows_of(c);
    ASSERT_EQ(windows.size(), c["windows"].size());
    for (size_t i = 0; i < windows.size(); ++i) {
      const Json& expected = c["windows"][i];
      const auto& [text, window] = windows[i];
      EXPECT_EQ(Json(text.ids), expected["ids"]);
      EXPECT_EQ(Json(text.segments), expected["segments"]);
      EXPECT_EQ(window.question, 7);
      for (int32_t t = 0; t < text.length(); ++t) {
        const int64_t at = t - window.context_begin;
        const bool inside = at >= 0 && at < static_cast<int64_t>(window.offsets.size());
        ASSERT_EQ(inside, !expected["offsets"][t].is_null()) << t;
        if (!inside) continue;
        EXPECT_EQ(Json({window.offsets[at].begin, window.offsets[at].end}), expected["offsets"][t]);
      }
      if (c["start"].is_null()) continue;
      const auto begin = c["start"].get<int64_t>();
      const AnswerTokens range = find_answer(window, begin, begin + static_cast<int64_t>(Characters(c["answer"].get<std::string>()).size()));
      EXPECT_EQ(Json({range.first, range.last}), expected["answer"]);
    }
  }
}

void expect_answers(const QuestionAnswers& found, const Json& expected) {
  EXPECT_EQ(found.best[found.chosen].text, expected["answer"].get<std::string>());
  if (expected["best"].empty()) return;  // ours says that there is none
  ASSERT_EQ(found.best.size(), expected["best"].size());
  for (size_t i = 0; i < found.best.size(); ++i) {
    EXPECT_EQ(found.best[i].text, expected["best"][i]["text"].get<std::string>());
    EXPECT_EQ(found.best[i].begin, expected["best"][i]["start"].get<uint32_t>());
    EXPECT_EQ(found.best[i].end, expected["best"][i]["end"].get<uint32_t>());
    EXPECT_NEAR(found.best[i].probability, expected["best"][i]["probability"].get<double>(), 1e-6);  // logits are f32 here
  }
}

TEST(Question, AnswersAreThoseOfRunQa) {
  for (const Json& c : golden("answers")["cases"]) {
    SCOPED_TRACE(c["question"].get<std::string>());
    AnswerRules rules{.n_best = golden("answers")["n_best"].get<int>(), .max_tokens = golden("answers")["max_answer"].get<int>()};
    const auto windows = windows_of(c);
    const auto answers = [&] {
      std::vector<WindowAnswers> found;
      for (size_t i = 0; i < windows.size(); ++i) {
        std::vector<float> logits;
        for (const Json& row : c["logits"][i]) logits.push_back(row[0].get<float>()), logits.push_back(row[1].get<float>());
        found.push_back(window_answers(windows[i].window, logits, rules));
      }
      return question_answers(found, c["context"].get<std::string>(), rules);
    };
    expect_answers(answers(), c["plain"]);
    rules.may_have_none = true;
    for (size_t i = 0; i < golden("answers")["thresholds"].size(); ++i) {
      rules.null_threshold = golden("answers")["thresholds"][i].get<double>();
      expect_answers(answers(), c["negative"][i]);
    }
  }
}

TEST(Question, LongQuestions) {
  const std::string context = "Ada lived in London. Ada lived in London. Ada lived in London.";
  // 20 of 24 tokens are the question's and the special ones: windows of 4 share 2, since they cannot share 6.
  const auto windows = QuestionEncoder(text_encoder(), 24, 6).encode("in in in in in in in in in in in in in in in in in", context, 0);
  ASSERT_GT(windows.size(), 1u);
  EXPECT_EQ(windows[0].window.offsets.size(), 4u);
  EXPECT_EQ(windows[1].window.offsets[0], windows[0].window.offsets[2]);
  EXPECT_EQ(fault_of([&] { QuestionEncoder(text_encoder(), 5, 2).encode("in in", context, 0); }),
            "a question of 2 tokens leaves no room for its context in inputs of 5: \"in in\"");
  EXPECT_EQ(fault_of([&] { QuestionEncoder(text_encoder(), 24, 24); }), "--doc-stride: expected less than the 24 tokens of an input, found 24");
}

TEST(Question, BigBirdDoesNotAnswerWithTheQuestion) {
  const EncodedText text{{1, 5, 9, 5, 9}, {}};
  ModelConfig config;
  config.family = Family::big_bird, config.separator_token = 9;
  std::vector<float> logits(10, 1);
  hide_question(config, text, logits.data());
  EXPECT_EQ(logits, (std::vector<float>{1, 1, 1 - 1e6f, 1 - 1e6f, 1 - 1e6f, 1 - 1e6f, 1, 1, 1, 1}));
  config.family = Family::bert;
  std::vector<float> same(10, 1);
  hide_question(config, text, same.data());
  EXPECT_EQ(same, std::vector<float>(10, 1));
}

Json squad(const Json& questions) {
  return {{"data", {{{"paragraphs", {{{"context", "Ada lived in London."}, {"qas", questions}}}}}}}};
}

TEST(Question, FilesOfQuestions) {
  const Json answered = {{"id", "a"}, {"question", "Who?"}, {"answers", {{{"text", "Ada"}, {"answer_start", 0}}}}};
  const Json none = {{"id", "b"}, {"question", "When?"}, {"is_impossible", true}, {"answers", Json::array()}};
  const Json misplaced = {{"id", "c"}, {"question", "Who?"}, {"answers", {{{"text", "Bob"}, {"answer_start", 0}}}}};
  const QuestionEncoder encoder(text_encoder(), 0, 6);
  AnswerRules rules{.may_have_none = true};
  const QuestionTexts texts = read_questions(file("a.json", squad({answered, none, misplaced}).dump()), encoder, rules);
  ASSERT_EQ(texts.texts.size(), 3u);
  EXPECT_EQ(texts.answers[0].first, 4);  // [CLS] who ? [SEP] ada
  EXPECT_EQ(texts.answers[1].first, 0);
  EXPECT_EQ(texts.answers[2].first, -1);
  const auto answer = [](const char* text) { return QuestionAnswers{{{text, 0, 0, 1}}, 0}; };
  const auto scores = answer_scores(texts.data, {answer("ada"), answer(""), answer("Ada")}, rules);
  EXPECT_NEAR(scores.at("exact_match"), 200.0 / 3, 1e-9);
  EXPECT_EQ(scores.at("exact_match_of_none"), 100);
  EXPECT_EQ(scores.at("f1_of_answers"), 50);
  rules.may_have_none = false;
  EXPECT_THROW(read_questions(temporary("a.json"), encoder, rules), Error);
}

}  // namespace
}  // namespace gamana
