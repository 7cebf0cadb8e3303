#pragma once
// Which cells of a model's cache are in use. A cell keeps the one before it alive, so hypotheses that share a past
// share its cells, and a cell returns when the last hypothesis that has it in its history is gone.
#include <vector>

#include "gamana/base/check.h"

namespace gamana {

class Cells {
 public:
  explicit Cells(int count) : previous_(count), references_(count, 0), free_(count) {
    for (int i = 0; i < count; ++i) free_[i] = count - 1 - i;  // low ones first: memory never needed stays untouched
  }

  // A new cell with one reference; it takes over the caller's reference to `previous` (-1: none).
  int take(int previous) {
    GAMANA_DCHECK(!free_.empty());
    const int cell = free_.back();
    free_.pop_back();
    previous_[cell] = previous;
    references_[cell] = 1;
    return cell;
  }
  void keep(int cell) { ++references_[cell]; }
  void release(int cell) {
    while (cell >= 0 && --references_[cell] == 0) {
      free_.push_back(cell);
      cell = previous_[cell];
    }
  }
  int capacity() const { return static_cast<int>(previous_.size()); }
  int in_use() const { return static_cast<int>(previous_.size() - free_.size()); }

 private:
  std::vector<int> previous_, references_, free_;
};

}  // namespace gamana
