#pragma once
// Matrix products in f32 and bf16 with f32 accumulation.
#include <cstdint>

namespace gamana {

enum class Precision { f32, bf16 };

// C[m, n] (+)= op(A)[m, k] op(B)[k, n], row-major; op transposes where its flag is set, so A is stored [k, m] if trans_a.
// `accumulate` adds to C. The result does not depend on the number of threads.
void gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b,
          int64_t ldb, float* c, int64_t ldc, bool accumulate);

// The same with both operands already rounded to bf16.
void gemm_bf16(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const uint16_t* a, int64_t lda,
               const uint16_t* b, int64_t ldb, float* c, int64_t ldc, bool accumulate);

// Does this CPU multiply bf16 in hardware?
bool has_bf16();

}  // namespace gamana
