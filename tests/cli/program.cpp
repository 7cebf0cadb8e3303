#include "program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"

namespace gamana {
namespace {

namespace fs = std::filesystem;

std::string first_lines(const std::string& path, size_t count) {
  std::string text;
  for (const std::string& line : read_lines(path)) {
    if (count-- == 0) break;
    text += line + "\n";
  }
  return text;
}

// What all tests share.
const Workspace& shared() {
  static Workspace workspace;
  static const bool filled = [] {
    for (const char* language : {"en", "kn"}) {
      const std::string examples = std::string(GAMANA_SOURCE_DIR) + "/examples/en-kn/";
      workspace.write(std::string("train.") + language, first_lines(examples + "train." + language, 300));
      workspace.write(std::string("valid.") + language, first_lines(examples + "valid." + language, 6));
    }
    return true;
  }();
  (void)filled;
  return workspace;
}

[[noreturn]] void become(const std::string& folder, const Arguments& arguments) {
  const auto open_as = [&](int descriptor, const std::string& name, int flags) {
    const int file = ::open((folder + "/" + name + std::to_string(::getpid())).c_str(), flags, 0600);
    if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(126);
  };
  open_as(0, ".in", O_RDONLY | O_CREAT), open_as(1, ".out", O_WRONLY | O_CREAT), open_as(2, ".err", O_WRONLY | O_CREAT);
  std::vector<char*> words = {const_cast<char*>(GAMANA_BINARY_DIR "/gamana")};
  for (const std::string& a : arguments) words.push_back(const_cast<char*>(a.c_str()));
  words.push_back(nullptr);
  if (::chdir(folder.c_str()) != 0) ::_exit(126);
  ::execv(words[0], words.data());
  ::_exit(127);
}

}  // namespace

Arguments operator+(Arguments a, const Arguments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Arguments with(Arguments arguments, const Arguments& changes) {
  for (size_t i = 0; i < changes.size(); ++i) {
    const auto found = std::find(arguments.begin(), arguments.end(), changes[i]);
    const bool replaces = changes[i].starts_with("-") && found != arguments.end();
    if (replaces) *(found + 1) = changes[++i];
    else arguments.push_back(changes[i]);
  }
  return arguments;
}

Workspace::Workspace() {
  std::string name = GAMANA_BINARY_DIR "/tests/cli-XXXXXX";
  if (!::mkdtemp(name.data())) fail("cannot make {}", name);
  folder_ = name;
}

Workspace::~Workspace() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string Workspace::path(const std::string& name) const { return folder_ + "/" + name; }
void Workspace::write(const std::string& name, const std::string& text) const { write_file(path(name), text); }
std::string Workspace::read(const std::string& name) const { return read_file(path(name)); }
bool Workspace::has(const std::string& name) const { return file_exists(path(name)); }

void Workspace::copy(const std::string& from, const std::string& to) const {
  fs::remove_all(path(to));
  fs::copy(from.starts_with("/") ? from : path(from), path(to), fs::copy_options::recursive);
}

Ran Workspace::run(const Arguments& arguments, const std::string& input) const {
  return wait_for(start(arguments, input));
}

pid_t Workspace::start(const Arguments& arguments, const std::string& input) const {
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) != 0) fail("no pipe");
  const pid_t process = ::fork();
  if (process < 0) fail("no process");
  if (process == 0) {
    char byte;
    if (::read(ready[0], &byte, 1) != 1) ::_exit(126);
    become(folder_, arguments);
  }
  std::ofstream(path(".in" + std::to_string(process)), std::ios::binary) << input;
  if (::write(ready[1], "x", 1) != 1) fail("no pipe");
  ::close(ready[0]), ::close(ready[1]);
  return process;
}

Ran Workspace::wait_for(pid_t process) const {
  int status = 0;
  ::waitpid(process, &status, 0);
  Ran ran{WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), "", ""};
  ran.out = read(".out" + std::to_string(process)), ran.err = read(".err" + std::to_string(process));
  for (const char* kind : {".in", ".out", ".err"}) ::unlink(path(kind + std::to_string(process)).c_str());
  return ran;
}

void Workspace::wait_for(const std::string& name) const {
  for (int waited = 0; !has(name) && waited < 30000; ++waited) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

Ran Workspace::end(const Arguments& arguments, const std::string& name, int signal) const {
  const pid_t process = start(arguments);
  wait_for(name);
  ::kill(process, signal);
  return wait_for(process);
}

std::string corpus(const std::string& name) { return shared().path(name); }

Arguments tiny_training(const std::string& model) {
  const Arguments sizes = model == "transformer" ? Arguments{"--feed-forward", "64", "--heads", "2"} : Arguments{};
  return Arguments{"train", "translation", "--train-source", corpus("train.en"), "--train-target", corpus("train.kn"),
                   "--valid-source", corpus("valid.en"), "--valid-target", corpus("valid.kn"), "--threads", "1",
                   "--vocab-size", "400", "--vocab-type", "bpe", "--width", "32", "--encoder-layers", "1",
                   "--decoder-layers", "1", "--batch-tokens", "500", "--model", model} +
         sizes;
}

std::string trained(const std::string& kind) {
  static const std::map<std::string, Arguments> kinds = {
      {"transformer", {}},
      {"rnn", {"--attention", "additive"}},
      {"rnn-none", {"--attention", "none", "--unidirectional", "--reverse-source"}}};
  const Workspace& w = shared();
  if (!w.has(kind)) {
    const Ran ran = w.run(tiny_training(kind.substr(0, kind.find('-'))) + kinds.at(kind) + Arguments{"--max-steps", "6", "--out", kind});
    EXPECT_EQ(ran.code, 0) << ran.err;
  }
  return w.path(kind);
}

void expect_fault(const Ran& ran, const std::vector<std::string>& said) {
  EXPECT_GT(ran.code, 0) << ran.err;  // negative: a crash
  EXPECT_EQ(ran.out, "");
  const size_t begin = ran.err.find("gamana: ");
  ASSERT_NE(begin, std::string::npos) << ran.err;
  const std::string sentence = ran.err.substr(begin);
  EXPECT_LE(std::count(sentence.begin(), sentence.end(), '\n'), 2) << sentence;  // the sentence and a hint
  for (const char* inside : {"terminate", "what()", "exception", "std::"})
    EXPECT_EQ(sentence.find(inside), std::string::npos) << sentence;
  for (const std::string& part : said) EXPECT_NE(sentence.find(part), std::string::npos) << part << " in: " << sentence;
}

}  // namespace gamana
