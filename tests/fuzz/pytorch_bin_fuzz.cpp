// A pytorch_model.bin of any bytes is read or refused with an Error; of what was read all values are there. The first byte
// chooses between a whole file and its pickle alone.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "gamana/base/check.h"
#include "gamana/io/pickle.h"
#include "gamana/io/pytorch_bin.h"

namespace {

using namespace gamana;

void read_values(std::string_view program) {
  const Pickle pickle = read_pickle(program, "fuzz");
  if (pickle.root >= pickle.values.size() || pickle.length > program.size()) std::abort();
  for (const PickleValue& value : pickle.values)
    for (const uint32_t item : value.items)
      if (item >= pickle.values.size()) std::abort();
}

volatile unsigned char last;  // keeps the reading of every byte

void read_tensors(std::string_view bytes) {
  const std::string path = fmt::format("/dev/shm/pytorch_bin_fuzz{}", ::getpid());
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  try {
    const PytorchBin file(path);
    for (const auto& [name, tensor] : file.tensors())
      for (size_t i = 0; i < tensor.bytes; ++i) last = tensor.data[i];
  } catch (const Error&) {
  }
  ::unlink(path.c_str());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    data[0] & 1 ? read_tensors(rest) : read_values(rest);
  } catch (const Error&) {
  }
  return 0;
}
