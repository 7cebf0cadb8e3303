#include "gamana/text/train/text_source.h"

#include <gtest/gtest.h>

#include <map>

#include "gamana/base/file.h"
#include "tests/support/files.h"

namespace gamana {
namespace {

using Texts = std::vector<std::string>;
using Kind = TextFormat::Kind;

Texts read(const std::vector<std::string>& paths, const TextFormat& format = {}) {
  TextSource source(paths, format);
  Texts out;
  for (std::vector<std::string_view> texts; source.next(texts);) out.insert(out.end(), texts.begin(), texts.end());
  EXPECT_EQ(source.bytes_done(), source.bytes_total());
  return out;
}

std::string fault(const std::string& bytes, const TextFormat& format) {
  return fault_of([&] { read({file("fault", bytes)}, format); }).substr(5);  // behind the name
}

TextFormat table(const std::string& column, char separator = ',') {
  return {.kind = Kind::table, .table = {.separator = separator}, .columns = {column}};
}

TEST(TextSource, LinesKeepTheirEnds) {
  const std::string a = file("a", "one\ntwo\r\n\nlast"), b = file("b", "more\n"), none = file("none", "");
  EXPECT_EQ(read({a, none, b}), (Texts{"one\n", "two\r\n", "\n", "last", "more\n"}));
  EXPECT_EQ(read({a, none, b}, {.keep_line_ends = false}), (Texts{"one", "two", "", "last", "more"}));
  EXPECT_EQ(read({}), Texts{});
}

TEST(TextSource, FilesMayBeGzipped) {
  EXPECT_EQ(read({gzipped("a.gz", "one\ntwo\n"), file("b", "three\n")}), (Texts{"one\n", "two\n", "three\n"}));
  const std::string whole = read_file(gzipped("long.gz", std::string(100000, 'x') + "\n"));
  for (const std::string& broken : {whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 2)})
    EXPECT_THROW(read({file("broken.gz", broken)}), Error);
  std::string changed = whole;
  changed[whole.size() - 6] ^= 1;
  EXPECT_THROW(read({file("broken.gz", changed)}), Error);
}

TEST(TextSource, BlocksDoNotShow) {
  std::string bytes;
  Texts expected;
  for (int i = 0; i < 60; ++i)
    expected.push_back(std::string(static_cast<size_t>(i) * 12345, static_cast<char>('a' + i % 26)) + "é\n");
  expected[30] = std::string(9 << 20, 'x') + "\n";
  for (const std::string& line : expected) bytes += line;
  EXPECT_EQ(read({file("blocks", bytes)}), expected);
  std::string quoted = "id,text\n";
  for (const std::string& line : expected) quoted += "1,\"" + line + "\"\n";
  EXPECT_EQ(read({file("blocks", quoted)}, table("text")), expected);
}

TEST(TextSource, FilesOfOtherSystemsAreTheSameText) {
  std::string unix_text, dos = "\xEF\xBB\xBF";
  for (int i = 0; i < 50000; ++i) unix_text += "wörter und\n\n", dos += "wörter und\r\n\r\n";
  const auto joined = [](const std::string& bytes) {
    std::string text;
    for (const std::string& part : read({file("whole", bytes)}, {.kind = Kind::whole})) text += part;
    return text;
  };
  EXPECT_TRUE(joined(dos) == unix_text);
  EXPECT_EQ(joined("a\rb\r\n\xEF\xBB\xBF"), "a\rb\n\xEF\xBB\xBF");
  const std::string lines = file("lines", "\xEF\xBB\xBFone\r\ntwo\r\n");
  EXPECT_EQ(read({lines}, {.keep_line_ends = false}), (Texts{"one", "two"}));
  EXPECT_EQ(read({lines}), (Texts{"one\r\n", "two\r\n"}));
}

TEST(TextSource, WholeFilesComeInPartsThatBeginWithWhiteSpace) {
  std::string words, ideographs;
  for (int i = 0; i < 100000; ++i) words += i % 7 == 0 ? "end.\n\n" : "wörter ", ideographs += "漢";
  const std::string a = file("words", words), b = file("ideographs", ideographs), none = file("none", "");
  TextSource source({none, a, none, b}, {.kind = Kind::whole});
  std::map<size_t, std::string> joined;
  for (std::vector<std::string_view> parts; source.next(parts);) {
    for (const std::string_view part : parts) {
      if (source.file() == 1 && !joined[1].empty()) {
        EXPECT_TRUE(part[0] == ' ' && joined[1].ends_with("wörter")) << part.substr(0, 8);
      }
      EXPECT_EQ(find_invalid_utf8(part), std::string::npos);
      EXPECT_LE(part.size(), 128u << 10);
      joined[source.file()] += part;
    }
  }
  EXPECT_TRUE(joined == (std::map<size_t, std::string>{{1, words}, {3, ideographs}}));
  const std::string late = std::string(200000, '\n') + "a\xFFz";
  EXPECT_EQ(fault(late, {.kind = Kind::whole}), ", line 200001: expected UTF-8, found byte 0xFF");
}

TEST(TextSource, ColumnsHaveNamesOrNumbers) {
  const std::string csv = "id,text\r\n1,\"a, \"\"b\"\"\nc\"\r\n\n2,plain\r\n3,\"\"\n4,it \"is\"";
  const Texts expected = {"a, \"b\"\nc", "plain", "", "it \"is\""};
  EXPECT_EQ(read({file("t", csv)}, table("text")), expected);
  EXPECT_EQ(read({file("t", "\xEF\xBB\xBF" + csv)}, table("2")), expected);
  EXPECT_EQ(read({file("t", "\xEF\xBB\xBF\"id\"\n7\n")}, table("id")), Texts{"7"});
  EXPECT_EQ(read({file("t", csv), file("u", "text,other\nx,y\n")}, table("text")).back(), "x");
  TextFormat both = table("text");
  both.columns.push_back("1");
  EXPECT_EQ(read({file("joined", "id,text\n1,one\n2,\n")}, both), (Texts{"one 1", " 2"}));
  TextFormat tsv = table("1", '\t');
  tsv.header = false;
  EXPECT_EQ(read({file("t", "a, b\t1\n\"c\td\"\t2\n")}, tsv), (Texts{"a, b", "c\td"}));
  tsv.table.quotes = false;
  EXPECT_EQ(read({file("t", "\"a\t1\n")}, tsv), Texts{"\"a"});
}

TEST(TextSource, BrokenTablesNameTheLine) {
  EXPECT_EQ(fault("a,b\n1,2\n", table("c")), ": expected a column \"c\", found \"a\", \"b\"");
  EXPECT_EQ(fault("a,b\n1,2\n\"3\n\n4\",5\n6\n", table("b")), ", line 6: expected at least 2 columns, found 1");
  EXPECT_EQ(fault("a\n1\n\"2\n3\n", table("a")), ", line 3: expected a closing quote, found the end of the file");
  EXPECT_EQ(fault("a\n\"\"\"\n\"\n\"\ny\"z\n", table("a")),
            ", line 5: expected a separator or the end of the line after a closing quote, found byte 0x7A");
  EXPECT_EQ(fault("a\n\xff\n", table("a")), ", line 2: expected UTF-8, found byte 0xFF");
  TextFormat no_header = table("a");
  no_header.header = false;
  EXPECT_THROW(read({file("t", "a\n")}, no_header), Error);
}

TEST(TextSource, JsonLinesHaveAKey) {
  const TextFormat format{.kind = Kind::json_lines};
  const std::string json = "{\"id\": 1, \"text\": \"a\\n\\u00e9\"}\n\n {\"text\":\"\"}\r\n{\"text\":\"last\"}";
  EXPECT_EQ(read({file("j", json)}, format), (Texts{"a\né", "", "last"}));
  EXPECT_EQ(fault("{\"text\":\"\"}\n\n{\"a\":1}\n", format), ", line 3: expected the key \"text\", found none");
  EXPECT_EQ(fault("{\"text\":1}\n", format), ", line 1: expected a string as \"text\", found another value");
  EXPECT_EQ(fault("[1]\n", format), ", line 1: expected a JSON object, found another value");
  EXPECT_EQ(fault("{\"text\":\"a\"}\n{\"text\":\"a\n", format).substr(0, 34), ", line 2: expected a JSON object, ");
  EXPECT_EQ(fault("{\"text\":\"a\"}\n{\"text\":\"\xff\"}\n", format), ", line 2: expected UTF-8, found byte 0xFF");
}

TEST(TextSource, FaultsOfFilesAreNamed) {
  EXPECT_EQ(fault("a\nb\n\xc3(\n", {}), ", line 3: expected UTF-8, found byte 0xC3");
  EXPECT_EQ(fault("a\nb\xc3", {}), ", line 2: expected UTF-8, found byte 0xC3");
  EXPECT_THROW(TextSource({temporary("missing")}, {}), Error);
  EXPECT_THROW(TextSource({testing::TempDir()}, {}), Error);
}

TEST(TextSource, FaultsOfTextsNameTheLine) {
  const auto said = [](const std::string& bytes, const TextFormat& format) {
    TextSource source({file("good", "id,text\n1,a\n"), file("texts", bytes)}, format);
    return fault_of([&] {
      for (std::vector<std::string_view> texts; source.next(texts);)
        for (size_t i = 0; i < texts.size(); ++i)
          source.encode(i, texts[i], [](std::string_view text) {
            if (text.find('?') != std::string_view::npos) fail("what is ?");
          });
    });
  };
  const std::string long_line(200000, 'a');
  EXPECT_TRUE(said("one\ntwo\nth?ree\nfour?\n", {}).ends_with("texts, line 3: what is ?"));
  EXPECT_TRUE(said("one\r\ntwo\r\nth?ree\r\nfour?\r\n", {.kind = Kind::whole}).ends_with("texts, line 3: what is ?"));
  EXPECT_TRUE(said(long_line + "\n" + long_line + "\nth?ree", {.kind = Kind::whole}).ends_with("texts, line 3: what is ?"));
  EXPECT_TRUE(said("id,text\n1,\"a\nb\"\n2,\"c\n?\"\n", table("text")).ends_with("texts, line 4: what is ?"));
  EXPECT_EQ(said("one\n", {}), "none");
}

}  // namespace
}  // namespace gamana
