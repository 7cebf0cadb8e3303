#include "gamana/text/files/tokenizer_settings.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/text/files/families.h"

namespace gamana {
namespace {

const char* const kConfig = "tokenizer_config.json";
const char* const kSpecialMap = "special_tokens_map.json";
const char* const kTemplate = "chat_template.jinja";
const char* const kTemplates = "additional_chat_templates";  // "<name>.jinja" each

bool is_role(const std::string& key) { return std::count(kTokenRoles.begin(), kTokenRoles.end(), key) > 0; }

// A token is written as its text or as an object with "content" and flags. `special`: it is one whatever is written
// there.
AddedToken read_token(const Json& json, bool special, const std::string& where, const std::string& key) {
  AddedToken token{.content = "", .normalized = !special, .special = special};
  if (json.is_string()) {
    token.content = json.get<std::string>();
    return token;
  }
  if (!json.is_object() || !json.contains("content") || !json["content"].is_string())
    fail("{}: expected a text, or an object with \"content\", as \"{}\", found {}", where, key, json.dump());
  token.content = json["content"].get<std::string>();
  token.single_word = get_or(json, "single_word", false, where);
  token.lstrip = get_or(json, "lstrip", false, where);
  token.rstrip = get_or(json, "rstrip", false, where);
  token.special = special || get_or(json, "special", false, where);
  token.normalized = get_or(json, "normalized", !token.special, where);
  return token;
}

std::string without_fast(std::string name) {
  if (name.ends_with("Fast") && name != "PreTrainedTokenizerFast") name.resize(name.size() - 4);
  return name;
}

std::string find_class(const Json& settings, const std::string& folder) {
  std::string name = get_or(settings, "tokenizer_class", std::string(), join_path(folder, kConfig));
  const std::string path = join_path(folder, "config.json");
  const Json config = read_object(path);
  const std::string by_type(tokenizer_class_of(get_or(config, "model_type", std::string(), path)));
  if (name.empty()) name = get_or(config, "tokenizer_class", std::string(), path);
  return without_fast(name.empty() ? by_type : name);
}

// {"<id>": token, …}
std::vector<AddedToken> read_decoder(const Json& json, const std::string& where) {
  if (!json.is_object()) fail("{}: expected an object as \"added_tokens_decoder\", found {}", where, json.type_name());
  std::vector<AddedToken> out;
  for (const auto& [key, value] : json.items()) {
    AddedToken token = read_token(value, false, where, "added_tokens_decoder");
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), token.id);
    if (error != std::errc() || end != key.data() + key.size() || token.id < 0)
      fail("{}: expected an id in \"added_tokens_decoder\", found \"{}\"", where, key);
    out.push_back(std::move(token));
  }
  return out;
}

// added_tokens.json: {"token": id, …}
std::vector<AddedToken> read_added(const std::string& path, const std::set<std::string>& special) {
  const Json json = read_object(path);
  std::vector<AddedToken> out;
  for (const auto& [text, id] : json.items()) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > INT32_MAX)
      fail("{}: expected the id of \"{}\", found {}", path, text, id.dump());
    const bool is_special = special.contains(text);
    out.push_back({.content = text, .id = id.get<int32_t>(), .normalized = !is_special, .special = is_special});
  }
  return out;
}

void read_additional(TokenizerSettings& out, const Json& json, bool special, const std::string& where) {
  for (const char* key : {"extra_special_tokens", "additional_special_tokens"}) {
    if (!json.contains(key) || json[key].is_null()) continue;
    if (json[key].is_object()) {
      for (const auto& [name, value] : json[key].items())
        out.own_tokens.emplace_back(name, read_token(value, true, where, key));
      continue;
    }
    if (!json[key].is_array()) fail("{}: expected a list as \"{}\", found {}", where, key, json[key].type_name());
    if (!out.additional.empty()) continue;
    for (const Json& value : json[key]) out.additional.push_back(read_token(value, special || value.is_string(), where, key));
  }
}

// Flags of a mask that is given by its text alone.
void set_mask_flags(std::optional<AddedToken>& token, size_t role, const TokenizerFamily* family) {
  if (role != static_cast<size_t>(TokenRole::mask) || !family) return;
  token->lstrip = family->mask_strips_left;
  token->normalized = family->mask_normalized;
}

