// Classifiers as a user trains, uses and evaluates them: a task that can be learned, the same bits for threads and after a
// kill, tables of several forms, faults in one sentence.
#include <csignal>
#include <thread>

#include <gtest/gtest.h>

#include "gamana/base/rng.h"
#include "program.h"

namespace gamana {
namespace {

// Sentences whose label is told by one of their words.
std::string reviews(int rows, uint64_t seed, bool header = true) {
  static const char* const kGood[] = {"good", "fine", "lovely"};
  static const char* const kBad[] = {"bad", "poor", "awful"};
  static const char* const kThings[] = {"film", "book", "play", "song", "meal"};
  std::string out = header ? "text,label\n" : "";
  for (int i = 0; i < rows; ++i) {
    const bool good = mix(seed + i) % 2;
    const char* word = (good ? kGood : kBad)[mix(seed + i + 7) % 3];
    out += std::string("\"the ") + kThings[mix(seed + i + 3) % 5] + ", they say, was " + word + " and " + kThings[mix(seed + i + 5) % 5] +
           " too\"," + (good ? "yes" : "no") + "\n";
  }
  return out;
}

class Classify : public testing::Test {
 protected:
  Classify() { w.write("train.csv", reviews(160, 1)), w.write("valid.csv", reviews(40, 1000)); }

  Arguments command(const std::string& out, const Arguments& more = {}) const {
    return with({"train", "classify", "--preset", "bert-tiny", "--vocab-size", "80", "--train", "train.csv", "--valid", "valid.csv", "--epochs",
                 "4", "--batch-size", "16", "--learning-rate", "1e-3", "--threads", "1", "--out", out},
                more);
  }
  std::string weights(const std::string& out) const { return w.read(out + "/model.safetensors"); }

