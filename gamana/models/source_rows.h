#pragma once
// Where each slot's source stands in the caches that all slots share: a run of rows for each, taken when it is encoded
// and given back when the slot gets another one.
#include <algorithm>
#include <span>
#include <vector>

#include "gamana/models/row_pool.h"
#include "gamana/tensor/tensor.h"

namespace gamana {

class SourceRows {
 public:
  struct Run {
    int32_t first = 0, length = 0;
  };

  void reserve(int slots) { runs_.resize(slots); }
  // What the slots held is forgotten; slots[i] gets a row for each token of sources[i].
  void assign(std::span<const std::vector<int>> sources, std::span<const int> slots) {
    for (size_t i = 0; i < slots.size(); ++i) {
      Run& run = runs_[slots[i]];
      pool_.give_back(run.first, run.length);
      run.length = static_cast<int32_t>(sources[i].size());
      run.first = pool_.take(run.length);
    }
  }
  // Copies the rows of sources just assigned, which stand at offsets[i] of `from` [N, C], to their runs in cache
  // [rows(), C], which grows.
  void keep(const Tensor& from, const std::vector<int32_t>& offsets, std::span<const int> slots,
            std::vector<float>& cache) const {
    const int64_t width = from.cols();
    if (const auto wanted = static_cast<size_t>(rows() * width); cache.size() < wanted) cache.resize(wanted);
    for (size_t i = 0; i < slots.size(); ++i) {
      const Run& run = runs_[slots[i]];
      std::copy_n(from.data() + offsets[i] * width, run.length * width, cache.data() + run.first * width);
    }
  }
  const Run& operator[](int slot) const { return runs_[slot]; }
  int64_t rows() const { return pool_.rows(); }

 private:
  RowPool pool_;
  std::vector<Run> runs_;
};

}  // namespace gamana
