#pragma once
// Memory for tables that are read at random, and for weights that are read at the speed of memory: with pages of 2 MiB,
// where the system has some, a read needs no walk through the tables of pages, which costs as much as the read itself.
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace gamana {

// For std::vector. Memory is aligned to 64 bytes.
template <class T>
struct HugePages {
  using value_type = T;
  HugePages() = default;
  template <class U>
  HugePages(const HugePages<U>&) {}

  T* allocate(size_t n) {
    constexpr size_t kPage = size_t{1} << 21;
    if (n > SIZE_MAX / 2 / sizeof(T)) throw std::bad_alloc();
    const size_t bytes = n * sizeof(T), align = bytes < kPage ? 64 : kPage, whole = (bytes + align - 1) / align * align;
    void* memory = std::aligned_alloc(align, whole);
    if (!memory) throw std::bad_alloc();
    if (bytes >= kPage) madvise(memory, bytes / kPage * kPage, MADV_HUGEPAGE);  // what is left takes no whole page
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t) { std::free(memory); }
  bool operator==(const HugePages&) const = default;
};

}  // namespace gamana