  Workspace w;
};

TEST_F(Classify, LearnsUsesAndEvaluates) {
  const Ran trained = w.run(command("model"));
  ASSERT_EQ(trained.code, 0) << trained.err;
  const Ran evaluated = w.run({"evaluate", "classify", "-m", "model", "--data", "valid.csv", "--json"});
  ASSERT_EQ(evaluated.code, 0) << evaluated.err;
  EXPECT_EQ(parse_json(evaluated.out, "output")["accuracy"], 1.0);
  EXPECT_EQ(parse_json(evaluated.out, "output")["labels"]["yes"]["f1"], 1.0);

  const Ran one = w.run({"classify", "-m", "model", "--text", "the book, they say, was awful and song too", "--json"});
  ASSERT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(parse_json(one.out, "output")[0]["label"], "no");
  const Ran all = w.run({"classify", "-m", "model", "--text", "good", "--top-k", "0", "--json"});
  EXPECT_EQ(parse_json(all.out, "output")[0].size(), 2u);

  // Lines, standard input and tables are the same texts; the order is theirs.
  w.write("lines.txt", "the film was good\nbad\n\nthe play, they say, was lovely and meal too\n");
  const Ran lines = w.run({"classify", "-m", "model", "lines.txt"});
  EXPECT_EQ(lines.out, w.run({"classify", "-m", "model", "-"}, w.read("lines.txt")).out);
  EXPECT_NE(lines.out.find("the film was good\nno"), std::string::npos) << lines.out;
  const Ran page = w.run({"view", "attention", "-m", "model", "--text", "a good book", "-o", "page.html"});
  EXPECT_EQ(page.code, 0) << page.err;
  EXPECT_TRUE(w.has("page.html"));
}

TEST_F(Classify, ThreadsKillsAndRecomputingChangeNoBit) {
  ASSERT_EQ(w.run(command("whole")).code, 0);
  ASSERT_EQ(w.run(command("two", {"--threads", "2", "--recompute"})).code, 0);
  EXPECT_EQ(weights("two"), weights("whole"));
  const pid_t process = w.start(command("killed", {"--save-steps", "3"}));
  for (int waited = 0; !w.has("killed/checkpoint/state.safetensors") && waited < 20000; ++waited)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ::kill(process, SIGKILL);
  w.wait_for(process);
  const Ran resumed = w.run({"train", "--resume", "killed"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(weights("killed"), weights("whole"));
}

TEST_F(Classify, FineTunesWhatWasTrainedAndColumnsByNumber) {
  ASSERT_EQ(w.run(command("first", {"--max-steps", "4"})).code, 0);
  w.write("plain.csv", reviews(60, 5, false));
  const Ran second = w.run({"train", "classify", "-m", "first", "--train", "plain.csv", "--valid", "plain.csv", "--no-header", "--label-column", "2",
                            "--text-column", "1", "--max-steps", "3", "--class-weights", "balanced", "--out", "second"});
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_EQ(parse_json(w.read("second/config.json"), "config")["id2label"]["1"], "yes");
  // Numbers.
  w.write("scores.tsv", "text\tscore\ngood film\t1.5\nbad film\t-2\nfine\t1\npoor\t-1\n");
  const Ran numbers = w.run({"train", "regress", "-m", "first", "--train", "scores.tsv", "--valid", "scores.tsv", "--label-column", "score",
                             "--max-steps", "3", "--out", "numbers"});
  ASSERT_EQ(numbers.code, 0) << numbers.err;
  EXPECT_EQ(parse_json(w.read("numbers/config.json"), "config")["problem_type"], "regression");
  // Several labels.
  w.write("tags.csv", "text,labels\ngood film,\"a,b\"\nbad film,b\nfine,a\npoor,c\n");
  const Ran tags = w.run({"train", "classify", "-m", "first", "--train", "tags.csv", "--valid", "tags.csv", "--label-separator", ",", "--max-steps",
                          "3", "--out", "tags"});
  ASSERT_EQ(tags.code, 0) << tags.err;
  EXPECT_EQ(w.run({"evaluate", "classify", "-m", "tags", "--data", "tags.csv", "--json"}).code, 0);
}

TEST_F(Classify, FaultsAreOneSentence) {
  ASSERT_EQ(w.run(command("model", {"--max-steps", "1"})).code, 0);
  w.write("unknown.csv", "text,label\ngood,maybe\n");
  w.write("broken.csv", "text,label\n\"good,yes\n");
  w.write("empty.csv", "text,label\n");
  const Arguments evaluate = {"evaluate", "classify", "-m", "model", "--data", "valid.csv"};
  expect_fault(w.run(with(evaluate, {"--data", "unknown.csv"})), {"unknown.csv", "maybe", "yes"});
  expect_fault(w.run(with(evaluate, {"--data", "broken.csv"})), {"broken.csv", "line 2"});
  expect_fault(w.run(with(evaluate, {"--data", "absent.csv"})), {"absent.csv"});
  expect_fault(w.run(with(evaluate, {"--label-column", "mood"})), {"mood", "\"text\""});
  expect_fault(w.run(command("new", {"--train", "empty.csv"})), {"empty.csv"});
  expect_fault(w.run(command("model")), {"holds a run already"});
  expect_fault(w.run(command("new", {"--model", "model"})), {"--preset", "found both"});
  expect_fault(w.run({"train", "classify", "-m", "model", "--cased", "--train", "train.csv", "--valid", "valid.csv", "--out", "new"}),
               {"--cased", "--preset"});
  expect_fault(w.run(command("new", {"--preset", "bert-huge"})), {"bert-huge", "bert-tiny"});
  expect_fault(w.run(command("new", {"--metric", "beauty", "--max-steps", "1"})), {"beauty"});
  expect_fault(w.run({"classify", "-m", "model"}), {"--text"});
  expect_fault(w.run({"classify", "-m", "absent", "--text", "a"}), {"absent", "config.json"});
  expect_fault(w.run({"classify", "-m", "model", "--text", "a", "--max-length", "4096"}), {"at most 512"});
  expect_fault(w.run({"view", "attention", "-m", "model", "--text", "a", "--layer", "9"}), {"--layer", "0 to 1"});
  // A head that is not there.
  Json config = parse_json(w.read("model/config.json"), "config");
  config["architectures"] = {"BertForMaskedLM"};
  w.write("model/config.json", config.dump());
  expect_fault(w.run({"view", "attention", "-m", "model", "--text", "a", "--head", "7", "-o", "a.png"}), {"--head"});
  w.write("model/model.safetensors", w.read("model/model.safetensors").substr(0, 5000));
  expect_fault(w.run({"classify", "-m", "model", "--text", "a"}), {"model.safetensors"});
}

}  // namespace
}  // namespace gamana
