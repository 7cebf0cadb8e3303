#include "gamana/base/file.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "tests/support/temporary.h"

namespace gamana {

TEST(File, WritesByRenameAndReadsBack) {
  const std::string path = temporary("file_test");
  write_file(path, "one\r\ntwo\nthree");
  EXPECT_EQ(read_lines(path), (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_THROW(write_file(path, [](const Sink&) { fail("disk"); }), Error);
  EXPECT_EQ(read_file(path), "one\r\ntwo\nthree");
}

// As editors of another system write them.
TEST(File, MarksAndLineEndsAreNoText) {
  const std::string path = temporary("mark_test");
  write_file(path, "\xEF\xBB\xBFone\r\n\xEF\xBB\xBFtwo\r\n\r\n");
  EXPECT_EQ(read_lines(path), (std::vector<std::string>{"one", "\xEF\xBB\xBFtwo", ""}));
  write_file(path, "\xEF\xBB\xBF");
  EXPECT_EQ(read_lines(path), std::vector<std::string>());
  std::string out = "before ";
  append_unix_lines("a\r\n\r\nb\rc\n\r\n", out);
  EXPECT_EQ(out, "before a\n\nb\rc\n\n");
}

// What a program of another language hands over may be a socket.
TEST(File, StandardInputIsReadAsItIs) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const int before = ::dup(0);
  ::dup2(ends[0], 0), ::close(ends[0]);
  ASSERT_EQ(::write(ends[1], "one\r\ntwo", 8), 8);
  ::close(ends[1]);
  const std::vector<std::string> lines = read_lines("-");
  ::dup2(before, 0), ::close(before);
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two"}));
}

TEST(File, NamesTheLineThatIsNotUtf8) {
  const std::string path = temporary("utf8_test");
  write_file(path, "good\nb\xC3\x28" "ad\n");
  try {
    read_lines(path);
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("line 2"), std::string::npos);
  }
}

TEST(File, FindsInvalidUtf8) {
  EXPECT_EQ(find_invalid_utf8("ಗಮನ"), std::string_view::npos);
  EXPECT_EQ(find_invalid_utf8("a\xED\xA0\x80"), 1u);  // a surrogate
  EXPECT_EQ(find_invalid_utf8("\xC0\x80"), 0u);       // overlong
}

TEST(File, LinksAndDevicesStayWhatTheyAre) {
  const std::string file = temporary("linked"), link = temporary("link");
  write_file(file, "before");
  ASSERT_EQ(::symlink(file.c_str(), link.c_str()), 0);
  write_file(link, "after");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(read_file(file), "after");
  const std::string pipe = temporary("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  write_file(pipe, "through");
  char bytes[16] = {};
  EXPECT_EQ(::read(reader, bytes, sizeof bytes), 7);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  ::close(reader);
}

TEST(File, PermissionsStay) {
  namespace fs = std::filesystem;
  const std::string file = temporary("private");
  write_file(file, "before");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  write_file(file, "after");
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(File, WhatCannotBeWrittenIsKnownBefore) {
  EXPECT_THROW(check_writable("/nowhere/at/all"), Error);
  EXPECT_THROW(check_writable(testing::TempDir()), Error);
  EXPECT_NO_THROW(check_writable(temporary("new")));
  EXPECT_NO_THROW(check_directory(temporary("new") + "/a/b"));
  write_file(temporary("plain"), "x");
  EXPECT_THROW(check_directory(temporary("plain") + "/a"), Error);
}

TEST(File, LinksStayWhateverTheyPointTo) {
  const std::string folder = temporary("links");
  make_directory(folder);
  namespace fs = std::filesystem;
  fs::create_symlink("new", join_path(folder, "dangling")), fs::create_symlink("dangling", join_path(folder, "second"));
  fs::create_symlink("loop", join_path(folder, "loop")), fs::create_symlink("/nowhere/at/all", join_path(folder, "nowhere"));
  write_file(join_path(folder, "second"), "x");
  EXPECT_EQ(read_file(join_path(folder, "new")), "x");
  EXPECT_TRUE(fs::is_symlink(join_path(folder, "second")) && fs::is_symlink(join_path(folder, "dangling")));
  for (const char* name : {"loop", "nowhere"}) {
    EXPECT_THROW(check_writable(join_path(folder, name)), Error);
    EXPECT_THROW(write_file(join_path(folder, name), "x"), Error);
    EXPECT_TRUE(fs::is_symlink(join_path(folder, name)));
  }
  fs::remove_all(folder);
}

TEST(File, NamesMayBeAsLongAsTheyCanBe) {
  const std::string path = join_path(testing::TempDir(), std::string(255, 'x'));
  for (const char* text : {"first", "second"}) {
    write_file(path, text);
    EXPECT_EQ(read_file(path), text);
  }
}

TEST(File, AKilledWriterLeavesNothing) {
  const std::string folder = temporary("killed");
  make_directory(folder);
  const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_WRONLY, 0644);
  if (descriptor < 0) GTEST_SKIP() << "the file system has no files without a name";
  ::close(descriptor);
  const pid_t writer = ::fork();
  if (writer == 0)
    write_file(join_path(folder, "new"), [](const Sink& sink) { sink("x", 1), ::kill(::getpid(), SIGKILL); });
  int status = 0;
  ::waitpid(writer, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST(File, LeftoversOfKilledWritersAreRemoved) {
  const std::string folder = temporary("leftovers");
  make_directory(folder);
  for (const char* name : {"a.json.tmp123", "a.json", "b.tmp4x"}) write_file(join_path(folder, name), "x");
  remove_temporary_files(folder);
  EXPECT_FALSE(file_exists(join_path(folder, "a.json.tmp123")));
  EXPECT_TRUE(file_exists(join_path(folder, "a.json")));
  EXPECT_TRUE(file_exists(join_path(folder, "b.tmp4x")));
}

TEST(File, MissingFileIsSaid) { EXPECT_THROW(read_file("/nowhere/at/all"), Error); }

}  // namespace gamana
