// Values of stored tensors.
#include "gamana/io/tensor_file.h"

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "gamana/base/check.h"

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
  const std::vector<float> expected = {0, 1, -2.5f, std::numeric_limits<float>::infinity()};
  EXPECT_EQ(read(stored("F32", expected)), expected);
  EXPECT_EQ(read(stored("F64", std::vector<double>(expected.begin(), expected.end()))), expected);
  EXPECT_EQ(read(stored("F16", std::vector<uint16_t>{0, 0x3C00, 0xC100, 0x7C00})), expected);
  EXPECT_EQ(read(stored("BF16", std::vector<uint16_t>{0, 0x3F80, 0xC020, 0x7F80})), expected);
}

TEST(StoredTensor, NansAreCountedAndNamed) {
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
}

}  // namespace
}  // namespace gamana
