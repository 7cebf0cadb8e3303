#pragma once
// Matrix products in f32 and bf16 with f32 accumulation.
#include <cstdint>

namespace gamana {

// Of the operands of products. bf16x3 takes a number of f32 as the sum of two of bf16 and adds their three largest products
// (Henry, Tang and Heinecke 2019, "Leveraging the bfloat16 artificial intelligence datatype for higher-precision
// computations"): each product is within 2^-16 of that of f32.
enum class Precision { f32, bf16, bf16x3 };
const char* name_of(Precision precision);

// C[m, n] (+)= op(A)[m, k] op(B)[k, n], row-major; op transposes where its flag is set, so A is stored [k, m] if trans_a.
// `accumulate` adds to C. The result does not depend on the number of threads.
void gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b,
          int64_t ldb, float* c, int64_t ldc, bool accumulate);

// The same with both operands already rounded to bf16.
void gemm_bf16(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const uint16_t* a, int64_t lda,
               const uint16_t* b, int64_t ldb, float* c, int64_t ldc, bool accumulate);

// The same in bf16x3, of operands in f32; small products are those of `gemm`. Needs has_bf16x3().
void gemm_bf16x3(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b,
                 int64_t ldb, float* c, int64_t ldc, bool accumulate);

// Does this CPU multiply bf16 in hardware? So fast (AMX) that three products are worth it?
bool has_bf16();
bool has_bf16x3();

}  // namespace gamana
