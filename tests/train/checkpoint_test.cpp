#include "gamana/train/checkpoint.h"

#include <fstream>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

constexpr int64_t kSize = 16;
using Values = std::vector<float>;

struct Read {
  bool found;
  Values weights, first;
  Json state;
};

Read read(const std::string& folder) {
  Read r{false, Values(kSize), Values(kSize), {}};
  CheckpointData data{{{"weights", r.weights.data()}, {"optimizer.first", r.first.data()}}, {}};
  r.found = read_checkpoint(folder, data, kSize), r.state = data.state;
  return r;
}

TEST(Checkpoint, AnyBitThatChangesIsFound) {
  const std::string folder = temporary("run"), path = folder + "/checkpoint/state.safetensors";
  EXPECT_FALSE(read(folder).found);
  Values weights(kSize), first(kSize);
  for (int i = 0; i < kSize; ++i) weights[i] = 0.1f * static_cast<float>(i), first[i] = 1 / (1 + weights[i]);
  const Json state = {{"step", 12}, {"best", 1.5}};
  write_checkpoint(folder, {{{"weights", weights.data()}, {"optimizer.first", first.data()}}, state}, kSize);
  const auto expect_whole = [&](const Read& r) {
    EXPECT_TRUE(r.found);
    EXPECT_EQ(r.weights, weights);
    EXPECT_EQ(r.first, first);
    EXPECT_EQ(r.state, state);
  };
  expect_whole(read(folder));
  const std::string whole = read_file(path);
  size_t harmless = 0;
  const auto put = [&](size_t at, int byte) {  // in place, without a wait for the disk
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(byte));
  };
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    SCOPED_TRACE(bit);
    const size_t at = bit / 8;
    put(at, whole[at] ^ (1 << bit % 8));
    try {
      expect_whole(read(folder));
      ++harmless;
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find(path), std::string::npos) << e.what();
    }
    put(at, whole[at]);
  }
  EXPECT_LT(harmless, 80u);  // names that nobody asks for, white space
}

TEST(Checkpoint, BelongsToOneModelAndOptimizer) {
  const std::string folder = temporary("other");
  Values weights(kSize, 1), more(2 * kSize, 1);
  const auto expect_fault = [&](CheckpointData::Block block, int64_t size, const std::string& what) {
    CheckpointData data{{block}, {}};
    try {
      read_checkpoint(folder, data, size);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
  };
  write_checkpoint(folder, {{{"weights", weights.data()}}, Json::object()}, kSize);
  expect_fault({"weights", more.data()}, 2 * kSize, "expected \"weights\" with 32 values, found 16");
  expect_fault({"average", weights.data()}, kSize, "expected \"average\" with 16 values, found none");
}

TEST(Snapshots, OfTheLastValidationsAreKept) {
  const std::string folder = temporary("snapshots");
  Values weights(kSize), mean(kSize);
  EXPECT_EQ(mean_of_snapshots(folder, mean), 0);
  for (const int64_t step : {8, 9, 10, 100}) {  // by number, not by name
    weights.assign(kSize, static_cast<float>(step));
    write_snapshot(folder, step, weights.data(), kSize, 3);
  }
  EXPECT_EQ(mean_of_snapshots(folder, mean), 3);
  EXPECT_NEAR(mean[kSize - 1], (9 + 10 + 100) / 3.0, 1e-4);
  Values other(2 * kSize);
  EXPECT_THROW(mean_of_snapshots(folder, other), Error);
}

}  // namespace
}  // namespace gamana
