#pragma once
// The safetensors format: 8 bytes of header length, a JSON header of names, types, shapes and byte ranges, the data.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "gamana/io/tensor_file.h"

namespace gamana {

// A safetensors file. Opening checks the whole header: throws Error for a truncated or corrupt file.
class Safetensors : public TensorFile {
 public:
  explicit Safetensors(const std::string& path);
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  std::map<std::string, std::string> metadata_;
};

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
