#pragma once
// What is wrong with a command line, in one sentence.
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "gamana/base/check.h"

namespace gamana {

// The one of `names` that takes the fewest changed letters (Levenshtein 1966) to become `word`; "" if none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& names);

// An unknown option or command comes with the nearest known one.
Error usage_error(const CLI::App& app, const CLI::ParseError& error);

// For options that hold no negative number: CLI11 would read -1 as the largest of those without a sign.
CLI::Validator from_zero();
CLI::Validator above_zero();
// For texts.
CLI::Validator utf8_text();

}  // namespace gamana
