#pragma once
// Products of training by AMX: gemm_bf16 and gemm_bf16x3 of gemm.h where the CPU has tiles.
#include <cstdint>

namespace gamana::cpu {

// Has the CPU tiles, and is the product large enough for them?
bool gemm_amx_takes(int64_t m, int64_t n, int64_t k);

void gemm_amx(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const uint16_t* a, int64_t lda,
              const uint16_t* b, int64_t ldb, float* c, int64_t ldc, bool accumulate);
void gemm_amx(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b,
              int64_t ldb, float* c, int64_t ldc, bool accumulate);

}  // namespace gamana::cpu
