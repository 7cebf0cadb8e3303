// Answers to questions: a small model learns to find them, or that there is none.
#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "program.h"
#include "words.h"
#include "tests/support/tiny_bert.h"

namespace gamana {
namespace {

const std::vector<std::string> kFillers = {"lives", "in", "the", "town", "of"};

// "who?" is answered by a name, "where?" by a city; some contexts have no city.
Json squad(int count, uint32_t seed) {
  Json paragraphs = Json::array();
  Draw draw{seed};
  for (int i = 0; i < count; ++i) {
    const std::string name = draw(kNames), city = draw({"", "", "x"}).empty() ? draw(kCities) : "";
    const std::string before = draw({"", "the ", "the town "}), context = before + name + " lives in " + (city.empty() ? "the town" : city);
    const auto question = [&](const char* text, const std::string& answer) {
      Json q = {{"id", fmt::format("{}{}", text, i)}, {"question", text}, {"answers", Json::array()}, {"is_impossible", answer.empty()}};
      if (!answer.empty()) q["answers"].push_back({{"text", answer}, {"answer_start", context.find(answer)}});
      return q;
    };
    paragraphs.push_back({{"context", context}, {"qas", {question("who", name), question("where", city)}}});
  }
  return {{"version", "2.0"}, {"data", {{{"title", "toy"}, {"paragraphs", paragraphs}}}}};
}

const Workspace& trained_answerer() {
  static const Workspace w;
  if (w.has("answerer")) return w;
  std::vector<std::string> words = kNames;
  words.insert(words.end(), kCities.begin(), kCities.end()), words.insert(words.end(), kFillers.begin(), kFillers.end());
  words.insert(words.end(), {"who", "where"});
  write_tiny_bert(w.path("bert"), words);
  w.write("train.json", squad(150, 1).dump()), w.write("valid.json", squad(30, 2).dump());
  const Ran ran = w.run({"train", "qa", "-m", "bert", "--train", "train.json", "--valid", "valid.json", "--out", "answerer", "--epochs", "12",
                         "--batch-size", "8", "--learning-rate", "3e-3", "--doc-stride", "4", "--version-2-with-negative", "--threads", "1"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  return w;
}

const Arguments kStride = {"--doc-stride", "4", "--threads", "1"};

TEST(Answer, ATaskIsLearned) {
  const Workspace& w = trained_answerer();
  const Ran ran = w.run(Arguments{"evaluate", "qa", "-m", "answerer", "--data", "valid.json", "--version-2-with-negative", "--json"} + kStride);
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json json = parse_json(ran.out, "output");
  EXPECT_GT(json["exact_match"].get<double>(), 95) << ran.out;
  EXPECT_GT(json["exact_match_of_none"].get<double>(), 90) << ran.out;
  EXPECT_EQ(json["samples"], 60);
  const Json config = parse_json(w.read("answerer/config.json"), "config");
  EXPECT_EQ(config["architectures"], Json{"BertForQuestionAnswering"});
}

TEST(Answer, OneQuestionAndFiles) {
  const Workspace& w = trained_answerer();
  const Arguments answer = Arguments{"answer", "-m", "answerer", "--json"} + kStride;
  const Ran ran = w.run(answer + Arguments{"--question", "where", "--context", "the town Dôra lives in Oslo"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json one = parse_json(ran.out, "output")[0];
  EXPECT_EQ(one["answer"], "Oslo");
  EXPECT_EQ(one["start"], 23);  // characters, not bytes
  EXPECT_EQ(one["end"], 27);
  EXPECT_GT(one["score"].get<double>(), 0.5);
  const Ran best = w.run(answer + Arguments{"--question", "who", "--context", "ada lives in rome", "--top-k", "3"});
  const Json list = parse_json(best.out, "output")[0];
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0]["answer"], "ada");
  EXPECT_GE(list[0]["score"].get<double>(), list[1]["score"].get<double>());
  const Ran file = w.run(answer + Arguments{"valid.json", "--version-2-with-negative"});
  EXPECT_EQ(parse_json(file.out, "output").size(), 60u);
  EXPECT_EQ(parse_json(file.out, "output")[0]["id"], "who0");
  // Never an answer at this threshold.
  const Ran never = w.run(answer + Arguments{"--question", "who", "--context", "ada lives in rome", "--version-2-with-negative",
                                             "--null-score-diff-threshold", "-1e9"});
  EXPECT_EQ(parse_json(never.out, "output")[0]["answer"], "");
}

TEST(Answer, LongContextsAreReadInWindows) {
  const Workspace& w = trained_answerer();
  std::string context;
  for (int i = 0; i < 30; ++i) context += "the town of ";
  context += "ada lives in rome";
  const Ran ran = w.run(Arguments{"answer", "-m", "answerer", "--question", "where", "--context", context, "--doc-stride", "10", "--threads", "1"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(ran.out.ends_with("\trome\n")) << ran.out;
}

TEST(Answer, FaultsAreSaid) {
  const Workspace& w = trained_answerer();
  const Arguments answer = Arguments{"answer", "-m", "answerer"} + kStride;
  expect_fault(w.run(answer), {"expected questions, in a file or with --question and --context, found neither"});
  expect_fault(w.run(answer + Arguments{"valid.json", "--question", "who"}), {"found both"});
  expect_fault(w.run(answer + Arguments{"--question", "who"}), {"--question: expected --context with it"});
  expect_fault(w.run({"answer", "-m", "answerer", "--question", "who", "--context", "ada"}), {"--doc-stride: expected less than the 40 tokens of an input, found 128"});
  expect_fault(w.run(Arguments{"evaluate", "qa", "-m", "answerer", "--data", "valid.json"} + kStride), {"has no answer in its context", "--version-2-with-negative"});
  expect_fault(w.run({"train", "tag", "-m", "bert", "--train", "a", "--valid", "a", "--out", "new", "--doc-stride", "3"}),
               {"--doc-stride belongs to `gamana train qa`, found `gamana train tag`"});
}

}  // namespace
}  // namespace gamana
