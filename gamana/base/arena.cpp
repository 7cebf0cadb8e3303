#include "gamana/base/arena.h"

#include <sys/mman.h>

#include <algorithm>

#include "gamana/base/check.h"

namespace gamana {
namespace {
#if defined(__SANITIZE_THREAD__)
constexpr size_t kMost = size_t{1} << 36;  // its shadow leaves room for one arena of a terabyte only
#else
constexpr size_t kMost = size_t{1} << 40;  // addresses cost nothing
#endif
constexpr size_t kLeast = size_t{1} << 26;

void* reserve(size_t bytes) {
  void* const range = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return range == MAP_FAILED ? nullptr : range;
}

// What an arena reserves. Where addresses are limited (ulimit -v, or vm.overcommit_memory=2) a part of them: several arenas and the
// weights share what there is.
size_t reserved() {
  static const size_t bytes = [] {
    size_t fits = kMost;
    void* range = nullptr;
    for (; fits > kLeast && !(range = reserve(fits)); fits /= 2) {}
    if (range) munmap(range, fits);
    return fits == kMost ? kMost : std::max(kLeast, fits / 4);
  }();
  return bytes;
}

}  // namespace

Arena::Arena(size_t limit) : limit_(limit) {
  base_ = static_cast<char*>(reserve(reserved()));
  if (!base_) fail("cannot reserve {} MiB of addresses: raise the limit on virtual memory (ulimit -v)", reserved() >> 20);
  madvise(base_, reserved(), MADV_HUGEPAGE);
  free_[0] = reserved();
}

Arena::~Arena() { munmap(base_, reserved()); }

void* Arena::allocate(size_t bytes) {
  bytes = std::max(kAlign, (bytes + kAlign - 1) / kAlign * kAlign);
  auto hole = free_.begin();
  while (hole != free_.end() && hole->second < bytes) ++hole;
  if (hole == free_.end()) fail("{} MiB of addresses are used up: raise the limit on virtual memory (ulimit -v)", reserved() >> 20);
  const auto [offset, size] = *hole;
  if (limit_ && offset + bytes > limit_)
    throw Error(fmt::format("this step needs more than the {} MiB of memory allowed", limit_ >> 20),
                "give fewer tokens to a batch (--batch-tokens) or raise --max-memory");
  free_.erase(hole);
  if (size > bytes) free_[offset + bytes] = size - bytes;
  blocks_[offset] = bytes;
  in_use_ += bytes;
  peak_ = std::max(peak_, offset + bytes);
  return base_ + offset;
}

void Arena::release(void* block) {
  size_t offset = static_cast<char*>(block) - base_;
  const auto found = blocks_.find(offset);
  GAMANA_DCHECK(found != blocks_.end());
  size_t bytes = found->second;
  blocks_.erase(found);
  in_use_ -= bytes;
  auto next = free_.lower_bound(offset);
  if (next != free_.end() && offset + bytes == next->first) bytes += next->second, next = free_.erase(next);
  if (next != free_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == offset) {
      before->second += bytes;
      return;
    }
  }
  free_[offset] = bytes;
}

}  // namespace gamana
