#include "gamana/text/files/sections.h"

#include <algorithm>
#include <map>

#include "gamana/base/check.h"
#include "gamana/text/models/json_text.h"

namespace gamana {
namespace {

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// {…fields, "vocab": {…}
std::string begin_model(TokenizerSections& sections, const Json& fields, Entries entries) {
  for (const auto& [token, id] : entries) sections.ids.insert_or_assign(token, id);
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  std::string out = dump(fields);
  out.back() = ',';
  out += "\"vocab\":{";
  for (const auto& [token, id] : entries) {
    if (sections.ids.at(token) != id) continue;
    if (out.back() != '{') out += ',';
    append_json(out, std::string_view(token));
    fmt::format_to(std::back_inserter(out), ":{}", id);
  }
  return out + '}';
}

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t three = 0;
    for (size_t k = 0; k < 3; ++k) three = three << 8 | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0);
    for (int k = 0; k < 4; ++k) out += kDigits[three >> (18 - 6 * k) & 63];
  }
  for (size_t i = 0; i < (3 - bytes.size() % 3) % 3; ++i) out[out.size() - 1 - i] = '=';
  return out;
}

// "text:1" or "$A:1".
Json template_part(const std::string& part) {
  const size_t colon = part.rfind(':');
  const std::string name = part.substr(0, colon);
  const int type = part[colon + 1] - '0';
  if (name == "$A" || name == "$B") return {{"Sequence", {{"id", name.substr(1)}, {"type_id", type}}}};
  return {{"SpecialToken", {{"id", name}, {"type_id", type}}}};
}

Json null_if_empty(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

int32_t TokenizerSections::find(const std::string& token) const {
  for (const AddedToken& entry : added)
    if (entry.content == token) return entry.id;
  const auto it = ids.find(token);
  return it == ids.end() ? -1 : it->second;
}

int32_t TokenizerSections::id(const std::string& token, const std::string& where) const {
  const int32_t id = find(token);
  if (id < 0) fail("{}: expected the token \"{}\" in the vocabulary, found none", where, token);
  return id;
}

void TokenizerSections::add(std::span<const AddedToken> tokens) {
  std::map<int32_t, AddedToken> by_id;
  std::unordered_map<std::string, int32_t> known;
  for (const AddedToken& token : added) by_id[token.id] = token, known[token.content] = token.id;
  for (const AddedToken& token : tokens) {
    if (token.content.empty()) continue;
    const int32_t next = std::max(static_cast<int32_t>(ids.size()), by_id.empty() ? 0 : by_id.rbegin()->first + 1);
    const auto entry = ids.find(token.content);
    const int32_t id = known.emplace(token.content, entry == ids.end() ? next : entry->second).first->second;
    by_id[id] = token;
    by_id[id].id = id;
  }
  added.clear();
  for (const auto& [_, token] : by_id) added.push_back(token);
}

std::string TokenizerSections::text() const {
  Json tokens = Json::array();
  for (const AddedToken& token : added)
    tokens.push_back({{"id", token.id},
                      {"content", token.content},
                      {"single_word", token.single_word},
                      {"lstrip", token.lstrip},
                      {"rstrip", token.rstrip},
                      {"normalized", token.normalized},
                      {"special", token.special}});
  std::string out = dump({{"version", "1.0"},
                          {"truncation", nullptr},
                          {"padding", nullptr},
                          {"added_tokens", tokens},
                          {"normalizer", normalizer},
                          {"pre_tokenizer", pre_tokenizer},
                          {"post_processor", post_processor},
                          {"decoder", decoder}});
  out.back() = ',';
  return out + "\"model\":" + model + "}\n";
}

void set_bpe(TokenizerSections& sections, const BpeSettings& settings, Entries entries, const Merges& merges) {
  const Json none = settings.empty_affixes ? Json("") : Json(nullptr);
  sections.model = begin_model(sections,
                               {{"type", "BPE"},
                                {"dropout", nullptr},
                                {"unk_token", null_if_empty(settings.unknown)},
                                {"continuing_subword_prefix", none},
                                {"end_of_word_suffix", settings.suffix.empty() ? none : Json(settings.suffix)},
                                {"fuse_unk", settings.fuse_unknown},
                                {"byte_fallback", settings.byte_fallback},
                                {"ignore_merges", settings.ignore_merges}},
                               std::move(entries));
  std::string& out = sections.model;
  out += ",\"merges\":[";
  for (const auto& [left, right] : merges) {
    out += out.back() == '[' ? "[" : ",[";
    append_json(out, left);
    out += ',';
    append_json(out, right);
    out += ']';
  }
  out += "]}";
}

void set_word_piece(TokenizerSections& sections, const std::string& unknown, Entries entries) {
  sections.model = begin_model(sections,
                               {{"type", "WordPiece"},
                                {"unk_token", unknown},
                                {"continuing_subword_prefix", "##"},
                                {"max_input_chars_per_word", 100}},
                               std::move(entries));
  sections.model += '}';
}

void set_unigram(TokenizerSections& sections, const Pieces& pieces, int64_t unknown_id, bool byte_fallback) {
  std::string& out = sections.model;
  out = fmt::format(R"({{"type":"Unigram","unk_id":{},"byte_fallback":{},"vocab":[)", unknown_id, byte_fallback);
  for (size_t id = 0; id < pieces.size(); ++id) {
    const auto& [piece, score] = pieces[id];
    sections.ids.insert_or_assign(piece, static_cast<int32_t>(id));
    out += id ? ",[" : "[";
    append_json(out, std::string_view(piece));
    out += ',';
    append_json(out, score);
    out += ']';
  }
  out += "]}";
}

Json sequence(const char* key, Json steps) { return {{"type", "Sequence"}, {key, std::move(steps)}}; }

Json precompiled(std::string_view charsmap) {
  return {{"type", "Precompiled"}, {"precompiled_charsmap", base64(charsmap)}};
}

Json replace(const std::string& text, const std::string& content) {
  return {{"type", "Replace"}, {"pattern", {{"String", text}}}, {"content", content}};
}

Json replace_regex(const std::string& regex, const std::string& content) {
  return {{"type", "Replace"}, {"pattern", {{"Regex", regex}}}, {"content", content}};
}

Json strip(bool left, bool right) { return {{"type", "Strip"}, {"strip_left", left}, {"strip_right", right}}; }

Json byte_level(bool add_prefix_space, bool trim_offsets, bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", add_prefix_space},
          {"trim_offsets", trim_offsets},
          {"use_regex", use_regex}};
}

