#include "gamana/data/choices.h"

#include <gtest/gtest.h>

#include "tests/support/files.h"

namespace gamana {
namespace {

using Texts = std::vector<std::string>;

// Rows as "line: text|ending|ending|right".
Texts shown_choices(const std::string& path, bool labelled = true) {
  ChoiceReader reader(path, labelled);
  Texts out;
  for (Choices choice; reader.next(choice);) {
    std::string text = fmt::format("{}: {}", choice.line, choice.text);
    for (const std::string& ending : choice.endings) text += "|" + ending;
    out.push_back(text + fmt::format("|{}", choice.right));
  }
  return out;
}

std::string choices_fault(const std::string& name, const std::string& bytes, bool labelled = true) {
  return fault_of([&] { shown_choices(file(name, bytes), labelled); });
}

TEST(Choices, TablesAreThoseOfSwag) {
  const std::string head = ",video-id,startphrase,sent1,sent2,gold-source,ending0,ending1,ending2,ending3";
  const std::string row = "\n0,v,\"s, t\",\"A man, sits.\",He,gold,\"runs, fast\",eats,sleeps,sings";
  EXPECT_EQ(shown_choices(file("a.csv", head + ",label" + row + ",2\n")),
            Texts{"2: A man, sits.|He runs, fast|He eats|He sleeps|He sings|2"});
  EXPECT_EQ(shown_choices(file("a.csv", head + row), false),
            Texts{"2: A man, sits.|He runs, fast|He eats|He sleeps|He sings|-1"});
  EXPECT_EQ(shown_choices(file("a.csv", "sent1,ending0,ending1,label\na,b,c,1\n")), Texts{"2: a|b|c|1"});
  EXPECT_EQ(shown_choices(file("a.jsonl", R"({"sent1":"a","sent2":"b","ending0":"c","ending1":"d","label":0})")),
            Texts{"1: a|b c|b d|0"});
}

TEST(Choices, JsonHasLists) {
  EXPECT_EQ(shown_choices(file("a.jsonl", "{\"question\":\"q\",\"choices\":[\"x\",\"y\",\"z\"],\"label\":2}\n\n"
                                  "{\"question\":\"p\",\"choices\":[\"x\",\"y\"],\"label\":\"1\"}\n")),
            (Texts{"1: q|x|y|z|2", "3: p|x|y|1"}));
  EXPECT_EQ(shown_choices(file("a.jsonl", R"({"context":"c","question":"q","endings":["x","y"],"label":0})")),
            Texts{"1: c|q x|q y|0"});
  EXPECT_EQ(shown_choices(file("a.jsonl", R"({"context":"c","endings":["x","y"]})"), false), Texts{"1: c|x|y|-1"});
}

TEST(Choices, FaultsAreNamed) {
  EXPECT_EQ(choices_fault("a.csv", "sent1,ending0,label\n"),
            "a.csv: expected columns \"ending0\", \"ending1\", …, found \"sent1\", \"ending0\", \"label\"");
  EXPECT_EQ(choices_fault("a.csv", "text,ending0,ending1,label\n"),
            "a.csv: expected a column \"sent1\", found \"text\", \"ending0\", \"ending1\", \"label\"");
  EXPECT_EQ(choices_fault("a.csv", "sent1,ending0,ending1\n"),
            "a.csv: expected a column \"label\", found \"sent1\", \"ending0\", \"ending1\"");
  for (const char* label : {"2", "-1", "x", "1.0", "99999999999"})
    EXPECT_EQ(
        choices_fault("a.csv", std::string("sent1,ending0,ending1,label\na,b,c,") + label),
        fmt::format("a.csv, line 2: expected the number of the right choice as the label, from 0 to 1, found \"{}\"",
                    label));
  EXPECT_EQ(choices_fault("a.jsonl", R"({"question":"q","choices":["x"],"label":0})"),
            "a.jsonl, line 1: expected a list of at least 2 strings as \"choices\", found 1");
  EXPECT_EQ(choices_fault("a.jsonl", R"({"question":"q","choices":["x",1],"label":0})"),
            "a.jsonl, line 1: expected strings in \"choices\", found number");
  EXPECT_EQ(choices_fault("a.jsonl", R"({"choices":["x","y"],"label":0})"),
            "a.jsonl: expected \"question\" or \"context\", found \"choices\", \"label\"");
  EXPECT_EQ(choices_fault("a.jsonl", R"({"question":"q","label":0})"),
            "a.jsonl: expected \"choices\", \"endings\" or \"ending0\", \"ending1\", …, found \"question\", \"label\"");
}

}  // namespace
}  // namespace gamana
