#include "gamana/io/safetensors.h"

#include <bit>
#include <cstring>

#include "gamana/base/check.h"
#include "gamana/base/json.h"

namespace gamana {
namespace {

size_t width_of(const std::string& type) {
  static const std::map<std::string, size_t> widths = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
                                                       {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U8", 1},   {"BOOL", 1}};
  const auto found = widths.find(type);
  return found == widths.end() ? 0 : found->second;
}

float from_half(uint16_t h) {
  const uint32_t sign = uint32_t(h & 0x8000) << 16, exponent = (h >> 10) & 31, fraction = h & 0x3FF;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000 | fraction << 13);
  if (exponent) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  return std::bit_cast<float>(sign) + (sign ? -1.0f : 1.0f) * static_cast<float>(fraction) * 0x1.0p-24f;
}

StoredTensor read_entry(const Json& entry, const std::string& name, const std::string& path, const unsigned char* data,
                        size_t bytes) {
  StoredTensor t;
  uint64_t begin = 0, end = 0;
  try {
    t.type = entry.at("dtype").get<std::string>();
    t.shape = entry.at("shape").get<std::vector<int64_t>>();
    begin = entry.at("data_offsets").at(0).get<uint64_t>(), end = entry.at("data_offsets").at(1).get<uint64_t>();
  } catch (const Json::exception&) {
    fail("{}: tensor \"{}\" needs dtype, shape and data_offsets; found {}", path, name, entry.dump());
  }
  const size_t width = width_of(t.type);
  if (!width) fail("{}: tensor \"{}\" has the unknown type \"{}\"", path, name, t.type);
  if (begin > end || end > bytes)
    fail("{}: tensor \"{}\" lies at bytes {} to {}, but the file holds {}: it was cut off or is corrupt", path, name, begin,
         end, bytes);
  uint64_t expected = width;
  for (const int64_t d : t.shape)
    if (d < 0 || __builtin_mul_overflow(expected, static_cast<uint64_t>(d), &expected))
      fail("{}: tensor \"{}\" has an impossible shape {}", path, name, entry.at("shape").dump());
  if (expected != end - begin)
    fail("{}: tensor \"{}\" of shape {} and type {} needs {} bytes, but the header gives it {}", path, name,
         entry.at("shape").dump(), t.type, expected, end - begin);
  t.data = data + begin, t.bytes = end - begin;
  return t;
}

}  // namespace

void StoredTensor::read(float* out, const std::string& where) const {
  const int64_t n = size();
  const auto each = [&](auto convert, auto sample) {
    for (int64_t i = 0; i < n; ++i) {
      std::memcpy(&sample, data + i * sizeof(sample), sizeof(sample));
      out[i] = convert(sample);
    }
  };
  if (type == "F32") std::memcpy(out, data, bytes);
  else if (type == "BF16") each([](uint16_t v) { return std::bit_cast<float>(uint32_t(v) << 16); }, uint16_t{});
  else if (type == "F16") each(from_half, uint16_t{});
  else if (type == "F64") each([](double v) { return static_cast<float>(v); }, double{});
  else fail("{}: expected floating-point values, found type {}", where, type);
}

Safetensors::Safetensors(const std::string& path) : file_(std::make_shared<MappedFile>(path)) {
  const size_t size = file_->size();
  uint64_t header = 0;
  if (size < 8) fail("{}: expected a safetensors file, found {} bytes", path, size);
  std::memcpy(&header, file_->data(), 8);
  if (header > size - 8)
    fail("{}: the header should take {} bytes, but the file has {}: not a safetensors file, or cut off", path, header, size);
  const Json json = parse_json(std::string(file_->data() + 8, header), path + " (header)");
  if (!json.is_object()) fail("{}: the header should be a JSON object, found {}", path, json.type_name());
  const auto* data = reinterpret_cast<const unsigned char*>(file_->data()) + 8 + header;
  for (const auto& [name, entry] : json.items()) {
    if (name == "__metadata__") {
      for (const auto& [key, value] : entry.items())
        if (value.is_string()) metadata_[key] = value.get<std::string>();
    } else {
      tensors_[name] = read_entry(entry, name, path, data, size - 8 - header);
    }
  }
}

const StoredTensor* Safetensors::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

std::vector<Safetensors> open_weights(const std::string& directory) {
  const std::string whole = join_path(directory, "model.safetensors"), index = whole + ".index.json";
  std::vector<Safetensors> files;
  if (file_exists(whole)) {
    files.emplace_back(whole);
  } else if (file_exists(index)) {
    const Json json = read_json(index);
    std::map<std::string, bool> shards;
    if (json.contains("weight_map"))
      for (const auto& [name, shard] : json["weight_map"].items())
        if (shard.is_string()) shards[shard.get<std::string>()] = true;
    for (const auto& [shard, _] : shards) {
      if (shard.find('/') != std::string::npos) fail("{}: shard \"{}\" should be a file beside it", index, shard);
      files.emplace_back(join_path(directory, shard));
    }
  }
  if (files.empty()) fail("{}: expected model.safetensors (or its shards) in this directory", directory);
  return files;
}

void write_safetensors(const std::string& path, std::span<const TensorToStore> tensors,
                       const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  size_t at = 0;
  for (const TensorToStore& t : tensors) {
    header[t.name] = {{"dtype", t.type}, {"shape", t.shape}, {"data_offsets", {at, at + t.bytes}}};
    at += t.bytes;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  write_file(path, [&](const Sink& sink) {
    const uint64_t size = text.size();
    sink(&size, 8);
    sink(text.data(), text.size());
    for (const TensorToStore& t : tensors) sink(t.data, t.bytes);
  });
}

}  // namespace gamana