Json metaspace(const char* prepend_scheme, bool split) {
  return {{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", prepend_scheme}, {"split", split}};
}

Json split(const char* kind, const std::string& pattern, const char* behavior, bool invert) {
  return {{"type", "Split"}, {"pattern", {{kind, pattern}}}, {"behavior", behavior}, {"invert", invert}};
}

Json template_processing(const TokenizerSections& sections, const std::vector<std::string>& single,
                         const std::vector<std::string>& pair, const std::string& where) {
  std::map<std::string, Json> specials;
  const auto parts = [&](const std::vector<std::string>& list) {
    Json out = Json::array();
    for (const std::string& text : list) {
      out.push_back(template_part(text));
      if (!out.back().contains("SpecialToken")) continue;
      const std::string token = text.substr(0, text.rfind(':'));
      specials[token] = {
          {"id", token}, {"ids", Json::array({sections.id(token, where)})}, {"tokens", Json::array({token})}};
    }
    return out;
  };
  Json out = {{"type", "TemplateProcessing"},
              {"single", parts(single)},
              {"pair", parts(pair)},
              {"special_tokens", Json::object()}};
  for (const auto& [token, entry] : specials) out["special_tokens"][token] = entry;
  return out;
}

Json roberta_processing(const TokenizerSections& sections, const std::string& separator, const std::string& first,
                        bool trim_offsets, bool add_prefix_space, const std::string& where) {
  const auto pair = [&](const std::string& token) { return Json::array({token, sections.id(token, where)}); };
  return {{"type", "RobertaProcessing"},
          {"sep", pair(separator)},
          {"cls", pair(first)},
          {"trim_offsets", trim_offsets},
          {"add_prefix_space", add_prefix_space}};
}

}  // namespace gamana
