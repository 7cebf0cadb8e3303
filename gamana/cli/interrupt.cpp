#include "gamana/cli/interrupt.h"

#include <csignal>

namespace gamana {
namespace {

std::atomic<bool> interrupted{false};

void on_signal(int) { interrupted = true; }

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

// As nohup leaves SIGHUP, and a shell SIGINT for what runs in its background.
bool is_ignored(int signal) {
  struct sigaction there {};
  return sigaction(signal, nullptr, &there) == 0 && there.sa_handler == SIG_IGN;
}

}  // namespace

Interrupts::Interrupts(During during) {
  interrupted = false;
  // On a stack of its own: oneDNN's generated products keep numbers below the stack pointer, beyond the 128 bytes that a signal
  // leaves alone there.
  alignas(64) static char memory[1 << 16];
  stack_t stack{};
  stack.ss_sp = memory, stack.ss_size = sizeof memory;
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND | SA_RESTART);
  for (const int signal : kSignals)
    if ((during == During::work || signal == SIGINT) && !is_ignored(signal)) sigaction(signal, &action, nullptr);
}

Interrupts::~Interrupts() {
  for (const int signal : kSignals)
    if (!is_ignored(signal)) std::signal(signal, SIG_DFL);
}

const std::atomic<bool>& Interrupts::flag() { return interrupted; }

}  // namespace gamana
