// gamana tokenizer: train, show, stats.
#include "gamana/cli/commands.h"

namespace gamana {

void add_tokenizer_command(CLI::App& app) {
  CLI::App* tokenizer = app.add_subcommand("tokenizer", "Trains tokenizers, shows and compares what they do to a text");
  tokenizer->require_subcommand(1);
  add_tokenizer_train_command(*tokenizer);
  add_tokenizer_show_command(*tokenizer);
  add_tokenizer_stats_command(*tokenizer);
}

}  // namespace gamana
