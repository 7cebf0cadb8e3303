#include "gamana/train/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include <zlib.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/io/safetensors.h"

namespace gamana {
namespace {

std::string state_path(const std::string& directory) {
  return join_path(join_path(directory, "checkpoint"), "state.safetensors");
}

// CRC-32 of the counters and all values.
std::string checksum(const std::string& state, const std::vector<CheckpointData::Block>& blocks, int64_t size) {
  const auto add = [](uLong crc, const void* data, size_t bytes) {
    return crc32_z(crc, static_cast<const Bytef*>(data), bytes);
  };
  uLong crc = add(0, state.data(), state.size());
  for (const auto& b : blocks) crc = add(crc, b.values, static_cast<size_t>(size) * sizeof(float));
  return fmt::format("{:08x}", crc);
}

// Snapshots by step, oldest first.
std::vector<std::pair<int64_t, std::string>> snapshots(const std::string& directory) {
  std::vector<std::pair<int64_t, std::string>> list;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(join_path(directory, "snapshots"), ignored)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("step-") && name.ends_with(".safetensors"))
      list.emplace_back(std::strtoll(name.c_str() + 5, nullptr, 10), entry.path());
  }
  std::sort(list.begin(), list.end());
  return list;
}

}  // namespace

void write_checkpoint(const std::string& directory, const CheckpointData& data, int64_t size) {
  make_directory(join_path(directory, "checkpoint"));
  std::vector<TensorToStore> tensors;
  for (const auto& b : data.blocks) tensors.push_back({b.name, "F32", {size}, b.values, size * sizeof(float)});
  const std::string state = data.state.dump();
  write_safetensors(state_path(directory), tensors,
                    {{"state", state}, {"crc32", checksum(state, data.blocks, size)}});
}

bool read_checkpoint(const std::string& directory, CheckpointData& data, int64_t size) {
  const std::string path = state_path(directory);
  if (!file_exists(path)) return false;
  const Safetensors file(path);
  for (const auto& b : data.blocks) {
    const StoredTensor* stored = file.find(b.name);
    if (!stored || stored->size() != size)
      fail("{}: expected \"{}\" with {} values, found {}: it belongs to other settings", path, b.name, size,
           stored ? std::to_string(stored->size()) : "none");
    stored->read(b.values, path);
  }
  const auto state = file.metadata().find("state");
  if (state == file.metadata().end()) fail("{}: the counters of the run are missing", path);
  const auto kept = file.metadata().find("crc32");  // not there before there were checksums
  if (const std::string found = checksum(state->second, data.blocks, size);
      kept != file.metadata().end() && kept->second != found)
    throw Error(fmt::format("{}: expected the checksum {}, found {}: the file was damaged", path, kept->second, found),
                "put a good copy of it there, or begin a new run");
  data.state = parse_json(state->second, path);
  return true;
}

void write_snapshot(const std::string& directory, int64_t step, const float* weights, int64_t size, int keep) {
  const std::string folder = join_path(directory, "snapshots");
  make_directory(folder);
  const TensorToStore t{"weights", "F32", {size}, weights, size * sizeof(float)};
  write_safetensors(join_path(folder, fmt::format("step-{}.safetensors", step)), std::span(&t, 1));
  const auto list = snapshots(directory);
  for (size_t i = 0; i + keep < list.size(); ++i) std::filesystem::remove(list[i].second);
}

int mean_of_snapshots(const std::string& directory, std::vector<float>& mean) {
  const auto list = snapshots(directory);
  std::vector<float> one(mean.size());
  std::fill(mean.begin(), mean.end(), 0.0f);
  for (const auto& [step, path] : list) {
    const Safetensors file(path);
    const StoredTensor* stored = file.find("weights");
    if (!stored || stored->size() != static_cast<int64_t>(mean.size())) fail("{}: belongs to another model", path);
    stored->read(one.data(), path);
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += one[i] / static_cast<float>(list.size());
  }
  return static_cast<int>(list.size());
}

}  // namespace gamana
