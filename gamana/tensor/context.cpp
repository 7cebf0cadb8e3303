#include "gamana/tensor/context.h"

#include <algorithm>

namespace gamana {

void Tape::record(std::vector<Tensor> outputs, std::function<void()> backward) {
  record([outputs = std::move(outputs), backward = std::move(backward)] {
    const auto arrived = [](const Tensor& y) { return y.node().has_grad; };
    if (std::any_of(outputs.begin(), outputs.end(), arrived)) backward();
  });
}

void Tape::backward() {
  while (!closures_.empty()) {
    const auto closure = std::move(closures_.back());
    closures_.pop_back();
    closure();
  }
}

const uint16_t* Context::half(const Tensor& x) {
  Node& n = x.node();
  if (!n.half) {
    // A parameter outlives this context's arena.
    if (!n.arena) n.own_half = std::make_unique_for_overwrite<uint16_t[]>(n.rows * n.cols);
    n.half = n.arena ? arena.allocate<uint16_t>(n.rows * n.cols) : n.own_half.get();
    n.half_current = false;
  }
  if (!n.half_current) kernels.to_bf16(n.rows * n.cols, x.data(), n.half);
  n.half_current = true;
  return n.half;
}

void Context::keep_in_half(const Tensor& x) {
  if (precision != Precision::bf16 || !records(x)) return;
  half(x);
  Node* n = &x.node();
  n->kept_in_half = true;
  n->remake = [n, &k = kernels](float* data) { k.from_bf16(n->rows * n->cols, n->half, data); };
  n->drop_values();
}

const PackedWeight& Context::packed(const Tensor& weight) {
  Node& n = weight.node();
  if (n.packed && n.packed->precision() == precision) return *n.packed;
  GAMANA_DCHECK(n.data);
  n.coarse.reset();
  const bool goes = n.give_up && (!n.is_table || packs_exactly(precision, n.rows, n.cols, n.data, n.cols));
  n.packed = std::make_unique<PackedWeight>(precision, n.rows, n.cols, n.data, n.cols, goes ? n.give_up : nullptr);
  if (goes) n.data = nullptr;  // whoever reads it all the same finds nothing, in place of zeros
  return *n.packed;
}

const CoarseWeight& Context::coarse(const Tensor& weight, const Tensor& bias) {
  Node& n = weight.node();
  const PackedWeight& whole = packed(weight);
  if (!n.coarse) n.coarse = std::make_unique<CoarseWeight>(whole, bias ? bias.data() : nullptr);
  return *n.coarse;
}

bool Context::has_coarse(const Tensor& weight) const {
  const Node& n = weight.node();
  return n.packed && n.packed->precision() == precision && n.coarse;
}

}  // namespace gamana
