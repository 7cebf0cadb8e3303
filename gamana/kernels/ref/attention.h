#pragma once
// Attention line by line as in Vaswani et al. 2017, equation 1, with sums in double. The templates also run wholly in
// double, so that the gradient can be checked against finite differences.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "gamana/kernels/block_sparse.h"
#include "gamana/kernels/kernels.h"

namespace gamana::ref {

void attention(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows out, float* stats, float* weights,
               const int64_t* weight_offsets);
void attention_backward(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows out, const float* stats, Rows d_out,
                        Rows d_q, Rows d_k, Rows d_v);
void cached_attention(int64_t rows, const CachedRow* row, int heads, int kv_heads, int head_width, float scale, Rows q,
                      CacheRows keys, CacheRows values, float* out);

// A matrix whose rows are `stride` apart, of any type of number.
template <class T>
struct Matrix {
  T* data;
  int64_t stride;
  T* operator[](int64_t row) const { return data + row * stride; }
};

template <class T>
double dot(int64_t n, const T* a, const T* b) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += double(a[i]) * double(b[i]);
  return sum;
}

// Scores become weights: exp(score - largest) over their sum; a score of minus infinity is a hidden key. Gives the
// largest score and the inverse of the sum.
inline std::pair<double, double> softmax(std::vector<double>& scores) {
  double largest = -std::numeric_limits<double>::infinity(), sum = 0;
  for (double s : scores) largest = std::max(largest, s);
  for (double& s : scores) sum += s = std::isinf(s) && s < 0 ? 0.0 : std::exp(s - largest);
  for (double& s : scores) s = sum == 0 ? 0.0 : s / sum;
  return {largest, sum == 0 ? 0.0 : 1 / sum};
}

// What a weight is multiplied with: 0 or 1 / keep rate.
inline double kept(const AttentionShape& shape, int64_t query_row, int head, int64_t key) {
  const double rate = shape.dropout.rate;
  if (rate == 0) return 1;
  const uint64_t stream = attention_stream(shape.dropout.key, query_row, shape.heads, head);
  return random_bits(stream, static_cast<uint32_t>(key)) >= rate * 4294967296.0 ? 1 / (1 - rate) : 0.0;
}

// How often each key counts in the softmax of query i; 0: it is hidden.
inline std::vector<int> times_seen(const AttentionShape& shape, int64_t queries, int64_t keys, int head, int64_t i) {
  const BlockSparse& rule = shape.sparse;
  const int64_t n = sparse_blocks(rule, keys), row = n ? i / rule.block : 0;
  std::vector<int> times(static_cast<size_t>(keys), 1);
  if (n && sees_all(n, row)) return times;
  std::vector<int64_t> more;  // blocks that count once more
  if (n) more = rule.draws ? drawn_blocks(rule, n, head, row) : std::vector<int64_t>(rule.random, 0);
  for (int64_t j = 0; j < keys; ++j) {
    const int64_t ahead = j - (i + keys - queries);
    if ((shape.causal && ahead > 0) || (shape.window && std::abs(ahead) > shape.window)) times[j] = 0;
    if (n)
      times[j] = sees_always(n, row, j / rule.block) + std::count(more.begin(), more.end(), j / rule.block);
  }
  return times;
}

// softmax(scale q K^T) of query i of sequence s, one weight per key of the sequence. stats: as in kernels.h, or null.
template <class T>
std::vector<double> attention_weights(const AttentionShape& shape, Matrix<T> q, Matrix<T> k, int64_t s, int head,
                                      int64_t i, T* stats = nullptr) {
  const int64_t queries = shape.q_offsets[s + 1] - shape.q_offsets[s];
  const int64_t keys = shape.kv_offsets[s + 1] - shape.kv_offsets[s];
  const int64_t at = int64_t(head) * shape.head_width, kv_at = int64_t(head / shape.sharing()) * shape.head_width;
  std::vector<double> weights(static_cast<size_t>(keys));
  const std::vector<int> times = times_seen(shape, queries, keys, head, i);
  for (int64_t j = 0; j < keys; ++j)
    weights[j] = std::log(double(times[j])) +  // -inf: hidden
                 shape.scale *
                     dot(shape.head_width, q[shape.q_offsets[s] + i] + at, k[shape.kv_offsets[s] + j] + kv_at);
  const auto [largest, inverse] = softmax(weights);
  const int64_t rows = shape.q_offsets[shape.sequences], row = shape.q_offsets[s] + i;
  if (stats) stats[2 * head * rows + row] = static_cast<T>(largest);
  if (stats) stats[(2 * head + 1) * rows + row] = static_cast<T>(inverse);
  return weights;
}

