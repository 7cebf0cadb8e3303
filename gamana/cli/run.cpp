#include "gamana/cli/run.h"

#include <algorithm>
#include <filesystem>

#include "gamana/base/file.h"
#include "gamana/base/parallel.h"
#include "gamana/base/progress.h"
#include "gamana/cli/interrupt.h"

namespace gamana {
namespace {

namespace fs = std::filesystem;

// "loss 1.234, BLEU 31.20, accuracy 0.876"
std::string results_text(const std::map<std::string, double>& results) {
  std::string text = fmt::format("loss {:.3f}", results.at("loss"));
  for (const auto& [name, value] : results)
    if (name == "bleu") text += fmt::format(", BLEU {:.2f}", value);
    else if (name != "loss") text += fmt::format(", {} {:.3f}", name, value);
  return text;
}

TrainerEvents events_of(Progress& progress, std::string& last) {
  TrainerEvents events;
  events.step = [&](const StepReport& r) {
    progress.update(r.step, fmt::format("epoch {}  loss {:.3f}  {:.0f} tokens/s{}", r.epoch + 1, r.loss,
                                        r.tokens_per_second, last));
  };
  events.validated = [&](int64_t step, const std::map<std::string, double>& results, bool best) {
    progress.clear();
    last = "  valid: " + results_text(results);
    say("step {}{}{}\n", step, last, best ? "  (best so far, kept)" : "");
  };
  events.note = [&](const std::string& text) { progress.clear(), say("{}\n", text); };
  return events;
}

void go_on(Trainer& trainer, const std::string& out) {
  for (const char* folder : {"", "checkpoint", "snapshots"}) remove_temporary_files(join_path(out, folder));
  if (trainer.resume()) say("going on after step {}\n", trainer.step());
  else say("nothing was saved yet: the run begins again\n");
}

}  // namespace

Precision choose_precision(const std::string& name) {
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::bf16x3}) {
    if (name != name_of(precision)) continue;
    if (precision == Precision::f32 || (precision == Precision::bf16 ? has_bf16() : has_bf16x3())) return precision;
    static const bool said = (say("this CPU has no {} products: f32 is used\n", name), true);
    (void)said;
    return Precision::f32;
  }
  fail("--precision: expected f32, bf16 or bf16x3, found \"{}\"", name);
}

void choose_threads(int threads) {
  constexpr int kMost = 1024;
  if (threads < 0 || threads > kMost) fail("--threads: expected 0 (all cores) to {}, found {}", kMost, threads);
  if (threads > 0) set_threads(threads);
}

void check_new_directory(const std::string& out) {
  std::error_code ignored;
  if (file_exists(join_path(out, "training.json")))
    throw Error(fmt::format("--out: {} holds a run already", out),
                fmt::format("go on with `gamana train --resume {}`, or choose another directory", out));
  if (file_exists(out) && !fs::is_directory(out, ignored)) fail("--out: expected a directory, {} is a file", out);
  const auto is_other = [](const fs::directory_entry& e) { return e.path().filename().string().find(".tokens") == std::string::npos; };
  if (file_exists(out) && std::any_of(fs::directory_iterator(out, ignored), {}, is_other))
    throw Error(fmt::format("--out: {} is not empty and no run of gamana", out), "choose a new directory");
  check_directory(out);
}

void check_no_model(const std::string& out, const std::string& option) {
  if (file_exists(join_path(out, "config.json")))
    throw Error(fmt::format("{}: {} holds a model, whose own tokenizer would be lost", option, out), "choose another directory");
  check_directory(out);
}

void run_training(const TrainerSettings& settings, TrainTask task, bool resume, const std::function<void()>& begin,
                  const std::string& summary) {
  const std::string& out = settings.directory;
  std::string last;
  Progress progress("training", "steps", planned_steps(settings, task));
  const int64_t parameters = task.parameters->count(), trained = task.parameters->trainable_count();
  Trainer trainer(settings, std::move(task), events_of(progress, last));
  make_directory(out);
  const FolderLock lock(out);
  begin();
  if (resume) go_on(trainer, out);
  say("{} parameters{}, {}, {} thread{}, {}\n", parameters,
             trained < parameters ? fmt::format(" ({} of them learn)", trained) : "", summary, threads(), threads() == 1 ? "" : "s",
             name_of(settings.precision));
  const Interrupts interrupts;
  const bool ended = trainer.run(interrupts.flag());
  progress.clear();
  if (!ended)
    throw Error(fmt::format("interrupted at step {}; everything is saved", trainer.step()),
                fmt::format("go on with `gamana train --resume {}`", out));
  say("the model is in {}\n", out);
}

}  // namespace gamana
