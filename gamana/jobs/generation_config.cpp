#include "gamana/jobs/generation_config.h"

#include "gamana/base/check.h"
#include "gamana/base/file.h"

namespace gamana {
namespace {

// A number or a list of them.
std::vector<int> read_tokens(const Json& json, const char* key, const std::string& where) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return {};
  if (found->is_number_integer()) return {found->get<int>()};
  try {
    return found->get<std::vector<int>>();
  } catch (const Json::exception&) {
    fail("{}: \"{}\": expected a token or a list of tokens, found {}", where, key, found->dump());
  }
}

}  // namespace

RequestOptions generation_options(const Json& json, const std::string& where, RequestOptions o) {
  const auto read = [&](const char* key, auto& value) {
    const auto found = json.find(key);
    if (found == json.end() || found->is_null()) return;
    try {
      found->get_to(value);
    } catch (const Json::exception&) {
      fail("{}: \"{}\" has the wrong type: found {}", where, key, found->dump());
    }
  };
  read("do_sample", o.do_sample), read("temperature", o.temperature), read("top_k", o.top_k), read("top_p", o.top_p);
  read("min_p", o.min_p), read("typical_p", o.typical_p), read("repetition_penalty", o.repetition_penalty);
  read("no_repeat_ngram_size", o.no_repeat_ngram_size), read("num_beams", o.num_beams);
  read("num_return_sequences", o.num_return_sequences), read("length_penalty", o.length_penalty);
  read("seed", o.seed);
  read("max_new_tokens", o.max_new_tokens), read("max_length", o.max_length), read("min_length", o.min_length);
  for (const auto& [key, tokens] : {std::pair{"eos_token_id", &o.end_tokens}, {"suppress_tokens", &o.suppress_tokens}})
    if (json.contains(key)) *tokens = read_tokens(json, key, where);
  if (const auto found = json.find("early_stopping"); found != json.end() && !found->is_null())
    o.early_stopping = parse_early_stopping(found->is_string() ? found->get<std::string>() : found->dump());
  return o;
}

RequestOptions read_generation_options(const std::string& directory) {
  const std::string file = join_path(directory, "generation_config.json");
  const std::string config = join_path(directory, "config.json");
  if (file_exists(file)) {
    RequestOptions options = generation_options(read_json(file), file);
    if (options.end_tokens.empty()) options.end_tokens = read_tokens(read_json(config), "eos_token_id", config);
    return options;
  }
  RequestOptions options;
  options.end_tokens = read_tokens(read_json(config), "eos_token_id", config);
  return options;
}

}  // namespace gamana
