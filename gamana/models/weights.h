#pragma once
// Parameters as they stand in files of weights: names there, and which rows of which parameter each is.
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "gamana/io/tensor_file.h"
#include "gamana/ops/ops.h"

namespace gamana {

struct FileTensor {
  std::string name;            // in model.safetensors
  Parameter* parameter;
  int64_t first_row;           // of the parameter; of a vector, its first number
  std::vector<int64_t> shape;  // in the file
  bool optional = false;       // a file without it is fine: the parameter keeps its value

  bool replaceable = false;    // one of another shape counts as missing
  Linear* layer = nullptr;     // that it is the weight of, where it is one
  bool transposed = false;     // the file has [in, out]
  float factor = 1;            // the file's values are the parameter's times this

  int64_t size() const;
  int64_t rows() const { return transposed ? shape[1] : shape[0]; }  // of the parameter
  int64_t first_float() const;  // where it begins in its parameter
  float* data() const { return parameter->tensor.data() + first_float(); }
  // Does the file hold other numbers, or in another order, than the parameter?
  bool differs() const { return transposed || factor != 1; }
  // The parameter's values that begin at `from` as the file has them, and the file's as the parameter has them.
  std::vector<float> to_file(const float* from) const;
  std::vector<float> from_file(const float* from) const;
};

// The list of a model, made of whole layers.
class FileTensors {
 public:
  void matrix(const std::string& name, Parameter& p) { list_.push_back({name, &p, 0, {p.rows, p.cols}}); }
  void vector(const std::string& name, Parameter& p) { list_.push_back({name, &p, 0, {p.cols}}); }
  void linear(const std::string& name, Linear& l, bool transposed = false);
  // Rows [first, first + count) of a projection that holds several one below the other.
  void rows(const std::string& name, Linear& l, int64_t first, int64_t count, float factor = 1);
  // Part i of a projection that holds `parts` of them one below the other.
  void part(const std::string& name, Linear& l, int i, int parts) {
    const int64_t count = l.weight.rows / parts;
    rows(name, l, i * count, count);
  }
  void norm(const std::string& name, LayerNorm& n);
  void add(FileTensor tensor) { list_.push_back(std::move(tensor)); }
  std::vector<FileTensor> take() { return std::move(list_); }

 private:
  std::vector<FileTensor> list_;
};

// Other names under which a tensor may be found; tried in order after its own.
using OtherNames = std::function<std::vector<std::string>(const std::string& name)>;

struct LoadReport {
  std::vector<std::string> missing;  // not in the files, though not optional
  std::vector<std::string> unused;   // in the files only
};

// Fills the parameters. Throws Error for an unreadable tensor, and for a misshaped one that is not replaceable. `filled`, if given, hears
// of each parameter all of whose tensors were looked at, the last of them with success.
LoadReport fill_weights(const std::vector<FileTensor>& tensors, const std::vector<TensorFile>& files, const std::string& where,
                        const OtherNames& other_names = nullptr, const std::function<void(Parameter&)>& filled = nullptr);

// "a, b, c, d, …"
std::string first_names(const std::vector<std::string>& names);

// Writes a safetensors file of `tensors`, sorted by name. `weights`, if given, is read in place of the store's own block.
void write_weights(const ParameterStore& store, const std::vector<FileTensor>& tensors, const std::string& path,
                   const float* weights = nullptr);

}  // namespace gamana
