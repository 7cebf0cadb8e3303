// The program: finds the command, turns faults into one sentence and an exit code.
#include <cstdio>
#include <exception>
#include <new>

#include "gamana/base/check.h"
#include "gamana/cli/commands.h"

namespace {

int run(int argc, char** argv) {
  CLI::App app{"gamana: trains, evaluates, runs and shows attention models"};
  app.set_version_flag("--version", "gamana " GAMANA_VERSION);
  app.require_subcommand(1);
  gamana::add_train_command(app), gamana::add_translate_command(app), gamana::add_evaluate_command(app);
  gamana::add_metric_command(app), gamana::add_view_command(app), gamana::add_vocab_command(app);
  gamana::add_inspect_command(app), gamana::add_bench_command(app);
  app.get_formatter()->column_width(36);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const gamana::Error& e) {
    std::fprintf(stderr, "gamana: %s\n", e.what());
    if (!e.hint().empty()) std::fprintf(stderr, "  %s\n", e.hint().c_str());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "gamana: the machine has no memory left for this\n");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gamana: %s\n", e.what());
  }
  return 1;
}
