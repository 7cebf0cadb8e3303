// The program: finds the command, turns faults into one sentence and an exit code.
#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <system_error>

#include "gamana/base/check.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/usage.h"

namespace {

// A file that is opened must not take the place of a standard stream that is closed: what is said there would be written into it.
// The other way round, so that it still cannot be read or written.
void fill_standard_streams() {
  for (const int stream : {0, 1, 2})
    if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY);
}

int run(int argc, char** argv) {
  CLI::App app{"gamana: trains, evaluates, runs and shows attention models", "gamana"};
  app.set_version_flag("--version", "gamana " GAMANA_VERSION);
  app.require_subcommand(1);
  gamana::add_train_command(app), gamana::add_translate_command(app), gamana::add_evaluate_command(app);
  gamana::add_generate_command(app), gamana::add_chat_command(app);
  gamana::add_classify_command(app), gamana::add_tag_command(app), gamana::add_answer_command(app), gamana::add_choose_command(app);
  gamana::add_fill_mask_command(app), gamana::add_embed_commands(app), gamana::add_merge_command(app), gamana::add_perplexity_command(app),
  gamana::add_metric_command(app), gamana::add_view_command(app), gamana::add_vocab_command(app);
  gamana::add_tokenize_command(app), gamana::add_tokenizer_command(app);
  gamana::add_inspect_command(app), gamana::add_bench_command(app);
  app.get_formatter()->column_width(36);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& e) {
    throw gamana::usage_error(app, e);
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    gamana::fail("cannot write to standard output: {}", std::strerror(errno));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  fill_standard_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // a file that grows beyond `ulimit -f` is a fault of its write
  try {
    return run(argc, argv);
  } catch (const gamana::Error& e) {
    std::fprintf(stderr, "gamana: %s\n", e.what());
    if (!e.hint().empty()) std::fprintf(stderr, "  %s\n", e.hint().c_str());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "gamana: the machine has no memory left for this\n");
  } catch (const std::system_error& e) {  // of fmt::print
    const bool output = std::ferror(stdout) != 0;
    std::fprintf(stderr, "gamana: %s%s\n", output ? "cannot write to standard output: " : "", output ? e.code().message().c_str() : e.what());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gamana: %s\n", e.what());
  }
  return 1;
}
