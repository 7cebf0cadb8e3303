// Each command does its work and says what it found.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>

#include "program.h"

namespace gamana {
namespace {

size_t lines_of(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

Json json_of(const Ran& ran) {
  EXPECT_EQ(ran.code, 0) << ran.err;
  return parse_json(ran.out, "the program's output");
}

class Circle : public testing::TestWithParam<const char*> {};

TEST_P(Circle, ModelsTranslateScoreAndShow) {
  const Workspace w;
  const std::string model = trained(GetParam());
  const Arguments data = {"-m", model, "--source", corpus("valid.en")};

  const Ran translated = w.run({"translate", "-m", model, corpus("valid.en"), "-o", "out.kn", "--max-new-tokens", "9"});
  EXPECT_EQ(translated.code, 0) << translated.err;
  EXPECT_EQ(lines_of(w.read("out.kn")), 6u);

  const Arguments evaluate = {"evaluate", "translation", "--json", "--beam", "1", "--by-length", "l.svg"};
  const Json scores = json_of(w.run(evaluate + data + Arguments{"--reference", corpus("valid.kn")}));
  for (const char* key : {"bleu", "chrf", "ter"}) EXPECT_TRUE(std::isfinite(scores.at(key).get<double>())) << key;
  EXPECT_GE(scores.at("by_length").size(), 1u);
  EXPECT_TRUE(w.has("l.svg"));

  const Ran scored = w.run(Arguments{"score"} + data + Arguments{"--target", corpus("valid.kn")});
  EXPECT_EQ(scored.code, 0) << scored.err;
  EXPECT_EQ(lines_of(scored.out), 6u);
  EXPECT_LT(std::stod(scored.out), 0);

  const Json inspected = json_of(w.run({"inspect", model, "--json"}));
  EXPECT_GT(inspected.at("parameters").get<int64_t>(), 10000);
  int64_t sum = 0;
  for (const auto& t : inspected.at("tensors")) sum += t.at("parameters").get<int64_t>();
  EXPECT_EQ(sum, inspected.at("parameters").get<int64_t>());
  const bool rnn = inspected.at("model_type") == "gamana-rnn";
  EXPECT_EQ(rnn, model.find("rnn") != std::string::npos);
  const Json attention = inspected.at("config").value("attention_type", Json());
  EXPECT_EQ(attention, rnn ? Json(model.ends_with("none") ? "none" : "additive") : Json());
}

TEST_P(Circle, ShowsAttention) {
  const Workspace w;
  const Arguments view = {"view", "alignment", "-m", trained(GetParam()), "--text", "the tall driver lost the toy ."};
  if (std::string(GetParam()) == "rnn-none") {
    expect_fault(w.run(view), {"no attention"});
    return;
  }
  const Ran drawn = w.run(view);
  EXPECT_EQ(drawn.code, 0) << drawn.err;
  EXPECT_NE(drawn.out.find("driver"), std::string::npos);
  for (const auto& [name, begin] : {std::pair{"a.png", "\x89PNG"}, {"a.svg", "<?xml"}, {"a.html", "<!"}}) {
    const Ran ran = w.run(view + Arguments{"-o", name});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_TRUE(w.read(name).starts_with(begin)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Circle, testing::Values("transformer", "rnn", "rnn-none"),
                         [](const auto& i) { return std::string(i.param).substr(std::string(i.param).find('-') + 1); });

TEST(Program, ShowsCurves) {
  const Workspace w;
  const Ran drawn = w.run({"view", "curves", trained("transformer"), trained("rnn")});
  EXPECT_EQ(drawn.code, 0) << drawn.err;
  EXPECT_NE(drawn.out.find("Loss"), std::string::npos);
  EXPECT_EQ(w.run({"view", "curves", trained("transformer"), "-o", "c.png"}).code, 0);
  EXPECT_TRUE(w.read("c.png").starts_with("\x89PNG"));
}

TEST(Program, LogsForReadersAndTensorBoard) {
  const Workspace w;
  w.copy(trained("rnn"), "run");
  const std::string log = w.read("run/train.log");
  EXPECT_EQ(lines_of(log), 2u);
  EXPECT_NE(log.find("step=6 "), std::string::npos);
  EXPECT_NE(log.find("eval_bleu="), std::string::npos);
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(w.path("run")))
    if (const std::string name = entry.path().filename(); name.starts_with("events.out.tfevents.")) {
      ++files;
      const std::string bytes = w.read("run/" + name);
      for (const char* tag : {"train/loss", "train/learning_rate", "eval/loss", "eval/bleu"})
        EXPECT_NE(bytes.find(tag), std::string::npos) << tag;
    }
  EXPECT_EQ(files, 1u);
}

TEST(Program, ScoresWithoutAModel) {
  const Workspace w;
  const Json same = json_of(w.run({"metric", "bleu", corpus("valid.kn"), "-r", corpus("valid.kn"), "--json"}));
  EXPECT_EQ(same.at("score").get<double>(), 100);
  EXPECT_EQ(json_of(w.run({"metric", "ter", corpus("valid.kn"), "-r", corpus("valid.kn"), "--json"})).at("score"), 0);
}

TEST(Program, MakesVocabularies) {
  const Workspace w;
  const Arguments train = {"vocab", "train", "--input", corpus("train.en"), "--vocab-size", "200", "--type", "bpe"};
  EXPECT_EQ(w.run(train + Arguments{"--out", "v"}).code, 0);
  const Ran ids = w.run({"vocab", "encode", "-m", "v", "--ids"}, "the driver\n\n");
  EXPECT_EQ(lines_of(ids.out), 2u);
  EXPECT_EQ(w.run({"vocab", "decode", "-m", "v"}, ids.out).out, "the driver\n\n");
}

TEST(Program, MeasuresItself) {
  const Workspace w;
  Arguments training = tiny_training();
  training.erase(training.begin(), training.begin() + 2);
  const Json json = json_of(w.run(Arguments{"bench", "train", "--seconds", "0.2", "--json"} + training));
  EXPECT_GT(json.at("tokens_per_second").get<double>(), 0);
  EXPECT_TRUE(std::isfinite(json.at("loss").get<double>()));
  const Ran translating = w.run({"bench", "translate", "-m", trained("rnn"), "--source", corpus("valid.en"),
                                 "--seconds", "0.2", "--json", "--beam", "2"});
  EXPECT_GT(json_of(translating).at("tokens_per_second").get<double>(), 0);
}

TEST(Program, HelpsAndKnowsItsVersion) {
  const Workspace w;
  EXPECT_NE(w.run({"--version"}).out.find("gamana "), std::string::npos);
  for (const Arguments& command :
       {Arguments{}, {"train"}, {"train", "translation"}, {"translate"}, {"evaluate", "translation"}, {"score"},
        {"metric", "bleu"}, {"view", "alignment"}, {"vocab", "train"}, {"inspect"}, {"bench", "train"}}) {
    const Ran ran = w.run(command + Arguments{"--help"});
    EXPECT_EQ(ran.code, 0);
    EXPECT_GT(ran.out.size(), 200u);
    EXPECT_EQ(ran.err, "");
  }
}

}  // namespace
}  // namespace gamana
