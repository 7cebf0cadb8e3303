#pragma once
// Files of tests, which run side by side and in several build folders.
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace gamana {

// A path in a folder of this process, which is removed when it ends.
inline std::string temporary(const std::string& name) {
  static const struct Folder {
    std::string path = testing::TempDir() + "gamana-XXXXXX";
    Folder() { EXPECT_NE(::mkdtemp(path.data()), nullptr); }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  } folder;
  return folder.path + "/" + name;
}

}  // namespace gamana
