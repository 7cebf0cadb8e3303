#include <cmath>
#include <utility>

#include "gamana/ops/ops.h"

namespace gamana {

Tensor rotary(Context& c, const Tensor& qkv, std::span<const int32_t> positions, const RotaryOptions& o) {
  const int64_t rows = qkv.rows(), cols = qkv.cols();
  const int kv_heads = o.kv_heads ? o.kv_heads : o.heads, all_heads = o.heads + 2 * kv_heads;
  const int head_width = static_cast<int>(cols / all_heads);
  GAMANA_DCHECK(static_cast<int64_t>(positions.size()) == rows && cols % all_heads == 0);
  GAMANA_DCHECK(o.width % 2 == 0 && o.width <= head_width && (o.frequencies || o.width == 0));
  // The heads of queries and of keys stand side by side.
  const Rotation rotation{o.heads + kv_heads, head_width, o.width, o.interleaved, o.frequencies};
  const bool records = c.records(qkv);
  const Tensor y = take_values(qkv, records);
  c.kernels.rotate(rows, rotation, positions.data(), false, {y.data(), cols});
  if (records)
    c.tape->record({y}, [&c, qkv, y, positions, rotation, rows, cols] {
      // The gradient of turning is turning back. Nobody else reads qkv, so the gradient of y becomes that of qkv.
      Node &from = y.node(), &to = qkv.node();
      GAMANA_DCHECK(!to.has_grad && !to.grad);
      c.kernels.rotate(rows, rotation, positions.data(), true, {from.grad, cols});
      to.grad = std::exchange(from.grad, nullptr), to.has_grad = true;
    });
  return y;
}

std::vector<float> rotary_frequencies(int width, double theta) {
  std::vector<float> frequencies;
  for (int i = 0; i < width / 2; ++i) frequencies.push_back(static_cast<float>(std::pow(theta, -2.0 * i / width)));
  return frequencies;
}

}  // namespace gamana
