#pragma once
// Which cells of a model's cache are in use. A cell keeps the one before it alive, so hypotheses that share a past
// share its cells, and a cell returns when the last hypothesis that has it in its history is gone.
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "gamana/base/check.h"

namespace gamana {

class Cells {
 public:
  // `shares`: a cell is all its token and those before it, so that whoever begins alike may use it.
  explicit Cells(int count = 0, bool shares = false)
      : shares_(shares), previous_(count), tokens_(count), references_(count, 0), free_(count) {
    for (int i = 0; i < count; ++i) free_[i] = count - 1 - i;  // low ones first: memory never needed stays untouched
  }

  // A new cell for `token` with one reference; it takes over the caller's reference to `previous` (-1: none). With
  // `shared` others that begin alike will find it.
  int take(int previous, int token, bool shared) {
    while (free_.empty() && !retired_.empty()) drop_retired();
    GAMANA_DCHECK(!free_.empty());
    const int cell = free_.back();
    free_.pop_back();
    previous_[cell] = previous, tokens_[cell] = token;
    references_[cell] = 1;
    if (shares_ && shared) by_past_.try_emplace(key(previous, token), cell);
    return cell;
  }
  // The cell in use that holds `token` after `previous`, with one more reference in place of that to `previous`; or -1.
  int find(int previous, int token) {
    const auto found = shares_ ? by_past_.find(key(previous, token)) : by_past_.end();
    if (found == by_past_.end()) return -1;
    keep(found->second);
    release(previous);
    return found->second;
  }
  void keep(int cell) { ++references_[cell]; }
  void release(int cell) {
    while (cell >= 0 && --references_[cell] == 0) {
      free_.push_back(cell);
      if (shares_) forget(cell);
      cell = previous_[cell];
    }
  }
  // Releases the cell when room is needed, or after some others: the next one may begin alike.
  void retire(int cell) {
    if (!shares_ || cell < 0) return release(cell);
    retired_.push_back(cell);
    if (retired_.size() > kRetired) drop_retired();
  }
  void release_retired() {
    while (!retired_.empty()) drop_retired();
  }
  int capacity() const { return static_cast<int>(previous_.size()); }
  int in_use() const { return static_cast<int>(previous_.size() - free_.size()); }

 private:
  static constexpr size_t kRetired = 2;
  static uint64_t key(int previous, int token) {
    return static_cast<uint64_t>(static_cast<uint32_t>(previous)) << 32 | static_cast<uint32_t>(token);
  }
  void forget(int cell) {
    const auto found = by_past_.find(key(previous_[cell], tokens_[cell]));
    if (found != by_past_.end() && found->second == cell) by_past_.erase(found);
  }
  void drop_retired() {
    const int cell = retired_.front();
    retired_.pop_front();
    release(cell);
  }

  bool shares_;
  std::vector<int> previous_, tokens_, references_, free_;
  std::unordered_map<uint64_t, int> by_past_;
  std::deque<int> retired_;
};

}  // namespace gamana
