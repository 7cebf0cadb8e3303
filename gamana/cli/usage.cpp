#include "gamana/cli/usage.h"
#include "gamana/base/file.h"

#include <algorithm>
#include <regex>

#include <fmt/ranges.h>

namespace gamana {
namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = std::exchange(row[j], std::min({substituted, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

// The last command named, such as that of "train translation".
const CLI::App& command_of(const CLI::App& app, std::string& name) {
  name += (name.empty() ? "" : " ") + app.get_name();
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : command_of(*parsed.back(), name);
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* one : command.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(one->get_name());
  return names;
}

std::string unknown(const char* what, const std::string& word, const std::vector<std::string>& names) {
  const std::string near = nearest(word, names);
  return fmt::format("unknown {} {}{}", what, word, near.empty() ? "" : "; did you mean " + near + "?");
}

// CLI11's own sentences, in our words: what was expected, what was found.
std::string reworded(const std::string& text) {
  static const std::pair<std::regex, const char*> kForms[] = {
      {std::regex("Could not convert: (.*) = ([^]*)"), "$1: expected a number, found \"$2\""},
      {std::regex("(.*): At Most 1 required but received (.*)"), "$1: expected once, found $2 times"},
      {std::regex("(.*): 1 required .* missing"), "$1: expected a value, found none"},
      {std::regex("(.*) requires (.*)"), "$1 goes with $2: give both, or none"},
      {std::regex("(.*) excludes (.*)"), "$1 does not go with $2: give one of them"},
      {std::regex("(.*): Value (.*) not in range (.*) to (.*)"), "$1: expected a number from $3 to $4, found $2"},
      {std::regex("(.*): (.*) not in \\{(.*)\\}"), "$1: expected one of $3, found $2"}};
  for (const auto& [form, ours] : kForms)
    if (std::regex_match(text, form)) return std::regex_replace(text, form, ours);
  return text;
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& names) {
  std::string best;
  size_t least = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& name : names)
    if (const size_t distance = edit_distance(word, name); distance < least) least = distance, best = name;
  return best;
}

namespace {

CLI::Validator number_that(bool (*fits)(double), const char* expected) {
  return CLI::Validator(
      [=](const std::string& text) {
        double value = 0;
        const bool good = CLI::detail::lexical_cast(text, value) && fits(value);
        return good ? "" : fmt::format("expected a number {}, found {}", expected, text);
      },
      "");
}

}  // namespace

CLI::Validator from_zero() {
  return number_that([](double x) { return x >= 0; }, "from 0 on");
}

CLI::Validator above_zero() {
  return number_that([](double x) { return x > 0; }, "above 0");
}

CLI::Validator utf8_text() {
  return CLI::Validator(
      [](const std::string& text) {
        const size_t at = find_invalid_utf8(text);
        return at == std::string::npos ? "" : fmt::format("expected UTF-8, found byte 0x{:02X}", static_cast<uint8_t>(text[at]));
      },
      "");
}

Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
  std::string name;
  const CLI::App& command = command_of(app, name);
  const std::string hint = fmt::format("see `{} --help`", name);
  const std::vector<std::string> words = app.remaining(true), commands = command_names(command);
  const auto is_option = [](const std::string& word) { return word.starts_with("-") && word != "-"; };
  const auto option = std::find_if(words.begin(), words.end(), is_option);
  if (option != words.end())
    return Error(unknown("option", option->substr(0, option->find('=')), option_names(command)), hint);
  if (!words.empty() && !commands.empty()) return Error(unknown("command", words.front(), commands), hint);
  if (!words.empty()) return Error(fmt::format("one argument too many: {}", words.front()), hint);
  if (!commands.empty() && dynamic_cast<const CLI::RequiredError*>(&error))
    return Error(fmt::format("expected one of the commands {}, found none", fmt::join(commands, ", ")), hint);
  return Error(reworded(error.what()), hint);
}

}  // namespace gamana
