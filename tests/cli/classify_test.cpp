// Classifiers as a user trains, uses and evaluates them: a task that can be learned, the same bits for threads and after a
// kill, tables of several forms, faults in one sentence.
#include <array>
#include <csignal>

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
  w.end(command("killed", {"--save-steps", "3"}), "killed/checkpoint/state.safetensors", SIGKILL);
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
  w.write("one.tsv", "text\tscore\ngood film\t1.5\n");  // has no correlation
  const Ran one = w.run({"train", "regress", "-m", "first", "--train", "scores.tsv", "--valid", "one.tsv", "--label-column", "score",
                         "--max-steps", "1", "--out", "one"});
  EXPECT_EQ(one.code, 0) << one.err;
  // Several labels.
  w.write("tags.csv", "text,labels\ngood film,\"a,b\"\nbad film,b\nfine,a\npoor,c\n");
  const Ran tags = w.run({"train", "classify", "-m", "first", "--train", "tags.csv", "--valid", "tags.csv", "--label-separator", ",", "--max-steps",
                          "3", "--out", "tags"});
  ASSERT_EQ(tags.code, 0) << tags.err;
  EXPECT_EQ(w.run({"evaluate", "classify", "-m", "tags", "--data", "tags.csv", "--json"}).code, 0);
}

