// Reads and writes a tokenizer.json. simdjson goes through it once: the vocabularies and merges of large models are most of
// it, and building a tree of them would take longer than everything else.
#include <charconv>
#include <cmath>
#include <exception>

#include <simdjson.h>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"
#include "gamana/text/files/families.h"
#include "gamana/text/models/bpe.h"
#include "gamana/text/models/other_models.h"
#include "gamana/text/tokenizer_stages.h"

namespace gamana {
namespace {

namespace dom = simdjson::dom;

// What a "model" may hold; strings point into the parser's memory.
struct ModelFields {
  bool has_vocabulary = false, has_merges = false;
  VocabularyList vocabulary;
  std::vector<std::pair<std::string_view, double>> pieces;  // Unigram's vocabulary is a list
  bool is_list = false;
  std::vector<std::array<std::string_view, 2>> merges;
  Json rest = Json::object();
};

Json small_json(dom::element value, const std::string& where) { return parse_json(simdjson::minify(value), where); }

int32_t read_id(dom::element value, const std::string& where, std::string_view token) {
  const uint64_t id = value.get_uint64();
  if (id > INT32_MAX) fail("{}: the id {} of the token \"{}\" is too large", where, id, token);
  return static_cast<int32_t>(id);
}

// What `tokenizers` reads for the digits of `exact`: its JSON library (serde_json) divides the digits, as a number, by a power of
// ten, which is not always the nearest double. The last bit decides between splits that are equally probable.
double read_as_tokenizers(double exact) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, std::abs(exact), std::chars_format::scientific).ptr;
  uint64_t significand = 0;
  int exponent = 0;
  const char* at = digits;
  for (bool fraction = false; *at != 'e'; ++at) {
    if (*at == '.') {
      fraction = true;
      continue;
    }
    significand = 10 * significand + static_cast<uint64_t>(*at - '0');
    exponent -= fraction;
  }
  int written = 0;
  std::from_chars(at[1] == '+' ? at + 2 : at + 1, end, written);
  exponent += written;
  const auto power = [](int n) { return std::strtod(fmt::format("1e{}", n).c_str(), nullptr); };
  double value = static_cast<double>(significand);
  for (; exponent < -308; exponent += 308) value /= 1e308;
  value = exponent < 0 ? value / power(-exponent) : value * power(exponent);
  return std::copysign(value, exact);
}

void read_vocabulary(dom::element value, ModelFields& out, const std::string& where) {
  out.has_vocabulary = true;
  if (value.type() == dom::element_type::ARRAY) {
    out.is_list = true;
    out.pieces.reserve(value.get_array().value().size());
    for (dom::element entry : value.get_array()) {
      dom::array pair = entry.get_array();
      std::string_view piece;
      double score = 0;
      int size = 0;
      for (dom::element part : pair) {
        if (size == 0) piece = part.get_string();
        if (size == 1) score = read_as_tokenizers(part.get_double());
        ++size;
      }
      if (size != 2) fail("{}: expected [piece, score] in \"vocab\", found a list of {}", where, size);
      out.pieces.emplace_back(piece, score);
    }
    return;
  }
  out.vocabulary.reserve(value.get_object().value().size());
  for (dom::key_value_pair field : value.get_object()) {
    const std::string_view token = field.key;
    out.vocabulary.emplace_back(token, read_id(field.value, where, token));
  }
}

void read_merges(dom::element value, ModelFields& out, const std::string& where) {
  out.has_merges = true;
  out.merges.reserve(value.get_array().value().size());
  for (dom::element entry : value.get_array()) {
    std::array<std::string_view, 2> merge;
    if (entry.type() == dom::element_type::STRING) {
      const std::string_view line = entry.get_string();
      if (line.starts_with("#version")) continue;
      const size_t space = line.find(' ');
      if (space == line.npos || line.find(' ', space + 1) != line.npos)
        fail("{}: expected two parts and one space in a merge, found \"{}\"", where, line);
      merge = {line.substr(0, space), line.substr(space + 1)};
    } else {
      size_t size = 0;
      for (dom::element part : entry.get_array()) {
        if (size < 2) merge[size] = part.get_string();
        ++size;
      }
      if (size != 2) fail("{}: expected two parts in a merge, found {}", where, size);
    }
    out.merges.push_back(merge);
  }
}

// The two large lists are read side by side.
ModelFields read_model(dom::element value, const std::string& where) {
  ModelFields out;
  std::optional<dom::element> vocabulary, merges;
  for (dom::key_value_pair field : value.get_object()) {
    const std::string key(field.key);
    if (key == "vocab") vocabulary = field.value;
    else if (key == "merges") merges = field.value;
    else out.rest[key] = small_json(field.value, where);
  }
  std::exception_ptr faults[2];  // of two the same one is told each time
  parallel_for(2, 1, [&](int64_t part, int64_t) {
    try {
      if (part == 0 && vocabulary) read_vocabulary(*vocabulary, out, where);
      if (part == 1 && merges) read_merges(*merges, out, where);
    } catch (...) {
      faults[part] = std::current_exception();
    }
  });
  for (const std::exception_ptr& fault : faults)
    if (fault) std::rethrow_exception(fault);
  return out;
}

