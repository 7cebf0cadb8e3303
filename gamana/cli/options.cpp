#include "gamana/cli/options.h"

#include <algorithm>
#include <cmath>

#include <fmt/ranges.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/cli/usage.h"

namespace gamana {
namespace {

template <class T>
constexpr bool is_number = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

// What a run was begun with is kept in JSON.
void check_text(const Option& option, const std::string& value) {
  if (find_invalid_utf8(value) != std::string::npos)
    throw Error(fmt::format("{}: expected UTF-8, found \"{}\"", option.flag(), value), "give the file a name that is UTF-8");
}

template <class T>
void check(const Option& option, const T& value) {
  if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    for (const std::string& one : value) check_text(option, one);
  } else if constexpr (std::is_same_v<T, std::string>) {
    check_text(option, value);
    const auto& known = option.choices;
    if (!known.empty() && std::find(known.begin(), known.end(), value) == known.end())
      fail("{}: expected one of {}, found \"{}\"", option.flag(), fmt::join(known, ", "), value);
  } else if constexpr (is_number<T>) {
    if (const auto number = static_cast<double>(value); !(number >= option.least && number < option.below))
      fail("{}: expected a number from {}{}, found {}", option.flag(), option.least,
           std::isinf(option.below) ? " on" : fmt::format(" to below {}", option.below), value);
  }
}

}  // namespace

void add_options(CLI::App& command, const OptionList& options) {
  for (const Option& option : options)
    std::visit(
        [&](auto* value) {
          using T = std::remove_pointer_t<decltype(value)>;
          std::string help = option.help;
          if (!option.choices.empty())
            help += fmt::format("{}{}", help.empty() ? "" : ": ", fmt::join(option.choices, ", "));
          CLI::Option* o = nullptr;
          if constexpr (std::is_same_v<T, bool>) o = command.add_flag(option.name, *value, help);
          else o = command.add_option(option.name, *value, help);
          if constexpr (!std::is_same_v<T, bool> && !std::is_same_v<T, std::vector<std::string>>) o->capture_default_str();
          if constexpr (std::is_same_v<T, uint64_t>) o->check(from_zero());
          o->group(option.group);
        },
        option.value);
}

Json options_json(const OptionList& options) {
  Json json = Json::object();
  for (const Option& option : options) std::visit([&](auto* value) { json[option.key()] = *value; }, option.value);
  return json;
}

void read_options(const Json& json, const OptionList& options, const std::string& where) {
  for (const Option& option : options)
    std::visit(
        [&](auto* value) {
          const auto found = json.find(option.key());
          if (found == json.end()) return;
          try {
            *value = found->template get<std::remove_pointer_t<decltype(value)>>();
          } catch (const Json::exception&) {
            fail("{}: \"{}\" has the wrong type: found {}", where, option.key(), found->dump());
          }
        },
        option.value);
}

void check_options(const OptionList& options, const OptionList& defaults) {
  for (size_t i = 0; i < options.size(); ++i)
    std::visit(
        [&](auto* v) {
          if (*v != *std::get<decltype(v)>(defaults[i].value)) check(options[i], *v);
        },
        options[i].value);
}

GivenOptions given_options(const CLI::App& command) {
  GivenOptions given;
  for (const CLI::Option* option : command.get_options([](const CLI::Option* o) { return o->count() > 0; }))
    for (const std::string& name : option->get_lnames()) given.insert("--" + name);
  return given;
}

bool is_given(const Option& option, const GivenOptions& given) {
  const std::vector<std::string> names = CLI::detail::split_names(option.name);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return given.contains(name); });
}

void check_meanings(const GivenOptions& given, const std::vector<Meaning>& meanings) {
  for (const Meaning& m : meanings)
    if (!m.counts && given.contains(m.option)) throw Error(fmt::format("{} goes with {}", m.option, m.needs), "leave it out, or give both");
}

std::vector<Meaning> training_meanings(const std::string& optimizer, const std::string& schedule) {
  const bool adam = optimizer == "adamw" || optimizer == "adam";
  return {{"--adam-beta1", adam, "--optimizer adamw or adam"},
          {"--adam-beta2", adam, "--optimizer adamw or adam"},
          {"--adam-epsilon", optimizer != "sgd", "--optimizer adamw, adam or adadelta"},
          {"--momentum", optimizer == "sgd", "--optimizer sgd"},
          {"--min-lr-rate", schedule == "linear" || schedule == "cosine", "--schedule linear or cosine"}};
}

}  // namespace gamana
