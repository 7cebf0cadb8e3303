// A config.json of any bytes is read or refused with an Error, and so is what is asked of it: its task, its class.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gamana/base/check.h"
#include "gamana/models/model_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gamana;
  try {
    const Json json = parse_json(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
    is_text_model(json);
    const ModelConfig config = model_config(json);
    if (config.vocabulary < 1 || config.width < 1 || config.heads < 1 || config.max_positions < 1) std::abort();
    if (!is_decoder(config.family) && config.width % config.heads) std::abort();
    architecture(config.family, task_of(json));
  } catch (const Error&) {
  }
  return 0;
}