std::optional<std::string> text_or_none(const Json& json, const char* key, const std::string& where) {
  const auto it = json.find(key);
  if (it == json.end() || it->is_null()) return std::nullopt;
  return get_or<std::string>(json, key, "", where);
}

bool is_wordpiece(const Json& rest) {
  return rest.contains("unk_token") && rest.contains("continuing_subword_prefix") &&
         rest.contains("max_input_chars_per_word");
}

// Old files do not name the type: it shows in the fields, tried in this order.
std::string type_of(const ModelFields& fields, const std::string& where) {
  if (fields.rest.contains("type")) return get_or<std::string>(fields.rest, "type", "", where);
  if (fields.is_list) return "Unigram";
  if (fields.has_merges) return "BPE";
  if (is_wordpiece(fields.rest)) return "WordPiece";
  if (fields.rest.contains("unk_token")) return "WordLevel";
  fail("{}: expected a model of the type BPE, WordPiece, WordLevel or Unigram, found the fields of none", where);
}

std::string required_text(const Json& json, const char* key, const std::string& where) {
  const auto it = json.find(key);
  if (it == json.end() || !it->is_string())
    fail("{}: expected a text as \"{}\", found {}", where, key, it == json.end() ? "none" : it->dump());
  return it->get<std::string>();
}

std::unique_ptr<TokenModel> make_wordpiece_model(ModelFields&& fields, const std::string& where) {
  WordPieceOptions options;
  options.vocabulary = std::move(fields.vocabulary);
  options.unknown = required_text(fields.rest, "unk_token", where);
  options.prefix = required_text(fields.rest, "continuing_subword_prefix", where);
  options.max_characters = get_or<int64_t>(fields.rest, "max_input_chars_per_word", -1, where);
  if (options.max_characters < 0)
    fail("{}: expected a number of characters as \"max_input_chars_per_word\", found none or a negative one", where);
  return make_wordpiece(options, where);
}

std::unique_ptr<TokenModel> make_bpe_model(ModelFields&& fields, bool& raw_bytes, const std::string& where) {
  const Json& json = fields.rest;
  BpeOptions options;
  options.vocabulary = std::move(fields.vocabulary);
  options.merges = std::move(fields.merges);
  if (!fields.has_merges) fail("{}: expected \"vocab\" and \"merges\" in a BPE model, found no merges", where);
  if (json.contains("dropout") && !json["dropout"].is_null()) options.dropout = get_or<double>(json, "dropout", 0, where);
  if (options.dropout && !(*options.dropout >= 0 && *options.dropout <= 1))
    fail("{}: expected a \"dropout\" from 0 to 1, found {}", where, *options.dropout);
  options.unknown = text_or_none(json, "unk_token", where);
  options.prefix = text_or_none(json, "continuing_subword_prefix", where);
  options.suffix = text_or_none(json, "end_of_word_suffix", where);
  options.fuse_unknown = get_or(json, "fuse_unk", false, where);
  options.byte_fallback = get_or(json, "byte_fallback", false, where);
  options.ignore_merges = get_or(json, "ignore_merges", false, where);
  options.raw_bytes = raw_bytes = raw_bytes && bpe_may_read_raw_bytes(options);
  return make_bpe(options, where);
}

std::unique_ptr<TokenModel> make_model(ModelFields&& fields, const std::string& type, bool& raw_bytes,
                                       const std::string& where) {
  const Json& json = fields.rest;
  if (!fields.has_vocabulary) fail("{}: expected a \"vocab\" in the model, found none", where);
  if (fields.is_list != (type == "Unigram"))
    fail("{}: expected {} as the \"vocab\" of a {} model, found {}", where,
         fields.is_list ? "an object of tokens and ids" : "a list of pieces and scores", type, fields.is_list ? "a list" : "an object");
  if (type == "BPE") return make_bpe_model(std::move(fields), raw_bytes, where);
  raw_bytes = false;
  if (type == "WordPiece") return make_wordpiece_model(std::move(fields), where);
  if (type == "WordLevel") {
    WordLevelOptions options;
    options.vocabulary = std::move(fields.vocabulary);
    options.unknown = required_text(json, "unk_token", where);
    return make_wordlevel(options, where);
  }
  if (type != "Unigram") fail("{}: expected the type BPE, WordPiece, WordLevel or Unigram, found \"{}\"", where, type);
  UnigramOptions options;
  options.pieces = std::move(fields.pieces);
  if (json.contains("unk_id") && !json["unk_id"].is_null()) options.unknown = get_or(json, "unk_id", 0, where);
  options.byte_fallback = get_or(json, "byte_fallback", false, where);
  return make_unigram(options, where);
}

bool flag(const Json& json, const char* key, const std::string& where) {
  if (!json.contains(key) || !json[key].is_boolean())
    fail("{}: expected \"{}\": true or false in an entry of \"added_tokens\", found {}", where, key, json.dump());
  return json[key].get<bool>();
}

