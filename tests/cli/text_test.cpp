// Lines of text keep their number and order, and do not depend on the lines beside them.
#include <cmath>
#include <cstring>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "program.h"

namespace gamana {
namespace {

const Arguments kShort = {"--max-new-tokens", "12", "--threads", "1"};

Arguments translate(const std::string& kind) { return Arguments{"translate", "-m", trained(kind)} + kShort; }

class Lines : public testing::TestWithParam<const char*> {};

TEST_P(Lines, AloneAsInABatch) {
  const Workspace w;
  const std::string lines[] = {"the driver sings .", "a dog", "My friend was happy and he sang the song in the city ."};
  std::string all, each;
  for (const std::string& line : lines) {
    all += line + "\n";
    each += w.run(translate(GetParam()), line + "\n").out;
  }
  const Ran together = w.run(translate(GetParam()), all);
  EXPECT_EQ(together.code, 0) << together.err;
  EXPECT_EQ(together.out, each);
  EXPECT_EQ(w.run(with(translate(GetParam()), {"--batch-size", "5", "--threads", "2"}), all).out, each);
}

TEST_P(Lines, EmptyLinesStayEmptyWhereTheyAre) {
  const Workspace w;
  const std::string one = w.run(translate(GetParam()), "a dog\n").out;
  const Ran ran = w.run(translate(GetParam()), "\na dog\n\n   \na dog\r\na dog");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "\n" + one + "\n\n" + one + one);
  EXPECT_EQ(w.run(translate(GetParam()), "").out, "");
  EXPECT_EQ(w.run(translate(GetParam()), "\n").out, "\n");
}

INSTANTIATE_TEST_SUITE_P(Models, Lines, testing::Values("transformer", "rnn"));

TEST(Text, FilesAsStandardStreams) {
  const Workspace w;
  w.write("in", "a dog\nthe driver\n");
  const std::string expected = w.run(translate("rnn"), w.read("in")).out;
  EXPECT_EQ(w.run(translate("rnn") + Arguments{"in"}).out, expected);
  EXPECT_EQ(w.run(translate("rnn") + Arguments{"-o", "out"}, w.read("in")).out, "");
  EXPECT_EQ(w.read("out"), expected);
  EXPECT_EQ(w.run(translate("rnn") + Arguments{"in", "-o", "/proc/self/fd/1"}).out, expected);
}

TEST(Text, FilesOfOtherSystemsAreTheSameText) {
  const Workspace w;
  const std::string mark = "\xEF\xBB\xBF";
  w.write("in", "a dog\nthe driver\n"), w.write("dos", mark + "a dog\r\nthe driver\r\n");
  w.write("prefix", "ನಾಯಿ\n\n"), w.write("dos-prefix", mark + "ನಾಯಿ\r\n\r\n");
  const Arguments metric = {"metric", "bleu", "-r", "in"}, pieces = {"vocab", "encode", "-m", trained("rnn")};
  const Arguments score = {"score", "-m", trained("rnn"), "--source", "in", "--target"};
  for (const Arguments& command : {translate("rnn"), metric, pieces, score}) {
    SCOPED_TRACE(command[0]);
    const Ran expected = w.run(command + Arguments{"in"}), found = w.run(command + Arguments{"dos"});
    EXPECT_EQ(expected.code, 0) << expected.err;
    EXPECT_EQ(found.out, expected.out);
  }
  EXPECT_EQ(w.run(translate("rnn"), w.read("dos")).out, w.run(translate("rnn"), w.read("in")).out);
  EXPECT_EQ(w.run(translate("rnn") + Arguments{"in", "--prefix", "dos-prefix"}).out,
            w.run(translate("rnn") + Arguments{"in", "--prefix", "prefix"}).out);
}

TEST(Text, AVeryLongLineIsCutAndThatIsSaid) {
  const Workspace w;
  std::string line;
  for (int i = 0; i < 50000; ++i) line += "dog cat ";
  w.write("long", line + "\na dog\n");
  for (const char* kind : {"transformer", "rnn"}) {
    const Ran ran = w.run(translate(kind) + Arguments{"long"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2);
    EXPECT_NE(ran.err.find("1 line was longer"), std::string::npos) << ran.err;
    w.write("two", "ನಾಯಿ\nನಾಯಿ\n");
    expect_fault(w.run({"score", "-m", trained(kind), "--source", "long", "--target", "two"}), {"long: line 1", "512"});
    expect_fault(w.run({"view", "alignment", "-m", trained(kind), "--text", line.substr(0, 9000)}), {"--text", "512"});
  }
}

TEST(Text, PrefixesAndNBest) {
  const Workspace w;
  w.write("prefix", "ನಾಯಿ\n\n");
  const Ran ran = w.run(translate("transformer") + Arguments{"--prefix", "prefix"}, "a dog\na dog\n");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(ran.out.starts_with("ನಾಯಿ")) << ran.out;
  const Ran best = w.run(translate("rnn") + Arguments{"--n-best", "3", "--scores"}, "a dog\nthe driver\n");
  EXPECT_EQ(std::count(best.out.begin(), best.out.end(), '\n'), 6);
  EXPECT_TRUE(best.out.starts_with("0 ||| ")) << best.out;
}

TEST(Text, AttentionOfEachLine) {
  const Workspace w;
  const std::string text = "a dog\n\nthe tall driver lost the toy .\n";
  for (const char* kind : {"transformer", "rnn"}) {
    SCOPED_TRACE(kind);
    const std::string plain = w.run(translate(kind), text).out;
    const Ran ran = w.run(translate(kind) + Arguments{"--attention", "a.json"}, text);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out, plain);
    const std::string json = w.read("a.json");
    const Json lines = parse_json(json, "a.json");
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(std::count(json.begin(), json.end(), '\n'), 5);  // an object a line
    EXPECT_EQ(lines[1], Json({{"source", Json::array()}, {"target", Json::array()}, {"weights", Json::array()}}));
    size_t sources = 0, targets = 0;
    for (const Json& line : lines) {
      sources = std::max(sources, line["source"].size()), targets = std::max(targets, line["target"].size());
      ASSERT_EQ(line["weights"].size(), line["target"].size());
      for (const Json& row : line["weights"]) {
        ASSERT_EQ(row.size(), line["source"].size());
        double sum = 0;
        for (const double weight : row) sum += weight;
        EXPECT_NEAR(sum, 1, 1e-4);  // six decimals of each weight
      }
    }
    EXPECT_EQ(lines[0]["source"].back(), "</s>");
    EXPECT_EQ(w.run(translate(kind) + Arguments{"--attention", "one.json"}, "the tall driver lost the toy .\n").code, 0);
    const Json alone = parse_json(w.read("one.json"), "one.json")[0];
    for (const char* words : {"source", "target"}) EXPECT_EQ(alone[words], lines[2][words]);
    ASSERT_EQ(alone["weights"].size(), lines[2]["weights"].size());
    for (size_t i = 0; i < alone["weights"].size(); ++i)
      for (size_t j = 0; j < alone["weights"][i].size(); ++j)  // sums of a batch may be rounded otherwise, and the sixth decimal is
        EXPECT_NEAR(alone["weights"][i][j].get<double>(), lines[2]["weights"][i][j].get<double>(), 3e-6);
    EXPECT_EQ(w.run(translate(kind) + Arguments{"--attention", "a.npy"}, text).code, 0);
    const std::string array = w.read("a.npy");
    EXPECT_NE(array.find(fmt::format("(3, {}, {})", targets, sources)), std::string::npos);
    ASSERT_EQ(array.size(), 128 + 3 * targets * sources * sizeof(float));
    const auto value = [&](size_t line, size_t target, size_t source) {
      float v;
      std::memcpy(&v, array.data() + 128 + ((line * targets + target) * sources + source) * sizeof v, sizeof v);
      return v;
    };
    for (size_t l = 0; l < 3; ++l)
      for (size_t t = 0; t < targets; ++t)
        for (size_t s = 0; s < sources; ++s) {
          const bool inside = t < lines[l]["target"].size() && s < lines[l]["source"].size();
          if (inside) EXPECT_NEAR(value(l, t, s), lines[l]["weights"][t][s].get<double>(), 1e-6);  // rounded there
          else EXPECT_TRUE(std::isnan(value(l, t, s)));
        }
  }
}

TEST(Text, AttentionThatCannotBeWritten) {
  const Workspace w;
  const auto said = [&](const char* kind, const char* file, const std::vector<std::string>& expected) {
    expect_fault(w.run(translate(kind) + Arguments{"-o", "out", "--attention", file}, "a dog\n"), expected);
    EXPECT_FALSE(w.has("out"));  // before anything is translated
  };
  said("rnn-none", "a.json", {"no attention", "--attention none"});
  said("rnn", "a.txt", {"--attention", ".json or .npy", "a.txt"});
  said("rnn", "nowhere/a.npy", {"no folder nowhere"});
  w.write("same.json", "mine");
  expect_fault(w.run(translate("rnn") + Arguments{"-o", "same.json", "--attention", "same.json"}, "a dog\n"), {"another file"});
  EXPECT_EQ(w.read("same.json"), "mine");
}

}  // namespace
}  // namespace gamana
