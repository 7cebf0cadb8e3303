#pragma once
// The one list of a model's parameters. Each layer has `visit`; initialising, loading, saving, counting, optimising and
// averaging all walk what it names.
#include <functional>
#include <string>
#include <vector>

#include "gamana/tensor/tensor.h"

namespace gamana {

enum class Init { zeros, ones, xavier_uniform, normal, uniform };

// A named matrix [rows, cols]; vectors have one row.
struct Parameter {
  int64_t rows = 0, cols = 0;
  Init init = Init::zeros;
  float scale = 0;  // standard deviation of normal; half the range of uniform; gain of xavier (Glorot and Bengio 2010)
  Tensor tensor;
  bool frozen = false;  // training leaves it as it is; set before require_gradients
  float rate = 1;       // its learning rate, as a factor of the run's
  bool of_product = false;  // nobody but products reads it,
  bool is_table = false;    // nobody but products and embed()

  int64_t size() const { return rows * cols; }
};

using ParameterVisitor = std::function<void(const std::string& name, Parameter& parameter)>;
using ParameterWalk = std::function<void(const ParameterVisitor&)>;

// Holds all parameters in one block, in order of the walk, and a block of gradients of the same layout when training.
class ParameterStore {
 public:
  struct Entry {
    std::string name;
    Parameter* parameter;
    int64_t offset;  // in floats, a multiple of 16
  };

  // Allocates the weights, zero-filled, and points each parameter's tensor into them.
  explicit ParameterStore(const ParameterWalk& walk);
  ParameterStore(const ParameterStore&) = delete;
  ParameterStore& operator=(const ParameterStore&) = delete;
  ~ParameterStore();

  // Draws every parameter as its `init` says; element i of parameter p depends on (seed, name of p, i) only.
  void initialise(uint64_t seed);
  // Allocates gradients; from now on the parameters want them, but for frozen ones: operations then skip what only those
  // would need.
  void require_gradients();
  void zero_gradients();
  // The weights were changed: copies in bf16 and packed ones go.
  void weights_changed();
  // For models that only run: from now on a weight that is packed and that nobody reads in another form gives up its memory here.
  void give_up_packed();

  int64_t size() const { return size_; }    // floats of the block, alignment included
  int64_t count() const { return count_; }  // numbers
  int64_t trainable_count() const;          // of those, what is not frozen
  // Stretches of the block that are trained at one rate, alignment included, in order.
  struct Range {
    int64_t offset, size;
    float rate;
  };
  std::vector<Range> trainable() const;
  float* weights() const { return weights_; }
  float* gradients() const { return gradients_; }
  const std::vector<Entry>& entries() const { return entries_; }
  const Entry* find(const std::string& name) const;

 private:
  std::vector<Entry> entries_;
  int64_t size_ = 0, count_ = 0;
  float* weights_ = nullptr;
  float* gradients_ = nullptr;
};

}  // namespace gamana
