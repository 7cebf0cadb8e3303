#pragma once
// What an operation runs in: a device's kernels, the arena, and — when training — the tape it records on.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gamana/base/rng.h"
#include "gamana/kernels/kernels.h"
#include "gamana/tensor/tensor.h"

namespace gamana {

// Backward closures in order of the forward. Running one destroys it, and with it the last hold on what it saved.
class Tape {
 public:
  void record(std::function<void()> backward) { closures_.push_back(std::move(backward)); }
  // Runs only if a gradient has arrived at one of `outputs`: nobody may have read them.
  void record(std::vector<Tensor> outputs, std::function<void()> backward);
  void backward();
  void clear() { closures_.clear(); }

 private:
  std::vector<std::function<void()>> closures_;
};

// Who listens to attention: called by every attention of a forward, after it, with its softmax weights.
// Sequence s has weights[heads, queries, keys] at offsets[s].
struct AttentionSeen {
  std::string name;  // "encoder.0", "decoder.0.self", "decoder.0.cross"
  int heads;
  const std::vector<int32_t>*q_offsets, *kv_offsets;
  const float* weights;
  const std::vector<int64_t>* offsets;
};
using AttentionTap = std::function<void(const AttentionSeen&)>;

struct Context {
  const Kernels& kernels;
  Arena& arena;
  Tape* tape = nullptr;  // null: no gradients
  Precision precision = Precision::f32;
  bool training = false;  // dropout is on
  uint64_t seed = 0, step = 0;
  uint64_t operation = 0;  // counts the random operations of a step
  AttentionTap tap{};      // empty: nobody listens, nothing is stored
  bool recompute = false;  // see ops/recompute.h
  bool packs = false;      // inference: weights are packed at their first use; results do not depend on the number of rows

  // The mask of the next dropout; rate 0 outside training.
  DropoutMask next_mask(float rate) {
    return {training ? rate : 0.0f, stream_key(seed, step, operation++)};
  }
  // Does the result of an operation on these inputs need a gradient?
  template <class... T>
  bool records(const T&... inputs) const {
    return tape && (inputs.wants_grad() || ...);
  }
  Tensor tensor(int64_t rows, int64_t cols, bool wants_grad) { return Tensor(arena, rows, cols, wants_grad); }
  // x rounded to bf16: made once, kept beside x until x changes or dies.
  const uint16_t* half(const Tensor& x);
  // When training in bf16: from now on x is what it is rounded to, at two bytes a number. Products read that; who asks for
  // data() gets it expanded again.
  void keep_in_half(const Tensor& x);
  // The packed form of a weight, made once.
  const PackedWeight& packed(const Tensor& weight);
  // What tells of the products with a packed weight and this bias (or none), made once.
  const CoarseWeight& coarse(const Tensor& weight, const Tensor& bias);
  bool has_coarse(const Tensor& weight) const;
};

// A block of the arena for the length of a scope.
template <class T>
class Scratch {
 public:
  Scratch(Arena& arena, int64_t count) : arena_(arena), data_(arena.allocate<T>(count)) {}
  ~Scratch() { arena_.release(data_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  operator T*() const { return data_; }
  T* get() const { return data_; }

 private:
  Arena& arena_;
  T* data_;
};

}  // namespace gamana