// Roles, additional and other tokens of one of the two files; `special`: additional ones are, whatever is written there.
void read_named(TokenizerSettings& out, const Json& json, const TokenizerFamily* family, bool special,
                const std::string& where) {
  for (size_t role = 0; role < kTokenRoles.size(); ++role) {
    const char* key = kTokenRoles[role];
    if (!json.contains(key)) continue;
    if (json[key].is_null())
      out.tokens[role].reset();
    else
      out.tokens[role] = read_token(json[key], true, where, key);
    if (json[key].is_string()) set_mask_flags(out.tokens[role], role, family);
  }
  for (const auto& [key, value] : json.items())
    if (key.ends_with("_token") && !is_role(key) && (value.is_string() || value.is_object()))
      out.own_tokens.emplace_back(key, read_token(value, true, where, key));
  read_additional(out, json, special, where);
}

void read_tokens(TokenizerSettings& out, const std::string& folder) {
  const TokenizerFamily* family = find_family(out.tokenizer_class);
  for (size_t role = 0; family && role < kTokenRoles.size(); ++role) {
    if (!family->tokens[role]) continue;
    out.tokens[role] = AddedToken{.content = family->tokens[role], .normalized = false, .special = true};
    set_mask_flags(out.tokens[role], role, family);
  }
  const std::string path = join_path(folder, kConfig);
  read_named(out, out.json, family, false, path);
  if (out.json.contains("added_tokens_decoder")) {
    // With it the older two files are not looked at.
    out.added = read_decoder(out.json["added_tokens_decoder"], path);
  } else {
    const std::string map_path = join_path(folder, kSpecialMap);
    read_named(out, read_object(map_path), family, true, map_path);
    std::set<std::string> special;
    for (const auto& token : out.tokens)
      if (token) special.insert(token->content);
    for (const AddedToken& token : out.additional) special.insert(token.content);
    out.added = read_added(join_path(folder, "added_tokens.json"), special);
  }
  std::stable_sort(out.added.begin(), out.added.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  for (auto& token : out.tokens)
    for (const AddedToken& added : out.added)
      if (token && added.content == token->content) {
        token = added;
        token->special = true;
      }
}

Side read_side(const Json& json, const char* key, Side fallback, const std::string& where) {
  const std::string side = get_or<std::string>(json, key, fallback == Side::left ? "left" : "right", where);
  if (side != "left" && side != "right")
    fail("{}: expected \"left\" or \"right\" as \"{}\", found \"{}\"", where, key, side);
  return side == "left" ? Side::left : Side::right;
}

int64_t read_length(const Json& json, const std::string& where) {
  const char* key = json.contains("model_max_length") ? "model_max_length" : "max_len";
  if (!json.contains(key) || json[key].is_null()) return TokenizerSettings::kUnlimited;
  // transformers writes 1e30 for no limit, as an integer.
  const double length = get_or(json, key, 0.0, where);
  if (!(length >= 1)) fail("{}: expected a length as \"{}\", found {}", where, key, json[key].dump());
  return length < 9e18 ? static_cast<int64_t>(length) : TokenizerSettings::kUnlimited;
}

std::vector<std::pair<std::string, std::string>> template_files(const std::string& folder) {
  std::vector<std::pair<std::string, std::string>> out;
  const std::string file = join_path(folder, kTemplate), more = join_path(folder, kTemplates);
  if (file_exists(file)) out.emplace_back("default", read_file(file));
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(more, none))
    if (entry.path().extension() == ".jinja") out.emplace_back(entry.path().stem(), read_file(entry.path()));
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::pair<std::string, std::string>> read_templates(const Json& json, const std::string& folder,
                                                                const std::string& where) {
  std::vector<std::pair<std::string, std::string>> out = template_files(folder);
  if (!out.empty() || !json.contains("chat_template") || json["chat_template"].is_null()) return out;
  const Json& found = json["chat_template"];
  if (found.is_string()) return {{"default", found.get<std::string>()}};
  if (!found.is_array()) fail("{}: expected a text or a list as \"chat_template\", found {}", where, found.type_name());
  for (const Json& entry : found) {
    const std::string name = get_or(entry, "name", std::string(), where);
    if (name.empty())
      fail("{}: expected {{\"name\", \"template\"}} in \"chat_template\", found {}", where, entry.dump());
    out.emplace_back(name, get_or(entry, "template", std::string(), where));
  }
  return out;
}

Json write_token(const AddedToken& token) {
  return {{"content", token.content}, {"lstrip", token.lstrip},           {"normalized", token.normalized},
          {"rstrip", token.rstrip},   {"single_word", token.single_word}, {"special", token.special}};
}

void write_templates(const std::string& folder, const std::vector<std::pair<std::string, std::string>>& templates) {
  for (const auto& [name, text] : templates) {
    if (name == "default") {
      write_file(join_path(folder, kTemplate), text);
      continue;
    }
    if (name.empty() || name[0] == '.' || name.find_first_of(std::string_view("/\0", 2)) != name.npos)
      fail("{}: expected a name of a file as the name of a chat template, found \"{}\"", folder, name);
    const std::string more = join_path(folder, kTemplates);
    make_directory(more);
    write_file(join_path(more, name + ".jinja"), text);
  }
}

const char* side_name(Side side) { return side == Side::left ? "left" : "right"; }

}  // namespace

