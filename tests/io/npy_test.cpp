#include "gamana/io/npy.h"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

std::string written(std::vector<int64_t> shape, const std::vector<float>& values) {
  const std::string path = temporary("array.npy");
  write_npy(path, shape, [&](const Sink& sink) {
    for (const float v : values) sink(&v, sizeof v);
  });
  return read_file(path);
}

// numpy.save of numpy.arange(6, dtype="f4").reshape(1, 2, 3), numpy 2.
TEST(Npy, BytesAreNumPys) {
  std::string expected("\x93NUMPY\x01\x00\x76\x00", 10);
  expected += "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }";
  expected.resize(127, ' ');
  expected += '\n';
  const std::vector<float> values = {0, 1, 2, 3, 4, 5};
  const std::string bytes = written({1, 2, 3}, values);
  ASSERT_EQ(bytes.size(), 128 + 24u);
  EXPECT_EQ(bytes.substr(0, 128), expected);
  EXPECT_EQ(std::memcmp(bytes.data() + 128, values.data(), 24), 0);
}

TEST(Npy, ShapesAreTuples) {
  EXPECT_NE(written({2}, {1, 2}).find("'shape': (2,), }"), std::string::npos);
  EXPECT_NE(written({0, 5}, {}).find("'shape': (0, 5), }"), std::string::npos);
  EXPECT_NE(written({}, {1}).find("'shape': (), }"), std::string::npos);
  // Values begin at a multiple of 64 whatever the length of the shape.
  for (int64_t n = 1, digits = 1; digits < 19; n *= 10, ++digits) EXPECT_EQ(written({0, n, n}, {}).size() % 64, 0u) << n;
}

TEST(Npy, RowsAreCounted) {
  const std::string path = temporary("rows.npy");
  for (const int64_t cols : {int64_t{1}, int64_t{3}, int64_t{1} << 20})
    for (const int64_t rows : {0, 1, 5}) {
      const std::vector<float> row(static_cast<size_t>(cols), 2.5f);
      write_npy_rows(path, cols, [&](const Sink& sink) {
        for (int64_t i = 0; i < rows; ++i) sink(row.data(), row.size() * sizeof(float));
      });
      const std::string bytes = read_file(path);
      ASSERT_EQ(bytes.size(), 128 + static_cast<size_t>(rows * cols) * sizeof(float));
      EXPECT_NE(bytes.find("'shape': (" + std::to_string(rows) + ", " + std::to_string(cols) + "), }"), std::string::npos);
      EXPECT_EQ(bytes[127], '\n');
    }
  EXPECT_THROW(write_npy_rows("/dev/null", 1, [](const Sink&) {}), Error);
}

TEST(Npy, SaysWhereItCannotWrite) {
  EXPECT_THROW(write_npy("/nowhere/a.npy", std::vector<int64_t>{1}, [](const Sink&) {}), Error);
}

}  // namespace
}  // namespace gamana
