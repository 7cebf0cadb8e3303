// Lines of text keep their number and order, and do not depend on the lines beside them.
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

}  // namespace
}  // namespace gamana
