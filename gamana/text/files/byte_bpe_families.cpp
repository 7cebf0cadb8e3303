// vocab.json and merges.txt: GPT-2 and its kin, byte-pair encoding of bytes.
#include <simdjson.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/text/files/families.h"

namespace gamana {
namespace {

// A line of merges.txt is two tokens with one space between them.
Merges read_merges(const std::vector<std::string>& lines, const std::string& path) {
  Merges out;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (line.starts_with("#version") || line.empty()) continue;
    const size_t space = line.find(' ');
    if (space == line.npos || line.find(' ', space + 1) != line.npos)
      fail("{}: expected two tokens and a space on line {}, found \"{}\"", path, i + 1, line.substr(0, 100));
    out.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return out;
}

TokenizerSections byte_bpe(const SideFiles& files, const std::string& unknown = "", const std::string& suffix = "") {
  TokenizerSections out;
  const std::string path = files.path("merges.txt");
  const std::vector<std::string> lines = read_lines(path);
  set_bpe(out, {.unknown = unknown, .empty_affixes = true, .suffix = suffix},
          read_vocabulary_json(files.path("vocab.json")), read_merges(lines, path));
  out.pre_tokenizer = byte_level(files.flag("add_prefix_space", false));
  out.decoder = byte_level(true);
  out.add(tokens_to_add(files.settings));
  return out;
}

// NFC and a regular expression of its own, before bytes become characters.
void set_split(TokenizerSections& out, const char* regex, const char* behavior, bool invert, Json bytes) {
  out.pre_tokenizer =
      sequence("pretokenizers", Json::array({split("Regex", regex, behavior, invert), std::move(bytes)}));
}

}  // namespace

Entries read_vocabulary_json(const std::string& path) {
  const std::string text = read_file(path);
  Entries out;
  try {
    simdjson::dom::parser parser;
    const simdjson::dom::object object = parser.parse(text);
    for (const simdjson::dom::key_value_pair field : object) {
      const uint64_t id = field.value.get_uint64();
      if (id > 1 << 24) fail("{}: expected an id of 0 to {} for \"{}\", found {}", path, 1 << 24, field.key, id);
      out.emplace_back(field.key, static_cast<int32_t>(id));
    }
  } catch (const simdjson::simdjson_error& e) {
    fail("{}: expected an object of tokens and their ids: {}", path, e.what());
  }
  if (out.empty()) fail("{}: expected tokens and their ids, found none", path);
  return out;
}

TokenizerSections convert_gpt2(const SideFiles& files) {
  TokenizerSections out = byte_bpe(files);
  out.post_processor = begin_end_template(files, out);
  return out;
}

TokenizerSections convert_gpt_neox(const SideFiles& files) {
  TokenizerSections out = convert_gpt2(files);
  out.normalizer = {{"type", "NFC"}};
  out.pre_tokenizer["trim_offsets"] = files.flag("trim_offsets", true);
  return out;
}

TokenizerSections convert_roberta(const SideFiles& files) {
  TokenizerSections out = byte_bpe(files);
  out.post_processor =
      roberta_processing(out, files.need(TokenRole::separator), files.need(TokenRole::classifier),
                         files.flag("trim_offsets", true), files.flag("add_prefix_space", false), files.config());
  return out;
}

TokenizerSections convert_blenderbot(const SideFiles& files) {
  TokenizerSections out = convert_gpt2(files);
  out.pre_tokenizer = byte_level(files.flag("add_prefix_space", true));
  return out;
}

TokenizerSections convert_deberta(const SideFiles& files) {
  TokenizerSections out = byte_bpe(files);
  const std::string first = files.need(TokenRole::classifier) + ":0", end = files.need(TokenRole::separator) + ":0";
  out.post_processor =
      template_processing(out, {first, "$A:0", end}, {first, "$A:0", end, end, "$B:0", end}, files.config());
  return out;
}

TokenizerSections convert_qwen2(const SideFiles& files) {
  TokenizerSections out = convert_gpt2(files);
  out.normalizer = {{"type", "NFC"}};
  set_split(
      out,
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
            R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
      "Isolated", false, byte_level(files.flag("add_prefix_space", false), true, false));
  return out;
}

TokenizerSections convert_clip(const SideFiles& files) {
  TokenizerSections out = byte_bpe(files, files.need(TokenRole::unknown), "</w>");
  out.normalizer =
      sequence("normalizers", Json::array({{{"type", "NFC"}}, replace_regex(R"(\s+)", " "), {{"type", "Lowercase"}}}));
  set_split(out, R"(<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+)",
            "Removed", true, byte_level(false));
  out.post_processor =
      roberta_processing(out, files.need(TokenRole::end), files.need(TokenRole::begin), false, false, files.config());
  // CLIPTokenizer does this to the text that the bytes become.
  out.decoder =
      sequence("decoders", Json::array({byte_level(true), replace("</w>", " "), replace_regex(R"(\A\s+|\s+\z)", "")}));
  return out;
}

}  // namespace gamana
