#include "gamana/kernels/ref/attention.h"

#include "gamana/kernels/ref/elementwise.h"

namespace gamana::ref {
namespace {

Matrix<float> matrix(Rows rows) { return {rows.data, rows.stride}; }

double number(const CacheRows& rows, int64_t row, int64_t column) {
  const int64_t i = row * rows.stride + column;
  return rows.precision == Precision::bf16 ? from_bf16(static_cast<const uint16_t*>(rows.data)[i])
                                           : static_cast<const float*>(rows.data)[i];
}

}  // namespace

void attention(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows out, float* stats, float* weights,
               const int64_t* weight_offsets) {
  attention_of(shape, matrix(q), matrix(k), matrix(v), matrix(out), stats, weights, weight_offsets);
}

void attention_backward(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows, const float*, Rows d_out, Rows d_q,
                        Rows d_k, Rows d_v) {
  attention_gradient_of(shape, matrix(q), matrix(k), matrix(v), matrix(d_out), matrix(d_q), matrix(d_k), matrix(d_v));
}

void cached_attention(int64_t rows, const CachedRow* row, int heads, int kv_heads, int head_width, float scale, Rows q,
                      CacheRows keys, CacheRows values, float* out) {
  for (int64_t r = 0; r < rows; ++r)
    for (int head = 0; head < heads; ++head) {
      const int64_t at = int64_t(head) * head_width, kv_at = int64_t(head / (heads / kv_heads)) * head_width;
      const auto cell = [&](int64_t j) -> int64_t {
        if (j == row[r].length - 1) return row[r].last;
        return row[r].cells ? row[r].cells[j] : row[r].first + j;
      };
      std::vector<double> weights(static_cast<size_t>(row[r].length));
      for (int64_t j = 0; j < row[r].length; ++j)
        for (int64_t d = 0; d < head_width; ++d)
          weights[j] += double(scale) * q.data[r * q.stride + at + d] * number(keys, cell(j), kv_at + d);
      softmax(weights);
      for (int64_t d = 0; d < head_width; ++d) {
        double sum = 0;
        for (int64_t j = 0; j < row[r].length; ++j) sum += weights[j] * number(values, cell(j), kv_at + d);
        out[(r * heads + head) * head_width + d] = static_cast<float>(sum);
      }
    }
}

}  // namespace gamana::ref
