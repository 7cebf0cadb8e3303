// Multiple choice: a small model learns which ending is right.
#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "program.h"
#include "words.h"
#include "tests/support/tiny_bert.h"

namespace gamana {
namespace {

const std::vector<std::string> kTowns = {"paris", "rome", "oslo", "lima"};

// The right ending is a city behind "lives in".
std::string examples(int count, uint32_t seed) {
  std::string text = "sent1,sent2,ending0,ending1,ending2,label\n";
  Draw draw{seed};
  for (int i = 0; i < count; ++i) {
    const int right = std::stoi(draw({"0", "1", "2"}));
    text += draw(kNames) + " is here,lives in";
    for (int e = 0; e < 3; ++e) text += "," + draw(e == right ? kTowns : kNames);
    text += fmt::format(",{}\n", right);
  }
  return text;
}

TEST(Choose, ATaskIsLearned) {
  const Workspace w;
  std::vector<std::string> words = kNames;
  words.insert(words.end(), kTowns.begin(), kTowns.end()), words.insert(words.end(), {"is", "here", "lives", "in"});
  write_tiny_bert(w.path("bert"), words);
  w.write("train.csv", examples(80, 1)), w.write("valid.csv", examples(20, 2));
  const Ran ran = w.run({"train", "choice", "-m", "bert", "--train", "train.csv", "--valid", "valid.csv", "--out", "chooser", "--epochs", "8",
                         "--batch-size", "8", "--learning-rate", "2e-3", "--threads", "1"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Ran scored = w.run({"evaluate", "choice", "-m", "chooser", "--data", "valid.csv", "--json"});
  ASSERT_EQ(scored.code, 0) << scored.err;
  const Json json = parse_json(scored.out, "output");
  EXPECT_GT(json["accuracy"].get<double>(), 0.95) << scored.out;
  EXPECT_EQ(json["samples"], 20);
  EXPECT_EQ(parse_json(w.read("chooser/config.json"), "config")["architectures"], Json{"BertForMultipleChoice"});

  w.write("new.jsonl", "{\"context\": \"ada is here\", \"question\": \"lives in\", \"choices\": [\"bob\", \"rome\"]}\n"
                       "{\"context\": \"bob is here\", \"question\": \"lives in\", \"choices\": [\"oslo\", \"ada\", \"cid\", \"dora\"]}\n");
  const Ran chosen = w.run({"choose", "-m", "chooser", "new.jsonl", "--json"});
  const Json list = parse_json(chosen.out, "output");
  ASSERT_EQ(list.size(), 2u) << chosen.err;
  EXPECT_EQ(list[0]["choice"], 1);
  EXPECT_EQ(list[1]["choice"], 0);
  EXPECT_EQ(list[1]["scores"].size(), 4u);
  EXPECT_EQ(list[1]["score"], list[1]["scores"][0]);
  EXPECT_TRUE(w.run({"choose", "-m", "chooser", "new.jsonl"}).out.ends_with("\tlives in oslo\n"));
  expect_fault(w.run({"choose", "-m", "bert", "new.jsonl"}), {"bert: the model has no head for", "fine-tune it first"});
}

}  // namespace
}  // namespace gamana
