#pragma once
// Small files of tests, and what is said of broken ones.
#include <filesystem>
#include <fstream>
#include <string>

#include <zlib.h>

#include "gamana/base/check.h"
#include "tests/support/temporary.h"

namespace gamana {

// Without waiting for the disk, which replacing a file would.
inline void write_quickly(const std::string& path, const std::string& text) {
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string file(const std::string& name, const std::string& bytes) {
  write_quickly(temporary(name), bytes);
  return temporary(name);
}

inline std::string gzipped(const std::string& name, const std::string& bytes) {
  const gzFile out = gzopen(temporary(name).c_str(), "wb");
  gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(out);
  return temporary(name);
}

// The message of the Error that `call` throws, without the folder of temporary files.
template <class Call>
std::string fault_of(const Call& call) {
  try {
    call();
  } catch (const Error& e) {
    std::string text = e.what();
    const std::string folder = temporary("");
    for (size_t at; (at = text.find(folder)) != std::string::npos;) text.erase(at, folder.size());
    return text;
  }
  return "none";
}

}  // namespace gamana
