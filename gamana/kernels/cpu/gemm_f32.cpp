// Operands are laid out anew for each product, in blocks that stay in the second cache (Goto and van de Geijn 2008,
// "Anatomy of high-performance matrix multiplication"): B in panels of 32 columns; A, where it is stored transposed, in tiles of 12
// rows, and else it is read where it lies. While a tile is multiplied it asks for what comes after it (rnn_product-inl.h). A sum takes
// its products in the order of k, in blocks that depend on k alone.
#include "gamana/kernels/cpu/gemm_f32.h"

#include "gamana/base/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gamana/kernels/cpu/gemm_f32.cpp"
#include <hwy/foreach_target.h>  // first of Highway

#include <hwy/highway.h>

#include <algorithm>
#include <atomic>

#include "gamana/base/parallel.h"
#include "gamana/kernels/cpu/gemm_blocks.h"
#include "gamana/kernels/cpu/rnn_product-inl.h"
#include "gamana/kernels/cpu/scratch.h"
#if HWY_ARCH_X86
#include "gamana/kernels/cpu/transpose16.h"
#endif

HWY_BEFORE_NAMESPACE();
namespace gamana::cpu {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3
namespace {

constexpr int64_t kVector = 16, kPanel = 2 * kVector;
// Inputs of a block. Numbers of B that a thread keeps laid out for the rows of A, which go by a few tiles at a time: 512 KiB.
constexpr int64_t kBlockInputs = 1024, kPartNumbers = 1 << 17, kRowsAtOnce = 2 * kTile;
// Rows of A that are laid out at a time: 384 KiB.
constexpr int64_t kBlockRows = 8 * kTile;
// Rows of which a part is laid out are asked for so many rows before, since the CPU looks ahead within a row only.
constexpr int64_t kRowsAhead = 16;

int64_t parts_of(int64_t size, int64_t limit) { return std::max<int64_t>(1, (size + limit - 1) / limit); }
int64_t even(int64_t x) { return up(x, 2); }

// A matrix as it is stored: element (row, col) of what is multiplied stands at (col, row) if it is transposed.
struct Stored {
  const float* data;
  int64_t stride;
  bool transposed;
  const float* at(int64_t row, int64_t col) const { return transposed ? data + col * stride + row : data + row * stride + col; }
};

// A panel of B [k, cols <= 32] from column `col` and input `p` on: k rows of 32, zeros where columns are missing.
void pack_panel(const Stored& b, int64_t p, int64_t k, int64_t col, int64_t cols, float* out) {
  const float* const from = b.at(p, col);
  const auto part = [cols](int64_t begin) { return std::clamp<int64_t>(cols - begin, 0, kVector); };
  if (!b.transposed) {
    for (int64_t i = 0; i < k; ++i, out += kPanel) {
      const float* const row = from + i * b.stride;
      __builtin_prefetch(row + kRowsAhead * b.stride, 0, 2), __builtin_prefetch(row + kRowsAhead * b.stride + kVector, 0, 2);
      store(load(row, part(0)), out, kVector), store(load(row + kVector, part(kVector)), out + kVector, kVector);
    }
    return;
  }
  for (int64_t half = 0; half < kPanel; half += kVector)
    for (int64_t i = 0; i < k; i += kVector) {
      __m512i square[kVector];
      const float* const corner = from + half * b.stride + i;
      const int64_t inputs = std::min(kVector, k - i);
      for (int64_t r = 0; r < kVector; ++r) {
        __builtin_prefetch(corner + (kVector + r) * b.stride, 0, 2);
        square[r] = r < cols - half ? _mm512_castps_si512(load(corner + r * b.stride, inputs).raw) : _mm512_setzero_si512();
      }
      transpose16(square);
      for (int64_t r = 0; r < inputs; ++r) _mm512_storeu_si512(out + (i + r) * kPanel + half, square[r]);
    }
}

// Rows [row, row + rows) of A, stored transposed, in tiles of k times kTile.
void pack_rows(const Stored& a, int64_t row, int64_t rows, int64_t p, int64_t k, float* out) {
  const float* from = a.at(row, p);
  for (int64_t i = 0; i < k; ++i, from += a.stride, out += kTile) {
    for (int64_t r = 0; r < rows; r += kVector) __builtin_prefetch(from + kRowsAhead * a.stride + r, 0, 2);
    for (int64_t r = 0; r < rows; r += kTile) {
      const int64_t count = std::min<int64_t>(kTile, rows - r);
      store(load(from + r, count), out + r * k, count);
    }
  }
}

// Rows of so many numbers, `stride` apart, that tiles ask for.
Region region_of(const float* data, int64_t rows, int64_t numbers, int64_t stride) {
  constexpr int64_t kBytes = sizeof(float);
  return {reinterpret_cast<const char*>(data), rows, (numbers * kBytes + kLine - 1) / kLine, stride * kBytes};
}

// c [rows, cols] (+)= one tile of A times a panel.
void multiply(int64_t rows, int64_t cols, int64_t k, Left a, const float* panel, const Result& c, Ahead ahead) {
  const Start start{.data = c.add ? c.data : nullptr, .stride = c.stride, .last = c.add};
  tile_rows<kTile, float>(static_cast<int>(rows), k, a, panel, kPanel, true, start, cols, c.data, c.stride, ahead);
}

struct Sizes {
  int64_t m, n, k, block_k;
};

// Columns [col, col + cols) of rows [begin, end) of C, of A as it is stored.
void multiply_part(const Sizes& s, const Stored& a, const Stored& b, const Result& c, int64_t begin, int64_t end, int64_t col,
                   int64_t cols) {
  struct ForPart;
  float* const part = scratch<ForPart>(static_cast<size_t>(up(cols, kPanel) * s.block_k));
  const int64_t panels = parts_of(cols, kPanel);
  for (int64_t p = 0; p < s.k; p += s.block_k) {
    const int64_t k = std::min(s.block_k, s.k - p);
    for (int64_t j = 0; j < panels; ++j)
      pack_panel(b, p, k, col + j * kPanel, std::min(kPanel, cols - j * kPanel), part + j * k * kPanel);
    for (int64_t row = begin; row < end; row += kRowsAtOnce) {
      const int64_t rows = std::min(kRowsAtOnce, end - row), tiles = parts_of(rows, kTile);
      const Region coming = region_of(a.at(row + rows, p), std::min(kRowsAtOnce, end - row - rows), k, a.stride);
      for (int64_t i = 0; i < panels * tiles; ++i) {
        const int64_t j = i / tiles * kPanel, t = i % tiles * kTile;
        multiply(std::min<int64_t>(kTile, rows - t), std::min(kPanel, cols - j), k, {a.at(row + t, p), a.stride, 1}, part + j * k,
                 {c.data + (row + t) * c.stride + col + j, c.stride, c.add || p > 0}, share_of(coming, i, panels * tiles, k));
      }
    }
  }
}

// Each thread takes some columns, whose part of B it lays out for itself.
void multiply_by_columns(const Sizes& s, const Stored& a, const Stored& b, const Result& c) {
  const int64_t wanted = even(parts_of(s.n * s.block_k, kPartNumbers)), cols = up((s.n + wanted - 1) / wanted, kPanel);
  const int64_t parts = parts_of(s.n, cols);
  // Few parts for many threads: rows are split as well.
  const int64_t splits = std::clamp<int64_t>(parts_of(threads(), parts), 1, parts_of(s.m, kBlockRows));
  const int64_t rows = up((s.m + splits - 1) / splits, kTile);
  parallel_for(parts * splits, 1, [&](int64_t i, int64_t) {
    const int64_t col = i % parts * cols, row = i / parts * rows;
    multiply_part(s, a, b, c, row, std::min(s.m, row + rows), col, std::min(cols, s.n - col));
  });
}

struct Run {
  int64_t begin, count;
};

// Some rows of C and the inputs [p, p + k), of A stored transposed; the thread goes on with rows `next`. Panels are laid out.
void multiply_block(const Sizes& s, const Stored& a, const float* panels, const Result& c, Run block, Run next, int64_t p, int64_t k) {
  struct ForRows;
  const auto [row, rows] = block;
  const int64_t tiles = parts_of(rows, kTile), count = parts_of(s.n, kPanel);
  float* const packed = scratch<ForRows>(static_cast<size_t>(tiles * kTile * k));
  pack_rows(a, row, rows, p, k, packed);
  for (int64_t j = 0; j < count; ++j) {
    // The last tile of a panel asks for rows, the others for the next panel.
    const Region panel = region_of(panels + (j + 1 < count ? j + 1 : 0) * k * kPanel, 1, k * kPanel, 0);
    const Region below = region_of(a.at(next.begin, p), k, next.count, a.stride);
    const int64_t asking = next.count > 0 && tiles > 1 ? tiles - 1 : tiles;
    for (int64_t t = 0; t < tiles; ++t)
      multiply(std::min<int64_t>(kTile, rows - t * kTile), std::min(kPanel, s.n - j * kPanel), k, {packed + t * kTile * k, 1, kTile},
               panels + j * k * kPanel, {c.data + (row + t * kTile) * c.stride + j * kPanel, c.stride, c.add},
               t < asking ? share_of(panel, t, asking, k) : share_of(below, j, count, k));
  }
}

// Each thread takes some rows, which it lays out for itself; B is laid out once for all.
void multiply_by_rows(const Sizes& s, const Stored& a, const Stored& b, const Result& c) {
  struct ForPanels;
  const int64_t panels = parts_of(s.n, kPanel), blocks = even(parts_of(s.m, kBlockRows)), tiles = parts_of(s.m, kTile);
  const auto rows = [&s, blocks, tiles](int64_t i) {
    const int64_t begin = std::min(s.m, tiles * i / blocks * kTile);
    return Run{begin, i < blocks ? std::min(s.m, tiles * (i + 1) / blocks * kTile) - begin : 0};
  };
  float* const packed = scratch<ForPanels>(static_cast<size_t>(panels * kPanel * s.block_k));
  for (int64_t p = 0; p < s.k; p += s.block_k) {
    const int64_t k = std::min(s.block_k, s.k - p);
    parallel_for(panels, 1, [&](int64_t begin, int64_t end) {
      for (int64_t j = begin; j < end; ++j)
        pack_panel(b, p, k, j * kPanel, std::min(kPanel, s.n - j * kPanel), packed + j * k * kPanel);
    });
    const int64_t workers = std::min<int64_t>(blocks, threads());
    std::atomic<int64_t> taken = workers;
    parallel_for(workers, 1, [&](int64_t worker, int64_t) {
      for (int64_t i = worker, next; i < blocks; i = next) {  // it takes its next block before it begins one, and asks for it
        next = taken++;
        multiply_block(s, a, packed, {c.data, c.stride, c.add || p > 0}, rows(i), rows(std::min(next, blocks)), p, k);
      }
    });
  }
}

}  // namespace

bool f32_has_kernel() { return true; }

void f32_multiply(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b, int64_t ldb,
                  float* c, int64_t ldc, bool accumulate) {
  (trans_a ? multiply_by_rows : multiply_by_columns)({m, n, k, block_of(k, kBlockInputs)}, {a, lda, trans_a}, {b, ldb, trans_b}, {c, ldc, accumulate});
}

#else
bool f32_has_kernel() { return false; }
void f32_multiply(bool, bool, int64_t, int64_t, int64_t, const float*, int64_t, const float*, int64_t, float*, int64_t, bool) {}
#endif

}  // namespace HWY_NAMESPACE
}  // namespace gamana::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gamana::cpu {
HWY_EXPORT(f32_has_kernel);
HWY_EXPORT(f32_multiply);

// As measured: laying B out for fewer rows, or A as well for few columns or short sums, costs more than oneDNN loses.
bool gemm_f32_takes(bool trans_a, int64_t m, int64_t n, int64_t k) {
  static const bool has = HWY_DYNAMIC_DISPATCH(f32_has_kernel)();
  return has && (trans_a ? k >= 512 && n >= 512 && m * n >= 1 << 20 : m >= 96 && std::min(n, k) >= 256 && n * k >= 1 << 17);
}

void gemm_f32(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, const float* b,
              int64_t ldb, float* c, int64_t ldc, bool accumulate) {
  HWY_DYNAMIC_DISPATCH(f32_multiply)(trans_a, trans_b, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
}

}  // namespace gamana::cpu
#endif
