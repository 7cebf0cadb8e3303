#pragma once
// One function per command: adds it to the program with its options, help and what it does.
#include <CLI/CLI.hpp>

namespace gamana {

void add_train_command(CLI::App& app);
void add_evaluate_command(CLI::App& app);  // and score
void add_inspect_command(CLI::App& app);
void add_view_command(CLI::App& app);
void add_translate_command(CLI::App& app);
void add_bench_command(CLI::App& app);
void add_bench_ops_command(CLI::App& bench);
void add_metric_command(CLI::App& app);
void add_vocab_command(CLI::App& app);

}  // namespace gamana
