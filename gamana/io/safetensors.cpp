#include "gamana/io/safetensors.h"

#include <cstring>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/json.h"

namespace gamana {
namespace {

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
  const size_t width = bytes_of_type(t.type);
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
  t.data = data + begin, t.bytes = end - begin, t.in_file = true;
  return t;
}

}  // namespace

Safetensors::Safetensors(const std::string& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  memory_.push_back(file);
  const size_t size = file->size();
  uint64_t header = 0;
  if (size < 8) fail("{}: expected a safetensors file, found {} bytes", path, size);
  std::memcpy(&header, file->data(), 8);
  if (header > size - 8)
    fail("{}: the header should take {} bytes, but the file has {}: not a safetensors file, or cut off", path, header, size);
  const Json json = parse_json(std::string(file->data() + 8, header), path + " (header)");
  if (!json.is_object()) fail("{}: the header should be a JSON object, found {}", path, json.type_name());
  const auto* data = reinterpret_cast<const unsigned char*>(file->data()) + 8 + header;
  for (const auto& [name, entry] : json.items()) {
    if (name == "__metadata__") {
      for (const auto& [key, value] : entry.items())
        if (value.is_string()) metadata_[key] = value.get<std::string>();
    } else {
      tensors_[name] = read_entry(entry, name, path, data, size - 8 - header);
    }
  }
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
