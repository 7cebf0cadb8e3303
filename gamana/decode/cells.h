#pragma once
// Which cells of a model's cache are in use. A cell keeps the one before it alive, so hypotheses that share a past
// share its cells, and a cell returns when the last hypothesis that has it in its history is gone.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>
#include <vector>

#include "gamana/base/check.h"
#include "gamana/decode/places.h"

namespace gamana {

class Cells {
 public:
  // `shares`: a cell is all its token and those before it, so that whoever begins alike may use it. `window`, `places`:
  // as in places.h.
  explicit Cells(int count = 0, bool shares = false, int window = 0, int places = 0)
      : shares_(shares), previous_(count), tokens_(count), references_(count, 0), free_(count),
        places_(count, window, places) {
    for (int i = 0; i < count; ++i) free_[i] = count - 1 - i;  // low ones first: memory never needed stays untouched
  }

  // A new cell for `token`, with which a hypothesis goes on from `past`. With `shared` others that begin alike will find
  // it.
  int take(std::span<const int> past, int token, bool shared) {
    while (free_.empty() && !retired_.empty()) drop_retired();
    GAMANA_DCHECK(!free_.empty());
    const int cell = free_.back(), previous = past.empty() ? -1 : past.back();
    free_.pop_back();
    previous_[cell] = previous, tokens_[cell] = token;
    references_[cell] = 1;
    places_.append(past, cell);
    if (shares_ && shared) {
      int& found = by_past_.try_emplace(key(previous, token), cell).first->second;
      if (!places_.has(found)) found = cell;
    }
    return cell;
  }
  // Lengthens a hypothesis, as far as cells in use hold what comes after `past`: `tokens`. Ends where all cells of the
  // window have their places.
  void find(std::span<const int> tokens, std::vector<int>& past) {
    if (!shares_) return;
    const size_t own = past.size();
    int last = own ? past.back() : -1;
    size_t usable = own, placed = std::min(own, window());  // cells in one piece that have places
    for (const int token : tokens) {
      const auto found = by_past_.find(key(last, token));
      if (found == by_past_.end()) break;
      past.push_back(last = found->second);
      placed = places_.has(last) ? placed + 1 : 0;
      if (placed >= std::min(past.size(), window())) usable = past.size();
    }
    past.resize(usable);
    if (usable == own) return;
    keep(past);
    release(std::span(past).first(own));
  }
  // One more hypothesis has these cells; one less.
  void keep(std::span<const int> past) {
    if (past.empty()) return;
    ++references_[past.back()];
    places_.hold(past);
  }
  void release(std::span<const int> past) {
    if (past.empty()) return;
    places_.leave(past);
    release(past.back());
  }
  // Releases the cells when room is needed, or after some others: the next one may begin alike.
  void retire(std::span<const int> past) {
    if (!shares_ || past.empty()) return release(past);
    places_.leave(past);
    retired_.push_back(past.back());
    if (retired_.size() > kRetired) drop_retired();
  }
  void begin_step() { places_.begin_step(); }
  int capacity() const { return static_cast<int>(previous_.size()); }
  int in_use() const { return static_cast<int>(previous_.size() - free_.size()); }
  const Places& places() const { return places_; }

 private:
  static constexpr size_t kRetired = 2;
  static uint64_t key(int previous, int token) {
    return static_cast<uint64_t>(static_cast<uint32_t>(previous)) << 32 | static_cast<uint32_t>(token);
  }
  size_t window() const { return static_cast<size_t>(places_.window()); }
  void release(int cell) {
    while (cell >= 0 && --references_[cell] == 0) {
      free_.push_back(cell);
      places_.forget(cell);
      if (shares_) forget(cell);
      cell = previous_[cell];
    }
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
  Places places_;
  std::unordered_map<uint64_t, int> by_past_;
  std::deque<int> retired_;
};

}  // namespace gamana
