#include "gamana/base/file.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "gamana/base/check.h"

namespace gamana {

TEST(File, WritesByRenameAndReadsBack) {
  const std::string path = testing::TempDir() + "gamana_file_test";
  write_file(path, "one\r\ntwo\nthree");
  EXPECT_EQ(read_lines(path), (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_THROW(write_file(path, [](const Sink&) { fail("disk"); }), Error);
  EXPECT_EQ(read_file(path), "one\r\ntwo\nthree");
  ::unlink(path.c_str());
}

TEST(File, NamesTheLineThatIsNotUtf8) {
  const std::string path = testing::TempDir() + "gamana_utf8_test";
  write_file(path, "good\nb\xC3\x28" "ad\n");
  try {
    read_lines(path);
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("line 2"), std::string::npos);
  }
  ::unlink(path.c_str());
}

TEST(File, FindsInvalidUtf8) {
  EXPECT_EQ(find_invalid_utf8("ಗಮನ"), std::string_view::npos);
  EXPECT_EQ(find_invalid_utf8("a\xED\xA0\x80"), 1u);  // a surrogate
  EXPECT_EQ(find_invalid_utf8("\xC0\x80"), 0u);       // overlong
}

TEST(File, MissingFileIsSaid) { EXPECT_THROW(read_file("/nowhere/at/all"), Error); }

}  // namespace gamana
