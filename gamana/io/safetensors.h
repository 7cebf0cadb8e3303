#pragma once
// The safetensors format: 8 bytes of header length, a JSON header of names, types, shapes and byte ranges, the data.
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gamana/base/file.h"

namespace gamana {

struct StoredTensor {
  std::string type;            // F32, F16, BF16, F64, I32, I64…
  std::vector<int64_t> shape;
  const unsigned char* data;
  size_t bytes;

  int64_t size() const {
    int64_t n = 1;
    for (const int64_t d : shape) n *= d;
    return n;
  }
  // The values as f32. Throws Error for a type that is not a floating-point one.
  void read(float* out, const std::string& where) const;
};

// A file mapped into memory. Opening checks the whole header: throws Error for a truncated or corrupt file.
class Safetensors {
 public:
  explicit Safetensors(const std::string& path);
  const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }
  const StoredTensor* find(const std::string& name) const;
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  std::shared_ptr<MappedFile> file_;
  std::map<std::string, StoredTensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

// model.safetensors of a directory, or all shards that model.safetensors.index.json names, as one list.
std::vector<Safetensors> open_weights(const std::string& directory);

struct TensorToStore {
  std::string name;
  std::string type;  // F32 or I64…
  std::vector<int64_t> shape;
  const void* data;
  size_t bytes;
};
void write_safetensors(const std::string& path, std::span<const TensorToStore> tensors,
                       const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

}  // namespace gamana
