#include "gamana/jobs/generation_config.h"

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/models/adapter.h"
#include "gamana/models/text_model.h"

namespace gamana {
namespace {

template <class T>
std::vector<T> read_lists(const Json& json, const char* key, const char* expected, const std::string& where) {
  try {
    return json.get<std::vector<T>>();
  } catch (const Json::exception&) {
    fail("{}: \"{}\": expected {}, found {}", where, key, expected, json.dump());
  }
}

// A number or a list of them.
std::vector<int> read_tokens(const Json& json, const char* key, const std::string& where) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return {};
  if (found->is_number_integer()) return {found->get<int>()};
  return read_lists<int>(*found, key, "a token or a list of tokens", where);
}

// Throws Error for what transformers would heed and this does not, unless it says nothing.
void check_known(const Json& json, const std::string& where) {
  static const Json idle = {{"sequence_bias", nullptr},
                            {"exponential_decay_length_penalty", nullptr},
                            {"encoder_repetition_penalty", 1},
                            {"encoder_no_repeat_ngram_size", 0},
                            {"epsilon_cutoff", 0},
                            {"eta_cutoff", 0},
                            {"top_h", nullptr},
                            {"guidance_scale", 1},
                            {"watermarking_config", nullptr},
                            {"token_healing", false},
                            {"max_time", nullptr},
                            {"num_beam_groups", 1},
                            {"diversity_penalty", 0},
                            {"constraints", nullptr},
                            {"force_words_ids", nullptr},
                            {"penalty_alpha", 0},
                            {"dola_layers", nullptr}};
  for (const auto& [key, value] : idle.items())
    if (const auto found = json.find(key); found != json.end() && !found->is_null() && *found != value)
      throw Error(fmt::format("{}: \"{}\": {} is an option that gamana does not have", where, key, found->dump()),
                  "remove it there to generate without it");
}

}  // namespace

RequestOptions generation_options(const Json& json, const std::string& where, RequestOptions o) {
  const auto read = [&](const char* key, auto& value) { value = get_or(json, key, value, where); };
  const auto read_number = [&](const char* key, float& value) {
    value = static_cast<float>(get_or<double>(json, key, value, where));
  };
  read("do_sample", o.do_sample), read("top_k", o.top_k), read("seed", o.seed);
  read_number("temperature", o.temperature), read_number("top_p", o.top_p), read_number("min_p", o.min_p);
  read_number("typical_p", o.typical_p), read_number("repetition_penalty", o.repetition_penalty);
  read_number("length_penalty", o.length_penalty);
  read("no_repeat_ngram_size", o.no_repeat_ngram_size), read("num_beams", o.num_beams);
  read("num_return_sequences", o.num_return_sequences);
  read("max_new_tokens", o.max_new_tokens), read("max_length", o.max_length);
  read("min_new_tokens", o.min_new_tokens), read("min_length", o.min_length);
  read("forced_bos_token_id", o.forced_bos_token_id), read("forced_eos_token_id", o.forced_eos_token_id);
  read("renormalize_logits", o.renormalize_logits);
  for (const auto& [key, tokens] : {std::pair{"eos_token_id", &o.end_tokens},
                                    {"suppress_tokens", &o.suppress_tokens},
                                    {"begin_suppress_tokens", &o.begin_suppress_tokens}})
    if (json.contains(key)) *tokens = read_tokens(json, key, where);
  if (const auto found = json.find("bad_words_ids"); found != json.end() && !found->is_null())
    o.bad_words_ids = read_lists<std::vector<int>>(*found, "bad_words_ids", "a list of lists of tokens", where);
  if (const auto found = json.find("early_stopping"); found != json.end() && !found->is_null())
    o.early_stopping = parse_early_stopping(found->is_string() ? found->get<std::string>() : found->dump());
  return o;
}

std::vector<std::string> read_texts(const Json& json, const char* key, const std::string& where) {
  if (json.is_string()) return {json.get<std::string>()};
  return read_lists<std::string>(json, key, "a text or a list of texts", where);
}

std::string generation_config_file(const std::string& directory) {
  const std::string file = join_path(directory, "generation_config.json");
  if (file_exists(file)) return file;
  return is_adapter(directory) ? generation_config_file(adapter_base(directory)) : "";
}

void keep_generation_config(const std::string& directory, const std::string& folder) {
  const std::string file = generation_config_file(directory);
  if (!file.empty()) write_file(join_path(folder, "generation_config.json"), read_file(file));
}

GenerationDefaults read_generation_defaults(const std::string& directory, RequestOptions options) {
  const std::string own = generation_config_file(directory), config = join_path(directory, "config.json");
  const std::string file = own.empty() ? config : own;
  const Json model = read_model_config(directory), json = own.empty() ? model : read_json(own);
  check_known(json, file);
  GenerationDefaults defaults{generation_options(json, file, std::move(options)), {}};
  std::vector<int>& ends = defaults.options.end_tokens;
  if (ends.empty()) ends = read_tokens(model, "eos_token_id", config);
  if (const auto stop = json.find("stop_strings"); stop != json.end() && !stop->is_null())
    defaults.stop = read_texts(*stop, "stop_strings", file);
  return defaults;
}

}  // namespace gamana
