#pragma once
// Named tensors of a file mapped into memory, whatever its format, and the weights of a model directory.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gamana {

struct StoredTensor {
  std::string type;            // F32, F16, BF16, F64, I64, I32, I16, I8, U8, BOOL
  std::vector<int64_t> shape;
  const unsigned char* data;   // row-major, little-endian, at any address: numbers may not be aligned
  size_t bytes;
  bool in_file = false;        // `data` is in the mapped file, not in a copy

  int64_t size() const {
    int64_t n = 1;
    for (const int64_t d : shape) n *= d;
    return n;
  }
  // The values as f32. Throws Error for a type that is not a floating-point one, and for NaN or infinity among the values, which
  // would come out of all that a model computes, far from here; a vector may hold -infinity. The file's pages take no memory
  // afterwards.
  void read(float* out, const std::string& where) const;
};

// Have they the same type, shape and bytes?
bool same_values(const StoredTensor& a, const StoredTensor& b);

// Bytes of one number of a type, 0 for an unknown type.
size_t bytes_of_type(const std::string& type);

// What the readers of each format have in common. Copies share the memory, so a copy outlives the reader.
class TensorFile {
 public:
  const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }
  const StoredTensor* find(const std::string& name) const;

 protected:
  std::vector<std::shared_ptr<const void>> memory_;  // what `data` points into
  std::map<std::string, StoredTensor> tensors_;
};

// The weights of a directory: the first of model.safetensors, the shards of model.safetensors.index.json,
// pytorch_model.bin, the shards of pytorch_model.bin.index.json (the order of transformers). Throws Error if there is
// none, or if one of the files is damaged.
std::vector<TensorFile> open_weights(const std::string& directory);

// The first of the names that one of the files has; null if there is none.
const StoredTensor* find_tensor(const std::vector<TensorFile>& files, const std::vector<std::string>& names);

}  // namespace gamana
