#pragma once
// Optimizers over the flat block of parameters. State is f32, in as many blocks of the same layout as the method needs.
#include <string>
#include <vector>

#include "gamana/kernels/kernels.h"
#include "gamana/tensor/parameters.h"

namespace gamana {

struct OptimizerSettings {
  std::string name = "adamw";  // adamw, adam (decay added to the gradient), sgd, adadelta
  double beta1 = 0.9, beta2 = 0.98, epsilon = 1e-9, weight_decay = 0;
  double momentum = 0.9;       // sgd
  double rho = 0.95;           // adadelta; its epsilon is 1e-6 unless given
};

class Optimizer {
 public:
  // Throws Error naming the known optimizers.
  Optimizer(const OptimizerSettings& settings, ParameterStore& parameters);

  // One update with learning rate `rate`, times a parameter's own factor; frozen ones are left alone. Gradients count
  // `gradient_scale` times. `step` counts from 1.
  void update(const Kernels& kernels, double rate, double gradient_scale, int64_t step);
  // For checkpoints: named blocks of parameters.size() floats.
  struct State {
    std::string name;
    std::vector<float>* values;
  };
  std::vector<State> state();

 private:
  OptimizerSettings settings_;
  ParameterStore& parameters_;
  std::vector<float> first_, second_;
};

}  // namespace gamana
