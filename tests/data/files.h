#pragma once
// Small files of tests, and what is said of broken ones.
#include <zlib.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "tests/support/temporary.h"

namespace gamana {

inline std::string file(const std::string& name, const std::string& bytes) {
  std::filesystem::remove(temporary(name));  // replacing a file waits for the disk
  write_file(temporary(name), bytes);
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
