#pragma once
// generation_config.json, as transformers writes it beside a model.
#include <string>

#include "gamana/base/json.h"
#include "gamana/decode/options.h"

namespace gamana {

// What it says of how to generate, in place of `options`; keys that are absent or null stay as they are there. Throws
// Error naming `where` and a key of a wrong type.
RequestOptions generation_options(const Json& json, const std::string& where, RequestOptions options = {});

// Of a model directory: generation_config.json where there is one, else what config.json says of end tokens.
RequestOptions read_generation_options(const std::string& directory);

}  // namespace gamana
