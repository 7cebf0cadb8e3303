#pragma once
// The program as a user runs it, on a small part of the built-in corpus.
#include <sys/types.h>

#include <string>
#include <vector>

#include "gamana/base/json.h"

namespace gamana {

using Arguments = std::vector<std::string>;
Arguments operator+(Arguments a, const Arguments& b);
// The same options with other values: {"--seed", "2"} replaces the seed, or adds it.
Arguments with(Arguments arguments, const Arguments& changes);

struct Ran {
  int code;              // exit code; the negative number of the signal that ended it
  std::string out, err;  // what it wrote to standard output and standard error
};

// A folder that is empty at first and goes away with the object. Programs run inside it.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  std::string path(const std::string& name) const;
  void write(const std::string& name, const std::string& text) const;
  std::string read(const std::string& name) const;
  bool has(const std::string& name) const;
  void copy(const std::string& from, const std::string& to) const;  // `from` may lie outside

  Ran run(const Arguments& arguments, const std::string& input = "") const;
  // Starts the program and returns its process; wait_for gives what it wrote.
  pid_t start(const Arguments& arguments, const std::string& input = "") const;
  Ran wait_for(pid_t process) const;
  // Waits for a file that a program writes, half a minute at most.
  void wait_for(const std::string& name) const;
  // Starts the program and sends it the signal when it has written the file.
  Ran end(const Arguments& arguments, const std::string& name, int signal) const;

 private:
  std::string folder_;
};

// Names of the files train.en, train.kn (300 lines), valid.en, valid.kn (6 lines); they live as long as the tests.
std::string corpus(const std::string& name);
// A training run that takes a tenth of a second: data, 400 pieces, width 32, one thread.
Arguments tiny_training(const std::string& model = "transformer");
// Folders of models that such runs made, once for all tests: transformer, rnn (additive), rnn-none.
std::string trained(const std::string& kind);

// Exit code and one sentence: no crash, nothing that only a programmer would understand. Gives the sentence.
void expect_fault(const Ran& ran, const std::vector<std::string>& said);

}  // namespace gamana
