#include "gamana/train/optimizer.h"

#include <cmath>

namespace gamana {

Optimizer::Optimizer(const OptimizerSettings& settings, ParameterStore& parameters)
    : settings_(settings), parameters_(parameters) {
  const std::string& name = settings.name;
  if (name != "adamw" && name != "adam" && name != "sgd" && name != "adadelta")
    fail("--optimizer: \"{}\" is unknown; expected adamw, adam, sgd or adadelta", name);
  first_.resize(parameters.size());
  if (name != "sgd") second_.resize(parameters.size());
}

void Optimizer::update(const Kernels& kernels, double rate, double gradient_scale, int64_t step) {
  const auto f = [](double v) { return static_cast<float>(v); };
  const OptimizerSettings& s = settings_;
  const float scale = f(gradient_scale);
  const auto run = [&](int64_t begin, int64_t n, double rate, double decay) {
    float *w = parameters_.weights() + begin, *m = first_.data() + begin, *v = second_.data() + begin;
    const float* g = parameters_.gradients() + begin;
    if (s.name == "sgd") {
      kernels.sgd(n, f(rate), f(s.momentum), f(decay), scale, g, w, m);
    } else if (s.name == "adadelta") {
      kernels.adadelta(n, f(rate), f(s.rho), f(s.epsilon), scale, g, w, m, v);
    } else {
      const double correction1 = 1 - std::pow(s.beta1, double(step)), correction2 = 1 - std::pow(s.beta2, double(step));
      const AdamStep adam{f(rate),  f(s.beta1),     f(s.beta2),     f(s.epsilon),
                          f(decay), f(correction1), f(correction2), scale,        s.name == "adamw"};
      kernels.adam(n, adam, g, w, m, v);
    }
  };
  if (s.weight_decay == 0) {
    for (const auto& r : parameters_.trainable()) run(r.offset, r.size, rate * r.rate, 0);
  } else {
    // Biases and norms (one row) are not decayed.
    for (const auto& e : parameters_.entries())
      if (const Parameter& p = *e.parameter; !p.frozen) run(e.offset, p.size(), rate * p.rate, p.rows > 1 ? s.weight_decay : 0);
  }
  parameters_.weights_changed();
}

std::vector<Optimizer::State> Optimizer::state() {
  std::vector<State> list = {{"optimizer.first", &first_}};
  if (!second_.empty()) list.push_back({"optimizer.second", &second_});
  return list;
}

}  // namespace gamana
