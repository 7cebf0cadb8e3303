#pragma once
// One function per command: adds it to the program with its options, help and what it does.
#include <CLI/CLI.hpp>

namespace gamana {

void add_metric_command(CLI::App& app);
void add_vocab_command(CLI::App& app);

}  // namespace gamana