template <class T>
void attention_of(const AttentionShape& shape, Matrix<T> q, Matrix<T> k, Matrix<T> v, Matrix<T> out, T* stats,
                  T* weights, const int64_t* weight_offsets) {
  for (int64_t s = 0; s < shape.sequences; ++s)
    for (int head = 0; head < shape.heads; ++head) {
      const int64_t first_q = shape.q_offsets[s], queries = shape.q_offsets[s + 1] - first_q;
      const int64_t first_kv = shape.kv_offsets[s], keys = shape.kv_offsets[s + 1] - first_kv;
      for (int64_t i = 0; i < queries; ++i) {
        const auto p = attention_weights(shape, q, k, s, head, i, stats);
        for (int64_t j = 0; weights && j < keys; ++j)
          weights[weight_offsets[s] + (head * queries + i) * keys + j] = static_cast<T>(p[j]);
        const int64_t at = int64_t(head) * shape.head_width, kv_at = int64_t(head / shape.sharing()) * shape.head_width;
        for (int64_t d = 0; d < shape.head_width; ++d) {
          double sum = 0;
          for (int64_t j = 0; j < keys; ++j)
            sum += kept(shape, first_q + i, head, j) * p[j] * double(v[first_kv + j][kv_at + d]);
          out[first_q + i][at + d] = static_cast<T>(sum);
        }
      }
    }
}

// With P the weights, M the dropout factors and O = (M P) V:  dV = (M P)^T dO,  dP = M (dO V^T),
// dS = P (dP - rowsum(P dP)),  dQ = scale dS K,  dK = scale dS^T Q. Heads that share keys and values add up theirs.
template <class T>
void attention_gradient_of(const AttentionShape& shape, Matrix<T> q, Matrix<T> k, Matrix<T> v, Matrix<T> d_out,
                           Matrix<T> d_q, Matrix<T> d_k, Matrix<T> d_v) {
  const int64_t width = shape.head_width;
  for (int64_t s = 0; s < shape.sequences; ++s)
    for (int kv_head = 0; kv_head < shape.kv_count(); ++kv_head) {
      const int64_t kv_at = kv_head * width;
      const int64_t first_q = shape.q_offsets[s], queries = shape.q_offsets[s + 1] - first_q;
      const int64_t first_kv = shape.kv_offsets[s], keys = shape.kv_offsets[s + 1] - first_kv;
      std::vector<double> dk(keys * width), dv(keys * width), dp(keys);
      for (int64_t n = 0; n < shape.sharing() * queries; ++n) {
        const int head = kv_head * shape.sharing() + static_cast<int>(n / queries);
        const int64_t i = n % queries, row = first_q + i, at = head * width;
        const auto p = attention_weights(shape, q, k, s, head, i);
        double rowsum = 0;
        for (int64_t j = 0; j < keys; ++j) {
          dp[j] = kept(shape, row, head, j) * dot(width, d_out[row] + at, v[first_kv + j] + kv_at);
          rowsum += p[j] * dp[j];
        }
        for (int64_t d = 0; d < width; ++d) {
          double dq = 0;
          for (int64_t j = 0; j < keys; ++j) {
            const double ds = shape.scale * p[j] * (dp[j] - rowsum);
            dq += ds * double(k[first_kv + j][kv_at + d]);
            dk[j * width + d] += ds * double(q[row][at + d]);
            dv[j * width + d] += kept(shape, row, head, j) * p[j] * double(d_out[row][at + d]);
          }
          d_q[row][at + d] = static_cast<T>(dq);
        }
      }
      for (int64_t j = 0; j < keys; ++j)
        for (int64_t d = 0; d < width; ++d) {
          d_k[first_kv + j][kv_at + d] = static_cast<T>(dk[j * width + d]);
          d_v[first_kv + j][kv_at + d] = static_cast<T>(dv[j * width + d]);
        }
    }
}

}  // namespace gamana::ref
