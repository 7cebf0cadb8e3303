#pragma once
// Low-rank adaptation (Hu et al. 2022): small matrices beside frozen weights, in the files of the peft library.
#include <optional>
#include <string>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/models/weights.h"

namespace gamana {

struct AdapterSettings {
  int rank = 0;
  double alpha = 0, dropout = 0;      // alpha / rank is the factor of the product
  std::vector<std::string> targets;   // names of modules, or their last parts; empty: query and value, as peft has it
  std::string base;                   // directory of the model
  bool merge = false;                 // weights are saved with the product added, as a plain model
};

// adapter_config.json and adapter_model.safetensors of a directory.
struct Adapter {
  std::string where, base;  // its directory; the model's
  double alpha = 0;
  bool root_scale = false;  // alpha / sqrt(rank) (rank-stabilised)
  std::vector<TensorFile> files;
};

bool is_adapter(const std::string& directory);
// The directory of the model that an adapter belongs to.
std::string adapter_base(const std::string& directory);
// Where the tokenizer of a model's directory is: there, or, for an adapter that was saved without one (as peft does), with its model.
std::string tokenizer_directory(const std::string& directory);
// Throws Error for a kind of adapter that is not a plain low-rank one.
Adapter open_adapter(const std::string& directory);
// Adds the products to the weights and replaces what the adapter has of its own (heads). Returns the names of tensors that it
// filled. Throws Error for a misshaped tensor and for one that the model has not.
std::vector<std::string> merge_adapter(const std::vector<FileTensor>& tensors, const Adapter& adapter);

// W[first_row + …] += scale * B A.  A [r, in], B [rows, r].
void add_product(const float* a, const float* b, float scale, int64_t rows, int64_t rank, int64_t in, float* weight);

}  // namespace gamana
