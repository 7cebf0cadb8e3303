#pragma once
// A matrix with a place for its gradient. Tensors share their node; when the last one goes, the memory returns to the
// arena, so that activations and gradients live exactly as long as the tape still needs them.
#include <cstdint>
#include <functional>
#include <memory>

#include "gamana/base/arena.h"
#include "gamana/base/check.h"
#include "gamana/kernels/coarse.h"
#include "gamana/kernels/packed.h"

namespace gamana {

struct Node {
  int64_t rows = 0, cols = 0;
  float* data = nullptr;
  float* grad = nullptr;       // allocated when the first gradient arrives
  uint16_t* half = nullptr;    // the same rounded to bf16, made when a product first asks for it
  Arena* arena = nullptr;      // owner of data; null for parameters and borrowed memory
  std::unique_ptr<uint16_t[]> own_half;  // holds half where data is not in an arena
  bool wants_grad = false;
  bool has_grad = false;       // something was written to grad in this step
  bool half_current = false;
  bool kept_in_half = false;   // see Context::keep_in_half
  std::unique_ptr<const PackedWeight> packed;  // of a weight, for inference
  std::unique_ptr<const CoarseWeight> coarse;  // of a weight that is packed
  // Of a weight that is read in its packed form from then on: the memory of rows goes.
  std::function<void(int64_t begin, int64_t end)> give_up;
  bool is_table = false;  // ops read its rows: it may be given up only if these come out of the packed form as they were
  std::function<void(float* data)> remake;     // values that are cheap to compute again need not be kept
  // Gives the values up if they can be made again; whoever reads them next makes them.
  void drop_values();
  void drop_half();
  void make_values();
  ~Node();
};

class Tensor {
 public:
  Tensor() = default;
  // Uninitialised, from the arena.
  Tensor(Arena& arena, int64_t rows, int64_t cols, bool wants_grad);
  // Memory owned by somebody else, without gradient.
  static Tensor borrow(float* data, int64_t rows, int64_t cols);
  explicit Tensor(std::shared_ptr<Node> node) : node_(std::move(node)) {}

  explicit operator bool() const { return node_ != nullptr; }
  int64_t rows() const { return node_->rows; }
  int64_t cols() const { return node_->cols; }
  int64_t size() const { return node_->rows * node_->cols; }
  float* data() const {
    if (!node_->data && node_->remake) [[unlikely]]
      node_->make_values();
    return node_->data;
  }
  bool wants_grad() const { return node_ && node_->wants_grad; }
  Node& node() const { return *node_; }

 private:
  std::shared_ptr<Node> node_;
};

// A tensor with the memory of x, which has no values from now on: for results that nobody reads again.
Tensor take_values(const Tensor& x, bool wants_grad);

// Where a backward kernel leaves the gradient of `x`: `add` tells whether something is there already.
struct GradSlot {
  float* data;
  bool add;
};
GradSlot grad_slot(Arena& arena, const Tensor& x);

}  // namespace gamana
