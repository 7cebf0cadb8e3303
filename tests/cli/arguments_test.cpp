// What is wrong on the command line is said in one sentence, and nothing is written.
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>

#include "program.h"

namespace gamana {
namespace {

Arguments training(const Arguments& changes) {
  return with(tiny_training() + Arguments{"--max-steps", "2", "--out", "out"}, changes);
}

TEST(Arguments, UnknownOnesComeWithTheNearest) {
  const Workspace w;
  expect_fault(w.run(training({"--batchtokens", "3"})), {"unknown option --batchtokens; did you mean --batch-tokens?"});
  expect_fault(w.run(training({"--zzzzzzz", "3"})), {"unknown option --zzzzzzz", "gamana train translation --help"});
  expect_fault(w.run({"translate", "--beem=3"}), {"unknown option --beem; did you mean --beam?"});
  expect_fault(w.run({"translat"}), {"unknown command translat; did you mean translate?"});
  expect_fault(w.run({"train", "translatoin"}), {"did you mean translation?"});
  expect_fault(w.run({"metric", "blue", "a"}), {"did you mean bleu?"});
  expect_fault(w.run({"translate", "-m", "a", "b", "c"}), {"one argument too many: c"});
  expect_fault(w.run({}), {"expected one of the commands train, translate"});
  expect_fault(w.run({"view"}), {"alignment, attention, next, embeddings, curves"});
  expect_fault(w.run({"train"}), {"what to train is not said"});
  expect_fault(w.run({"translate"}), {"--model is required"});
}

struct Wrong {
  const char *option, *value, *said;
};

TEST(Arguments, WrongValuesOfTraining) {
  const Workspace w;
  for (const Wrong& wrong : std::initializer_list<Wrong>{
           {"--epochs", "-1", "--epochs: expected a number from 0"}, {"--max-steps", "-2", "--max-steps"},
           {"--max-steps", "0", "--epochs or --max-steps"},
           {"--dropout", "2", "--dropout: expected a number from 0 to below 1"},
           {"--dropout", "x", "--dropout: expected a number, found \"x\""}, {"--dropout", "NaN", "--dropout"},
           {"--schedule", "foo", "constant, linear, cosine"}, {"--preset", "foo", "tiny, small, base, big"},
           {"--model", "foo", "transformer, rnn"}, {"--optimizer", "foo", "adamw"},
           {"--precision", "f16", "f32, bf16"}, {"--positions", "foo", "sinusoidal"}, {"--activation", "foo", "relu"},
           {"--metric", "foo", "bleu, loss, chrf, ter, accuracy"},
           {"--vocab-type", "foo", "unigram, bpe"},
           {"--width", "33", "--width: expected a multiple of the 2 heads, found 33"}, {"--width", "32.5", "--width"},
           {"--width", "-4", "--width"}, {"--width", "99999999999", "--width"}, {"--width", "16000000", "memory"},
           {"--encoder-layers", "-1", "--encoder-layers"},
           {"--vocab-size", "5", "vocabulary of 5 entries is too small"}, {"--vocab-size", "-1", "--vocab-size"},
           {"--character-coverage", "2", "coverage"}, {"--learning-rate", "-1", "--learning-rate"},
           {"--learning-rate", "inf", "--learning-rate"}, {"--warmup", "-7", "--warmup"}, {"--seed", "-1", "--seed"},
           {"--threads", "-1", "--threads"}, {"--threads", "100000", "--threads"},
           {"--max-memory", "-1", "--max-memory"}, {"--batch-tokens", "0", "--batch-tokens"},
           {"--max-length", "1", "--max-length"}, {"--max-length", "2", "expected sentence pairs"},
           {"--gradient-accumulation-steps", "0", "--gradient"}, {"--eval-beams", "0", "--eval-beams"},
           {"--ema", "1", "--ema"}, {"--adam-beta1", "1", "--adam-beta1"},
           {"--early-stopping", "-1", "--early-stopping"}, {"--train-source", "", "--train-source is needed"}}) {
    SCOPED_TRACE(std::string(wrong.option) + " " + wrong.value);
    expect_fault(w.run(training({wrong.option, wrong.value})), {wrong.said});
    EXPECT_FALSE(w.has("out"));
  }
  expect_fault(w.run(training({}) + Arguments{"--width", "32"}), {"--width: expected once, found 2 times"});
  expect_fault(w.run(training({}) + Arguments{"--seed"}), {"--seed: expected a value, found none"});
}

// An option that the model does not read is no option of that run.
TEST(Arguments, OptionsOfTheOtherModel) {
  const Workspace w;
  for (const Arguments& option :
       {Arguments{"--preset", "base"}, {"--feed-forward", "64"}, {"--heads", "2"}, {"--activation", "gelu"},
        {"--positions", "learned"}, {"--pre-norm"}, {"--separate-embeddings"}, {"--untie-output"},
        {"--attention-dropout", "0.1"}, {"--activation-dropout", "0.1"}, {"--recompute"},
        {"--preset", "tiny"}, {"--heads", "0"}, {"--positions", "sinusoidal"}, {"--attention-dropout", "0"}}) {
    const Arguments more = Arguments{"--max-steps", "2", "--out", "out"} + option;
    expect_fault(w.run(tiny_training("rnn") + more), {option[0] + " belongs to --model transformer", "--model rnn"});
  }
  for (const Arguments& option :
       {Arguments{"--cell", "lstm"}, {"--attention", "dot"}, {"--unidirectional"}, {"--reverse-source"},
        {"--first-state-only"}, {"--cell", "gru"}, {"--attention", "additive"}})
    expect_fault(w.run(training(option)), {option[0] + " belongs to --model rnn", "--model transformer"});
  const Arguments rnn = tiny_training("rnn") + Arguments{"--max-steps", "2", "--out", "out"};
  expect_fault(w.run(rnn + Arguments{"--cell", "foo"}), {"gru, lstm"});
  expect_fault(w.run(rnn + Arguments{"--attention", "foo"}), {"none, additive, dot, general"});
  expect_fault(w.run(rnn + Arguments{"--reverse-source"}), {"--reverse-source: expected --unidirectional"});
  expect_fault(w.run(rnn + Arguments{"--first-state-only"}), {"--first-state-only: expected --attention none", "additive"});
  Arguments bench = tiny_training("rnn") + Arguments{"--heads", "2"};
  bench[0] = "bench", bench[1] = "train";
  expect_fault(w.run(bench), {"--heads belongs to --model transformer"});
  expect_fault(w.run({"bench", "train", "--preset", "gpt-nano", "--context", "8", "--width", "64"}),
               {"--width is an option of translation", "--context"});
  EXPECT_FALSE(w.has("out"));
}

// Whatever their values: also those that they would have anyway.
TEST(Arguments, OptionsThatSayNothingHere) {
  const Workspace w;
  const Arguments sgd = training({"--optimizer", "sgd"}), translate = {"translate", "-m", trained("rnn"), "a.csv"};
  w.write("a.csv", "text,label\na,b\n");
  const Arguments classify = {"train", "classify", "-m", "nowhere", "--train", "a.csv", "--valid", "a.csv", "--out", "out"};
  const Arguments generate = {"generate", "-m", "nowhere", "--prompt", "a"};
  const std::string model = trained("rnn");
  struct Case {
    Arguments command, option;
    const char* needs;
  };
  for (const Case& c : std::initializer_list<Case>{
           {training({}), {"--momentum", "0.9"}, "--optimizer sgd"},
           {sgd, {"--adam-beta1", "0.9"}, "--optimizer adamw or adam"},
           {sgd, {"--adam-epsilon", "1e-8"}, "--optimizer adamw, adam or adadelta"},
           {translate, {"--temperature", "1"}, "--do-sample"},
           {translate, {"--top-k", "50"}, "--do-sample"},
           {translate, {"--seed", "0"}, "--do-sample"},
           {translate + Arguments{"--beam", "1"}, {"--patience", "1"}, "--beam above 1"},
           {translate + Arguments{"--beam", "1"}, {"--length-penalty", "1"}, "--beam above 1, --scores or --json"},
           {translate, {"--ensemble-mean", "probabilities"}, "several models"},
           {classify, {"--vocab-size", "8000"}, "--preset without --tokenizer"},
           {classify, {"--lora-alpha", "0"}, "--lora-rank"},
           {classify, {"--adam-beta1", "0.9", "--optimizer", "sgd"}, "--optimizer adamw or adam"},
           {classify + Arguments{"--freeze-backbone"}, {"--layer-decay", "1"}, "--freeze-backbone keeps all"},
           {classify + Arguments{"--freeze-backbone"}, {"--freeze-layers", "1"}, "--freeze-backbone keeps all"},
           {generate + Arguments{"--num-beams", "3"}, {"--min-p", "0.9"}, "neither --greedy nor --beams"},
           {generate + Arguments{"--greedy"}, {"--temperature", "1"}, "neither --greedy nor --beams"},
           {generate + Arguments{"--beams", "3"}, {"--top-p", "0.9"}, "neither --greedy nor --beams"},
           {generate + Arguments{"--greedy"}, {"--beams", "3"}, "--greedy is none"},
           {{"view", "alignment", "-m", model, "--text", "a", "--target", "b"}, {"--beam", "5"}, "not --target"},
           {{"view", "curves", model}, {"--x-label", "step"}, "a picture (-o)"},
           {{"tokenize", "-m", model, "a.csv", "--max-length", "3"}, {"--stride", "0"}, "--json"},
           {{"inspect", model}, {"--tolerance", "1e-6"}, "--verify"},
           {{"metric", "bleu", "a.csv", "-r", "a.csv"}, {"--smooth-value", "0.1"}, "--smooth floor or add-k"},
           {{"bench", "translate", "-m", model, "--source", "a.csv"}, {"--preset", "base"}, "random weights"}}) {
    SCOPED_TRACE(c.command[0] + " " + c.option[0]);
    expect_fault(w.run(c.command + c.option), {c.option[0] + " goes with ", c.needs});
  }
  expect_fault(w.run(classify + Arguments{"--doc-stride", "128"}), {"--doc-stride belongs to `gamana train qa`"});
  Arguments both = training({});
  both.insert(both.begin() + 1, {"--resume", model});
  expect_fault(w.run(both), {"translation does not go with --resume"});
  EXPECT_FALSE(w.has("out"));
}

// A run of another model whose settings were written with their defaults goes on.
TEST(Arguments, DefaultsOfTheOtherModelAreFine) {
  const Workspace w;
  w.copy(trained("rnn"), "run");
  const Json settings = parse_json(w.read("run/training.json"), "settings");
  EXPECT_EQ(settings.at("preset"), "tiny");
  EXPECT_EQ(settings.at("positions"), "sinusoidal");
  EXPECT_EQ(w.run({"train", "--resume", "run"}).code, 0);
}

TEST(Arguments, KindsOfRecurrentModels) {
  struct Kind {
    Arguments options;
    std::string key;
    Json value;
  };
  const Workspace w;
  for (const Kind& kind : std::initializer_list<Kind>{
           {{"--cell", "lstm"}, "cell_type", "lstm"}, {{}, "cell_type", "gru"},
           {{"--attention", "dot", "--unidirectional"}, "attention_type", "dot"},
           {{"--attention", "general"}, "attention_type", "general"},
           {{"--attention", "none"}, "attention_type", "none"}, {{}, "attention_type", "additive"},
           {{"--unidirectional"}, "encoder_direction", "forward"},
           {{"--unidirectional", "--reverse-source"}, "encoder_direction", "reverse"},
           {{}, "encoder_direction", "both"},
           {{"--attention", "none"}, "fixed_context", true},
           {{"--attention", "none", "--first-state-only"}, "fixed_context", false}}) {
    const std::string out = kind.key + "-" + kind.value.dump();
    SCOPED_TRACE(out);
    const Ran ran = w.run(tiny_training("rnn") + Arguments{"--max-steps", "1", "--out", out} + kind.options);
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(parse_json(w.read(out + "/config.json"), "config").at(kind.key), kind.value);
  }
}

TEST(Arguments, Schedules) {
  const Workspace w;
  for (const auto& [schedule, last] : std::initializer_list<std::pair<std::string, double>>{
           {"constant", 1e-3}, {"plateau", 1e-3}, {"linear", 0}, {"cosine", 0}, {"inverse_sqrt", 1e-3 / std::sqrt(2)}, {"noam", 1e-3 / std::sqrt(32 * 4)}}) {
    SCOPED_TRACE(schedule);
    const Ran ran = w.run(with(training({"--schedule", schedule, "--learning-rate", "1e-3", "--warmup", "2"}), {"--max-steps", "4", "--out", schedule}));
    ASSERT_EQ(ran.code, 0) << ran.err;
    double rate = -1;
    const Json state = parse_json(w.read(schedule + "/trainer_state.json"), "state");
    for (const Json& entry : state.at("log_history"))
      if (entry.contains("learning_rate")) rate = entry["learning_rate"];
    EXPECT_NEAR(rate, last, 1e-9);
  }
}

TEST(Arguments, WrongValuesOfTranslating) {
  const Workspace w;
  const Arguments translate = {"translate", "-m", trained("transformer")};
  for (const Wrong& wrong : std::initializer_list<Wrong>{
           {"--beam", "x", "--beam"}, {"--beam", "0", "--beam: expected a number from 1 to 1000, found 0"},
           {"--beam", "-3", "--beam"}, {"--n-best", "9", "9"}, {"--max-new-tokens", "-1", "max_new_tokens"},
           {"--length-penalty", "x", "--length-penalty"}, {"--length-normalization", "foo", "gnmt"},
           {"--early-stopping", "foo", "never"}, {"--seed", "-1", "--seed: expected a number from 0 on, found -1"},
           {"--precision", "f16", "bf16"}, {"--threads", "-2", "--threads"},
           {"--threads", "100000", "--threads: expected 0 (all cores) to 1024"}, {"--batch-size", "0", "--batch-size: expected a number from 1 to 65536"},
           {"--prefix", "nowhere", "nowhere"}, {"-o", ".", "folder"}, {"-o", "nowhere/x", "no folder nowhere"},
           {"-m", "nowhere", "nowhere"}}) {
    SCOPED_TRACE(std::string(wrong.option) + " " + wrong.value);
    expect_fault(w.run(with(translate, {wrong.option, wrong.value}), "a dog\n"), {wrong.said});
  }
  expect_fault(w.run(translate + Arguments{"--do-sample", "--beam", "4"}, "a dog\n"), {"--do-sample", "--beam 4", "one of them"});
  expect_fault(w.run(translate + Arguments{"--do-sample", "--top-p", "2"}, "a dog\n"), {"top_p"});
}

TEST(Arguments, ModelsOfAnotherKind) {
  const Workspace w;
  const std::string model = trained("rnn");
  std::filesystem::create_directory(w.path("model"));
  w.write("model/config.json", R"({"model_type": "bert"})");
  expect_fault(w.run({"translate", "-m", "model"}, "a dog\n"), {"model: expected a translation model", "found model_type \"bert\""});
  for (const char* command : {"classify", "fill-mask", "embed"})
    expect_fault(w.run({command, "-m", model, "--text", "a"}), {model + ": expected an encoder or a language model, found a translation model"});
  expect_fault(w.run({"generate", "-m", model, "--prompt", "a"}), {"found a translation model"});
  expect_fault(w.run({"perplexity", "-m", model, "model/config.json"}), {"found a translation model"});
  expect_fault(w.run({"chat", "-m", "nowhere"}), {"nowhere: expected a model directory"});
}

// Numbers that CLI11 checks, and names.
TEST(Arguments, WhatIsExpectedIsSaid) {
  const Workspace w;
  const Arguments generate = {"generate", "-m", "nowhere", "--prompt", "a"};
  expect_fault(w.run(generate + Arguments{"--temperature", "-1"}), {"--temperature: expected a number from 0 on, found -1"});
  expect_fault(w.run(generate + Arguments{"--max-new-tokens", "0"}), {"--max-new-tokens: expected a number above 0, found 0"});
  expect_fault(w.run(generate + Arguments{"--max-new-tokens", "x"}), {"--max-new-tokens: expected a number above 0, found x"});
  expect_fault(w.run(generate + Arguments{"--overflow", "foo"}), {"--overflow: expected one of error,slide, found foo"});
}

TEST(Arguments, WrongFilesAndFoldersElsewhere) {
  const Workspace w;
  const std::string model = trained("transformer"), source = corpus("valid.en"), target = corpus("valid.kn");
  w.write("empty", "");
  w.write("short", "one line\n");
  const Arguments evaluate = {"evaluate", "translation", "-m", model, "--source", source, "--reference"};
  expect_fault(w.run(evaluate + Arguments{"short"}), {"6 lines", "1 in short"});
  expect_fault(w.run(evaluate + Arguments{"nowhere"}), {"cannot read nowhere"});
  expect_fault(w.run(evaluate + Arguments{target, "--by-length", "x.foo"}), {"x.foo", ".png"});
  expect_fault(w.run(evaluate + Arguments{target, "--by-length", "nowhere/x.png"}), {"no folder nowhere"});
  expect_fault(w.run(evaluate + Arguments{target, "-m", trained("rnn"), "-o", "x"}), {"one model"});
  expect_fault(w.run({"score", "-m", model, "--source", source, "--target", "short"}), {"6 lines", "1 in short"});
  const Arguments view = {"view", "alignment", "-m", model, "--text"};
  expect_fault(w.run(view + Arguments{""}), {"--text"});
  expect_fault(w.run(view + Arguments{"a dog", "-o", "x.foo"}), {".html"});
  expect_fault(w.run(view + Arguments{"a dog", "-o", "nowhere/x.html"}), {"no folder nowhere"});
  expect_fault(w.run({"view", "curves", "nowhere"}), {"nowhere"});
  expect_fault(w.run({"inspect", "nowhere"}), {"nowhere"});
  expect_fault(w.run({"inspect", "empty"}), {"empty"});
  expect_fault(w.run({"metric", "bleu", "short", "-r", target}), {"1 lines", "6"});
  expect_fault(w.run({"vocab", "train", "--input", "empty", "--out", "x"}), {"no text"});
  expect_fault(w.run({"vocab", "train", "--input", source, "--out", "empty"}), {"empty"});
  expect_fault(w.run({"vocab", "encode", "-m", "nowhere"}), {"nowhere"});
  expect_fault(w.run({"vocab", "decode", "-m", model}, "1 x\n"), {"line 1", "\"x\""});
  expect_fault(w.run({"bench", "translate", "-m", model}), {"--source"});
  expect_fault(w.run({"bench", "translate", "-m", model, "--source", "empty"}), {"expected sentences"});
  expect_fault(w.run({"bench", "translate", "--vocab-size", "0"}), {"--vocab-size: expected a number from 8"});
  EXPECT_FALSE(w.has("x"));
}

TEST(Arguments, TrainingData) {
  const Workspace w;
  w.write("empty", "");
  w.write("binary", std::string("\x7f" "ELF\x02\x01\x01\0\0\0\xff\xfe\n", 13));
  w.write("latin1", "good\nna\xefve\n");
  w.write("nul", std::string("good\na\0b\n", 9));
  w.write("blank", std::string(300, '\n'));
  w.write("one", "a line\n");
  for (const auto& [file, said] : std::initializer_list<std::pair<const char*, const char*>>{
           {"nowhere", "cannot read nowhere"}, {"empty", "0 lines in empty"}, {"binary", "line 1 is not valid UTF-8"},
           {"latin1", "latin1: line 2 is not valid UTF-8"}, {"nul", "line 2 holds a NUL byte"}, {".", "it is a folder"},
           {"one", "1 lines in one and 300 in "}, {"blank", "300"}}) {
    SCOPED_TRACE(file);
    expect_fault(w.run(training({"--train-source", file})), {said});
    EXPECT_FALSE(w.has("out"));
  }
  expect_fault(w.run({"translate", "-m", trained("rnn")}, "good\nna\xefve\n"), {"standard input", "line 2"});
}

TEST(Arguments, WhereTheModelGoes) {
  const Workspace w;
  w.write("file", "mine");
  expect_fault(w.run(training({"--out", "file"})), {"file is a file"});
  EXPECT_EQ(w.read("file"), "mine");
  w.copy(trained("transformer"), "run");
  expect_fault(w.run(training({"--out", "run"})), {"holds a run already", "--resume run"});
  w.copy(trained("transformer"), "other");
  ::unlink(w.path("other/training.json").c_str());
  expect_fault(w.run(training({"--out", "other"})), {"not empty"});
  expect_fault(w.run(training({"--out", "file/below"})), {"file/below"});
  expect_fault(w.run({"train", "--resume", "other"}), {"no run of gamana"});
  expect_fault(w.run({"train", "--resume", "nowhere"}), {"no run of gamana"});
}

}  // namespace
}  // namespace gamana
