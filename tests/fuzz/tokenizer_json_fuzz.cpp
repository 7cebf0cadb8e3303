// A tokenizer.json of any bytes is read or refused with an Error, and what was read encodes, decodes and writes itself.
#include <cstdint>

#include "gamana/base/check.h"
#include "gamana/text/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto tokenizer = gamana::Tokenizer::parse({reinterpret_cast<const char*>(data), size}, "fuzz");
    const gamana::Encoding encoding = tokenizer.encode("Hello, wörld! <s> don't 123 ▁x", "a\u0301 [MASK]  b\n");
    tokenizer.tokens(encoding);
    tokenizer.decode(encoding.ids, false);
    gamana::Tokenizer::parse(tokenizer.json(), "again");
  } catch (const gamana::Error&) {
  }
  return 0;
}
