#pragma once
// generation_config.json, as transformers writes it beside a model.
#include <string>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/decode/options.h"

namespace gamana {

// What it says of how to generate, in place of `options`; keys that are absent or null stay as they are there. Throws
// Error naming `where` and a key of a wrong type.
RequestOptions generation_options(const Json& json, const std::string& where, RequestOptions options = {});

// The value of `key`, a text or a list of texts. Throws Error naming `where` and the key for anything else.
std::vector<std::string> read_texts(const Json& json, const char* key, const std::string& where);

// That of a model directory, or of the model that an adapter belongs to; empty if there is none.
std::string generation_config_file(const std::string& directory);
// Puts a copy of it into `folder`, if there is one, as transformers does with a model that it has read and saves.
void keep_generation_config(const std::string& directory, const std::string& folder);

struct GenerationDefaults {
  RequestOptions options;
  std::vector<std::string> stop;  // stop_strings
};

// Of a model directory: generation_config.json, or where there is none config.json, as transformers does; end tokens that
// the one does not name are the other's; what neither says is as in `options`. Throws Error for an option of transformers
// that would change the text and that RequestOptions lacks.
GenerationDefaults read_generation_defaults(const std::string& directory, RequestOptions options = {});

}  // namespace gamana