// A language model with labels: the last token has read the text. transformers needs a token to pad batches with.
TEST_F(Classify, ADecoderReadsTheLastToken) {
  const Ran text = w.run({"train", "lm", "--preset", "gpt-nano", "--train-file", "train.csv", "--tokenizer", "train:300", "--context", "64", "--max-steps",
                          "1", "--threads", "1", "--out", "lm"});
  ASSERT_EQ(text.code, 0) << text.err;
  Arguments run = {"train", "classify", "-m", "lm", "--train", "train.csv", "--valid", "valid.csv", "--epochs", "4", "--batch-size", "16",
                   "--learning-rate", "2e-3", "--threads", "1"};
  const Ran trained = w.run(run + Arguments{"--out", "model"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_EQ(parse_json(w.run({"evaluate", "classify", "-m", "model", "--data", "valid.csv", "--json"}).out, "output")["accuracy"], 1.0);
  const Json config = parse_json(w.read("model/config.json"), "config");
  EXPECT_EQ(config["architectures"][0], "GPT2ForSequenceClassification");
  EXPECT_EQ(config["pad_token_id"], config["eos_token_id"]);
  EXPECT_EQ(parse_json(w.read("model/tokenizer_config.json"), "settings")["pad_token"], "<|endoftext|>");
  // No tokens stand around a text: an empty one is none.
  expect_fault(w.run({"classify", "-m", "model", "--text", ""}), {"at least one token"});
  w.write("empty.csv", "text,label\ngood,yes\n\"\",no\n");
  expect_fault(w.run(with(run, {"--train", "empty.csv", "--out", "new"})), {"empty.csv, line 3", "at least one token"});

  w.write("tags.txt", "a O\ngood B-X\nfilm O\n\nbad B-X\nsong O\n\n");
  const Ran tags = w.run({"train", "tag", "-m", "lm", "--train", "tags.txt", "--valid", "tags.txt", "--epochs", "60", "--learning-rate", "2e-3",
                          "--threads", "1", "--out", "tags"});
  ASSERT_EQ(tags.code, 0) << tags.err;
  EXPECT_EQ(parse_json(w.run({"evaluate", "tag", "-m", "tags", "--data", "tags.txt", "--json"}).out, "output")["f1"], 1.0);
  EXPECT_EQ(parse_json(w.read("tags/config.json"), "config")["pad_token_id"], 0);
}

// A long text is cut, read in windows whose scores are averaged, or refused with its line.
TEST_F(Classify, LongTexts) {
  ASSERT_EQ(w.run(command("model")).code, 0);
  std::string text = "the film was good";
  for (int i = 0; i < 12; ++i) text += " and the book, they say, was bad too";
  w.write("long.txt", "the film was good\n" + text + "\n");
  const Arguments classify = {"classify", "-m", "model", "long.txt", "--max-length", "10", "--top-k", "0", "--json", "--overflow"};
  const auto scores = [&](const std::string& how) {
    const Ran ran = w.run(classify + Arguments{how});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return std::pair{parse_json(ran.out, "output"), ran.err};
  };
  const auto [cut, said] = scores("truncate");
  EXPECT_NE(said.find("1 texts are longer than 10 tokens and were cut"), std::string::npos) << said;
  const auto [windows, nothing] = scores("window");
  EXPECT_EQ(nothing, "");
  EXPECT_EQ(windows[0], cut[0]);
  EXPECT_NE(windows[1], cut[1]);
  EXPECT_NEAR(windows[1][0]["score"].get<double>() + windows[1][1]["score"].get<double>(), 1, 1e-6);
  expect_fault(w.run(classify + Arguments{"error"}), {"long.txt: line 2", "at most 10 tokens, found"});
  expect_fault(w.run({"embed", "-m", "model", "long.txt", "--max-length", "10", "--overflow", "error"}), {"long.txt: line 2"});
  expect_fault(w.run(classify + Arguments{"never"}), {"--overflow", "truncate"});

  const auto vectors = [&](const std::string& file, const std::string& how) {
    const Ran ran = w.run({"embed", "-m", "model", file, "--max-length", "10", "--overflow", how, "--normalize", "--json"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return parse_json(ran.out, "output");
  };
  const Json whole = vectors("long.txt", "window"), short_one = vectors("long.txt", "truncate");
  double length = 0;
  for (const Json& x : whole[1]["embedding"]) length += x.get<double>() * x.get<double>();
  EXPECT_NEAR(length, 1, 1e-5);
  EXPECT_EQ(whole[0], short_one[0]);
  EXPECT_NE(whole[1], short_one[1]);
}

// Each option that would do nothing gets a sentence.
TEST_F(Classify, OptionsWithoutAMeaningAreRefused) {
  ASSERT_EQ(w.run(command("model", {"--max-steps", "1"})).code, 0);
  expect_fault(w.run({"evaluate", "classify", "-m", "model", "--data", "valid.csv", "--label-separator", ","}), {"--label-separator", "one label"});
  expect_fault(w.run({"classify", "-m", "model", "--text", "a", "--text-column", "2"}), {"--text-column", "--text"});
  expect_fault(w.run({"similarity", "-m", "model", "--text", "a", "--text", "b", "--top-k", "2"}), {"--top-k", "--search"});
  const Arguments view = {"view", "attention", "-m", "model", "--text", "a", "-o", "a.html"};
  expect_fault(w.run(view + Arguments{"--layer", "0"}), {"--layer", "a.html"});
  expect_fault(w.run(view + Arguments{"--target", "b"}), {"--target", "translation models"});
  expect_fault(w.run(view + Arguments{"--part", "encoder"}), {"--part", "translation models"});
  expect_fault(w.run({"bench", "encode", "-m", "model", "--preset", "bert-tiny", "--length", "8"}), {"--preset", "--model"});
  expect_fault(w.run({"bench", "encode", "-m", "model", "--length", "8", "--attention-type", "original_full"}), {"--attention-type"});
  expect_fault(w.run({"bench", "encode", "--preset", "bert-tiny", "--length", "8", "--attention-type", "original_full"}), {"--attention-type", "BigBird"});
  expect_fault(w.run({"bench", "encode", "-m", "model", "--length", "1000"}), {"--length", "512"});
  expect_fault(w.run({"bench", "encode", "--preset", "bert-tiny"}), {"--data", "--length"});
  for (const auto& [option, value, needs] : {std::array{"--min-lr-rate", "0.1", "--schedule"}, {"--adam-beta2", "0.9", "--optimizer"}})
    expect_fault(w.run(command("new", {option, value, "--schedule", "constant", "--optimizer", "sgd"})), {option, needs});
  expect_fault(w.run({"train", "mlm", "--preset", "bert-tiny", "--train-file", "train.csv", "--generator-size", "0.5", "--out", "new"}),
               {"--generator-size", "electra"});
  expect_fault(w.run({"train", "mlm", "--preset", "bert-tiny", "--train-file", "train.csv", "--objective", "mlm+nsp", "--line-by-line", "--out", "new"}),
               {"--line-by-line", "--objective mlm or electra"});
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
  expect_fault(w.run(command("new", {"--metric", "beauty"})), {"--metric: expected one of accuracy, f1, loss,", "found beauty"});
  EXPECT_FALSE(w.has("new")) << "said before training";
  w.write("list.json", "[{\"text\": \"a\", \"label\": \"yes\"}]\n");
  expect_fault(w.run(command("new", {"--train", "list.json"})), {"list.json, line 1", "found array", "JSON lines: an object a line"});
  w.write("list.json", "[\n{\"text\": \"a\", \"label\": \"yes\"}\n]\n");
  expect_fault(w.run(command("new", {"--train", "list.json"})), {"list.json, line 1", "JSON lines: an object a line"});
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
