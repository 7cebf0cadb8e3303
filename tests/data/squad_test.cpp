#include "gamana/data/squad.h"

#include <gtest/gtest.h>

#include "tests/support/files.h"

namespace gamana {
namespace {

const std::string kFile = R"({"version": "v2.0", "data": [{"title": "T", "paragraphs": [
  {"context": "Ünder the sea, the sea.", "qas": [
    {"id": "a", "question": "Where?", "answers": [{"text": "the sea", "answer_start": 6}, {"text": "sea", "answer_start": 19}], "is_impossible": false},
    {"id": "b", "question": "Why?", "answers": [], "is_impossible": true, "plausible_answers": [{"text": "sea", "answer_start": 10}]}]}]},
  {"title": "U", "paragraphs": [{"context": "x", "qas": [{"id": "c", "question": "?", "answers": [{"text": "y", "answer_start": 0}]}, {"id": "d", "question": "!"}]}]}]})";

std::string squad_fault(const std::string& name, const std::string& bytes) {
  return fault_of([&] { read_squad(file(name, bytes)); });
}

// The file with one piece changed.
std::string changed(const std::string& from, const std::string& to) {
  std::string text = kFile;
  text.replace(text.find(from), from.size(), to);
  return squad_fault("a.json", text);
}

TEST(Squad, FilesOfBothVersions) {
  for (const std::string& path : {file("a.json", kFile), gzipped("a.json.gz", "\xEF\xBB\xBF" + kFile)}) {
    const SquadData data = read_squad(path);
    ASSERT_EQ(data.contexts, (std::vector<std::string>{"Ünder the sea, the sea.", "x"}));
    ASSERT_EQ(data.questions.size(), 4u);
    const SquadQuestion &a = data.questions[0], &b = data.questions[1], &c = data.questions[2], &d = data.questions[3];
    EXPECT_EQ(a.id + a.question, "aWhere?");
    ASSERT_EQ(a.answers.size(), 2u);
    EXPECT_EQ(a.answers[0].text, "the sea");
    EXPECT_EQ(a.answers[0].start, 6) << "characters, not bytes";
    EXPECT_EQ(a.answers[1].start, 19);
    EXPECT_FALSE(a.impossible);
    EXPECT_TRUE(b.impossible && b.answers.empty());
    EXPECT_EQ(c.context, 1u);
    EXPECT_EQ(c.answers[0].start, -1) << "the context has another text there";
    EXPECT_EQ(data.misplaced, 1);
    EXPECT_TRUE(d.answers.empty() && !d.impossible);
  }
}

TEST(Squad, JsonLinesAsInDatasets) {
  const SquadData data = read_squad(file("a.jsonl",
      "{\"id\":\"1\",\"context\":\"a b\",\"question\":\"q\",\"answers\":{\"text\":[\"b\"],\"answer_start\":[2]}}\n"
      "{\"id\":\"2\",\"context\":\"a b\",\"question\":\"r\",\"answers\":{\"text\":[],\"answer_start\":[]}}\n"));
  EXPECT_EQ(data.contexts.size(), 1u);
  EXPECT_EQ(data.questions[0].answers[0].start, 2);
  EXPECT_TRUE(!data.questions[0].impossible && data.questions[1].impossible);
  EXPECT_EQ(squad_fault("a.jsonl", R"({"id":"1","context":"a","question":"q","answers":{"text":["a"],"answer_start":[]}})"),
            "a.jsonl, line 1: expected as many \"answer_start\" as \"text\", found 0 and 1");
}

TEST(Squad, FaultsAreNamed) {
  EXPECT_EQ(changed("\"id\": \"b\", ", ""), "a.json, question 2: expected the key \"id\", found none");
  EXPECT_EQ(changed("\"question\": \"Why?\", ", ""),
            "a.json, question \"b\": expected the key \"question\", found none");
  EXPECT_EQ(changed("\"Why?\"", "5"), "a.json, question \"b\": expected string as \"question\", found number");
  EXPECT_EQ(changed("\"answer_start\": 6", "\"answer_start\": 24"),
            "a.json, question \"a\": expected an answer within the context of 24 bytes, found one at character 24");
  EXPECT_EQ(changed("\"answer_start\": 6", "\"answer_start\": -1"),
            "a.json, question \"a\": expected an answer within the context of 24 bytes, found one at character -1");
  EXPECT_EQ(changed("\"answer_start\": 6", "\"answer_end\": 6"),
            "a.json, question \"a\": expected a string and the number of its first character as an answer, found "
            "string and null");
  EXPECT_EQ(changed("\"is_impossible\": false", "\"is_impossible\": true"),
            "a.json, question \"a\": expected no answers where \"is_impossible\" is true, found 2");
  EXPECT_EQ(changed("{\"text\": \"sea\", \"answer_start\": 19}", "3"),
            "a.json, question \"a\": expected a JSON object, found number");
  EXPECT_EQ(changed("\"data\"", "\"date\""), "a.json: expected the key \"data\", found none");
  EXPECT_EQ(squad_fault("a.json", "{\"data\":[]}"), "a.json: expected questions, found none");
  EXPECT_EQ(squad_fault("a.json", "[]"), "a.json: expected a JSON object, found array");
  EXPECT_EQ(squad_fault("a.json", "{\"data\":[3]}"), "a.json: expected a JSON object, found number");
  EXPECT_EQ(squad_fault("a.json", "{\n\"data\": \"\xff\"}"), "a.json, line 2: expected UTF-8, found byte 0xFF");
  EXPECT_EQ(squad_fault("a.json", ""), "a.json is not valid JSON: error near byte 1 of 0");
}

}  // namespace
}  // namespace gamana
