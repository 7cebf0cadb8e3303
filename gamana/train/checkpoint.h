#pragma once
// What a run needs to go on: one file with weights, optimizer state, averages and counters, so that one rename makes it
// current. directory/checkpoint/state.safetensors; the counters are JSON in its metadata, beside a checksum.
#include <string>
#include <vector>

#include "gamana/base/json.h"

namespace gamana {

struct CheckpointData {
  struct Block {
    std::string name;
    float* values;  // read from when writing, written to when reading
  };
  std::vector<Block> blocks;
  Json state;
};

// Each block has `size` floats.
void write_checkpoint(const std::string& directory, const CheckpointData& data, int64_t size);
// False if there is none. Throws Error if it does not belong to this model and optimizer, or is damaged.
bool read_checkpoint(const std::string& directory, CheckpointData& data, int64_t size);

// Weights of the last `keep` validations: directory/snapshots/step-N.safetensors.
void write_snapshot(const std::string& directory, int64_t step, const float* weights, int64_t size, int keep);
// Their mean; returns how many there were.
int mean_of_snapshots(const std::string& directory, std::vector<float>& mean);

}  // namespace gamana
