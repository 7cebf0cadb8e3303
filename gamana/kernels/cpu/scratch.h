#pragma once
// Memory of one thread that lives as long as the thread and only grows, so that kernels do not allocate at every call.
#include <cstddef>

#include "gamana/base/targets.h"  // before anything of Highway
#include <hwy/aligned_allocator.h>

namespace gamana::cpu {

// At least `size` floats, aligned, with any contents. One buffer per Purpose (any type) and thread.
template <class Purpose>
float* scratch(size_t size) {
  thread_local hwy::AlignedFreeUniquePtr<float[]> buffer;
  thread_local size_t capacity = 0;
  if (size > capacity) {
    buffer = hwy::AllocateAligned<float>(size);
    capacity = size;
  }
  return buffer.get();
}

}  // namespace gamana::cpu
