#include "gamana/text/marian/tokenizer_config.h"

#include <algorithm>
#include <charconv>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/text/files/tokenizer_settings.h"

namespace gamana {
namespace {

// The named special tokens, in the order in which transformers gives them ids.
constexpr const char* kNamed[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                  "pad_token", "cls_token", "mask_token"};

// A token is written as its text or as {"content": text, …}.
std::string token_text(const Json& json, const std::string& where) {
  if (json.is_string()) return json.get<std::string>();
  std::string text = get_or(json, "content", std::string(), where);
  if (text.empty()) fail("{}: a special token without \"content\": {}", where, json.dump());
  return text;
}

// {"<id>": token, …}; only here do transformers' tokens keep what they strip. Decoding leaves out what is a named or extra
// token, whatever "special" says here.
void add_decoder(std::vector<MarianToken>& tokens, const Json& decoder, const std::string& where) {
  if (!decoder.is_object()) fail("{}: \"added_tokens_decoder\" has to be an object", where);
  for (const auto& [key, value] : decoder.items()) {
    MarianToken token{.text = token_text(value, where), .special = false};
    if (value.is_object()) {
      token.strip_left = get_or(value, "lstrip", false, where);
      token.strip_right = get_or(value, "rstrip", false, where);
      if (get_or(value, "single_word", false, where))
        fail("{}: token \"{}\" has \"single_word\": true, which is not supported", where, token.text);
    }
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), token.id);
    if (error != std::errc() || end != key.data() + key.size() || token.id < 0)
      fail("{}: expected an id in \"added_tokens_decoder\", found \"{}\"", where, key);
    tokens.push_back(std::move(token));
  }
}

void mark_special(std::vector<MarianToken>& tokens, const std::string& text) {
  for (MarianToken& token : tokens)
    if (token.text == text) {
      token.special = true;
      return;
    }
  tokens.push_back({.text = text});
}

}  // namespace

MarianConfig MarianConfig::make(bool lowercase, bool separate_vocabs, const std::string& source_lang,
                                      const std::string& target_lang) {
  MarianConfig out;
  out.lowercase = lowercase;
  out.separate_vocabs = separate_vocabs;
  out.source_lang = source_lang, out.target_lang = target_lang;
  out.json = {{"tokenizer_class", "MarianTokenizer"}, {"model_max_length", 512},
              {"eos_token", out.end},                 {"unk_token", out.unknown},
              {"pad_token", out.pad},                 {"separate_vocabs", separate_vocabs},
              {"lowercase", lowercase}};
  if (!source_lang.empty()) out.json["source_lang"] = source_lang;
  if (!target_lang.empty()) out.json["target_lang"] = target_lang;
  for (const std::string& text : {out.end, out.unknown, out.pad}) mark_special(out.added, text);
  return out;
}

MarianConfig MarianConfig::read(const std::string& folder) {
  const std::string path = join_path(folder, "tokenizer_config.json");
  MarianConfig out;
  out.json = read_object(path);
  out.lowercase = get_or(out.json, "lowercase", false, path);
  out.separate_vocabs = get_or(out.json, "separate_vocabs", false, path);
  out.clean_up_spaces = get_or(out.json, "clean_up_tokenization_spaces", false, path);
  out.source_lang = get_or(out.json, "source_lang", std::string(), path);
  out.target_lang = get_or(out.json, "target_lang", std::string(), path);

  // With "added_tokens_decoder" the older two files are not looked at (PreTrainedTokenizerBase._from_pretrained).
  Json named = out.json;
  if (named.contains("added_tokens_decoder")) {
    add_decoder(out.added, named["added_tokens_decoder"], path);
  } else {
    named.update(read_object(join_path(folder, "special_tokens_map.json")));
    const std::string added_path = join_path(folder, "added_tokens.json");
    const Json more = read_object(added_path);
    for (const auto& [text, id] : more.items()) {
      if (!id.is_number_unsigned()) fail("{}: expected the id of \"{}\", found {}", added_path, text, id.dump());
      out.added.push_back({.text = text, .id = id.get<int>(), .special = false});
    }
  }
  const auto set_name = [&](const char* key, std::string& text) {
    if (named.contains(key) && !named[key].is_null()) text = token_text(named[key], path);
    else named[key] = text;
  };
  set_name("eos_token", out.end), set_name("unk_token", out.unknown), set_name("pad_token", out.pad);
  // Names are written back as text alone, the form that transformers takes.
  const auto mark = [&](Json& json) {
    json = token_text(json, path);
    mark_special(out.added, json.get<std::string>());
  };
  for (const char* key : kNamed)
    if (named.contains(key) && !named[key].is_null()) mark(named[key]);
  for (const char* key : {"extra_special_tokens", "additional_special_tokens"})
    if (named.contains(key) && named[key].is_array())
      for (Json& token : named[key]) mark(token);
  out.json = std::move(named);
  return out;
}

void MarianConfig::write(const std::string& folder) const {
  Json settings = {{"tokenizer_class", "MarianTokenizer"}}, decoder = Json::object();
  settings.update(json);
  for (const MarianToken& token : added)
    decoder[fmt::format("{}", token.id)] = {{"content", token.text},        {"lstrip", token.strip_left},
                                            {"normalized", false},          {"rstrip", token.strip_right},
                                            {"single_word", false},         {"special", token.special}};
  settings["added_tokens_decoder"] = decoder;
  write_json(join_path(folder, "tokenizer_config.json"), settings);
  write_json(join_path(folder, "special_tokens_map.json"), {{"eos_token", end}, {"unk_token", unknown}, {"pad_token", pad}});
}

void MarianConfig::resolve(const Vocabulary& vocabulary) {
  int next = vocabulary.size();
  for (const MarianToken& token : added) next += token.id >= 0 && vocabulary.find(token.text) < 0;
  for (MarianToken& token : added) {
    if (token.id < 0) token.id = vocabulary.find(token.text);
    if (token.id < 0) token.id = next++;
  }
}

const MarianToken* MarianConfig::find(int id) const {
  const auto it = std::find_if(added.begin(), added.end(), [&](const MarianToken& token) { return token.id == id; });
  return it == added.end() ? nullptr : &*it;
}

}  // namespace gamana
