#include "gamana/base/memory.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

namespace gamana {

size_t peak_memory() {
  size_t kib = 0;
  if (FILE* f = std::fopen("/proc/self/status", "r")) {
    for (char line[256]; std::fgets(line, sizeof line, f);)
      if (std::sscanf(line, "VmHWM: %zu", &kib) == 1) break;
    std::fclose(f);
  }
  return kib * 1024;
}

void give_back_memory() { malloc_trim(0); }

void reset_peak_memory() {
  if (FILE* f = std::fopen("/proc/self/clear_refs", "w")) std::fputs("5", f), std::fclose(f);
}

void forget_pages(const void* first, size_t bytes) {
  static const uintptr_t page = sysconf(_SC_PAGESIZE);
  const auto from = reinterpret_cast<uintptr_t>(first);
  const uintptr_t begin = (from + page - 1) / page * page, end = (from + bytes) / page * page;
  if (begin >= end) return;
  auto* const pages = reinterpret_cast<void*>(begin);
  madvise(pages, end - begin, MADV_NOHUGEPAGE);  // else the kernel may join what is left to a page of 2 MiB, which is all there
  madvise(pages, end - begin, MADV_DONTNEED);
}

}  // namespace gamana
