#pragma once
// Weights that are a formula of a tensor's name and place, so that golden files need not hold them
// (tools/golden/encoders.py).
#include <cctype>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "gamana/io/safetensors.h"
#include "tests/support/temporary.h"

namespace gamana {

inline uint32_t hash_of(const std::string& name) {  // FNV-1a
  uint32_t value = 2166136261u;
  for (const char byte : name) value = (value ^ static_cast<unsigned char>(byte)) * 16777619u;
  return value;
}

// The weights of the golden models: a formula of a tensor's name and place.
inline std::vector<float> values_of(const std::string& name, int64_t size) {
  std::string lower = name;
  for (char& c : lower) c = static_cast<char>(std::tolower(c));
  const bool norm = lower.find("norm") != std::string::npos || lower.find("ln_") != std::string::npos;
  const bool gain = norm && name.ends_with("weight");
  std::vector<float> values(size);
  for (int64_t i = 0; i < size; ++i) {
    uint32_t bits = hash_of(name) + static_cast<uint32_t>(i) * 2654435761u;
    bits = (bits ^ (bits >> 15)) * 2246822519u;
    values[i] = static_cast<float>(bits / 4294967296.0 * 0.6 - 0.3 + (gain ? 1 : 0));
  }
  return values;
}

// A safetensors file of tensors with these names and shapes; each is stored as `rename` says.
inline void write_formula_weights(
    const std::string& path, const Json& shapes,
    const std::function<std::string(std::string)>& rename = [](std::string name) { return name; }) {
  std::vector<std::vector<float>> values;
  std::vector<TensorToStore> tensors;
  for (const auto& [name, shape] : shapes.items()) {
    int64_t size = 1;
    for (const auto& d : shape) size *= d.get<int64_t>();
    values.push_back(values_of(name, size));
    tensors.push_back(
        {rename(name), "F32", shape.get<std::vector<int64_t>>(), values.back().data(), size * sizeof(float)});
  }
  write_safetensors(path, tensors);
}

// A new folder as transformers would have saved the golden case, its tensors' names changed by `rename`.
inline std::string case_folder(
    const Json& golden_case,
    const std::function<std::string(std::string)>& rename = [](std::string name) { return name; }) {
  static int count = 0;
  const std::string folder = temporary("case" + std::to_string(count++));
  make_directory(folder);
  write_formula_weights(folder + "/model.safetensors", golden_case["tensors"], rename);
  write_json(folder + "/config.json", golden_case["config"]);
  return folder;
}

// Stores a folder's tensor under another name, its values changed by `more`; as well, or in its place.
inline void add_copy(const std::string& folder, const std::string& from, const std::string& to, float more = 0, bool keep = true) {
  const std::string path = folder + "/model.safetensors";
  std::map<std::string, std::pair<std::vector<int64_t>, std::vector<float>>> values;
  {
    const Safetensors file(path);
    for (const auto& [name, tensor] : file.tensors()) {
      auto& [shape, numbers] = values[name];
      shape = tensor.shape, numbers.resize(tensor.size());
      tensor.read(numbers.data(), name);
    }
  }
  values[to] = values[from];
  for (float& v : values[to].second) v += more;
  if (!keep) values.erase(from);
  std::vector<TensorToStore> tensors;
  for (const auto& [name, value] : values) tensors.push_back({name, "F32", value.first, value.second.data(), value.second.size() * sizeof(float)});
  write_safetensors(path, tensors);
}

}  // namespace gamana
