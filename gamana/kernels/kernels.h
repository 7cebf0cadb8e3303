#pragma once
// The table of functions a device offers. Kernels know sizes, pointers and nothing else: they do not allocate results,
// throw, or know of gradient tapes and models. `ref` follows the papers line by line in plain loops and double sums;
// `cpu` is the fast one. All matrices are row-major; results never depend on the number of threads.
#include <cstdint>

#include "gamana/kernels/gemm.h"

namespace gamana {

// gelu is the exact one (erf), gelu_tanh its approximation (Hendrycks and Gimpel 2016, eq. in section 2).
enum class Activation { none, relu, gelu, gelu_tanh, silu, tanh };
// What backward needs to know the slope: the input of the activation, or else its output.
inline bool slope_is_of_input(Activation f) {
  return f == Activation::gelu || f == Activation::gelu_tanh || f == Activation::silu;
}

// Inverted dropout (Srivastava et al. 2014): element i is kept if random_bits(key, i) >= rate * 2^32 and divided by the keep
// rate. Backward asks the hash again, so no mask is stored. rate 0 keeps everything. i = row * cols + column.
struct DropoutMask {
  float rate = 0;
  uint64_t key = 0;
};

// 32 random bits of element `index` of the stream `key`: a counter-based hash. The upper half of the key enters between
// the multiplications, so that two streams are never shifted copies of each other.
inline uint32_t random_bits(uint64_t key, uint32_t index) {
  uint32_t x = index * 0x9E3779B1u + static_cast<uint32_t>(key);
  x = (x ^ (x >> 16)) * 0x7FEB352Du ^ static_cast<uint32_t>(key >> 32);
  x = (x ^ (x >> 15)) * 0x846CA68Bu;
  return x ^ (x >> 16);
}

// Block-sparse attention (Zaheer et al. 2020, BigBird): a sequence of more than (5 + 2 random) * block tokens is cut into n
// blocks. Queries of the first and last block see all keys; those of another block i see the first, the last, i - 1, i,
// i + 1, and `random` blocks. These are drawn per head and block (training); otherwise each of them is the first block once
// more, whose keys then count 1 + random times in the softmax: so transformers has it since 4.30.
struct BlockSparse {
  int block = 0;  // tokens; 0: attention is not sparse
  int random = 0;
  bool draws = false;
  uint64_t key = 0;  // of the draws
};

// Attention adds up over keys in groups that begin at multiples of this. A sequence may lack keys in front that no query
// sees, so many at a time: the results keep their bits.
constexpr int64_t kKeyGroup = 128;

// One set of sequences: sequence s owns rows [offsets[s], offsets[s+1]) of its side.
struct AttentionShape {
  int64_t sequences;
  const int32_t* q_offsets;   // [sequences + 1]
  const int32_t* kv_offsets;  // [sequences + 1]
  int heads;
  int head_width;
  bool causal;
  float scale;                // usually 1/sqrt(head_width)
  DropoutMask dropout;        // of the attention weights
  int window = 0;             // a query sees keys at most this far away; 0: any. Query i stands at key i + keys - queries
  BlockSparse sparse{};       // where a sequence attends to itself, without causal and window
  int kv_heads = 0;           // of keys and values (Ainslie et al. 2023, section 2.2); a divisor of heads. 0: as many

