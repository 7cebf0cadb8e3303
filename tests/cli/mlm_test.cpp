// Pre-training on plain text, guessing words, and scoring text, as users do it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>

#include "program.h"

namespace gamana {
namespace {

// Animals and what they eat: the last word follows from the second one.
const std::pair<const char*, const char*> kMeals[] = {
    {"cat", "fish"}, {"dog", "meat"}, {"cow", "grass"}, {"bee", "honey"}};

std::string meals(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i)
    text += fmt::format("the {} eats {}\n", kMeals[i * 7 % 4].first, kMeals[i * 7 % 4].second);
  return text;
}

const Arguments kTrainMlm = {
    "train", "mlm",          "--preset", "bert-tiny", "--train", "meals.txt",       "--line-by-line", "--max-length",
    "16",    "--vocab-size", "200",      "--epochs",  "10",      "--learning-rate", "2e-3",           "--threads",
    "1"};

Json guesses(const Workspace& w, const std::string& model, const Arguments& more) {
  const Ran ran = w.run(Arguments{"fill-mask", "-m", model, "--json", "--threads", "1"} + more);
  EXPECT_EQ(ran.code, 0) << ran.err;
  return parse_json(ran.out, "the program's output");
}

TEST(Mlm, LearnsWhatFollowsFromTheTextAndGuessesIt) {
  const Workspace w;
  w.write("meals.txt", meals(400)), w.write("more.txt", meals(40));
  const Ran trained = w.run(kTrainMlm + Arguments{"--train", "more.txt", "--valid", "more.txt", "--out", "model"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  for (const auto& [animal, food] : kMeals) {
    const Json one = guesses(w, "model", {"--text", fmt::format("the {} eats [MASK]", animal), "--top-k", "2"});
    ASSERT_EQ(one[0].size(), 2u);
    EXPECT_EQ(one[0][0]["token_str"], food);
    EXPECT_GT(one[0][0]["score"].get<double>(), 0.5);
    EXPECT_EQ(one[0][0]["sequence"], fmt::format("the {} eats {}", animal, food));
  }
  // Several masks: a list for each, and the others stay in sight.
  const Json two = guesses(w, "model", {"--text", "the [MASK] [MASK] fish", "--targets", "cat,dog,eats"});
  ASSERT_EQ(two[0].size(), 2u);
  EXPECT_EQ(two[0][0].size(), 3u);
  EXPECT_EQ(two[0][0][0]["token_str"], "cat");
  EXPECT_EQ(two[0][0][0]["sequence"], "[CLS] the cat [MASK] fish [SEP]");
  EXPECT_EQ(two[0][1][0]["token_str"], "eats");
  const Ran lines =
      w.run({"fill-mask", "-m", "model", "-", "--top-k", "1"}, "the cow eats [MASK]\nthe bee [MASK] honey\n");
  EXPECT_NE(lines.out.find("grass\tthe cow eats grass\n"), std::string::npos) << lines.out << lines.err;
  EXPECT_NE(lines.out.find("eats\tthe bee eats honey\n"), std::string::npos) << lines.out;

  const Ran scored =
      w.run({"evaluate", "mlm", "-m", "model", "--data", "more.txt", "--line-by-line", "--pseudo", "--json"});
  ASSERT_EQ(scored.code, 0) << scored.err;
  const Json scores = parse_json(scored.out, "scores");
  EXPECT_GT(scores["accuracy"].get<double>(), 0.6);
  EXPECT_NEAR(scores["perplexity"].get<double>(), std::exp(scores["loss"].get<double>()), 1e-6);
  EXPECT_EQ(scores["tokens"], 160);
  EXPECT_GE(scores["pseudo_perplexity"].get<double>(), 1);
  EXPECT_LT(scores["pseudo_perplexity"].get<double>(), 3);
}

// Killed at once, while it trains, after that: the same bits.
TEST(Mlm, AKilledRunGoesOnToTheSameWeights) {
  const Workspace w;
  w.write("meals.txt", meals(400));
  const Arguments run = with(kTrainMlm, {"--epochs", "3"}) + Arguments{"--save-steps", "2"};
  ASSERT_EQ(w.run(run + Arguments{"--out", "whole"}).code, 0);
  w.end(run + Arguments{"--out", "killed"}, "killed/checkpoint/state.safetensors", SIGKILL);
  const Ran resumed = w.run({"train", "--resume", "killed"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(w.read("killed/model.safetensors"), w.read("whole/model.safetensors"));
  // A run that was ended while it read its texts leaves tokens behind; a new one takes the folder.
  w.end(run + Arguments{"--out", "early"}, "early", SIGKILL);
  if (!w.has("early/training.json")) {
    EXPECT_EQ(w.run(run + Arguments{"--out", "early"}).code, 0);
  }
}

TEST(Mlm, PairsAndElectra) {
  const Workspace w;
  std::string documents;
  for (int i = 0; i < 60; ++i) documents += meals(3 + i % 3) + "\n";
  w.write("meals.txt", documents);
  const Arguments run = with(kTrainMlm, {"--epochs", "1"});
  Arguments blocks = run;
  blocks.erase(std::find(blocks.begin(), blocks.end(), "--line-by-line"));
  for (const char* objective : {"mlm+nsp", "mlm+sop"}) {
    const Ran ran = w.run(with(blocks, {"--objective", objective, "--max-length", "24", "--out", objective}));
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_NE(ran.err.find("pair_accuracy"), std::string::npos) << ran.err;
    EXPECT_EQ(guesses(w, objective, {"--text", "the [MASK]"})[0].size(), 5u);
  }
  const Ran ran =
      w.run(with(run, {"--preset", "electra-small", "--objective", "electra", "--max-steps", "2", "--out", "electra"}));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(parse_json(w.read("electra/config.json"), "config")["architectures"][0], "ElectraForPreTraining");
  EXPECT_EQ(guesses(w, "electra/generator", {"--text", "the [MASK]"})[0].size(), 5u);
  expect_fault(w.run({"fill-mask", "-m", "electra", "--text", "the [MASK]"}),
               {"no head for masked word", "gamana train mlm"});
}

TEST(Mlm, Faults) {
  const Workspace w;
  w.write("meals.txt", meals(40)), w.write("empty.txt", "\n\n"), w.write("t.csv", "text\na b\n");
  const auto said = [&](const Arguments& more, const std::vector<std::string>& expected) {
    expect_fault(w.run(with(kTrainMlm, more)), expected);
  };
  said({"--out", "a", "--train", "empty.txt"}, {"empty.txt"});
  said({"--out", "b", "--train", "nowhere.txt"}, {"nowhere.txt"});
  said({"--out", "c", "--objective", "electra"}, {"\"bert\" has no head for replaced token"});
  said({"--out", "d", "--label-column", "2"}, {"--label-column belongs to", "train mlm"});
  said({"--out", "e", "--max-length", "3"}, {"--max-length"});
  said({"--out", "f", "--text-column", "text"}, {"--text-column", "tables"});
  expect_fault(w.run({"train", "classify", "--preset", "bert-tiny", "--train", "t.csv", "--valid", "t.csv", "--out",
                      "g", "--whole-word"}),
               {"--whole-word belongs to", "train mlm"});
  expect_fault(w.run(kTrainMlm + Arguments{"--train", "t.csv", "--out", "h"}), {"one kind", "t.csv"});
  ASSERT_EQ(w.run(with(kTrainMlm, {"--max-steps", "1", "--out", "model"})).code, 0);
  expect_fault(w.run({"fill-mask", "-m", "model", "--text", "the cat eats fish"}), {"text 1", "[MASK]"});
  expect_fault(w.run({"fill-mask", "-m", "model", "--text", "the [MASK]", "--targets", "cat,,"}), {"--targets"});
}

}  // namespace
}  // namespace gamana
