#pragma once
// Settings of a run as one list: options of the command line, help, checks and training.json come from it.
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include "gamana/base/json.h"

namespace gamana {

struct Option {
  std::string name;  // with dashes, "--out"; others may stand before it, "-m,--model", "--train-file,--train"
  std::variant<std::string*, int*, int64_t*, uint64_t*, double*, bool*, std::vector<std::string>*> value;
  std::string help, group;                                            // of the help
  std::vector<std::string> choices = {};                              // of a name; none: any
  double least = 0, below = std::numeric_limits<double>::infinity();  // of a number; the default is fine too

  std::string key() const { return name.substr(name.rfind("--") + 2); }  // in training.json: the last name
  std::string flag() const { return "--" + key(); }                     // in messages
};
using OptionList = std::vector<Option>;

void add_options(CLI::App& command, const OptionList& options);
Json options_json(const OptionList& options);
// Sets what `json` has. Throws Error naming a key with a wrong type.
void read_options(const Json& json, const OptionList& options, const std::string& where);
// Throws Error for a value that is neither the default nor among the choices or in the range. `defaults` is the list of
// settings as they begin.
void check_options(const OptionList& options, const OptionList& defaults);

// Long names ("--out") of the options that a command line has, whatever their values.
using GivenOptions = std::set<std::string>;
GivenOptions given_options(const CLI::App& command);
bool is_given(const Option& option, const GivenOptions& given);

// An option that says something only where `counts`.
struct Meaning {
  const char* option;  // "--margin"
  bool counts;
  const char* needs;   // "--loss triplet"
};
// Throws Error for a given option that does not count: "--margin goes with --loss triplet".
void check_meanings(const GivenOptions& given, const std::vector<Meaning>& meanings);
// Of the options that optimizers and schedules have of their own.
std::vector<Meaning> training_meanings(const std::string& optimizer, const std::string& schedule);

}  // namespace gamana
