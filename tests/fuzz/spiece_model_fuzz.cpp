// A SentencePiece model of any bytes is read or refused with an Error, and what was read splits and joins.
#include <cstdint>
#include <string>

#include "gamana/base/check.h"
#include "gamana/text/sentencepiece.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const gamana::SentencePiece model(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
    model.join(model.split("Hello, wörld!  123 \xff ▁x"));
  } catch (const gamana::Error&) {
  }
  return 0;
}
