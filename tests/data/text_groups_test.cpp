#include "gamana/data/text_groups.h"

#include <gtest/gtest.h>

#include "tests/support/files.h"

namespace gamana {
namespace {

using Texts = std::vector<std::string>;

// Rows as "line: text|text|label".
Texts shown_groups(const std::string& path, const TextGroupColumns& columns = {}) {
  TextGroupReader reader(path, columns);
  Texts out;
  for (TextGroup group; reader.next(group);) {
    std::string text = fmt::format("{}: ", group.line);
    for (const std::string& one : group.texts) text += one + "|";
    out.push_back(text + group.label);
    EXPECT_EQ(group.label.empty(), !reader.labelled());
  }
  return out;
}

TEST(TextGroups, AllColumnsInTheirOrderButTheLabel) {
  EXPECT_EQ(shown_groups(file("a.csv", "anchor,positive,negative\na,b,c\n")), Texts{"2: a|b|c|"});
  EXPECT_EQ(shown_groups(file("a.csv", "score,query,answer\n0.5,a,b\n1,c,d\n")), (Texts{"2: a|b|0.5", "3: c|d|1"}));
  EXPECT_EQ(shown_groups(file("a.jsonl", R"({"a":"x","b":"y","label":-1})")), Texts{"1: x|y|-1"});
  EXPECT_EQ(shown_groups(file("a.csv", "premise,hypothesis,label\na,b,entailment\n")), Texts{"2: a|b|entailment"});
  EXPECT_EQ(shown_groups(file("a.tsv", "a\tb\n"), {.header = false}), Texts{"1: a|b|"});
}

TEST(TextGroups, KnownAndNamedColumns) {
  const std::string table = file("a.tsv", "index\tgenre\tsentence1\tsentence2\tscore\n7\tnews\ta\tb\t4.5\n");
  EXPECT_EQ(shown_groups(table), Texts{"2: a|b|4.5"});
  EXPECT_EQ(shown_groups(table, {.texts = {"sentence2", "sentence1", "genre"}, .label = "index"}), Texts{"2: b|a|news|7"});
  EXPECT_EQ(shown_groups(file("a.csv", "3,a,b\n"), {.texts = {"2", "3"}, .label = "1", .header = false}), Texts{"1: a|b|3"});
}

TEST(TextGroups, Faults) {
  const auto fault = [](const std::string& bytes, const TextGroupColumns& columns = {}) {
    return fault_of([&] { shown_groups(file("a.csv", bytes), columns); });
  };
  EXPECT_EQ(
      fault("text,score\na,1\n"),
      "a.csv: expected columns with a text, one like it and perhaps others that are not, found \"text\", \"score\"");
  EXPECT_EQ(fault("a,b\nc,d\n", {.texts = {"a", "x"}}), "a.csv: expected a column \"x\", found \"a\", \"b\"");
  EXPECT_NE(fault("a,b,score\nc,d,\n").find("a.csv, line 2"), std::string::npos);
}

}  // namespace
}  // namespace gamana
