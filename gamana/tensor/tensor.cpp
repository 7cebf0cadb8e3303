#include "gamana/tensor/tensor.h"

#include <utility>

namespace gamana {

Node::~Node() {
  if (!arena) return;
  for (void* block : {static_cast<void*>(data), static_cast<void*>(grad), static_cast<void*>(half)})
    if (block) arena->release(block);
}

void Node::drop_values() {
  if (!remake || !data) return;
  arena->release(std::exchange(data, nullptr));
}

void Node::drop_half() {
  if (arena && half && !kept_in_half) arena->release(std::exchange(half, nullptr));
}

void Node::make_values() {
  data = arena->allocate<float>(rows * cols);
  remake(data);
}

Tensor::Tensor(Arena& arena, int64_t rows, int64_t cols, bool wants_grad) : node_(std::make_shared<Node>()) {
  node_->rows = rows, node_->cols = cols;
  node_->arena = &arena;
  node_->wants_grad = wants_grad;
  node_->data = arena.allocate<float>(rows * cols);
}

Tensor Tensor::borrow(float* data, int64_t rows, int64_t cols) {
  auto node = std::make_shared<Node>();
  node->rows = rows, node->cols = cols, node->data = data;
  return Tensor(std::move(node));
}

Tensor take_values(const Tensor& x, bool wants_grad) {
  Node& from = x.node();
  GAMANA_DCHECK(from.arena && from.data);
  auto node = std::make_shared<Node>();
  node->rows = from.rows, node->cols = from.cols, node->arena = from.arena, node->wants_grad = wants_grad;
  node->data = std::exchange(from.data, nullptr);
  return Tensor(std::move(node));
}

GradSlot grad_slot(Arena& arena, const Tensor& x) {
  Node& n = x.node();
  if (!n.grad) n.grad = arena.allocate<float>(n.rows * n.cols);
  const bool add = n.has_grad;
  n.has_grad = true;
  return {n.grad, add};
}

}  // namespace gamana
