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

TEST(Npy, SaysWhereItCannotWrite) {
  EXPECT_THROW(write_npy("/nowhere/a.npy", std::vector<int64_t>{1}, [](const Sink&) {}), Error);
}

}  // namespace
}  // namespace gamana
