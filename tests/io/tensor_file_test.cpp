// Values of stored tensors.
#include "gamana/io/tensor_file.h"

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/io/safetensors.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

template <class T>
StoredTensor stored(const char* type, const std::vector<T>& values) {
  return {type, {static_cast<int64_t>(values.size())}, reinterpret_cast<const unsigned char*>(values.data()), values.size() * sizeof(T)};
}

std::vector<float> read(const StoredTensor& tensor) {
  std::vector<float> out(tensor.size());
  tensor.read(out.data(), "model: tensor \"weight\"");
  return out;
}

TEST(StoredTensor, EveryFloatingPointTypeIsRead) {
  const std::vector<float> expected = {0, 1, -2.5f, -std::numeric_limits<float>::infinity()};
  EXPECT_EQ(read(stored("F32", expected)), expected);
  EXPECT_EQ(read(stored("F64", std::vector<double>(expected.begin(), expected.end()))), expected);
  EXPECT_EQ(read(stored("F16", std::vector<uint16_t>{0, 0x3C00, 0xC100, 0xFC00})), expected);
  EXPECT_EQ(read(stored("BF16", std::vector<uint16_t>{0, 0x3F80, 0xC020, 0xFF80})), expected);
}

TEST(StoredTensor, NansAndInfinitiesAreCountedAndNamed) {
  constexpr size_t kSize = 100'000;  // several chunks
  const auto message = [](const StoredTensor& tensor) -> std::string {
    try {
      read(tensor);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  const std::string expected = "model: tensor \"weight\": expected numbers, found NaN in 2 of 100000 places";
  std::vector<float> single(kSize, 1);
  EXPECT_EQ(message(stored("F32", single)), "no error");
  single[3] = single.back() = std::nanf("");
  EXPECT_EQ(message(stored("F32", single)), expected);
  EXPECT_EQ(message(stored("F64", std::vector<double>(single.begin(), single.end()))), expected);
  std::vector<uint16_t> half(kSize, 0x3C00);
  half[0] = 0xFE00, half[70'000] = 0x7C01;
  EXPECT_EQ(message(stored("F16", half)), expected);
  half[0] = 0xFFC0, half[70'000] = 0x7F81;
  EXPECT_EQ(message(stored("BF16", half)), expected);
  half.assign(kSize, 0x3C00), half[5] = 0x7C00;
  const std::string infinite = "model: tensor \"weight\": expected numbers, found infinity in 1 of 100000 places";
  EXPECT_EQ(message(stored("F16", half)), infinite);
  half[5] = 0xFC00;
  EXPECT_EQ(message(stored("F16", half)), "no error") << "a bias that rules a token out";
  StoredTensor matrix = stored("F16", half);
  matrix.shape = {1000, 100};
  EXPECT_EQ(message(matrix), infinite);
  std::vector<double> large(kSize, 1);
  large[7] = 1e300;  // beyond f32
  EXPECT_EQ(message(stored("F64", large)), infinite);
}

size_t resident_of_files() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssFile:")) return std::stoul(line.substr(8)) * 1024;
  return 0;
}

TEST(StoredTensor, PagesOfItsFileGoWhenTheyHaveBeenRead) {
  std::vector<float> values(9'000'003);  // 36 MB, read in three runs
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const std::string path = temporary("model.safetensors");
  const TensorToStore weight{"weight", "F32", {static_cast<int64_t>(values.size())}, values.data(), values.size() * sizeof(float)};
  write_safetensors(path, std::span(&weight, 1));
  const Safetensors file(path);
  std::vector<float> out(values.size());
  const size_t before = resident_of_files();
  file.find("weight")->read(out.data(), path);
  EXPECT_LT(resident_of_files(), before + (size_t{8} << 20));
  EXPECT_EQ(out, values);
  file.find("weight")->read(out.data(), path);  // from the file again
  EXPECT_EQ(out, values);
}

}  // namespace
}  // namespace gamana
