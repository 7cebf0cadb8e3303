#pragma once
// Products of training in f32 with AVX-512: gemm of gemm.h where the CPU has it.
#include <cstdint>

namespace gamana::cpu {

// Has the CPU AVX-512, and is the product large enough for operands that are laid out anew?
bool gemm_f32_takes(bool trans_a, int64_t m, int64_t n, int64_t k);

void gemm_f32(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b,
              int64_t ldb, float* c, int64_t ldc, bool accumulate);

}  // namespace gamana::cpu