std::vector<AddedToken> read_added_tokens(const Json& json, const std::string& where) {
  std::vector<AddedToken> out;
  if (!json.is_array()) fail("{}: expected a list in \"added_tokens\", found {}", where, json.type_name());
  for (const Json& entry : json) {
    if (!entry.is_object() || !entry.contains("content") || !entry["content"].is_string())
      fail("{}: expected an object with a \"content\" in \"added_tokens\", found {}", where, entry.dump());
    if (!entry.contains("id") || !entry["id"].is_number_unsigned() || entry["id"].get<uint64_t>() > UINT32_MAX)
      fail("{}: expected an \"id\" of 32 bits in an entry of \"added_tokens\", found {}", where, entry.dump());
    AddedToken token{.content = entry["content"].get<std::string>()};
    token.single_word = flag(entry, "single_word", where);
    token.lstrip = flag(entry, "lstrip", where);
    token.rstrip = flag(entry, "rstrip", where);
    token.normalized = flag(entry, "normalized", where);
    token.special = flag(entry, "special", where);
    out.push_back(std::move(token));
  }
  return out;
}

// Everything but the model, which `fields` receives.
Json read_sections(dom::object document, ModelFields& fields, const std::string& where) {
  Json sections = Json::object();
  bool has_model = false;
  for (dom::key_value_pair field : document) {
    const std::string key(field.key);
    if (key == "model") fields = read_model(field.value, where + ", model"), has_model = true;
    else sections[key] = small_json(field.value, where + ", " + key);
  }
  if (!has_model) fail("{}: expected a \"model\", found none", where);
  return sections;
}

TokenizerStages build(const Json& sections, ModelFields&& fields, const std::string& where,
                      const TokenizerSettings* settings) {
  static const Json kNull;
  const auto section = [&](const char* key) -> const Json& {
    const auto it = sections.find(key);
    return it == sections.end() ? kNull : *it;
  };
  if (const Json& version = section("version"); sections.contains("version") && version != "1.0")
    fail("{}: expected version \"1.0\", found {}", where, version.dump());
  TokenizerStages out;
  out.normalizer_json = section("normalizer");
  out.pre_tokenizer_json = section("pre_tokenizer");
  out.post_processor_json = section("post_processor");
  out.decoder_json = section("decoder");
  out.normalizer = make_normalizer(out.normalizer_json, where + ", normalizer");
  bool raw_bytes = true;
  out.pre_tokenizer = make_pre_tokenizer(out.pre_tokenizer_json, where + ", pre_tokenizer", raw_bytes);
  const bool splits_into_bytes = raw_bytes;
  out.model_type = type_of(fields, where + ", model");
  out.model = make_model(std::move(fields), out.model_type, raw_bytes, where + ", model");
  if (splits_into_bytes && !raw_bytes)
    out.pre_tokenizer = make_pre_tokenizer(out.pre_tokenizer_json, where + ", pre_tokenizer", raw_bytes);
  out.post_processor = make_post_processor(out.post_processor_json, where + ", post_processor");
  out.decoder = make_decoder(out.decoder_json, where + ", decoder");
  out.truncation = read_truncation(section("truncation"), where + ", truncation");
  out.padding = read_padding(section("padding"), where + ", padding");
  std::vector<AddedToken> added;
  if (sections.contains("added_tokens")) added = read_added_tokens(sections["added_tokens"], where);
  if (settings)
    for (AddedToken& token : tokens_missing(*settings, added)) added.push_back(std::move(token));
  out.added = AddedVocabulary(added, *out.model, out.normalizer.get());
  return out;
}

}  // namespace

TokenizerStages parse_tokenizer(std::string json, const std::string& where, const TokenizerSettings* settings) {
  try {
    json.reserve(json.size() + simdjson::SIMDJSON_PADDING);  // which spares a copy inside of the parser
    dom::parser parser;
    ModelFields fields;
    const Json sections = read_sections(parser.parse(json.data(), json.size(), false), fields, where);
    return build(sections, std::move(fields), where, settings);
  } catch (const simdjson::simdjson_error& error) {
    fail("{}: this is no tokenizer.json: {}", where, error.what());
  }
}

std::string write_tokenizer(const TokenizerStages& stages) {
  Json json = {{"version", "1.0"},
               {"truncation", write_truncation(stages.truncation)},
               {"padding", write_padding(stages.padding)},
               {"added_tokens", Json::array()},
               {"normalizer", stages.normalizer_json},
               {"pre_tokenizer", stages.pre_tokenizer_json},
               {"post_processor", stages.post_processor_json},
               {"decoder", stages.decoder_json}};
  for (const AddedToken& token : stages.added.tokens())
    json["added_tokens"].push_back({{"id", token.id}, {"content", token.content}, {"single_word", token.single_word},
                                    {"lstrip", token.lstrip}, {"rstrip", token.rstrip},
                                    {"normalized", token.normalized}, {"special", token.special}});
  std::string out = json.dump(2);
  out.resize(out.size() - 2);  // the model follows instead of "\n}"
  out += ",\n  \"model\": ";
  stages.model->write_json(out);
  return out += "\n}\n";
}

}  // namespace gamana
