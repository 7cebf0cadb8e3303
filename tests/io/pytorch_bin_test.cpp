#include "gamana/io/pytorch_bin.h"

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/io/pickle.h"
#include "gamana/io/safetensors.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

using Floats = std::vector<float>;
using Shape = std::vector<int64_t>;

// Files of torch 2.13.0 (tools/golden/pytorch_bin.py).
std::string golden(const std::string& name) { return std::string(GAMANA_SOURCE_DIR) + "/tests/golden/io/" + name; }

// Without the care of write_file, which waits for the disk: thousands are written. A file that is overwritten in place
// would be waited for as well, by some file systems.
std::string written(const std::string& bytes, const std::string& path = temporary("file.bin")) {
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

// What the Error says; empty if the file is read.
std::string error_of(const std::string& path) {
  try {
    const PytorchBin file(path);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Floats floats(const TensorFile& file, const std::string& name) {
  const StoredTensor* t = file.find(name);
  if (!t) return {-12345};
  Floats out(static_cast<size_t>(t->size()));
  t->read(out.data(), name);
  return out;
}

template <class T>
std::vector<T> numbers(const TensorFile& file, const std::string& name, const std::string& type) {
  const StoredTensor* t = file.find(name);
  if (!t || t->type != type || t->bytes % sizeof(T)) return {};
  std::vector<T> out(t->bytes / sizeof(T));
  std::memcpy(out.data(), t->data, t->bytes);
  return out;
}

void expect_tensors(const std::string& name) {
  const PytorchBin file(golden(name));
  EXPECT_EQ(file.tensors().size(), 18u);
  EXPECT_EQ(floats(file, "base"), (Floats{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(file.find("base")->shape, (Shape{2, 3}));
  EXPECT_EQ(floats(file, "transposed"), (Floats{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(file.find("transposed")->shape, (Shape{3, 2}));
  EXPECT_TRUE(file.find("base")->in_file);
  EXPECT_FALSE(file.find("transposed")->in_file);  // a copy, whose pages must not go
  EXPECT_EQ(floats(file, "column"), (Floats{1, 4}));
  EXPECT_EQ(floats(file, "part"), (Floats{2, 3, 4}));
  EXPECT_EQ(floats(file, "expanded"), (Floats{7, 7, 7, 8, 8, 8}));
  Floats permuted;
  for (int k = 0; k < 4; ++k)
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 3; ++j) permuted.push_back(static_cast<float>(12 * i + 4 * j + k));
  EXPECT_EQ(floats(file, "permuted"), permuted);
  EXPECT_EQ(numbers<double>(file, "f64", "F64"), (std::vector<double>{0.1, -2}));
  EXPECT_EQ(floats(file, "f16"), (Floats{1.5f, -65504, 0x1p-24f}));
  EXPECT_EQ(floats(file, "bf16"), (Floats{1.5f, -0x1.c4p127f}));
  EXPECT_EQ(numbers<char>(file, "bool", "BOOL"), (std::vector<char>{1, 0, 1}));
  EXPECT_EQ(floats(file, "scalar"), Floats{4.25});
  EXPECT_EQ(file.find("scalar")->shape, Shape{});
  EXPECT_EQ(file.find("empty")->shape, (Shape{0, 3}));
  EXPECT_EQ(file.find("empty")->bytes, 0u);
  EXPECT_EQ(floats(file, "parameter"), Floats{9});
  EXPECT_EQ(numbers<int64_t>(file, "i64", "I64"), (std::vector<int64_t>{-1, 2}));
  EXPECT_EQ(numbers<int32_t>(file, "i32", "I32"), (std::vector<int32_t>{-1, 2}));
  EXPECT_EQ(numbers<int16_t>(file, "i16", "I16"), (std::vector<int16_t>{-1, 2}));
  EXPECT_EQ(numbers<int8_t>(file, "i8", "I8"), (std::vector<int8_t>{-1, 2}));
  EXPECT_EQ(numbers<uint8_t>(file, "u8", "U8"), (std::vector<uint8_t>{255, 2}));
  // Views of one storage share its bytes; nothing is copied.
  EXPECT_EQ(file.find("part")->data, file.find("base")->data + 8);
}

TEST(PytorchBin, ReadsArchives) { expect_tensors("tensors.bin"); }
TEST(PytorchBin, ReadsFilesBefore16) { expect_tensors("legacy.bin"); }

TEST(PytorchBin, ReadsStateDictsAndWrappers) {
  for (const char* name : {"small.bin", "small_legacy.bin", "wrapped.bin", "zip64.bin"}) {
    const PytorchBin file(golden(name));
    EXPECT_EQ(file.tensors().size(), 2u) << name;
    EXPECT_EQ(floats(file, "weight"), (Floats{1, 2})) << name;
    EXPECT_EQ(floats(file, "bias"), Floats{3}) << name;
  }
}

TEST(PytorchBin, RefusesCalls) {
  const std::string error = error_of(golden("wicked.bin"));
  EXPECT_TRUE(mentions(error, "wants to call \"posix.system\"")) << error;
}

TEST(PytorchBin, EveryCutIsAnError) {
  for (const char* name : {"small.bin", "small_legacy.bin", "zip64.bin"}) {
    const std::string bytes = read_file(golden(name));
    for (size_t n = 0; n < bytes.size(); ++n)
      ASSERT_NE(error_of(written(bytes.substr(0, n))), "") << name << " cut to " << n;
  }
}

// Not every damage can be seen, but none may do more than throw Error.
TEST(PytorchBin, EveryDamageIsAnErrorOrHarmless) {
  for (const char* name : {"small.bin", "small_legacy.bin", "zip64.bin"}) {
    const std::string bytes = read_file(golden(name));
    for (size_t i = 0; i < bytes.size(); ++i)
      for (const char mask : {'\xFF', '\x01'}) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ mask);
        error_of(written(damaged));
      }
  }
}

TEST(PytorchBin, SaysWhatIsNoFileOfTorch) {
  EXPECT_TRUE(mentions(error_of(written("version https://git-lfs")), "begin with \"version https://\""));
  EXPECT_TRUE(mentions(error_of(written("")), "expected a file of torch.save"));
  EXPECT_TRUE(mentions(error_of(written("PK\3\4 and no more")), "zip directory"));
}

// A file before 1.6 with this object and no storages.
std::string legacy(const std::string& object) {
  using namespace std::string_literals;
  return "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s + "\x80\x02M\xe9\x03."s + "\x80\x02}."s + object + "\x80\x02]."s;
}

TEST(PytorchBin, AbuseOfPicklesIsAnError) {
  using namespace std::string_literals;
  const int n = 1000000;
  const auto error = [](const std::string& object) { return error_of(written(legacy(object))); };
  EXPECT_TRUE(mentions(error("\x80\x02" + std::string(n, ']') + std::string(n - 1, 'a') + "."), "a dict of tensors"));  // deep
  EXPECT_TRUE(mentions(error("\x80\x02" + std::string(n, '(')), "cut off"));
  EXPECT_TRUE(mentions(error("\x80\x02" + std::string(3 * n, ']') + "."), "more than"));
  EXPECT_TRUE(mentions(error("\x80\x02}r\xFF\xFF\xFF\xFF."s), "memo"));
  EXPECT_TRUE(mentions(error("\x80\x02j\x05\x00\x00\x00."s), "memo"));
  EXPECT_TRUE(mentions(error("\x80\x02X\xFF\xFF\xFF\xFF."s), "cut off"));
  EXPECT_TRUE(mentions(error("\x80\x02(}t0."s), "operation 0x30"));
  EXPECT_TRUE(mentions(error("\x80\x02}(U\x01" "as."s), "the stack"));  // across a mark
  EXPECT_TRUE(mentions(error("\x80\x04\x95."s), "protocol"));
  EXPECT_TRUE(mentions(error("\x80\x02}q\x00U\x05modelh\x00s."s), "a dict of tensors"));  // contains itself
  EXPECT_TRUE(mentions(error("\x80\x02" "ctorch._utils\n_rebuild_tensor\n)R."s), "a dict of tensors"));
}

// A tensor with these numbers (one byte each) as offset, sizes and strides, in the storage of small_legacy.bin.
TEST(PytorchBin, ViewsStayInTheirStorage) {
  const std::string bytes = read_file(golden("small_legacy.bin"));
  const size_t weight = bytes.find("K\x01K\x02\x86q");  // sizes 1, 2 of the weight
  ASSERT_NE(weight, std::string::npos);
  std::string beyond = bytes;
  beyond[weight + 3] = 3;
  EXPECT_TRUE(mentions(error_of(written(beyond)), "tensor \"weight\" reaches beyond the 2 numbers"));

  // A stride of 0 repeats numbers: sizes 255 by 2 fit, a size of 2^31 - 1 would need 16 GB.
  const size_t strides = bytes.find("K\x02K\x01\x86q", weight);
  ASSERT_NE(strides, std::string::npos);
  std::string repeated = bytes;
  repeated[strides + 1] = 0, repeated[weight + 1] = '\xFF';
  const PytorchBin file(written(repeated));
  EXPECT_EQ(file.find("weight")->shape, (Shape{255, 2}));
  EXPECT_EQ(floats(file, "weight")[509], 2);
  repeated.replace(weight, 2, "J\xFF\xFF\xFF\x7F");
  EXPECT_TRUE(mentions(error_of(written(repeated)), "repeats its storage"));
}

TEST(PytorchBin, ManyCallsWithOneTupleTakeLinearTime) {
  using namespace std::string_literals;
  std::string object = "\x80\x02" "ctorch._utils\n_rebuild_tensor\nq\x00("s + std::string(500000, ')') + "tq\x01]"s;
  for (int i = 0; i < 500000; ++i) object += "h\x00h\x01Ra"s;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_NE(error_of(written(legacy(object + "."))), "");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));  // copying would take hours
}

TEST(Weights, AreLookedUpInOrder) {
  const std::string folder = temporary("model");
  make_directory(folder);
  const auto bias = [&] { return floats(open_weights(folder).at(0), "bias"); };
  EXPECT_THROW(open_weights(folder), Error);
  const std::string small = read_file(golden("small.bin"));
  written(small, folder + "/pytorch_model-00001-of-00001.bin");
  written(R"({"weight_map": {"bias": "pytorch_model-00001-of-00001.bin"}})", folder + "/pytorch_model.bin.index.json");
  EXPECT_EQ(bias(), Floats{3});
  written("PK\3\4", folder + "/pytorch_model.bin");
  EXPECT_THROW(bias(), Error);  // the whole file goes before the shards
  const float value = 5;
  const TensorToStore t = {"bias", "F32", {1}, &value, sizeof value};
  write_safetensors(folder + "/shard.safetensors", std::span(&t, 1));
  written(R"({"weight_map": {"bias": "shard.safetensors"}})", folder + "/model.safetensors.index.json");
  EXPECT_EQ(bias(), Floats{5});
  written(R"({"weight_map": {"bias": 5}})", folder + "/model.safetensors.index.json");
  EXPECT_THROW(bias(), Error);
  written(R"({"weight_map": {"bias": "../shard"}})", folder + "/model.safetensors.index.json");
  EXPECT_THROW(bias(), Error);
}

}  // namespace
}  // namespace gamana