  int kv_count() const { return kv_heads ? kv_heads : heads; }
  int sharing() const { return heads / kv_count(); }  // query heads that read one head of keys and values, side by side
};

// Dropout element j of the attention weights of query row r (of all) and head h is element j of this stream of its own.
inline uint64_t attention_stream(uint64_t key, int64_t row, int heads, int head) {
  const auto i = 2 * static_cast<uint32_t>(row * heads + head);
  return uint64_t{random_bits(key, i + 1)} << 32 | random_bits(key, i);
}

// A matrix whose rows are `stride` apart.
struct Rows {
  float* data;
  int64_t stride;
};

// Keys or values of a cache, floats or bf16 (uint16_t); rows are `stride` numbers apart.
struct CacheRows {
  void* data;
  int64_t stride;
  Precision precision;
};

// Adam (Kingma and Ba 2015, algorithm 1). `decoupled` decay shrinks the weight itself (AdamW, Loshchilov and Hutter 2019,
// algorithm 2); otherwise decay * weight is added to the gradient. gradient_scale (clipping, averaging) comes first.
struct AdamStep {
  float rate, beta1, beta2, epsilon, weight_decay;
  float correction1, correction2;  // 1 - beta^t
  float gradient_scale;
  bool decoupled;
};

// The keys and values that one query row of decoding sees: `length` rows of the cache. Key j < length - 1 is row cells[j],
// or first + j where cells is null (a contiguous source); key length - 1 is row `last`. length >= 1; attention within a
// window lists the last cells only.
struct CachedRow {
  const int32_t* cells;
  int32_t first;
  int32_t last;
  int32_t length;
};

// Rotary positions (Su et al. 2021, eq. 34): in each of `heads` heads side by side, pair i of the first `width`
// channels turns by position * frequencies[i] radians. Pair i is channels 2i and 2i + 1 (`interleaved`), or i and
// i + width / 2.
struct Rotation {
  int heads, head_width, width;
  bool interleaved;
  const float* frequencies;  // [width / 2]
};

struct RnnKernels;  // kernels/rnn.h

struct Kernels {
  const char* name;

  decltype(&gamana::gemm) gemm;
  decltype(&gamana::gemm_bf16) gemm_bf16;
  decltype(&gamana::gemm_bf16x3) gemm_bf16x3;

  // pre += bias (if given); out = f(pre). out may be pre.
  void (*bias_activation)(int64_t rows, int64_t cols, float* pre, const float* bias, Activation f, float* out);
  // d_pre = d_out * f'. `saved` is pre if slope_is_of_input(f), else out. d_pre may be d_out.
  void (*activation_backward)(int64_t rows, int64_t cols, const float* d_out, const float* saved, Activation f,
                              float* d_pre);
  // out[r, i] = f(x[r, i]) * x[r, cols + i] (Shazeer 2020, section 2). x [rows, 2 cols], out [rows, cols].
  void (*gated)(int64_t rows, int64_t cols, const float* x, Activation f, float* out);
  void (*gated_backward)(int64_t rows, int64_t cols, const float* d_out, const float* x, Activation f, float* d_x);
  // out[c] += sum over rows of x[r, c].
  void (*add_column_sums)(int64_t rows, int64_t cols, const float* x, float* out);
  void (*to_bf16)(int64_t n, const float* x, uint16_t* y);
  void (*from_bf16)(int64_t n, const uint16_t* x, float* y);
  // y += x.
  void (*add)(int64_t n, const float* x, float* y);
  // y = mask(x); y may be x.
  void (*dropout)(int64_t n, const float* x, DropoutMask mask, float* y);

  // sum = mask(x) + residual; y = (sum - mean) / sqrt(var + eps) * gain + bias (Ba et al. 2016). Not `centred`: the
  // mean is taken to be 0, also in the variance (Zhang and Sennrich 2019, eq. 4). sum may be x; residual and bias may
  // be null.
  // stats [rows, 2] = mean and 1/sqrt(var + eps).
  void (*norm)(int64_t rows, int64_t cols, const float* x, const float* residual, DropoutMask mask, const float* gain,
               const float* bias, bool centred, float eps, float* sum, float* y, float* stats);
  // d_sum = gradient of sum; d_x = mask(d_sum), if d_x is given; d_gain and d_bias are added to, if given.
  void (*norm_backward)(int64_t rows, int64_t cols, const float* d_y, const float* sum, const float* stats,
                        const float* gain, bool centred, DropoutMask mask, float* d_sum, float* d_x, float* d_gain,
                        float* d_bias);

