#pragma once
// A weight at a byte a number, for those who ask for the largest outputs only: it tells between what numbers outputs lie, so
// that most of the weight itself need not be read from memory.
//
// Row v is w = s q + d with whole numbers q from -127 to 127. So x·w lies within |x| |d| of s x·q (Cauchy-Schwarz). Where the CPU
// multiplies whole numbers twice as fast, x = t y + e with whole numbers y, and x·w lies within |x| |d| + |e| |s q| of s t y·q.
#include <cstdint>
#include <memory>
#include <vector>

#include "gamana/kernels/packed.h"

namespace gamana {

class CoarseWeight {
 public:
  // Of a weight [n, k] and a bias [n], or null.
  CoarseWeight(const PackedWeight& weight, const float* bias);

  static constexpr int64_t kGroup = 32;  // outputs that are told of together
  int64_t groups() const { return (n_ + kGroup - 1) / kGroup; }

  // What weight.multiply gives row i of x [m, k] (in bf16: of x rounded): the largest output of group g is no less than
  // low[g * m + i] and no more than high[g * m + i]. An output that is no number or infinite has a group whose `high` is neither
  // a finite number.
  void bound(int64_t m, const float* x, int64_t stride, float* low, float* high) const;

 private:
  struct Free {
    void operator()(int8_t* p) const;
  };
  int64_t inputs() const { return whole_ ? (k_ + 1) / 2 * 2 : k_; }  // of a panel

  int64_t n_, k_;
  bool whole_;
  std::unique_ptr<int8_t[], Free> panels_;  // q, laid out as the panels of PackedWeight, or in pairs of inputs
  std::vector<float> scale_, offset_, error_, length_;  // s, bias and what |x| and |e| are multiplied with, of each output
};

}  // namespace gamana
