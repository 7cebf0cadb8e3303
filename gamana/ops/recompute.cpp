#include "gamana/ops/recompute.h"

#include <algorithm>
#include <utility>

namespace gamana {

std::vector<Tensor> recompute(Context& c, const std::vector<Tensor>& inputs, Segment f) {
  // Without an input that wants a gradient nothing of f is trained, or its first part is: what little it keeps then is kept.
  const bool reaches_back = std::any_of(inputs.begin(), inputs.end(), [](const Tensor& x) { return x.wants_grad(); });
  if (!c.recompute || !c.tape || !reaches_back) return f(inputs);
  const uint64_t operation = c.operation;
  Tape* tape = std::exchange(c.tape, nullptr);
  const std::vector<Tensor> outputs = f(inputs);
  c.tape = tape;
  for (const Tensor& y : outputs) y.node().wants_grad = true;
  tape->record(outputs, [&c, inputs, f = std::move(f), outputs, operation] {
    Tape inner;
    Tape* outer = std::exchange(c.tape, &inner);
    const uint64_t after = std::exchange(c.operation, operation);
    const std::vector<Tensor> again = f(inputs);
    for (size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i].node().has_grad) {
        const GradSlot slot = grad_slot(c.arena, again[i]);
        c.kernels.dropout(again[i].size(), outputs[i].node().grad, {}, slot.data);  // without a mask: a copy
      }
    inner.backward();
    c.tape = outer, c.operation = after;
  });
  return outputs;
}

}  // namespace gamana
