// gamana chat.
#include <poll.h>

#include <csignal>
#include <cstdio>
#include <iostream>

#include "gamana/base/file.h"
#include "gamana/base/progress.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/generation.h"
#include "gamana/cli/interrupt.h"
#include "gamana/cli/usage.h"
#include "gamana/text/chat/chat_template.h"

namespace gamana {
namespace {

struct ChatCommandOptions {
  GenerationFlags flags;
  std::string system;
};

ChatTemplate open_template(const std::string& directory) {
  read_text_config(directory);  // first: is it a model at all?
  const std::string folder = tokenizer_directory(directory);
  if (read_tokenizer_settings(folder).chat_templates.empty())
    throw Error(
        fmt::format("{}: the model has no chat template, so nothing says how it was taught to converse", directory),
        "`gamana generate` goes on with any text; a template of its authors is put there as chat_template.jinja");
  return ChatTemplate::load(folder);
}

RunOptions whole_context(Writer& writer) {
  RunOptions run;
  run.max_rows = 1;
  run.reuse_outputs = true;
  run.max_memory = writer.cache_bytes();
  run.cells = writer.context();
  return run;
}

class Conversation {
 public:
  explicit Conversation(const ChatCommandOptions& o)
      : template_(open_template(o.flags.model)),
        writer_(o.flags),
        generator_(writer_.decoder(), writer_.tokenizer(), writer_.begin(), whole_context(writer_)),
        system_(o.system) {
    request_.options = request_options(o.flags, writer_.defaults());
    request_.options.num_beams = request_.options.num_return_sequences = 1;
    request_.stop = writer_.stop();
    reset();
  }
  void reset() {
    messages_ = Json::array();
    if (!system_.empty()) messages_.push_back({{"role", "system"}, {"content", system_}});
  }
  // Writes the answer to standard output as it comes.
  void say(const std::string& text) {
    messages_.push_back({{"role", "user"}, {"content", text}});
    try {
      messages_.push_back({{"role", "assistant"}, {"content", answer()}});
    } catch (const Error& e) {
      messages_.erase(messages_.size() - 1);  // as if it had not been said
      const std::string hint = e.hint().empty() ? "" : "\n  " + e.hint();
      throw Error(e.what() + hint, "/reset begins a new conversation");
    }
  }

 private:
  std::string answer() {
    ChatOptions options;
    options.add_generation_prompt = true;
    request_.prompt = generator_.encode(template_.render(messages_, options), false);
    const Interrupts interrupts;
    TextCallbacks callbacks;
    callbacks.text = [](size_t, int, std::string_view piece) {
      std::fwrite(piece.data(), 1, piece.size(), stdout);
      std::fflush(stdout);
      return true;
    };
    callbacks.slid = [&](size_t) { writer_.say_full("its older half is forgotten"); };
    callbacks.interrupted = [] { return Interrupts::flag().load(); };
    const auto texts = generator_.run({&request_, 1}, callbacks)[0];
    std::fputs("\n", stdout), std::fflush(stdout);
    if (!texts.empty() && writer_.fills(request_, texts[0]))
      writer_.say_full("the answer ends there; --overflow slide goes on, /reset begins a new conversation");
    return texts.empty() ? "" : texts[0].text;
  }

  ChatTemplate template_;
  Writer writer_;
  TextGenerator generator_;
  std::string system_;
  TextRequest request_;
  Json messages_;
};

// The next line from a terminal. Ctrl-C may come just after an answer has ended: alone it ends nothing. It is let in while the
// program waits and at no other time, so that none is lost.
bool ask(std::string& line) {
  for (bool again = false;; again = true) {
    sigset_t ctrl_c, before;
    sigemptyset(&ctrl_c), sigaddset(&ctrl_c, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ctrl_c, &before);
    const Interrupts interrupts(Interrupts::During::reading);
    std::fputs("> ", stderr);
    pollfd input{0, POLLIN, 0};
    const bool ready = ppoll(&input, 1, nullptr, &before) > 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (ready && std::getline(std::cin, line)) return true;
    if (ready || !Interrupts::flag() || again) return false;
    std::fputs("\nCtrl-C once more ends\n", stderr);
  }
}

void chat(const ChatCommandOptions& o) {
  Conversation conversation(o);
  const bool asks = is_terminal(0);
  if (asks) say("Ctrl-C stops an answer, /reset begins anew, /quit or Ctrl-D ends\n");
  int faults = 0;
  std::string line;
  while (asks ? ask(line) : static_cast<bool>(std::getline(std::cin, line))) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line == "/quit") break;
    if (line == "/reset") {
      conversation.reset();
      continue;
    }
    if (line.empty()) continue;
    if (find_invalid_utf8(line) != std::string_view::npos) {
      say("this line is not valid UTF-8\n");
      ++faults;
      continue;
    }
    try {
      conversation.say(line);
    } catch (const Error& e) {
      if (!asks) throw;
      say("{}\n  {}\n", e.what(), e.hint());
    }
  }
  if (!asks && faults > 0) fail("standard input: {} lines are not valid UTF-8", faults);
}

}  // namespace

void add_chat_command(CLI::App& app) {
  auto o = std::make_shared<ChatCommandOptions>();
  auto* c = app.add_subcommand("chat", "Converse with a language model that has a chat template");
  add_generation_options(*c, o->flags);
  c->add_option("--system", o->system, "What the model is told before the conversation")->check(utf8_text());
  c->footer("In the conversation /reset forgets it, /quit ends, Ctrl-C stops an answer.\n"
            "Examples:\n  gamana chat -m qwen2-0.5b-instruct --temperature 0.7\n"
            "  printf 'Who wrote Faust?\\nWhen?\\n' | gamana chat -m qwen2-0.5b-instruct --greedy");
  c->callback([o, c] {
    check_meanings(o->flags, given_options(*c));
    chat(*o);
  });
}

}  // namespace gamana
