#pragma once
// The functions of cpu_kernels(); kernels.h says what each does.
#include "gamana/kernels/kernels.h"

namespace gamana::cpu {

void bias_activation(int64_t rows, int64_t cols, float* pre, const float* bias, Activation f, float* out);
void activation_backward(int64_t rows, int64_t cols, const float* d_out, const float* saved, Activation f,
                         float* d_pre);
void gated(int64_t rows, int64_t cols, const float* x, Activation f, float* out);
void gated_backward(int64_t rows, int64_t cols, const float* d_out, const float* x, Activation f, float* d_x);
void add_column_sums(int64_t rows, int64_t cols, const float* x, float* out);
void to_bf16(int64_t n, const float* x, uint16_t* y);
void from_bf16(int64_t n, const uint16_t* x, float* y);
void add(int64_t n, const float* x, float* y);
void dropout(int64_t n, const float* x, DropoutMask mask, float* y);

void norm(int64_t rows, int64_t cols, const float* x, const float* residual, DropoutMask mask, const float* gain,
          const float* bias, bool centred, float eps, float* sum, float* y, float* stats);
void norm_backward(int64_t rows, int64_t cols, const float* d_y, const float* sum, const float* stats,
                   const float* gain, bool centred, DropoutMask mask, float* d_sum, float* d_x, float* d_gain,
                   float* d_bias);

void embed(int64_t rows, int64_t cols, const int32_t* ids, const float* table, float scale, const int32_t* position,
           const float* positions, DropoutMask mask, float* y);
void embed_backward(int64_t rows, int64_t cols, const int32_t* ids, const float* d_y, float scale, float* d_table);

void rotate(int64_t rows, const Rotation& rotation, const int32_t* positions, bool back, Rows x);

void cross_entropy(int64_t rows, int64_t vocabulary, float* logits, const float* bias, const int32_t* targets,
                   float smoothing, float scale, float* loss, float* nll);
void distillation(int64_t rows, int64_t vocabulary, float* logits, const float* bias, float* teacher,
                  const float* teacher_bias, float temperature, float scale, float* loss);

double sum_of_squares(int64_t n, const float* x);
void adam(int64_t n, const AdamStep& step, const float* gradient, float* weight, float* moment1, float* moment2);
void sgd(int64_t n, float rate, float momentum, float weight_decay, float gradient_scale, const float* gradient,
         float* weight, float* velocity);
void adadelta(int64_t n, float rate, float rho, float epsilon, float gradient_scale, const float* gradient,
              float* weight, float* mean_square_gradient, float* mean_square_update);
void moving_average(int64_t n, float decay, const float* weight, float* average);

}  // namespace gamana::cpu
