// Sentence embeddings from the command line: trained from scratch, made, written, compared.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <cstring>

#include "program.h"

namespace gamana {
namespace {

// Ten subjects; a question and its answer share no word but are of one subject.
constexpr const char* kQuestions[] = {"rain cloud storm",  "bread oven flour", "guitar piano song", "engine wheel road",
                                      "doctor nurse pill", "river boat fish",  "king castle crown", "tree leaf forest",
                                      "money bank coin",   "star moon rocket"};
constexpr const char* kAnswers[] = {
    "wet umbrella weather", "tasty baker dough",   "loud music band",   "fast car driver", "healthy hospital cure",
    "deep water swim",      "royal palace throne", "green wood branch", "rich price loan", "dark sky space"};

std::string word(const char* words, int i) {
  std::string text = words;
  for (; i > 0; --i) text = text.substr(text.find(' ') + 1);
  return text.substr(0, text.find(' '));
}

// Two words of each side, in all orders.
std::string pairs(int shift) {
  std::string table = "question,answer\n";
  for (int i = 0; i < 9; ++i)
    for (int s = 0; s < 10; ++s)
      table += fmt::format("{} {},{} {}\n", word(kQuestions[s], i % 3), word(kQuestions[s], (i / 3 + shift) % 3),
                           word(kAnswers[s], (i + shift) % 3), word(kAnswers[s], i / 3));
  return table;
}

// A model that learned which answers go with which questions, made once.
const Workspace& trained_model() {
  static const Workspace w;
  static const bool made = [] {
    w.write("train.csv", pairs(0)), w.write("valid.csv", pairs(1));
    const Ran ran =
        w.run({"train", "embed", "--preset", "bert-tiny", "--vocab-size", "120", "--train", "train.csv", "--valid",
               "valid.csv", "--out", "model", "--epochs", "12", "--batch-size", "10", "--threads", "2"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.code == 0;
  }();
  EXPECT_TRUE(made);
  return w;
}

Arguments use(const char* command) { return {command, "-m", "model", "--threads", "1"}; }

TEST(Embed, LearnsWhatBelongsTogether) {
  const Workspace& w = trained_model();
  EXPECT_TRUE(w.has("model/modules.json") && w.has("model/1_Pooling/config.json") &&
              w.has("model/sentence_bert_config.json"));
  w.write("answers.txt", [] {
    std::string lines;
    for (const char* answer : kAnswers) lines += std::string(answer) + "\n";
    return lines;
  }());
  int right = 0;
  for (int s = 0; s < 10; ++s) {
    const Ran ran =
        w.run(use("similarity") + Arguments{"answers.txt", "--search", kQuestions[s], "--top-k", "1", "--json"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    right += parse_json(ran.out, "hits")[0]["number"] == s + 1;
  }
  EXPECT_GE(right, 9);
}

TEST(Embed, WritesTheSameVectorsEverywhere) {
  const Workspace& w = trained_model();
  w.write("texts.txt", "rain cloud\n\nking of the castle\nrain cloud\n");
  const Ran lines = w.run(use("embed") + Arguments{"texts.txt"});
  ASSERT_EQ(lines.code, 0) << lines.err;
  ASSERT_EQ(w.run(use("embed") + Arguments{"texts.txt", "-o", "v.npy"}).code, 0);
  ASSERT_EQ(w.run(use("embed") + Arguments{"texts.txt", "-o", "v.jsonl"}).code, 0);
  const Json array = parse_json(w.run(use("embed") + Arguments{"texts.txt", "--json"}).out, "array");
  const std::string npy = w.read("v.npy"), jsonl = w.read("v.jsonl");
  ASSERT_EQ(npy.size(), 128 + 4 * 128 * sizeof(float));
  EXPECT_NE(npy.find("'shape': (4, 128)"), std::string::npos);
  size_t at = 0, at_line = 0;
  for (size_t i = 0; i < 4; ++i) {
    const auto vector =
        parse_json(lines.out.substr(at, lines.out.find('\n', at) - at), "line").get<std::vector<float>>();
    at = lines.out.find('\n', at) + 1;
    EXPECT_EQ(array[i]["embedding"].get<std::vector<float>>(), vector);
    const Json object = parse_json(jsonl.substr(at_line, jsonl.find('\n', at_line) - at_line), "object");
    at_line = jsonl.find('\n', at_line) + 1;
    EXPECT_EQ(object["embedding"].get<std::vector<float>>(), vector);
    std::vector<float> stored(128);
    std::memcpy(stored.data(), npy.data() + 128 + i * 128 * sizeof(float), 128 * sizeof(float));
    EXPECT_EQ(stored, vector);
  }
  EXPECT_EQ(array[2]["text"], "king of the castle");
  EXPECT_EQ(array[0]["embedding"], array[3]["embedding"]);
}

TEST(Embed, NormalizesAndPutsPrompts) {
  const Workspace& w = trained_model();
  const Json made =
      parse_json(w.run(use("embed") + Arguments{"--text", "storm", "--normalize", "--json"}).out, "array");
  double squares = 0;
  for (const double x : made[0]["embedding"]) squares += x * x;
  EXPECT_NEAR(squares, 1, 1e-5);
  EXPECT_EQ(w.run(use("embed") + Arguments{"--text", "storm", "--prompt", "rain "}).out,
            w.run(use("embed") + Arguments{"--text", "rain storm"}).out);
  expect_fault(w.run(use("embed") + Arguments{"--text", "storm", "--prompt-name", "query"}), {"no prompt", "query"});
}

TEST(Embed, SimilarityOfTextsAndPairs) {
  const Workspace& w = trained_model();
  const Json matrix =
      parse_json(w.run(use("similarity") + Arguments{"--text", "rain", "--text", "umbrella", "--json"}).out, "matrix");
  EXPECT_NEAR(matrix[0][0].get<double>(), 1, 1e-6);
  EXPECT_EQ(matrix[0][1], matrix[1][0]);
  w.write("pairs.csv", "sentence1,sentence2\nrain,umbrella\n");
  const Json pair = parse_json(w.run(use("similarity") + Arguments{"pairs.csv", "--json"}).out, "pairs");
  EXPECT_NEAR(pair[0]["score"].get<double>(), matrix[0][1].get<double>(), 1e-6);
  const Json distance =
      parse_json(w.run(use("similarity") + Arguments{"pairs.csv", "--function", "euclidean", "--json"}).out, "pairs");
  EXPECT_LT(distance[0]["score"].get<double>(), 0);
  expect_fault(w.run(use("embed") + Arguments{"pairs.csv"}), {"single texts"});
  expect_fault(w.run(use("similarity") + Arguments{"texts.txt", "--function", "nearest"}), {"nearest", "cosine"});
  expect_fault(w.run(use("similarity") + Arguments{"texts.txt", "--search", ""}), {"--search", "empty"});
}

// What two words have to do with each other: the same, of one subject, of another one.
std::string relations() {
  std::string table = "premise,hypothesis,label\n";
  for (int i = 0; i < 3; ++i)
    for (int s = 0; s < 10; ++s) {
      const std::string premise = word(kQuestions[s], i);
      table += fmt::format("{},{},same\n", premise, premise);
      table += fmt::format("{},{},near\n", premise, word(kAnswers[s], i));
      table += fmt::format("{},{},far\n", premise, word(kAnswers[(s + 3) % 10], i));
    }
  return table;
}

// A classifier learns beside the encoder: a part of the checkpoint, not of the model that is saved.
TEST(Embed, LearnsLabelsOfPairsAndResumesToTheSameBits) {
  const Workspace w;
  w.write("train.csv", relations()), w.write("valid.csv", relations());
  w.write("scores.csv", "a,b,score\nrain,wet,5\nrain,car,0\noven,dough,4\n");
  const Arguments command = {"train",   "embed", "--preset",     "bert-tiny", "--vocab-size",    "120",  "--train",
                             "train.csv", "--valid", "valid.csv", "--epochs", "12", "--batch-size", "10", "--threads", "2",
                             "--learning-rate", "1e-3", "--save-steps", "20", "--out", "whole"};
  const Ran whole = w.run(command);
  ASSERT_EQ(whole.code, 0) << whole.err;
  EXPECT_NE(whole.err.find("tell far, near, same"), std::string::npos) << whole.err;
  EXPECT_GE(parse_json(w.read("whole/trainer_state.json"), "state")["best_metric"].get<double>(), 0.8);
  EXPECT_EQ(w.read("whole/model.safetensors").find("classifier"), std::string::npos);

  const Json settings = parse_json(w.read("whole/training.json"), "settings");
  for (const char* key : {"train", "valid", "out", "epochs", "metric"}) EXPECT_TRUE(settings.contains(key)) << key;

  w.end(with(command, {"--out", "killed"}), "killed/checkpoint/state.safetensors", SIGKILL);
  const Ran resumed = w.run({"train", "--resume", "killed"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(w.read("killed/model.safetensors"), w.read("whole/model.safetensors"));

  // Scores beside labels that are words; labels that are numbers.
  const Arguments few = with(command, {"--epochs", "1"});
  const Ran scored = w.run(with(few, {"--valid", "scores.csv", "--out", "scored"}));
  EXPECT_EQ(scored.code, 0) << scored.err;
  EXPECT_TRUE(parse_json(w.read("scored/trainer_state.json"), "state")["log_history"].dump().find("spearman_cosine") !=
              std::string::npos);
  w.write("numbers.csv", "a,b,label\nrain,wet,0\nrain,car,2\noven,dough,1\n");
  const Arguments numbers = with(few, {"--train", "numbers.csv", "--valid", "numbers.csv", "--out", "numbers"});
  expect_fault(w.run(numbers), {"numbers.csv, line 3", "found 2", "--loss softmax"});
  EXPECT_EQ(w.run(numbers + Arguments{"--loss", "softmax", "--concatenation", "rep,multiplication"}).code, 0);
}

TEST(Embed, FaultsOfLabelledPairs) {
  const Workspace w;
  w.write("train.csv", relations()), w.write("other.csv", "a,b,label\nrain,wet,other\n");
  w.write("mixed.csv", "a,b,label\nrain,wet,near\nrain,car,0\n"), w.write("one.csv", "a,b,label\nrain,wet,near\n");
  w.write("pairs.csv", "a,b\nrain,wet\nsun,dry\n");
  const Arguments command = {"train",   "embed", "--preset", "bert-tiny", "--vocab-size", "120", "--train", "train.csv",
                             "--valid", "train.csv", "--out", "x"};
  expect_fault(w.run(with(command, {"--valid", "other.csv"})), {"other.csv, line 2", "\"far\"", "\"other\""});
  expect_fault(w.run(with(command, {"--train", "mixed.csv"})), {"mixed.csv, line 2", "a number", "\"near\""});
  expect_fault(w.run(with(command, {"--train", "one.csv"})), {"one.csv", "two labels or more", "\"near\""});
  expect_fault(w.run(command + Arguments{"--concatenation", "rep,sum"}), {"--concatenation", "\"sum\""});
  expect_fault(w.run(command + Arguments{"--loss", "cosine", "--concatenation", "rep"}), {"--concatenation", "--loss softmax"});
  const Arguments pairs = with(command, {"--train", "pairs.csv", "--valid", "pairs.csv"});  // the data choose the loss
  expect_fault(w.run(pairs + Arguments{"--concatenation", "rep"}), {"--concatenation goes with --loss softmax"});
  expect_fault(w.run(command + Arguments{"--similarity-scale", "10"}), {"--similarity-scale goes with --loss multiple_negatives"});
  expect_fault(w.run(command + Arguments{"--loss", "cosin"}), {"--loss: expected one of multiple_negatives, cosine", "\"cosin\""});
  // bert-tiny has two layers.
  for (const Arguments& frozen : {Arguments{"--freeze-backbone"}, Arguments{"--freeze-layers", "2"}}) {
    expect_fault(w.run(command + frozen), {frozen[0], "classifier of --loss softmax", "not saved"});
    expect_fault(w.run(with(command, {"--train", "pairs.csv", "--valid", "pairs.csv"}) + frozen), {frozen[0], "nothing is left to train"});
    EXPECT_FALSE(w.has("x"));
  }
}

TEST(Embed, MapsAndFaults) {
  const Workspace& w = trained_model();
  EXPECT_EQ(w.run({"view", "embeddings", "-m", "model", "valid.csv", "--text-column", "question", "--label-column",
                   "answer", "--method", "pca", "-o", "map.svg"})
                .code,
            0);
  EXPECT_TRUE(w.has("map.svg"));
  w.write("stars.csv", "text,stars\na,10\nb,9\nc,2\nd,10\n");  // in the order of numbers, not as they come
  EXPECT_EQ(w.run({"view", "embeddings", "-m", "model", "stars.csv", "--text-column", "text", "--label-column", "stars", "-o",
                   "map.html"})
                .code,
            0);
  EXPECT_NE(w.read("map.html").find(R"("labels":[2,1,0,2])"), std::string::npos);
  EXPECT_NE(w.read("map.html").find(R"("names":["2","9","10"])"), std::string::npos);
  expect_fault(w.run(use("embed") + Arguments{"--text", "a", "-o", "v.txt"}), {".npy", "v.txt"});
  w.write("scores.csv", "sentence1,sentence2,score\na,b,4.5\n");
  expect_fault(w.run({"train", "embed", "-m", "model", "--train", "scores.csv", "--valid", "scores.csv", "--out", "x"}),
               {"scores.csv", "4.5"});
  expect_fault(w.run({"train", "embed", "-m", "model", "--train", "train.csv", "--valid", "valid.csv", "--out", "x",
                      "--loss", "triplet"}),
               {"train.csv", "three texts"});
  expect_fault(w.run({"train", "embed", "-m", "model", "--train", "train.csv", "--valid", "valid.csv", "--out", "x",
                      "--text-column", "question", "--text-column", "reply"}),
               {"train.csv", "reply"});
}

}  // namespace
}  // namespace gamana