Json read_object(const std::string& path) {
  Json json = file_exists(path) ? read_json(path) : Json::object();
  if (!json.is_object()) fail("{}: expected a JSON object, found {}", path, json.type_name());
  return json;
}

TokenizerSettings read_tokenizer_settings(const std::string& folder, const std::string& tokenizer_class) {
  const std::string path = join_path(folder, kConfig);
  TokenizerSettings out;
  out.json = read_object(path);
  out.tokenizer_class = tokenizer_class.empty() ? find_class(out.json, folder) : tokenizer_class;
  read_tokens(out, folder);
  const TokenizerFamily* family = find_family(out.tokenizer_class);
  out.model_max_length = read_length(out.json, path);
  out.padding_side = read_side(out.json, "padding_side", family ? family->padding_side : Side::right, path);
  out.truncation_side = read_side(out.json, "truncation_side", Side::right, path);
  out.clean_up_tokenization_spaces = get_or(out.json, "clean_up_tokenization_spaces", false, path);
  out.chat_templates = read_templates(out.json, folder, path);
  return out;
}

void write_tokenizer_settings(const std::string& folder, const TokenizerSettings& settings) {
  Json json = settings.json, map = Json::object(), decoder = Json::object(), additional = Json::array();
  json["tokenizer_class"] = settings.tokenizer_class.empty() ? "PreTrainedTokenizerFast" : settings.tokenizer_class;
  for (size_t role = 0; role < kTokenRoles.size(); ++role) {
    const auto& token = settings.tokens[role];
    json[kTokenRoles[role]] = token ? Json(token->content) : Json(nullptr);
    if (token) map[kTokenRoles[role]] = write_token(*token);
  }
  for (const auto& [name, token] : settings.own_tokens) json[name] = token.content;
  for (const AddedToken& token : settings.additional) additional.push_back(token.content);
  for (const AddedToken& token : settings.added)
    decoder.get_ref<Json::object_t&>().push_back({std::to_string(token.id), write_token(token)});  // [] would search
  json.erase("extra_special_tokens");
  if (!additional.empty()) json["additional_special_tokens"] = map["additional_special_tokens"] = additional;
  if (!decoder.empty()) json["added_tokens_decoder"] = decoder;
  json["clean_up_tokenization_spaces"] = settings.clean_up_tokenization_spaces;
  if (settings.model_max_length == TokenizerSettings::kUnlimited)
    json.erase("model_max_length");
  else
    json["model_max_length"] = settings.model_max_length;
  json["padding_side"] = side_name(settings.padding_side);
  json["truncation_side"] = side_name(settings.truncation_side);
  json.erase("chat_template");
  make_directory(folder);
  write_templates(folder, settings.chat_templates);
  write_json(join_path(folder, kConfig), json);
  write_json(join_path(folder, kSpecialMap), map);
}

bool cleans_up_spaces(const TokenizerSettings& settings, std::string_view model_type) {
  const TokenizerFamily* family = find_family(settings.tokenizer_class);
  if (model_type != "BPE" || (family && family->is_slow)) return settings.clean_up_tokenization_spaces;
  const bool insists = get_or(settings.json, "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output",
                              settings.tokenizer_class == "LukeTokenizer", kConfig);
  return settings.clean_up_tokenization_spaces && insists;
}

}  // namespace gamana
