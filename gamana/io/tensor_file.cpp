#include "gamana/io/tensor_file.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <span>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "gamana/base/memory.h"
#include "gamana/base/parallel.h"
#include "gamana/io/pytorch_bin.h"
#include "gamana/io/safetensors.h"

namespace gamana {
namespace {

constexpr int64_t kReadGrain = 1 << 15, kReadRun = 1 << 22;  // values: of a part, and whose pages go together

float from_half(uint16_t h) {
  const uint32_t sign = uint32_t(h & 0x8000) << 16, exponent = (h >> 10) & 31, fraction = h & 0x3FF;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000 | fraction << 13);
  if (exponent) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  return std::bit_cast<float>(sign) + (sign ? -1.0f : 1.0f) * static_cast<float>(fraction) * 0x1.0p-24f;
}

// The files that the index of a sharded model names.
std::set<std::string> shards_of(const std::string& index) {
  const Json json = read_json(index);
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object())
    fail("{}: expected an object with the object \"weight_map\"", index);
  std::set<std::string> shards;
  for (const auto& [name, shard] : json["weight_map"].items()) {
    if (!shard.is_string()) fail("{}: \"{}\" should name a file, found {}", index, name, shard.type_name());
    shards.insert(shard.get<std::string>());
  }
  if (shards.empty()) fail("{}: \"weight_map\" names no tensors", index);
  for (const std::string& shard : shards)
    if (shard.find('/') != std::string::npos) fail("{}: shard \"{}\" should be a file beside it", index, shard);
  return shards;
}

// `whole`, or the shards of its index; nothing if there is neither.
template <class Reader>
std::vector<TensorFile> open_files(const std::string& directory, const char* whole) {
  std::vector<TensorFile> files;
  const std::string path = join_path(directory, whole), index = path + ".index.json";
  if (file_exists(path))
    files.push_back(Reader(path));
  else if (file_exists(index))
    for (const std::string& shard : shards_of(index)) files.push_back(Reader(join_path(directory, shard)));
  return files;
}

// [n], or [1, n] as Marian's bias of the logits.
bool is_vector(const std::vector<int64_t>& shape) {
  return std::count_if(shape.begin(), shape.end(), [](int64_t d) { return d > 1; }) <= 1;
}

// A bias of -infinity rules a token out; anywhere else an infinity becomes NaN as soon as it meets a zero.
void check_numbers(std::span<const float> values, bool is_vector, const std::string& where) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto nans = std::count_if(values.begin(), values.end(), [](float v) { return std::isnan(v); });
  const auto infinities = std::count_if(values.begin(), values.end(), [&](float v) { return v == kInfinity || (v == -kInfinity && !is_vector); });
  if (nans + infinities > 0)
    throw Error(fmt::format("{}: expected numbers, found {} in {} of {} places", where, nans ? "NaN" : "infinity", nans ? nans : infinities, values.size()),
                "the file is damaged, the training that made it failed, or its numbers were too large for the type they were stored as");
}

}  // namespace

size_t bytes_of_type(const std::string& type) {
  static const std::map<std::string, size_t> widths = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
                                                       {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U8", 1},   {"BOOL", 1}};
  const auto found = widths.find(type);
  return found == widths.end() ? 0 : found->second;
}

void StoredTensor::read(float* out, const std::string& where) const {
  std::atomic<bool> all_finite{true};
  const auto each = [&](auto convert, auto sample) {
    const int64_t count = size();
    for (int64_t first = 0; first < count; first += kReadRun) {
      const int64_t run = std::min(kReadRun, count - first);
      // Looked at while they are still in the cache.
      parallel_for(run, kReadGrain, [&, first](int64_t begin, int64_t end) {
        int64_t finite = 0;
        for (int64_t i = first + begin; i < first + end; ++i) {
          auto value = sample;
          std::memcpy(&value, data + i * sizeof(value), sizeof(value));
          out[i] = convert(value);
          finite += std::abs(out[i]) <= std::numeric_limits<float>::max();
        }
        if (finite < end - begin) all_finite = false;
      });
      if (in_file) forget_pages(data + first * sizeof(sample), run * sizeof(sample));
    }
  };
  if (type == "F32") each([](float v) { return v; }, float{});
  else if (type == "BF16") each([](uint16_t v) { return std::bit_cast<float>(uint32_t(v) << 16); }, uint16_t{});
  else if (type == "F16") each(from_half, uint16_t{});
  else if (type == "F64") each([](double v) { return static_cast<float>(v); }, double{});
  else fail("{}: expected floating-point values, found type {}", where, type);
  if (!all_finite) check_numbers({out, static_cast<size_t>(size())}, is_vector(shape), where);
}

const StoredTensor* TensorFile::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

// In files of PyTorch several names may stand for the same memory.
bool same_values(const StoredTensor& a, const StoredTensor& b) {
  if (a.type != b.type || a.shape != b.shape) return false;
  return a.data == b.data || std::memcmp(a.data, b.data, a.bytes) == 0;
}

const StoredTensor* find_tensor(const std::vector<TensorFile>& files, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    for (const TensorFile& file : files)
      if (const StoredTensor* stored = file.find(name)) return stored;
  return nullptr;
}

std::vector<TensorFile> open_weights(const std::string& directory) {
  std::vector<TensorFile> files = open_files<Safetensors>(directory, "model.safetensors");
  if (files.empty()) files = open_files<PytorchBin>(directory, "pytorch_model.bin");
  if (files.empty())
    fail("{}: expected model.safetensors or pytorch_model.bin (or their shards) in this directory", directory);
  return files;
}

}  // namespace gamana
