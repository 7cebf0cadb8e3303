#pragma once
// What training runs of all kinds share: the machine they use, their directory, their progress, how they end.
#include <functional>
#include <string>

#include "gamana/train/trainer.h"

namespace gamana {

// The precision of this run; said once on stderr where the CPU has not what is asked for.
Precision choose_precision(const std::string& name);
inline constexpr const char* kPrecisionHelp = "f32, bf16, or bf16x3, which is nearly f32 and faster on CPUs with AMX";
void choose_threads(int threads);

// A new run takes a directory that does not exist or holds nothing but caches of tokens, which a run that was ended while it read its
// texts leaves behind. Throws Error for another one.
void check_new_directory(const std::string& out);
// A new tokenizer takes any directory but one of a model. Throws Error for that, naming the option.
void check_no_model(const std::string& out, const std::string& option);

// Trains to the end, or until Ctrl-C, which saves and throws Error. `begin` writes what the directory holds from the start on;
// it is called once all is found good, not for a run that goes on. `summary` is said before the first step.
void run_training(const TrainerSettings& settings, TrainTask task, bool resume, const std::function<void()>& begin,
                  const std::string& summary);

}  // namespace gamana
