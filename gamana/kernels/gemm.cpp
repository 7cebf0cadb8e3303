#include "gamana/kernels/gemm.h"

#include <omp.h>

#include <array>
#include <bit>
#include <memory>
#include <unordered_map>

#include <dnnl.hpp>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/gemm_amx.h"
#include "gamana/kernels/cpu/gemm_f32.h"
#include "gamana/kernels/cpu/packed_bf16.h"
#include "gamana/kernels/cpu/scratch.h"

namespace gamana {
namespace {

using dnnl::memory;

// A single-thread oneDNN product of one shape. oneDNN chooses its loops from the number of threads it may use, so every
// primitive is made for one thread and the chunks are ours: results are the same for any number of threads.
struct Shape {
  int32_t m, n, k, lda, ldb, ldc;
  uint32_t flags;  // trans_a, trans_b, accumulate, bf16
  bool operator==(const Shape&) const = default;
};

struct ShapeHash {
  size_t operator()(const Shape& s) const {
    uint64_t h = 1469598103934665603ull;
    for (uint64_t v : {uint64_t(s.m), uint64_t(s.n), uint64_t(s.k), uint64_t(s.lda), uint64_t(s.ldb), uint64_t(s.ldc),
                       uint64_t(s.flags)})
      h = (h ^ v) * 1099511628211ull, h ^= h >> 29;
    return h;
  }
};

dnnl::engine& engine() {
  static dnnl::engine e(dnnl::engine::kind::cpu, 0);
  return e;
}

struct Product {
  dnnl::matmul primitive;
  memory a, b, c, scratch;
  std::unordered_map<int, memory> arguments;
};

std::unique_ptr<Product> make_product(const Shape& s) {
  omp_set_num_threads(1);  // of this thread's calls, here and from now on
  const auto type = s.flags & 8 ? memory::data_type::bf16 : memory::data_type::f32;
  const memory::desc a({s.m, s.k}, type, s.flags & 1 ? memory::dims{1, s.lda} : memory::dims{s.lda, 1});
  const memory::desc b({s.k, s.n}, type, s.flags & 2 ? memory::dims{1, s.ldb} : memory::dims{s.ldb, 1});
  const memory::desc c({s.m, s.n}, memory::data_type::f32, memory::dims{s.ldc, 1});
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (s.flags & 4) {
    dnnl::post_ops sum;
    sum.append_sum(1.0f);
    attributes.set_post_ops(sum);
  }
  const dnnl::matmul::primitive_desc description({a, b, c}, attributes, engine());
  auto p = std::make_unique<Product>();
  p->primitive = dnnl::matmul(description);
  p->a = memory(a, engine(), nullptr), p->b = memory(b, engine(), nullptr), p->c = memory(c, engine(), nullptr);
  p->scratch = memory(description.scratchpad_desc(), engine(), nullptr);
  p->arguments = {{DNNL_ARG_SRC, p->a}, {DNNL_ARG_WEIGHTS, p->b}, {DNNL_ARG_DST, p->c}, {DNNL_ARG_SCRATCHPAD, p->scratch}};
  return p;
}

void run_block(const Shape& shape, const void* a, const void* b, float* c) {
  thread_local std::unordered_map<Shape, std::unique_ptr<Product>, ShapeHash> products;
  thread_local dnnl::stream stream(engine());
  auto& product = products[shape];
  if (!product) product = make_product(shape);
  product->a.set_data_handle(const_cast<void*>(a));
  product->b.set_data_handle(const_cast<void*>(b));
  product->c.set_data_handle(c);
  // One buffer for all shapes: each would keep its own.
  struct ForProducts;
  const size_t bytes = product->scratch.get_desc().get_size();
  product->scratch.set_data_handle(cpu::scratch<ForProducts>(bytes / sizeof(float) + 1));
  product->primitive.execute(stream, product->arguments);
}

// Ragged batches bring a new number of rows each time, and a new shape costs oneDNN 0.1 ms. So a dimension is cut into
// blocks of `block`, then of powers of two down to 16, then the rest: few shapes, the same for every batch.
int64_t next_block(int64_t left, int64_t block) {
  if (left >= block) return block;
  return left > 16 ? int64_t(std::bit_floor(uint64_t(left))) : left;
}

struct Cut {
  int64_t begin, size;
};

int cut(int64_t size, int64_t block, Cut* out, int limit) {
  int count = 0;
  for (int64_t at = 0; at < size && count < limit;) {
    const int64_t step = next_block(size - at, block);
    out[count++] = {at, step};
    at += step;
  }
  return count;
}

// A [k, m] of which a block is multiplied transposed: oneDNN reads it down its columns, which fall into few sets of the cache where
// rows are a power of two apart (half the speed). So the block is copied, with rows an odd number of lines apart.
template <class T>
const T* copy_block(int64_t k, int64_t m, const T* a, int64_t lda, int64_t& stride) {
  struct ForBlock;
  constexpr int64_t kLine = 64 / sizeof(T);
  stride = ((m + kLine - 1) / kLine | 1) * kLine;
  auto* const copy = reinterpret_cast<T*>(cpu::scratch<ForBlock>(static_cast<size_t>(k * stride) * sizeof(T) / sizeof(float)));
  for (int64_t p = 0; p < k; ++p) std::copy_n(a + p * lda, m, copy + p * stride);
  return copy;
}

struct Block {
  int64_t m, n;
};

// Few rows, or a wide result, are split into columns: each part of B is then read (and laid out anew by oneDNN) once. The numbers
// of parts are even where they can be, for two threads.
Block block_of_columns(int64_t m, int64_t n) {
  const int64_t parts = n >= 4096 ? (n + 1279) / 1280 : n >= 2048 ? 4 : 2;
  return {std::max<int64_t>(m, 1), n < 128 ? n : ((n + parts - 1) / parts + 31) / 32 * 32};
}

// On CPUs without AVX-512 oneDNN 2.6 lays operands out anew where 1/m + 1/n < 0.0038. Others it reads where they lie, at half the
// speed if rows are a multiple of 4 KiB apart. So blocks are as large as that takes; none where that would leave one.
Block large_block(int64_t m, int64_t n) {
  const int64_t parts = (n + 1535) / 1536, columns = ((n + parts - 1) / parts + 31) / 32 * 32;
  for (const int64_t least : {384, 512, 768, 1024}) {
    if (least > m || 1.0 / double(least) + 1.0 / double(std::min(n, columns)) >= 0.0038) continue;
    const int64_t blocks = m / least, even = blocks > 1 ? blocks / 2 * 2 : 1;
    if (even * parts > 1) return {m / even / 16 * 16, columns};
  }
  return {0, 0};
}

// Many rows are split into runs of rows.
Block block_of(int64_t m, int64_t n) {
  static const bool large = !__builtin_cpu_supports("avx512f");
  if (m <= 64 || (n >= 4096 && m <= 512)) return block_of_columns(m, n);
  if (const Block block = large_block(m, n); large && block.m > 0) return block;
  return {m >= 2048 ? 512 : m >= 1024 ? 256 : m >= 512 ? 128 : 64, std::min<int64_t>(n, 2048)};
}

template <class T>
void blocked(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const T* a, int64_t lda, const T* b, int64_t ldb,
             float* c, int64_t ldc, bool accumulate) {
  if (m == 0 || n == 0) return;
  constexpr int kMaxCuts = 4096;
  const Block block = block_of(m, n);
  const int64_t block_k = trans_a ? 512 : k;
  thread_local std::array<Cut, kMaxCuts> rows_store, inner_store;
  Cut *rows = rows_store.data(), *inner = inner_store.data();
  const int row_cuts = cut(m, block.m, rows, kMaxCuts);
  const int inner_cuts = trans_a ? cut(k, block_k, inner, kMaxCuts) : (inner[0] = {0, k}, 1);
  const int64_t column_cuts = (n + block.n - 1) / block.n;
  const uint32_t flags = (trans_a ? 1u : 0u) | (trans_b ? 2u : 0u) | (sizeof(T) == 2 ? 8u : 0u);
  parallel_for(row_cuts * column_cuts, 1, [=](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      const Cut row = rows[item / column_cuts];
      const int64_t column = item % column_cuts * block.n, columns = std::min(block.n, n - column);
      for (int i = 0; i < inner_cuts; ++i) {
        const Cut in = inner[i];
        int64_t a_stride = lda;
        const T* pa = trans_a ? copy_block(in.size, row.size, a + in.begin * lda + row.begin, lda, a_stride)
                              : a + row.begin * lda + in.begin;
        const T* pb = trans_b ? b + column * ldb + in.begin : b + in.begin * ldb + column;
        const bool add = accumulate || i > 0;
        run_block({int32_t(row.size), int32_t(columns), int32_t(in.size), int32_t(a_stride), int32_t(ldb), int32_t(ldc),
                   flags | (add ? 4u : 0u)},
                  pa, pb, c + row.begin * ldc + column);
      }
    }
  });
}

}  // namespace

void gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b,
          int64_t ldb, float* c, int64_t ldc, bool accumulate) {
  if (cpu::gemm_f32_takes(trans_a, m, n, k)) return cpu::gemm_f32(trans_a, trans_b, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
  blocked(trans_a, trans_b, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
}

void gemm_bf16(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const uint16_t* a, int64_t lda,
               const uint16_t* b, int64_t ldb, float* c, int64_t ldc, bool accumulate) {
  if (cpu::gemm_amx_takes(m, n, k)) return cpu::gemm_amx(trans_a, trans_b, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
  blocked(trans_a, trans_b, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
}

void gemm_bf16x3(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b,
                 int64_t ldb, float* c, int64_t ldc, bool accumulate) {
  if (cpu::gemm_amx_takes(m, n, k)) return cpu::gemm_amx(trans_a, trans_b, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
  gemm(trans_a, trans_b, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
}

const char* name_of(Precision precision) {
  return precision == Precision::f32 ? "f32" : precision == Precision::bf16 ? "bf16" : "bf16x3";
}

bool has_bf16x3() { return cpu::has_amx(); }

bool has_bf16() { return __builtin_cpu_supports("avx512bf16"); }

}  // namespace gamana
