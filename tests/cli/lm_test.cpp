// Language models on plain text, as users train and measure them.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>

#include "program.h"

namespace gamana {
namespace {

// Lines whose end follows from their begin.
std::string rhymes(int lines) {
  const char* const kinds[] = {"one two three four\n", "red green blue\n", "do re mi fa sol\n\n"};
  std::string text;
  for (int i = 0; i < lines; ++i) text += kinds[i * 7 % 5 % 3];
  return text;
}

const Arguments kTrain = {"train", "lm",         "--preset", "gpt-nano",   "--train-file", "rhymes.txt", "--context",
                          "16",    "--max-steps", "60",      "--threads", "1"};

Json scores(const Workspace& w, const Arguments& more) {
  const Ran ran = w.run(Arguments{"perplexity", "--json", "--threads", "1"} + more);
  EXPECT_EQ(ran.code, 0) << ran.err;
  return ran.code == 0 ? parse_json(ran.out, "the program's output") : Json();
}

TEST(Lm, LearnsATextWithEachKindOfTokenizer) {
  const Workspace w;
  w.write("rhymes.txt", rhymes(600)), w.write("more.txt", rhymes(50));
  const auto train = [&](const std::string& tokenizer, const std::string& out) {
    const Ran ran = w.run(kTrain + Arguments{"--tokenizer", tokenizer, "--out", out});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_NE(ran.err.find("bits_per_byte"), std::string::npos) << ran.err;
    return scores(w, {"-m", out, "more.txt"});
  };
  for (const std::string tokenizer : {"char", "byte", "train:270"}) {
    SCOPED_TRACE(tokenizer);
    const Json found = train(tokenizer, tokenizer.substr(0, 4));
    EXPECT_LT(found["bits_per_byte"].get<double>(), 1.2) << found.dump();
    EXPECT_EQ(found["bytes"], rhymes(50).size());
    EXPECT_NEAR(found["perplexity"].get<double>(), std::exp(found["loss"].get<double>()), 1e-6);
    EXPECT_EQ(found["stride"], 8);
  }
  const Json config = parse_json(w.read("char/config.json"), "config");
  EXPECT_EQ(config["architectures"][0], "GPT2LMHeadModel");
  EXPECT_EQ(config["n_positions"], 16);
  EXPECT_EQ(config["eos_token_id"], nullptr);
  EXPECT_EQ(parse_json(w.read("trai/config.json"), "config")["eos_token_id"], 0);
  train("char", "again"), train("./char", "other");
  EXPECT_EQ(w.read("again/model.safetensors"), w.read("char/model.safetensors"));
  EXPECT_EQ(w.read("other/model.safetensors"), w.read("char/model.safetensors")) << "the same tokenizer from a folder";
}

// Killed in the middle of an epoch.
TEST(Lm, AKilledRunGoesOnToTheSameWeights) {
  const Workspace w;
  w.write("rhymes.txt", rhymes(300));
  const Arguments run = with(kTrain, {"--max-steps", "80"}) + Arguments{"--save-steps", "3", "--eval-steps", "40"};
  ASSERT_EQ(w.run(run + Arguments{"--out", "whole"}).code, 0);
  w.end(run + Arguments{"--out", "killed"}, "killed/checkpoint/state.safetensors", SIGKILL);
  w.write("rhymes.txt", rhymes(301));  // with other texts it would become another model
  expect_fault(w.run({"train", "--resume", "killed"}), {"train.tokens", "texts are not those"});
  w.write("rhymes.txt", rhymes(300));
  const Ran resumed = w.run({"train", "--resume", "killed"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(w.read("killed/model.safetensors"), w.read("whole/model.safetensors"));
}

TEST(Lm, FineTunesOnDocumentsOfATable) {
  const Workspace w;
  w.write("rhymes.txt", rhymes(300));
  ASSERT_EQ(w.run(with(kTrain, {"--tokenizer", "train:300", "--max-steps", "20", "--out", "model"})).code, 0);
  std::string rows = "id,text\n", lines;
  for (int i = 0; i < 80; ++i) rows += fmt::format("{},\"blue green red\"\n", i), lines += "{\"t\": \"blue green red\"}\n";
  w.write("rows.csv", rows), w.write("lines.jsonl", lines);
  const double before = scores(w, {"-m", "model", "rows.csv"})["loss"];
  const std::string settings = R"({"eos_token_id": [0, 7], "temperature": 0.6})";
  w.write("model/generation_config.json", settings);
  const Arguments tune = {"train", "lm", "-m", "model", "--train-file", "rows.csv", "--epochs", "8", "--threads", "1"};
  for (const Arguments& kind : {Arguments{"--out", "tuned"}, {"--lora-rank", "4", "--learning-rate", "5e-3", "--out", "lora"}}) {
    const Ran ran = w.run(tune + kind);
    ASSERT_EQ(ran.code, 0) << ran.err;
    const Json after = scores(w, {"-m", kind.back(), "lines.jsonl", "--text-column", "t"});
    EXPECT_LT(after["loss"].get<double>(), before * 0.8) << kind.back();
    EXPECT_EQ(after["words"], 240);
    EXPECT_EQ(w.read(kind.back() + "/generation_config.json"), settings);
  }
}

TEST(Lm, AnAdapterGeneratesAsItsModelDoes) {
  const Workspace w;
  w.write("rhymes.txt", rhymes(300));
  ASSERT_EQ(w.run(with(kTrain, {"--max-steps", "2", "--out", "model"})).code, 0);
  const std::string settings = R"({"max_new_tokens": 3, "min_new_tokens": 3})";
  w.write("model/generation_config.json", settings);
  ASSERT_EQ(w.run({"train", "lm", "-m", "model", "--train-file", "rhymes.txt", "--max-steps", "1", "--lora-rank", "2", "--out", "lora"}).code, 0);
  ASSERT_EQ(w.run({"merge", "--adapter", "lora", "--out", "merged"}).code, 0);
  EXPECT_EQ(w.read("merged/generation_config.json"), settings);
  std::filesystem::remove(w.path("lora/generation_config.json"));  // PEFT writes none
  const Ran ran = w.run({"generate", "-m", "lora", "--prompt", "red ", "--greedy", "--json"});
  EXPECT_EQ(parse_json(ran.out, "output")["tokens"].size(), 3u) << ran.out << ran.err;
}

TEST(Lm, WritesWhileItLearnsWithoutChangingWhatItLearns) {
  const Workspace w;
  w.write("rhymes.txt", rhymes(300));
  const Arguments run = with(kTrain, {"--max-steps", "40"});
  const Ran plain = w.run(run + Arguments{"--out", "plain"});
  const Ran samples = w.run(run + Arguments{"--sample-every", "20", "--sample-prompt", "red ", "--out", "samples"});
  ASSERT_EQ(plain.code, 0) << plain.err;
  ASSERT_EQ(samples.code, 0) << samples.err;
  EXPECT_NE(samples.err.find("step 20 writes:\nred "), std::string::npos) << samples.err;
  EXPECT_NE(samples.err.find("step 40 writes:\nred "), std::string::npos) << samples.err;
  EXPECT_EQ(w.read("samples/model.safetensors"), w.read("plain/model.safetensors"));
}

TEST(Lm, ALineMayBeTheWholeFile) {
  const Workspace w;
  std::string line;
  while (line.size() < 3 << 20) line += "one two three four ";
  w.write("line.txt", line);
  const Ran ran = w.run(with(kTrain, {"--train-file", "line.txt", "--tokenizer", "train:280", "--max-steps", "1", "--out", "out"}));
  ASSERT_EQ(ran.code, 0) << ran.err;
  w.write("bad.txt", "one\ntwo \xFF\n");
  expect_fault(w.run(with(kTrain, {"--train-file", "bad.txt", "--out", "bad"})), {"bad.txt, line 2", "UTF-8"});
}

TEST(Lm, Faults) {
  const Workspace w;
  w.write("rhymes.txt", rhymes(60)), w.write("short.txt", "a"), w.write("empty.txt", ""), w.write("other.txt", "one é\n");
  w.write("t.csv", "text\nab\n");
  const auto said = [&](const Arguments& more, const std::vector<std::string>& expected) {
    expect_fault(w.run(with(kTrain, more)), expected);
  };
  said({"--out", "a", "--train-file", "short.txt"}, {"short.txt", "2 tokens"});
  said({"--out", "b", "--train-file", "empty.txt"}, {"empty.txt"});
  said({"--out", "c", "--valid", "other.txt"}, {"other.txt, line 1", "é"});
  said({"--out", "none", "--valid", "bad\xFF.txt"}, {"--valid", "expected UTF-8"});
  said({"--out", "none", "--train-file", "bad\xFF.txt"}, {"--train", "expected UTF-8"});
  ASSERT_EQ(::mkfifo(w.path("pipe").c_str(), 0600), 0);
  for (const char* option : {"--valid", "--train-file"}) said({"--out", "none", option, "pipe"}, {"pipe: expected a plain file"});
  EXPECT_FALSE(w.has("none"));
  said({"--out", "d", "--tokenizer", "train:x"}, {"train:N"});
  said({"--out", "e", "--tokenizer", "train:100"}, {"257"});
  said({"--out", "f", "--tokenizer", "nowhere"}, {"nowhere"});
  said({"--out", "g", "--sample-every", "1", "--sample-prompt", "é"}, {"é"});
  said({"--out", "h", "--sample-prompt", "one"}, {"--sample-every"});
  said({"--out", "i", "--preset", "bert-tiny"}, {"next word"});
  said({"--out", "j", "--valid", "t.csv"}, {"one kind"});
  ASSERT_EQ(w.run(with(kTrain, {"--max-steps", "1", "--out", "model"})).code, 0);
  expect_fault(w.run({"train", "lm", "-m", "model", "--train-file", "rhymes.txt", "--epochs", "1", "--context", "17", "--out", "k"}),
               {"--context", "16"});
  expect_fault(w.run({"train", "lm", "-m", "model", "--train-file", "other.txt", "--epochs", "1", "--out", "l"}), {"other.txt, line 1", "é"});
  w.write("later.txt", rhymes(3000) + "one é\n");  // in another part of the text
  expect_fault(w.run({"perplexity", "-m", "model", "other.txt"}), {"other.txt, line 1", "é"});
  expect_fault(w.run({"perplexity", "-m", "model", "later.txt"}), {fmt::format("later.txt, line {}", std::ranges::count(rhymes(3000), '\n') + 1), "é"});
  expect_fault(w.run({"generate", "-m", "model", "--prompt", "one", "--prompt", "one é"}), {"prompt 2", "é"});
  expect_fault(w.run({"perplexity", "-m", "model", "short.txt"}), {"a"});
  expect_fault(w.run({"perplexity", "-m", "model", "rhymes.txt", "--context", "17"}), {"--context", "16"});
  expect_fault(w.run({"perplexity", "-m", "model", "rhymes.txt", "--context", "8", "--stride", "9"}), {"--stride"});
  expect_fault(w.run({"perplexity", "-m", "nowhere", "rhymes.txt"}), {"nowhere"});
  const Ran mlm = w.run({"train", "mlm", "--preset", "bert-tiny", "--train", "rhymes.txt", "--max-steps", "1", "--max-length", "16",
                         "--vocab-size", "80", "--out", "mlm"});
  ASSERT_EQ(mlm.code, 0) << mlm.err;
  expect_fault(w.run({"perplexity", "-m", "mlm", "rhymes.txt"}), {"next word"});
}

}  // namespace
}  // namespace gamana
