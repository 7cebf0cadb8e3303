// A disk that fills up: the last good files stay.
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "program.h"

namespace gamana {
namespace {

// A file system of so many KiB, mounted at a folder.
class SmallDisk {
 public:
  SmallDisk(const std::string& folder, int kib) : folder_(folder) {
    std::filesystem::create_directories(folder);
    mounted_ = ::mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + std::to_string(kib) + "k").c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }

 private:
  std::string folder_;
  bool mounted_;
};

TEST(Disk, FullOneKeepsTheLastGoodCheckpoint) {
  const Workspace w;
  const SmallDisk disk(w.path("disk"), 2048);
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small file system needs root";
  const Arguments training = with(tiny_training(), {"--max-steps", "4", "--save-steps", "2", "--out", "disk/run"});
  ASSERT_EQ(w.run(training).code, 0);
  const std::string weights = w.read("disk/run/model.safetensors");
  const std::string state = w.read("disk/run/checkpoint/state.safetensors");
  // No room for a second copy of what is written.
  FILE* filler = std::fopen(w.path("disk/filler").c_str(), "w");
  const std::string block(4096, 'x');
  while (std::fwrite(block.data(), 1, block.size(), filler) == block.size() && std::fflush(filler) == 0) {}
  std::fclose(filler);
  expect_fault(w.run({"train", "--resume", "disk/run"}), {"No space left"});
  EXPECT_EQ(w.read("disk/run/model.safetensors"), weights);
  EXPECT_EQ(w.read("disk/run/checkpoint/state.safetensors"), state);
  const Arguments translate = {"translate", "-m", "disk/run", "--max-new-tokens", "3"};
  EXPECT_EQ(w.run(translate, "a dog\n").code, 0);
  expect_fault(w.run(translate + Arguments{"-o", "disk/out"}, "a dog\n"), {"No space left"});
  expect_fault(w.run(with(training, {"--out", "disk/new"})), {"No space left"});

  ::unlink(w.path("disk/filler").c_str());
  EXPECT_EQ(w.run({"train", "--resume", "disk/run"}).code, 0);
  EXPECT_EQ(w.read("disk/run/model.safetensors"), weights);
}

// A device like /dev/full.
TEST(Disk, DevicesAreWrittenToAndStay) {
  const Workspace w;
  const std::string device = w.path("full");
  if (::mknod(device.c_str(), S_IFCHR | 0600, ::makedev(1, 7)) != 0 || ::access(device.c_str(), W_OK) != 0)
    GTEST_SKIP() << "making a device needs root";
  const Arguments translate = {"translate", "-m", trained("rnn"), "--max-new-tokens", "3", "-o", "full"};
  expect_fault(w.run(translate, "a dog\n"), {"cannot write full", "No space left"});
  EXPECT_TRUE(std::filesystem::is_character_file(device));
}

}  // namespace
}  // namespace gamana
