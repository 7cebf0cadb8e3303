#pragma once
// Which places of a model's second cache are in use: that of layers which see a window of tokens only. A cell has a place
// as long as a hypothesis has it among its last tokens, and beyond that until the place is needed: whoever begins alike
// may still go on from there.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "gamana/base/check.h"

namespace gamana {

class Places {
 public:
  // `count` places for what `cells` cells hold, where a row sees `window` tokens before itself: at least `window` for each
  // open hypothesis and one for each row of a step, or one for each cell. Without a window there are none.
  Places(int cells, int window, int count)
      : window_(window), count_(window ? count : 0), none_(window ? cells : 0), place_(none_, -1), holders_(none_),
        read_(none_), free_(count_), after_(none_ + 1, -1), before_(none_ + 1, -1) {
    for (int i = 0; i < count_; ++i) free_[i] = count_ - 1 - i;  // low ones first: memory never needed stays untouched
    after_[none_] = before_[none_] = none_;
  }

  int window() const { return window_; }
  int count() const { return count_; }
  const int32_t* of_cells() const { return place_.data(); }  // [cells]; -1: none
  bool has(int cell) const { return !window_ || place_[cell] >= 0; }

  // A hypothesis goes on from `past` with `cell`. The cell that falls out of its window keeps its place until the step
  // is over, because rows of it still read it.
  void append(std::span<const int> past, int cell) {
    if (!window_) return;
    if (free_.empty()) forget(after_[none_]);  // the one that nobody needs for the longest time
    GAMANA_DCHECK(!free_.empty());
    place_[cell] = free_.back(), free_.pop_back();
    holders_[cell] = 1;
    if (past.size() < static_cast<size_t>(window_)) return;
    const int old = past[past.size() - static_cast<size_t>(window_)];
    --holders_[old];
    if (!read_[old]) read_[old] = true, reads_.push_back(old);
  }
  // One more hypothesis has these cells; one less.
  void hold(std::span<const int> past) {
    for (const int cell : last(past))
      if (holders_[cell]++ == 0) unlist(cell);
  }
  void leave(std::span<const int> past) {
    for (const int cell : last(past))
      if (--holders_[cell] == 0 && !read_[cell]) list(cell);
  }
  // Nobody has the cell any more.
  void forget(int cell) {
    if (!window_ || place_[cell] < 0) return;
    unlist(cell);
    free_.push_back(place_[cell]);
    place_[cell] = -1;
  }
  // The rows of the step before have read what they read.
  void begin_step() {
    for (const int cell : reads_) {
      read_[cell] = false;
      if (holders_[cell] == 0 && place_[cell] >= 0) list(cell);
    }
    reads_.clear();
  }

 private:
  std::span<const int> last(std::span<const int> past) const {
    return past.last(std::min(past.size(), static_cast<size_t>(window_)));
  }
  void list(int cell) {
    before_[cell] = before_[none_], after_[cell] = none_;
    after_[before_[cell]] = before_[none_] = cell;
  }
  void unlist(int cell) {
    if (after_[cell] < 0) return;
    after_[before_[cell]] = after_[cell], before_[after_[cell]] = before_[cell];
    after_[cell] = -1;
  }

  int window_, count_, none_;
  std::vector<int32_t> place_;       // of each cell
  std::vector<int> holders_;         // hypotheses that have the cell among their last `window`
  std::vector<bool> read_;           // the cell is one of reads_
  std::vector<int> reads_ = {};      // fell out of a window in this step
  std::vector<int> free_;
  std::vector<int> after_, before_;  // a ring of the cells whose place nobody needs, `none_` before the first
};

}  // namespace gamana
