#pragma once
// Memory of one step. A huge range of addresses is reserved once; blocks are cut from it first-fit and given back when
// their tensor dies, so a training step touches little more than what is alive at its worst moment, and no step pays for
// fresh pages. Used by one thread.
#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>

namespace gamana {

class Arena {
 public:
  static constexpr size_t kAlign = 64;

  // Reserves addresses, not memory. `limit` in bytes: allocating beyond it throws Error; 0 is no limit.
  explicit Arena(size_t limit = 0);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Uninitialised memory, aligned to 64 bytes.
  void* allocate(size_t bytes);
  template <class T>
  T* allocate(int64_t count) {
    return static_cast<T*>(allocate(static_cast<size_t>(count) * sizeof(T)));
  }
  void release(void* block);

  size_t in_use() const { return in_use_; }
  size_t peak() const { return peak_; }  // highest address ever used: what the arena costs
  void reset_peak() { peak_ = in_use_ ? peak_ : 0; }

 private:
  char* base_ = nullptr;
  size_t limit_, in_use_ = 0, peak_ = 0;
  std::map<size_t, size_t> free_;              // offset -> bytes
  std::unordered_map<size_t, size_t> blocks_;  // offset -> bytes
};

}  // namespace gamana
