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

// A new folder in there.
inline std::string new_folder() {
  static int count = 0;
  const std::string path = temporary("folder" + std::to_string(count++));
  std::filesystem::create_directory(path);
  return path;
}

}  // namespace gamana
