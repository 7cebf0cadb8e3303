#include "gamana/data/table.h"

#include <gtest/gtest.h>

#include "gamana/base/file.h"
#include "tests/support/files.h"

namespace gamana {
namespace {

using Texts = std::vector<std::string>;

std::vector<Row> rows(const std::string& path, const TableColumns& columns = {}) {
  TableReader reader(path, columns);
  std::vector<Row> out;
  for (Row row; reader.next(row);) out.push_back(row);
  return out;
}

// Rows as "text|pair|label,label|line".
Texts shown_rows(const std::string& path, const TableColumns& columns = {}) {
  Texts out;
  for (const Row& row : rows(path, columns)) {
    std::string labels;
    for (const std::string& label : row.labels) labels += (labels.empty() ? "" : ",") + label;
    if (!row.label.empty()) {
      EXPECT_EQ(row.label, labels);
    }
    out.push_back(fmt::format("{}|{}|{}|{}", row.text, row.pair, labels, row.line));
  }
  return out;
}

std::string table_fault(const std::string& name, const std::string& bytes, const TableColumns& columns = {}) {
  return fault_of([&] { rows(file(name, bytes), columns); });
}

TEST(Table, ColumnsAreFoundByTheNamesOfGlue) {
  EXPECT_EQ(shown_rows(file("a.csv", "sentence,label\nfine,1\n")), Texts{"fine||1|2"});
  EXPECT_EQ(shown_rows(file("a.csv", "idx,sentence1,sentence2,label\n7,a,b,x\n")), Texts{"a|b|x|2"});
  EXPECT_EQ(shown_rows(file("a.csv", "question2,question1,labels\nb,a,x\n")), Texts{"a|b|x|2"});
  EXPECT_EQ(shown_rows(file("a.csv", "question,sentence,text,label\nq,s,t,x\n")), Texts{"q|s|x|2"});
  EXPECT_EQ(shown_rows(file("a.csv", "id,text,label\n\n1,t,x\n\r\n")), Texts{"t||x|3"});
  EXPECT_EQ(shown_rows(file("a.csv", "review,label\ngood,x\n")), Texts{"good||x|2"});
  EXPECT_EQ(shown_rows(file("a.jsonl", "{\"premise\": \"a\", \"hypothesis\": \"b\", \"label\": 0}\n")), Texts{"a|b|0|1"});
}

TEST(Table, ColumnsAreNamedOrNumbered) {
  const std::string news = "\"3\",\"A title\",\"first \"\"line\"\"\nsecond, line\"\r\n\"1\",b,c\r\n";
  const TableColumns columns{.text = {"2", "3"}, .label = "1", .header = false};
  EXPECT_EQ(shown_rows(file("news.csv", news), columns), (Texts{"A title first \"line\"\nsecond, line||3|1", "b c||1|3"}));
  EXPECT_EQ(shown_rows(file("s.tsv", "\"ill , but fine\t0\nb\t1"), {.label = "2", .header = false}),
            (Texts{"\"ill , but fine||0|1", "b||1|2"}));
  const std::string named = "\xEF\xBB\xBF" "b,a,c,kind\n1,2,3,k\n";
  EXPECT_EQ(shown_rows(file("n.csv", named), {.text = {"a"}, .pair = {"c", "1"}, .label = "kind"}), Texts{"2|3 1|k|2"});
  EXPECT_EQ(shown_rows(gzipped("n.csv.gz", named), {.text = {"b"}, .label = "4"}), Texts{"1||k|2"});
  EXPECT_EQ(shown_rows(file("n.csv", "2,1\nx,y\n"), {.text = {"1"}, .label = "2"}), Texts{"y||x|2"}) << "names win";
  EXPECT_EQ(shown_rows(file("u.csv", "text\nplain\n"), {.labelled = false}), Texts{"plain|||2"});
  EXPECT_EQ(shown_rows(file("u.csv", "plain\n"), {.header = false, .labelled = false}), Texts{"plain|||1"});
  EXPECT_EQ(shown_rows(file("u.jsonl", "{\"label\":null,\"review\":\"r\"}"), {.labelled = false}), Texts{"r|||1"});
}

TEST(Table, LabelsMayBeMany) {
  const std::string json =
      "{\"text\":\"a\",\"labels\":[\"x\",\"y\"]}\n{\"text\":\"b\",\"labels\":[]}\n{\"text\":\"c\",\"labels\":[3]}\n";
  EXPECT_EQ(shown_rows(file("m.jsonl", json)), (Texts{"a||x,y|1", "b|||2", "c||3|3"}));
  EXPECT_EQ(rows(file("m.jsonl", json))[2].label, "");
  const TableColumns columns{.label_separator = '|'};
  EXPECT_EQ(shown_rows(file("m.csv", "text,labels\na,x| y y |\nb,\n"), columns), (Texts{"a||x,y y|2", "b|||3"}));
  EXPECT_EQ(shown_rows(file("m.jsonl", "{\"text\":\"a\",\"label\":true}\n{\"text\":\"b\",\"label\":0.5}\n")),
            (Texts{"a||true|1", "b||0.5|2"}));
}

TEST(Table, MissingColumnsAreListed) {
  EXPECT_EQ(table_fault("a.csv", "text,kind\nt,x\n"),
            "a.csv: expected a column \"label\" or \"labels\", found \"text\", \"kind\"");
  EXPECT_EQ(table_fault("a.csv", "text,kind\nt,x\n", {.label = "Kind"}),
            "a.csv: expected a column \"Kind\" with the label, found \"text\", \"kind\"");
  EXPECT_EQ(table_fault("a.jsonl", "{\"text\":\"t\"}\n", {.label = "1"}),
            "a.jsonl: expected a column \"1\" with the label, found \"text\"");
  EXPECT_EQ(
      table_fault("a.csv", "t,x\n", {.text = {"3"}, .label = "2", .header = false}),
      "a.csv: expected a column \"3\" with the text, found no header, and 2 columns that begin with \"t\", \"x\"");
  const std::string said = table_fault("a.csv", "title,body,label\n1,2,3\n");
  EXPECT_EQ(said.substr(0, 41), "a.csv: expected a column of texts (\"text\"");
  EXPECT_TRUE(said.ends_with("found \"title\", \"body\", \"label\"")) << said;
  EXPECT_EQ(table_fault("a.csv", "x,label\n1,2\n", {.pair = {"x"}}),
            "a.csv: expected a column of the text beside that of the second text");
}

TEST(Table, BrokenRowsAreNamed) {
  EXPECT_EQ(table_fault("a.csv", "text,label\na,1\n\"b\n\n,2\n"),
            "a.csv, line 3: expected a closing quote, found the end of the file");
  EXPECT_EQ(table_fault("a.csv", "text,label\n\"a\nb\",1\n\"b\"c,2\n"),
            "a.csv, line 4: expected a separator or the end of the line after a closing quote, found byte 0x63");
  EXPECT_EQ(table_fault("a.csv", "text,label\n\"a\nb\",1\nc\n"),
            "a.csv, line 4: expected 2 columns as in the first record, found 1");
  EXPECT_EQ(table_fault("a.csv", "text,label\na,b,1\n"), "a.csv, line 2: expected 2 columns as in the first record, found 3");
  EXPECT_EQ(table_fault("a.csv", "text,label\n\xe9t\xe9,1\n"), "a.csv, line 2: expected UTF-8, found byte 0xE9");
  EXPECT_EQ(table_fault("a.csv", std::string("text,label\na\0b,1\n", 17)),
            "a.csv, line 2: holds a NUL byte; a text file was expected");
  EXPECT_EQ(table_fault("a.csv", "text,label\na, \n"), "a.csv, line 2: expected a label, found an empty column");
  EXPECT_EQ(table_fault("a.csv", ""), "a.csv: expected a table, found an empty file");
  EXPECT_EQ(table_fault("a.jsonl", "\n \n"), "a.jsonl: expected JSON objects, one a line, found an empty file");
  EXPECT_EQ(table_fault("a.txt", "text\n").substr(0, 71),
            "a.txt: expected a file of rows whose name ends in .csv, .tsv or .jsonl ");
  EXPECT_EQ(fault_of([] { rows(temporary("none.csv")); }), "cannot read none.csv: No such file or directory");
  make_directory(temporary("folder.csv"));
  EXPECT_EQ(fault_of([] { rows(temporary("folder.csv")); }),
            "cannot read folder.csv: it is a folder, a file was expected");
}

TEST(Table, BrokenJsonIsNamed) {
  const std::string good = "{\"text\":\"a\",\"label\":1}\n\n";
  EXPECT_EQ(table_fault("a.jsonl", good + "{\"text\":\"a\n"), "a.jsonl, line 3 is not valid JSON: error near byte 11 of 11");
  EXPECT_EQ(table_fault("a.jsonl", good + "[1]"), "a.jsonl, line 3: expected a JSON object, found array");
  EXPECT_EQ(table_fault("a.jsonl", good + "{\"text\":1,\"label\":1}"),
            "a.jsonl, line 3: expected a string as \"text\", found number");
  EXPECT_EQ(table_fault("a.jsonl", good + "{\"label\":1}"), "a.jsonl, line 3: expected the key \"text\", found none");
  EXPECT_EQ(table_fault("a.jsonl", good + "{\"text\":\"\"}"), "a.jsonl, line 3: expected the key \"label\", found none");
  EXPECT_EQ(table_fault("a.jsonl", good + "{\"text\":\"\",\"label\":{}}"),
            "a.jsonl, line 3: expected a label (a string or a number), found object");
  EXPECT_EQ(table_fault("a.jsonl", good + "\xff"), "a.jsonl, line 3: expected UTF-8, found byte 0xFF");
  std::string deep(200000, '[');
  EXPECT_NE(table_fault("a.jsonl", good + deep), "none");
}

// Blocks of the file do not show, and a field may be larger than one.
TEST(Table, FieldsMayBeHuge) {
  std::string bytes = "text,label\n";
  Texts expected;
  for (int i = 0; i < 40; ++i) {
    expected.push_back(std::string(static_cast<size_t>(i) * 23456, static_cast<char>('a' + i % 26)) + "\n\"é");
    if (i == 20) expected.back() += std::string(9 << 20, 'x');
    std::string quoted = expected.back();
    quoted.replace(quoted.find('"'), 1, "\"\"");
    bytes += "\"" + quoted + "\"," + fmt::to_string(i) + "\n";
  }
  const std::vector<Row> read = rows(file("huge.csv", bytes));
  ASSERT_EQ(read.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(read[i].text == expected[i]) << i;
    EXPECT_EQ(read[i].label, fmt::to_string(i));
    EXPECT_EQ(read[i].line, static_cast<int64_t>(2 + 2 * i));
  }
}

}  // namespace
}  // namespace gamana
