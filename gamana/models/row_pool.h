#pragma once
// Runs of rows in a growing cache: first fit, neighbours merge.
#include <algorithm>
#include <cstdint>
#include <map>

namespace gamana {

class RowPool {
 public:
  // First row of a run of `count` rows; may raise rows().
  int32_t take(int32_t count) {
    for (auto hole = free_.begin(); hole != free_.end(); ++hole) {
      const auto [first, size] = *hole;
      if (size < count) continue;
      free_.erase(hole);
      if (size > count) free_[first + count] = size - count;
      return first;
    }
    const int32_t first = rows_;
    rows_ += count;
    return first;
  }
  void give_back(int32_t first, int32_t count) {
    if (count == 0) return;
    auto next = free_.lower_bound(first);
    if (next != free_.end() && first + count == next->first) count += next->second, next = free_.erase(next);
    if (next != free_.begin()) {
      const auto before = std::prev(next);
      if (before->first + before->second == first) first = before->first, count += before->second, free_.erase(before);
    }
    free_[first] = count;
  }
  int32_t rows() const { return rows_; }

 private:
  std::map<int32_t, int32_t> free_;  // first row -> rows
  int32_t rows_ = 0;
};

}  // namespace gamana
