#pragma once
// What stands on an encoder: a transform of what it reads, and a projection to labels, words or scores. The families
// differ in the parts they have and in their names.
#include "gamana/models/model_config.h"
#include "gamana/models/weights.h"

namespace gamana {

enum class Reads { tokens, first, last, mean };  // a row for each token, or one for each sequence

struct Head {
  Task task;                    // `features`: the pooler
  Reads reads = Reads::tokens;
  float before = 0, after = 0;  // dropout of what is read, and of what is projected
  Linear dense{};                // transform f(x W^T + b), then norm; either may be absent (no rows)
  Activation activation = Activation::none;
  LayerNorm norm{};
  Linear up{}, down{};           // BigBird's question answering: norm(x + down(f(up(x)))) in place of the transform
  bool tied = false;            // the projection's weight is the word embedding
  Linear out{};                 // [K, H]; no rows: the transform is the result

  // Their names in files; `base` ones stand under the encoder's prefix.
  std::string dense_name{}, norm_name{}, up_name{}, down_name{}, out_name{}, bias_name{};
  bool dense_in_base = false;   // the pooler
  std::string bias_alias{};     // another name of out.bias, in older files
};

// The heads of a task; `labels` of the projection where the task leaves them open. The pooler of a class that has one
// without using it is a head as well.
std::vector<Head> make_heads(const ModelConfig& config, Task task, int labels);

void visit(const ParameterVisitor& v, const std::string& name, Head& head);
// `base`: the encoder's prefix.
void list(FileTensors& tensors, const std::string& base, Head& head);

// What the head projects: x [R, C], the rows it reads -> [R, H].
Tensor transform(Context& c, const Head& head, const Tensor& x);

}  // namespace gamana
