#include "gamana/base/arena.h"

#include <sys/mman.h>

#include <algorithm>

#include "gamana/base/check.h"

namespace gamana {
namespace {
#if defined(__SANITIZE_THREAD__)
constexpr size_t kReserved = size_t{1} << 36;  // its shadow leaves room for one arena of a terabyte only
#else
constexpr size_t kReserved = size_t{1} << 40;  // addresses cost nothing
#endif
}

Arena::Arena(size_t limit) : limit_(limit) {
  void* range = mmap(nullptr, kReserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) fail("cannot reserve {} GiB of addresses: raise the limit on virtual memory (ulimit -v)", kReserved >> 30);
  base_ = static_cast<char*>(range);
  madvise(base_, kReserved, MADV_HUGEPAGE);
  free_[0] = kReserved;
}

Arena::~Arena() { munmap(base_, kReserved); }

void* Arena::allocate(size_t bytes) {
  bytes = std::max(kAlign, (bytes + kAlign - 1) / kAlign * kAlign);
  auto hole = free_.begin();
  while (hole != free_.end() && hole->second < bytes) ++hole;
  if (hole == free_.end()) fail("the arena's {} GiB of addresses are used up", kReserved >> 30);
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
