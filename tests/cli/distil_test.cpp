// A classifier, a student of it, what both are and whether they are the same, as a user sees it.
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "program.h"

namespace gamana {
namespace {

// Sentences whose label is told by one of their words.
std::string labelled_reviews(int rows) {
  static const char* const kWords[] = {"good", "bad", "lovely", "awful", "fine", "poor"};
  static const char* const kThings[] = {"film", "book", "play", "song", "meal"};
  std::string out = "text,label\n";
  for (int i = 0; i < rows; ++i)
    out += std::string("the ") + kThings[i % 5] + " was " + kWords[i % 6] + " and " + kThings[i / 6 % 5] + " too," + (i % 2 ? "no" : "yes") + "\n";
  return out;
}

const Arguments kData = {"--train", "train.csv", "--valid", "valid.csv", "--batch-size", "16", "--threads", "1"};
const Arguments kEvaluate = {"evaluate", "classify", "--data", "valid.csv", "--threads", "1"};

// A teacher, trained once for all tests.
const Workspace& school() {
  static const Workspace w;
  static const bool made = [] {
    w.write("train.csv", labelled_reviews(180)), w.write("valid.csv", labelled_reviews(30));
    const Ran ran = w.run(Arguments{"train", "classify", "--preset", "bert-tiny", "--vocab-size", "80", "--epochs", "5", "--learning-rate", "1e-3",
                                    "--out", "teacher"} + kData);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.code == 0;
  }();
  EXPECT_TRUE(made);
  return w;
}

Arguments distil(const std::string& out, const Arguments& more = {}) {
  return Arguments{"train", "distil", "--teacher", "teacher", "--epochs", "2", "--out", out} + kData + more;
}

TEST(Distil, AStudentAnswersAsItsTeacherAndGoesOnAfterAStop) {
  const Workspace& w = school();
  const Ran ran = w.run(distil("student"));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(parse_json(w.read("student/config.json"), "config")["num_hidden_layers"], 1);
  const Ran evaluated = w.run(kEvaluate + Arguments{"-m", "student", "--json"});
  EXPECT_EQ(parse_json(evaluated.out, "output")["accuracy"], 1.0) << evaluated.out;

  ASSERT_EQ(w.run(distil("stopped", {"--max-steps", "3"})).code, 0);
  Json run = parse_json(w.read("stopped/training.json"), "run");
  run["max-steps"] = 0;
  w.write("stopped/training.json", run.dump());
  const Ran resumed = w.run({"train", "--resume", "stopped"});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(parse_json(w.read("stopped/trainer_state.json"), "state")["global_step"], parse_json(w.read("student/trainer_state.json"), "state")["global_step"]);
}

TEST(Distil, OtherStudents) {
  const Workspace& w = school();
  const Ran preset = w.run(distil("mini", {"--student", "bert-mini", "--alpha-cos", "0", "--max-steps", "2"}));
  EXPECT_EQ(preset.code, 0) << preset.err;
  EXPECT_EQ(w.run(distil("again", {"--student", "teacher", "--max-steps", "2"})).code, 0);
  expect_fault(w.run(distil("no", {"--student", "bert-mini"})), {"256 numbers", "128", "--alpha-cos 0"});
  expect_fault(w.run(distil("no", {"--student", "0,2"})), {"--student", "0 to 1"});
  expect_fault(w.run(distil("no", {"--preset", "bert-mini"})), {"--preset", "--student"});
  expect_fault(w.run(distil("no", {"--temperature", "0"})), {"--temperature"});
  expect_fault(w.run(Arguments{"train", "distil", "--out", "no"} + kData), {"--teacher is needed"});
}

// A BERT that guesses words becomes a DistilBERT, from plain text alone.
TEST(Distil, AStudentThatGuessesWords) {
  const Workspace& w = school();
  std::string text;
  for (int i = 0; i < 60; ++i) text += "the film was good and the book was bad too\n";
  w.write("plain.txt", text);
  ASSERT_EQ(w.run({"train", "mlm", "--preset", "bert-tiny", "--vocab-size", "60", "--train-file", "plain.txt", "--max-length", "32", "--max-steps",
                   "4", "--threads", "1", "--out", "guesser"}).code, 0);
  const Arguments command = {"train", "distil", "--teacher", "guesser", "--train-file", "plain.txt", "--max-length", "32", "--max-steps", "3",
                             "--threads", "1", "--out", "words"};
  const Ran ran = w.run(command);
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(parse_json(w.read("words/config.json"), "config")["architectures"][0], "DistilBertForMaskedLM");
  EXPECT_EQ(w.run({"fill-mask", "-m", "words", "--text", "the [MASK] was good"}).code, 0);
  EXPECT_EQ(w.run({"train", "--resume", "words"}).code, 0);
  expect_fault(w.run(with(command, {"--out", "no"}) + Arguments{"--label-column", "label"}), {"--label-column", "guesses words"});
  expect_fault(w.run(distil("no", {"--whole-word"})), {"--whole-word", "tells labels"});
  expect_fault(w.run(distil("no", {"--train", "train.csv", "valid.csv"})), {"--train", "one file", "found 3"});
}

TEST(Distil, WhichLabelIsTakenForWhich) {
  const Workspace& w = school();
  const Ran shown = w.run(kEvaluate + Arguments{"-m", "teacher"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_NE(shown.out.find("100%"), std::string::npos) << shown.out;
  EXPECT_EQ(w.run(kEvaluate + Arguments{"-m", "teacher", "--confusion", "matrix.svg"}).code, 0);
  EXPECT_NE(w.read("matrix.svg").find("<svg"), std::string::npos);
  expect_fault(w.run(kEvaluate + Arguments{"-m", "teacher", "--confusion", "matrix.txt"}), {"matrix.txt", ".png", ".svg"});
}

TEST(Distil, WhatIsInAnEncoder) {
  const Workspace& w = school();
  const Ran text = w.run({"inspect", "teacher"});
  EXPECT_EQ(text.code, 0) << text.err;
  for (const char* part : {"sequence classification", "[\"no\",\"yes\"]", "embeddings", "layer 1", "head", "backbone.layer.1.qkv.weight", "tokenizer.json"})
    EXPECT_NE(text.out.find(part), std::string::npos) << part;
  const Json json = parse_json(w.run({"inspect", "teacher", "--json"}).out, "output");
  int64_t sum = 0;
  for (const Json& tensor : json["tensors"]) sum += tensor["parameters"].get<int64_t>();
  EXPECT_EQ(json["parameters"], sum);
  EXPECT_EQ(json["labels"], (Json{"no", "yes"}));
}

TEST(Distil, WhetherTwoModelsAreTheSame) {
  const Workspace& w = school();
  const std::string file = "teacher/model.safetensors";
  const Ran same = w.run({"inspect", "teacher", "--verify", file});
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_NE(same.out.find(", 0 differ"), std::string::npos) << same.out;
  EXPECT_EQ(w.run({"inspect", "teacher", "--verify", "teacher", "--text", "a good film"}).code, 0);
  w.copy("teacher", "other");
  Json config = parse_json(w.read("other/config.json"), "config");
  config["hidden_act"] = "relu";
  w.write("other/config.json", config.dump());
  const Ran other = w.run({"inspect", "other", "--verify", "teacher", "--text", "a good film"});
  EXPECT_NE(other.code, 0);
  EXPECT_NE(other.out.find("layer 0 is the first that differs\n  likely: the activation is relu, in the reference gelu"), std::string::npos) << other.out;
  expect_fault(w.run({"inspect", "teacher", "--text", "a"}), {"--verify"});
  expect_fault(w.run({"inspect", "teacher", "--verify", file, "--text", "a"}), {"--text", "directory"});
  expect_fault(w.run({"inspect", "teacher", "--verify", "nothing"}), {"nothing"});
}

// The last number of the file becomes NaN.
TEST(Distil, NanInAFileIsNamed) {
  const Workspace& w = school();
  w.copy("teacher", "spoilt");
  std::string bytes = w.read("spoilt/model.safetensors");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(bytes.data() + bytes.size() - sizeof nan, &nan, sizeof nan);
  w.write("spoilt/model.safetensors", bytes);
  expect_fault(w.run({"inspect", "spoilt"}), {"spoilt: tensor \"classifier.weight\"", "NaN in 1 of 256 places"});
}

}  // namespace
}  // namespace gamana
