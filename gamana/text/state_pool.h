#pragma once
#include <array>
#include <atomic>
#include <memory>

#include "gamana/text/models/model.h"

namespace gamana {

// States that no thread uses at the moment, with their warm caches. A thread takes the one that it gave back, so that no other
// core has to read it, and nobody waits for a lock.
class StatePool {
 public:
  ~StatePool() {
    for (Place& place : places_) delete place.state.load();
  }
  // null: all are in use.
  std::unique_ptr<ModelState> take() {
    const size_t own = own_place();
    for (size_t i = 0; i < kPlaces; ++i) {
      std::atomic<ModelState*>& state = places_[(own + i) % kPlaces].state;
      if (!state.load(std::memory_order_relaxed)) continue;
      if (ModelState* taken = state.exchange(nullptr, std::memory_order_acquire)) return std::unique_ptr<ModelState>(taken);
    }
    return nullptr;
  }
  void give_back(std::unique_ptr<ModelState> state) {
    // Of two threads with one place, one state is kept.
    delete places_[own_place()].state.exchange(state.release(), std::memory_order_acq_rel);
  }

 private:
  static constexpr size_t kPlaces = 64;
  struct alignas(64) Place {
    std::atomic<ModelState*> state{nullptr};
  };
  static size_t own_place() {
    static std::atomic<size_t> threads{0};
    thread_local const size_t place = threads++ % kPlaces;
    return place;
  }
  std::array<Place, kPlaces> places_;
};

}  // namespace gamana