  // y[r] = mask(scale * table[ids[r]] + positions[position[r]]); positions may be null.
  void (*embed)(int64_t rows, int64_t cols, const int32_t* ids, const float* table, float scale,
                const int32_t* position, const float* positions, DropoutMask mask, float* y);
  // d_table[ids[r]] += scale * d_y[r], rows of one id in order of r.
  void (*embed_backward)(int64_t rows, int64_t cols, const int32_t* ids, const float* d_y, float scale,
                         float* d_table);

  // Turns x, or turns it back.
  void (*rotate)(int64_t rows, const Rotation& rotation, const int32_t* positions, bool back, Rows x);

  // out = softmax(scale Q K^T) V per head (Vaswani et al. 2017, eq. 1). Rows hold heads side by side.
  // weights, if given, receives the softmax before dropout: sequence s writes [heads, queries, keys] at
  // weights + weight_offsets[s]. stats, if given, receives what backward needs of the softmax: for each head, of all
  // query rows, the largest score and the inverse of the sum of exp(score - largest) (0 without keys): [heads, 2,
  // rows].
  void (*attention)(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows out, float* stats, float* weights,
                    const int64_t* weight_offsets);
  // Writes d_q, d_k, d_v. The weights are computed again from q, k and stats.
  void (*attention_backward)(const AttentionShape& shape, Rows q, Rows k, Rows v, Rows out, const float* stats,
                             Rows d_out, Rows d_q, Rows d_k, Rows d_v);
  // One query row per hypothesis over the cache rows it lists; out [rows, heads * head_width]. Keys and values have
  // kv_heads heads, as in AttentionShape. A row's result does not depend on the other rows.
  void (*cached_attention)(int64_t rows, const CachedRow* row, int heads, int kv_heads, int head_width, float scale,
                           Rows q, CacheRows keys, CacheRows values, float* out);

  // Rows of logits (bias added first, if given) become scale * d loss / d logits; loss[r] is the cross-entropy with the
  // target smoothed over the vocabulary (Szegedy et al. 2016, section 7). nll[r]: without smoothing.
  void (*cross_entropy)(int64_t rows, int64_t vocabulary, float* logits, const float* bias, const int32_t* targets,
                        float smoothing, float scale, float* loss, float* nll);
  // Distillation (Hinton et al. 2015, section 2): loss[r] = T^2 KL(softmax(teacher / T) || softmax(logits / T)). Rows of
  // logits become scale * d loss / d logits, those of the teacher anything. Biases are added first, where given.
  void (*distillation)(int64_t rows, int64_t vocabulary, float* logits, const float* bias, float* teacher,
                       const float* teacher_bias, float temperature, float scale, float* loss);

  double (*sum_of_squares)(int64_t n, const float* x);
  void (*adam)(int64_t n, const AdamStep& step, const float* gradient, float* weight, float* moment1, float* moment2);
  // velocity = momentum * velocity + scale * gradient + decay * weight; weight -= rate * velocity (PyTorch's form).
  void (*sgd)(int64_t n, float rate, float momentum, float weight_decay, float gradient_scale, const float* gradient,
              float* weight, float* velocity);
  // Zeiler 2012, algorithm 1, times `rate` (1 in the paper).
  void (*adadelta)(int64_t n, float rate, float rho, float epsilon, float gradient_scale, const float* gradient,
                   float* weight, float* mean_square_gradient, float* mean_square_update);
  // average = decay * average + (1 - decay) * weight.
  void (*moving_average)(int64_t n, float decay, const float* weight, float* average);

  const RnnKernels* rnn;  // recurrences
};

const Kernels& cpu_kernels();
const Kernels& ref_kernels();
// Functions that do nothing: a step run with them allocates what a real one would, which tells its peak memory beforehand.
const Kernels& dry_kernels();

}  // namespace gamana
