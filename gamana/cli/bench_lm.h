#pragma once
// Training speed of a language model of a preset's size, on random tokens.
#include <string>

namespace gamana {

struct LmTrainBench {
  std::string preset, precision = "f32";
  int batch = 4, context = 256, threads = 0;
  double seconds = 20;
  bool json = false;
};

// Prints tokens per second and the peak of memory. Throws Error for a preset that is no language model.
void bench_lm_train(const LmTrainBench& options);

}  // namespace gamana
