// Each command does its work and says what it found.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>

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

// A row of the decoder is named by the piece that it is about to say, a column by the piece that was read.
TEST(Program, NamesWhatADecoderLooksAt) {
  const Workspace w;
  const auto part = [&](const char* name) {
    const Ran ran = w.run({"view", "attention", "-m", trained("transformer"), "--text", "the tall driver", "--target",
                           "ಎತ್ತರದ ಚಾಲಕ", "--part", name, "-o", "a.json"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return read_json(w.path("a.json"));
  };
  const Json own = part("decoder"), cross = part("cross");
  const auto said = own.at("queries").get<std::vector<std::string>>();
  auto read = own.at("keys").get<std::vector<std::string>>();
  ASSERT_EQ(read.size(), said.size());
  EXPECT_EQ(said.back(), "</s>");
  EXPECT_EQ(read.front(), "<start>");
  read.erase(read.begin()), read.push_back("</s>");
  EXPECT_EQ(read, said);
  const auto marks = [](const Json& json, const char* side) { return json.at(side).get<std::vector<bool>>(); };
  EXPECT_TRUE(marks(own, "query_special").back());
  EXPECT_TRUE(marks(own, "key_special").front());
  EXPECT_FALSE(marks(own, "key_special").back());
  EXPECT_EQ(cross.at("queries"), own.at("queries"));
  EXPECT_TRUE(marks(cross, "key_special").back());
}

INSTANTIATE_TEST_SUITE_P(Models, Circle, testing::Values("transformer", "rnn", "rnn-none"),
                         [](const auto& i) { return std::string(i.param).substr(std::string(i.param).find('-') + 1); });

// By the probabilities that the models give alone, of two families.
TEST(Program, EnsemblesAverageTheirModels) {
  const Workspace w;
  const Arguments pairs = {"--source", corpus("valid.en"), "--target", corpus("valid.kn"), "--json", "--threads", "1"};
  const auto score = [&](const Arguments& models) {
    const Ran ran = w.run(Arguments{"score"} + models + pairs);
    EXPECT_EQ(ran.code, 0) << ran.err;
    std::vector<std::vector<double>> lines;
    std::istringstream in(ran.out);
    for (std::string line; std::getline(in, line);)
      lines.push_back(parse_json(line, "a line").at("log_probabilities").get<std::vector<double>>());
    return lines;
  };
  const Arguments first = {"-m", trained("transformer")}, second = {"-m", trained("rnn")};
  const auto one = score(first), two = score(second), both = score(first + second);
  const auto geometric = score(first + second + Arguments{"--ensemble-mean", "log_probabilities"});
  ASSERT_EQ(both.size(), 6u);
  for (size_t i = 0; i < both.size(); ++i)
    for (size_t t = 0; t < both[i].size(); ++t) {
      const double a = one[i][t], b = two[i][t];
      EXPECT_NEAR(both[i][t], std::log((std::exp(a) + std::exp(b)) / 2), 1e-4);  // of floats near 6
      EXPECT_GT(geometric[i][t], (a + b) / 2 - 1e-4);  // normalised: their mean and more
    }
  EXPECT_NE(both, geometric);

  const auto translate = [&](const Arguments& models, const Arguments& more) {
    const Arguments file = {corpus("valid.en")};
    const Ran ran = w.run(Arguments{"translate", "--max-new-tokens", "12"} + models + file + more);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.out;
  };
  EXPECT_EQ(translate(first + first, {}), translate(first, {}));
  const std::string both_scored = translate(first + second, {"--scores"});
  EXPECT_NE(both_scored, translate(first, {"--scores"}));
  EXPECT_NE(both_scored, translate(first + second, {"--scores", "--ensemble-mean", "log_probabilities"}));
}

TEST(Program, TranslatesAsGenerationConfigAsks) {
  const Workspace w;
  const std::string text = corpus("valid.en");
  w.copy(trained("transformer"), "asked");
  const Json usual = read_json(w.path("asked/generation_config.json"));
  const auto ask = [&](const Json& wanted) {
    Json all = usual;
    all.update(wanted);
    w.write("asked/generation_config.json", all.dump());
  };
  const auto translate = [&](const std::string& model, const Arguments& more) {
    const Ran ran = w.run(Arguments{"translate", "-m", model, text} + more);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.out;
  };
  const Arguments said = {"--beam", "2", "--max-new-tokens", "9", "--no-repeat-ngram-size", "2", "--length-penalty", "2"};
  const std::string plain = translate(trained("transformer"), said);
  ask({{"num_beams", 2}, {"max_new_tokens", 9}, {"no_repeat_ngram_size", 2}, {"length_penalty", 2}});
  EXPECT_EQ(translate("asked", {}), plain);
  EXPECT_EQ(w.run({"evaluate", "translation", "-m", "asked", "--source", text, "--reference", text, "-o", "evaluated"}).code, 0);
  EXPECT_EQ(w.read("evaluated"), plain);
  ask({{"num_beams", 3}, {"max_length", 4}, {"no_repeat_ngram_size", 1}, {"repetition_penalty", 1.5}, {"do_sample", true}});
  EXPECT_EQ(translate("asked", said + Arguments{"--repetition-penalty", "1"}), plain);
  // Tokens that must come, or may not: those of the first translation.
  const auto tokens = [&](const Arguments& more) {
    const std::string out = translate("asked", Arguments{"--json"} + more);
    return parse_json(out.substr(0, out.find('\n')), "line").at("hypotheses")[0].at("tokens").get<std::vector<int>>();
  };
  ask({{"max_new_tokens", 4}});
  const std::vector<int> first = tokens({});
  ask({{"max_new_tokens", 4}, {"bad_words_ids", {{first[0]}}}, {"forced_eos_token_id", 7}});
  EXPECT_NE(tokens({})[0], first[0]);
  EXPECT_EQ(tokens({"--min-length", "5"}).back(), 7);
  ask({{"max_new_tokens", 4}, {"forced_bos_token_id", 9}});
  EXPECT_EQ(tokens({})[0], 9);
  const Arguments any = {"translate", "-m", "asked", text};
  for (const auto& [key, value] : std::initializer_list<std::pair<const char*, Json>>{
           {"guidance_scale", 1.5}, {"stop_strings", {"x"}}, {"decoder_start_token_id", 5}, {"num_beams", "two"}}) {
    ask({{key, value}});
    expect_fault(w.run(any), {"generation_config.json", key});
  }
}

TEST(Program, EnsemblesNeedOneVocabulary) {
  const Workspace w;
  const std::string model = trained("transformer");
  const auto fault = [&](const Arguments& more, const std::vector<std::string>& said) {
    expect_fault(w.run(Arguments{"translate", "-m", model} + more, "a dog\n"), said);
  };
  w.copy(model, "other");
  Json vocabulary = parse_json(w.read("other/vocab.json"), "vocab.json");
  std::swap(vocabulary["▁the"], vocabulary["▁and"]);
  w.write("other/vocab.json", vocabulary.dump());
  fault({"-m", "other"}, {model + " and other", "vocab.json", "one vocabulary"});
  const Arguments pairs = {"--source", corpus("valid.en"), "--target", corpus("valid.kn")};
  expect_fault(w.run(Arguments{"score", "-m", model, "-m", "other"} + pairs), {model + " and other", "vocab.json"});
  w.copy(model, "other");
  Json config = parse_json(w.read("other/config.json"), "config.json");
  config["decoder_start_token_id"] = 3;
  w.write("other/config.json", config.dump());
  std::filesystem::remove(w.path("other/generation_config.json"));
  fault({"-m", trained("rnn"), "-m", "other"}, {model + " and other", "config.json"});
  fault({"-m", "nowhere"}, {"nowhere"});
  fault({"-m", trained("rnn"), "--ensemble-mean", "foo"}, {"ensemble_mean", "log_probabilities", "foo"});
  fault({"-m", trained("rnn"), "--attention", "a.json"}, {"--attention", "one model", "2"});
}

TEST(Program, ShowsCurves) {
  const Workspace w;
  const Ran drawn = w.run({"view", "curves", trained("transformer"), trained("rnn")});
  EXPECT_EQ(drawn.code, 0) << drawn.err;
  EXPECT_NE(drawn.out.find("Loss"), std::string::npos);
  EXPECT_EQ(w.run({"view", "curves", trained("transformer"), "-o", "c.png"}).code, 0);
  EXPECT_TRUE(w.read("c.png").starts_with("\x89PNG"));
  for (const char* folder : {"first", "second"}) std::filesystem::create_directory(w.path(folder));
  w.copy(trained("rnn"), "first/run"), w.copy(trained("rnn"), "second/run");  // told apart by more than their last names
  const Ran alike = w.run({"view", "curves", "first/run", "second/run"});
  EXPECT_NE(alike.out.find("Loss, first/run"), std::string::npos) << alike.out;
  EXPECT_NE(alike.out.find("Loss, second/run"), std::string::npos);
}

// The best validation is kept, and training stops, by the metric that was chosen.
TEST(Program, KeepsTheBestByEachMetric) {
  const Workspace w;
  // Sentences to be copied: every measure moves, up and down, within a second.
  const std::string lines =
      "the red dog sings\na blue cat runs\ntwo green birds fly\nmy friend eats\nan old house falls\n";
  std::string many;
  for (int i = 0; i < 60; ++i) many += lines;
  w.write("many", many), w.write("few", lines);
  const Arguments copying = {"--train-source", "many", "--train-target", "many", "--valid-source", "few",
                             "--valid-target", "few", "--max-steps", "24", "--eval-steps", "2", "--early-stopping", "2",
                             "--learning-rate", "0.01", "--warmup", "4"};
  for (const std::string metric : {"chrf", "ter", "accuracy", "loss", "bleu"}) {
    SCOPED_TRACE(metric);
    const Ran ran = w.run(with(tiny_training(), copying + Arguments{"--metric", metric, "--out", metric}));
    ASSERT_EQ(ran.code, 0) << ran.err;
    const Json state = parse_json(w.read(metric + "/trainer_state.json"), "its state");
    const double sign = metric == "loss" || metric == "ter" ? -1 : 1;
    double best = 0;
    int bad = 0;
    int64_t best_step = 0, last_step = 0;
    for (const Json& entry : state.at("log_history")) {
      if (!entry.contains("eval_loss")) continue;
      EXPECT_LT(bad, 2) << "went on";
      const double value = sign * entry.at("eval_" + metric).get<double>();
      EXPECT_EQ(entry.size(), metric == "loss" || metric == "bleu" ? 4u : 5u);  // no other is computed
      last_step = entry.at("step");
      if (best_step == 0 || value > best) best = value, best_step = last_step, bad = 0;
      else ++bad;
    }
    EXPECT_TRUE(bad == 2 || last_step == 24) << "stopped at " << last_step;
    EXPECT_EQ(state.at("metric"), metric);
    EXPECT_EQ(state.at("best_global_step"), best_step);
    EXPECT_EQ(state.at("best_metric").get<double>(), sign * best);
    if (metric != "chrf" && metric != "ter" && metric != "bleu") continue;
    const Arguments data = {"--source", "few", "--reference", "few"};
    const Arguments evaluate = {"evaluate", "translation", "-m", metric, "--beam", "1", "--json"};
    const Json kept = json_of(w.run(evaluate + data));
    EXPECT_DOUBLE_EQ(kept.at(metric).get<double>(), sign * best);
  }
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
  const Ran compared = w.run({"metric", "bleu", corpus("valid.kn"), "-r", corpus("valid.kn"), "--compare", corpus("valid.kn")});
  EXPECT_NE(compared.out.find("there is no difference"), std::string::npos) << compared.out;
}

TEST(Program, MakesVocabularies) {
  const Workspace w;
  const Arguments train = {"vocab", "train", "--input", corpus("train.en"), "--vocab-size", "200", "--type", "bpe"};
  EXPECT_EQ(w.run(train + Arguments{"--out", "v"}).code, 0);
  w.write("v/config.json", "{}");
  expect_fault(w.run(train + Arguments{"--out", "v"}), {"--out: v holds a model"});
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

TEST(Program, MeasuresItsOperations) {
  const Workspace w;
  const Arguments bench = {"bench", "ops", "--seconds", "0.01", "--filter"};
  const Json json = json_of(w.run(bench + Arguments{"attention", "--json", "--threads", "1"}));
  EXPECT_EQ(json.at("threads"), 1);
  const double flops = json.at("peak_flops_per_second"), bytes = json.at("peak_bytes_per_second");
  EXPECT_GT(flops, 1e8);
  EXPECT_GT(bytes, 1e8);
  EXPECT_GT(json.at("peak_read_bytes_per_second").get<double>(), 1e8);
  std::vector<std::string> names;
  for (const Json& op : json.at("ops")) {
    names.push_back(op.at("op"));
    EXPECT_GT(op.at("seconds").get<double>(), 0);
    const double share = std::max(op.at("flops_per_second").get<double>() / flops,
                                  op.at("bytes_per_second").get<double>() / bytes);
    EXPECT_NEAR(op.at("share_of_peak").get<double>(), share, 1e-6 * share);
  }
  const std::vector<std::string> each = {"self_attention", "self_attention_backward", "cached_attention"};
  EXPECT_EQ(names, Arguments(each) + each);  // of two sizes
  const Ran table = w.run(bench + Arguments{"norm"});
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_EQ(lines_of(table.out), 3 + 4u) << table.out;
  expect_fault(w.run(bench + Arguments{"foo", "--json"}), {"--filter", "packed_product", "\"foo\""});
}

// Each option of each command has words in the help.
TEST(Program, HelpsAndKnowsItsVersion) {
  const Workspace w;
  EXPECT_NE(w.run({"--version"}).out.find("gamana "), std::string::npos);
  constexpr size_t kWords = 36;  // where they begin, on the option's line or the next
  std::vector<Arguments> commands = {{}};
  for (size_t i = 0; i < commands.size(); ++i) {
    const Arguments command = commands[i];  // the list grows
    const Ran ran = w.run(command + Arguments{"--help"});
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.err, "");
    std::istringstream lines(ran.out);
    std::string option;  // whose words have not come yet
    bool names = false;
    for (std::string line; std::getline(lines, line);) {
      if (line == "Subcommands:") names = true;
      else if (line.empty()) names = false;
      else if (names) commands.push_back(command + Arguments{line.substr(2, line.find(' ', 2) - 2)});
      EXPECT_TRUE(option.empty() || line.starts_with(std::string(kWords, ' '))) << option;
      const bool is_option = line.starts_with("  -");
      option = is_option && (line.size() <= kWords || line[kWords - 1] != ' ') ? line : "";
      EXPECT_EQ(line.find("=[]"), std::string::npos) << line;
    }
  }
  EXPECT_GT(commands.size(), 50u);
}

}  // namespace
}  // namespace gamana
