#include "gamana/kernels/ref/attention.h"

namespace gamana::ref {
namespace {

Matrix<float> matrix(Rows rows) { return {rows.data, rows.stride}; }

}  // namespace

void attention(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows out, float* weights,
               const int64_t* weight_offsets) {
  attention_of(shape, matrix(q), matrix(k), matrix(v), matrix(out), weights, weight_offsets);
}

void attention_backward(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows, Rows d_out, Rows d_q, Rows d_k,
                        Rows d_v) {
  attention_gradient_of(shape, matrix(q), matrix(k), matrix(v), matrix(d_out), matrix(d_q), matrix(d_k), matrix(d_v));
}

void cached_attention(int64_t rows, const CachedRow* row, int heads, int head_width, float scale, Rows q, Rows keys,
                      Rows values, float* out) {
  const Matrix<float> queries = matrix(q), k = matrix(keys), v = matrix(values);
  for (int64_t r = 0; r < rows; ++r)
    for (int head = 0; head < heads; ++head) {
      const int64_t at = int64_t(head) * head_width, length = row[r].length;
      const auto cell = [&](int64_t j) -> int64_t {
        if (j == length - 1) return row[r].last;
        return row[r].cells ? row[r].cells[j] : row[r].first + j;
      };
      std::vector<double> weights(static_cast<size_t>(length));
      for (int64_t j = 0; j < length; ++j) weights[j] = scale * dot(head_width, queries[r] + at, k[cell(j)] + at);
      softmax(weights);
      for (int64_t d = at; d < at + head_width; ++d) {
        double sum = 0;
        for (int64_t j = 0; j < length; ++j) sum += weights[j] * double(v[cell(j)][d]);
        out[r * heads * head_width + d] = static_cast<float>(sum);
      }
    }
}

}  // namespace gamana::ref
