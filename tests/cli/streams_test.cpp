// Standard streams that are closed or full, limits, and signals that a shell has switched off.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "gamana/base/file.h"
#include "program.h"

namespace gamana {
namespace {

// Runs a line of shell in the folder; $gamana is the program. Gives the exit code, or the negative number of a signal.
int shell(const Workspace& w, const std::string& line) {
  const int status = std::system(("cd '" + w.path("") + "' || exit 126; gamana='" GAMANA_BINARY_DIR "/gamana'; " + line).c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string line_of(const Arguments& arguments) {
  std::string line = "$gamana";
  for (const std::string& word : arguments) line += " '" + word + "'";
  return line;
}

Arguments training(const std::string& out) { return tiny_training("rnn") + Arguments{"--max-steps", "4", "--save-steps", "2", "--out", out}; }

TEST(Streams, WorkGoesOnWhereNobodyCanBeTold) {
  const Workspace w;
  EXPECT_EQ(shell(w, line_of(training("closed")) + " 2>&-"), 0);
  EXPECT_EQ(shell(w, line_of(training("full")) + " 2>/dev/full"), 0);
  EXPECT_EQ(shell(w, line_of(training("none")) + " <&- 2>&-"), 0);
  EXPECT_EQ(w.read("closed/model.safetensors"), w.read("full/model.safetensors"));
  EXPECT_EQ(w.read("closed/model.safetensors"), w.read("none/model.safetensors"));
  // The file of events, which is open all the time, did not become standard error.
  for (const char* run : {"closed", "none"})
    for (const auto& file : std::filesystem::directory_iterator(w.path(run)))
      EXPECT_FALSE(file.path().filename().string().starts_with("events.") &&
                   read_file(file.path()).find("the model is in") != std::string::npos)
          << file.path();
}

TEST(Streams, ClosedOnesAreNamed) {
  const Workspace w;
  const std::string translate = line_of({"translate", "-m", trained("rnn"), "--max-new-tokens", "3"});
  w.write("text", "a dog\n");
  EXPECT_EQ(shell(w, translate + " text >&- 2>err"), 1);
  EXPECT_EQ(w.read("err"), "gamana: cannot write to standard output: Bad file descriptor\n");
  EXPECT_EQ(shell(w, translate + " <&- >out 2>err"), 1);
  EXPECT_EQ(w.read("err"), "gamana: cannot read standard input: Bad file descriptor\n");
  EXPECT_EQ(w.read("out"), "");
}

TEST(Streams, TranslationsComeAsTheyAreReady) {
  const Workspace w;
  std::string text;
  for (int i = 0; i < 3000; ++i) text += i % 100 ? "a dog runs to the house .\n" : "\n";
  w.write("text", text + "the end\n");
  const Arguments translate = {"translate", "-m", trained("rnn"), "--max-new-tokens", "8", "text"};
  const Ran whole = w.run(translate);
  ASSERT_EQ(whole.code, 0) << whole.err;
  EXPECT_EQ(std::ranges::count(whole.out, '\n'), 3001);
  const pid_t process = w.start(translate);
  const std::string output = ".out" + std::to_string(process);
  for (int waited = 0; waited < 30000 && (!w.has(output) || w.read(output).empty()); ++waited)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(::waitpid(process, nullptr, WNOHANG), 0) << "it is still at work";
  ::kill(process, SIGINT);
  const Ran begun = w.wait_for(process);
  EXPECT_EQ(begun.code, -SIGINT);
  EXPECT_TRUE(whole.out.starts_with(begun.out) && begun.out.ends_with("\n")) << begun.out;
  EXPECT_LT(begun.out.size(), whole.out.size());
  // A file is there when all is.
  ASSERT_EQ(w.run(translate + Arguments{"-o", "file"}).code, 0);
  EXPECT_EQ(w.read("file"), whole.out);
}

TEST(Streams, FilesThatMayNotGrow) {
  const Workspace w;
  EXPECT_EQ(shell(w, "(ulimit -f 40; " + line_of(training("run")) + ") 2>err"), 1);
  EXPECT_NE(w.read("err").find("File too large"), std::string::npos) << w.read("err");
  EXPECT_EQ(shell(w, "$gamana train --resume run 2>err"), 0) << w.read("err");
}

TEST(Streams, AddressesThatAreLimited) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers reserve terabytes themselves";
#endif
  const Workspace w;
  EXPECT_EQ(shell(w, "(ulimit -v 4000000; " + line_of(training("run")) + ") 2>err"), 0) << w.read("err");
  EXPECT_EQ(shell(w, "$gamana train --resume run 2>err"), 0) << w.read("err");
}

TEST(Streams, SignalsThatAreIgnoredStaySo) {
  const Workspace w;
  const std::string run = line_of(with(training("run"), {"--max-steps", "100", "--eval-steps", "5"}));
  const std::string until_saved = "while [ ! -e run/checkpoint/state.safetensors ] && kill -0 $!; do :; done; ";
  EXPECT_EQ(shell(w, "(trap '' HUP INT; exec " + run + ") 2>err & " + until_saved + "kill -HUP $! && kill -INT $! && wait $!"), 0)
      << w.read("err");
}

}  // namespace
}  // namespace gamana
