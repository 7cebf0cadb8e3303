#include "gamana/text/pre_tokenizers/pre_tokenizer.h"

#include <array>

#include "gamana/base/check.h"
#include "gamana/text/pre_tokenizers/steps.h"

namespace gamana {
namespace {

constexpr int kMostNested = 64;  // sequences within sequences, so that no file exhausts the stack

// The fields of one pre-tokenizer. As in `tokenizers`, most have no default, and null is not the same as none.
class Fields {
 public:
  Fields(const Json& json, const std::string& where) : json_(json), where_(where) {
    if (!json.is_object()) fail("{}: expected a pre-tokenizer, found {}", where, json.dump().substr(0, 60));
  }
  const std::string& where() const { return where_; }

  const Json* find(const char* key) const {
    const auto it = json_.find(key);
    return it == json_.end() ? nullptr : &*it;
  }
  [[noreturn]] void unexpected(const char* key, std::string_view wanted) const {
    const Json* found = find(key);
    fail("{}: \"{}\": expected {}, found {}", where_, key, wanted, found ? found->dump().substr(0, 60) : "none");
  }

  std::string text(const char* key) const {
    const Json* found = find(key);
    if (!found || !found->is_string()) unexpected(key, "a text");
    return found->get<std::string>();
  }
  char32_t character(const char* key) const {
    const std::string value = text(key);
    if (value.empty() || code_point(value, 0).bytes != value.size()) unexpected(key, "a text of one character");
    return code_point(value, 0).c;
  }
  bool flag(const char* key) const {
    const Json* found = find(key);
    if (!found || !found->is_boolean()) unexpected(key, "true or false");
    return found->get<bool>();
  }
  bool flag_or(const char* key, bool fallback) const { return find(key) ? flag(key) : fallback; }

  SplitBehavior behavior() const {
    static constexpr std::array<std::string_view, 5> kNames = {"Removed", "Isolated", "MergedWithPrevious", "MergedWithNext",
                                                               "Contiguous"};
    const std::string name = text("behavior");
    for (size_t i = 0; i < kNames.size(); ++i) {
      if (name == kNames[i]) return static_cast<SplitBehavior>(i);
    }
    unexpected("behavior", "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
  }

 private:
  const Json& json_;
  const std::string& where_;
};

std::unique_ptr<PreTokenizer> make(const Json& json, const std::string& where, int nested, bool& raw_bytes);

class Sequence : public PreTokenizer {
 public:
  Sequence(const Fields& fields, int nested, bool& raw_bytes) {
    const Json* list = fields.find("pretokenizers");
    if (!list || !list->is_array()) fields.unexpected("pretokenizers", "a list");
    if (nested == kMostNested) fail("{}: expected at most {} sequences in each other, found more", fields.where(), kMostNested);
    bool last_is_raw = false;
    for (size_t i = 0; i < list->size(); ++i) {
      last_is_raw = raw_bytes && i + 1 == list->size();
      steps_.push_back(make((*list)[i], fmt::format("{}, pretokenizers[{}]", fields.where(), i), nested + 1, last_is_raw));
    }
    raw_bytes = last_is_raw;
  }
  void split(PieceText& text) const override {
    for (const auto& step : steps_) step->split(text);
  }

 private:
  std::vector<std::unique_ptr<PreTokenizer>> steps_;
};

std::unique_ptr<PreTokenizer> make_split(const Fields& fields) {
  const Json* pattern = fields.find("pattern");
  const bool one = pattern && pattern->is_object() && pattern->size() == 1 && pattern->front().is_string();
  const std::string kind = one ? pattern->begin().key() : "";
  if (kind != "String" && kind != "Regex") fields.unexpected("pattern", R"({"String": a text} or {"Regex": a text})");
  const std::string text = pattern->front().get<std::string>();
  if (kind == "String") return split_at_text(text, fields.behavior(), fields.flag("invert"));
  return split_at_pattern(text, fields.behavior(), fields.flag("invert"), fields.where());
}

std::unique_ptr<PreTokenizer> make_fixed_length(const Fields& fields) {
  const Json* length = fields.find("length");
  if (!length) return fixed_length(5);
  if (!length->is_number_unsigned() || *length == 0) fields.unexpected("length", "a whole number above 0");
  return fixed_length(length->get<uint64_t>());
}

std::unique_ptr<PreTokenizer> make_byte_level(const Fields& fields, bool raw_bytes) {
  fields.flag("trim_offsets");  // belongs to the post-processor of the same name, yet has to be there
  return byte_level({fields.flag("add_prefix_space"), fields.flag_or("use_regex", true), raw_bytes});
}

std::unique_ptr<PreTokenizer> make_metaspace(const Fields& fields) {
  const auto given = [&](const char* key) { return fields.find(key) && !fields.find(key)->is_null(); };
  PrependScheme scheme = PrependScheme::always;
  if (fields.find("prepend_scheme")) {
    const std::string name = fields.text("prepend_scheme");
    if (name != "first" && name != "never" && name != "always") {
      fields.unexpected("prepend_scheme", "first, never or always");
    }
    scheme = name == "first" ? PrependScheme::first : name == "never" ? PrependScheme::never : PrependScheme::always;
  }
  if (given("add_prefix_space") && !fields.flag("add_prefix_space") && scheme != PrependScheme::never) {
    fields.unexpected("add_prefix_space", "true, or \"prepend_scheme\": \"never\",");
  }
  if (given("str_rep")) fields.text("str_rep");  // in old files, and without meaning
  return metaspace(fields.character("replacement"), scheme, given("split") ? fields.flag("split") : true);
}

std::unique_ptr<PreTokenizer> make(const Json& json, const std::string& where, int nested, bool& raw_bytes) {
  const Fields fields(json, where);
  const std::string type = fields.text("type");
  const bool raw = raw_bytes;
  if (type == "Sequence") return std::make_unique<Sequence>(fields, nested, raw_bytes);
  if (type == "ByteLevel") return make_byte_level(fields, raw);
  raw_bytes = false;
  if (type == "BertPreTokenizer") return bert_pre_tokenizer();
  if (type == "Whitespace") return whitespace();
  if (type == "WhitespaceSplit") return whitespace_split();
  if (type == "Punctuation") return punctuation(fields.find("behavior") ? fields.behavior() : SplitBehavior::isolated);
  if (type == "Digits") return digits(fields.flag("individual_digits"));
  if (type == "CharDelimiterSplit") return delimiter_split(fields.character("delimiter"));
  if (type == "UnicodeScripts") return unicode_scripts();
  if (type == "FixedLength") return make_fixed_length(fields);
  if (type == "Split") return make_split(fields);
  if (type == "Metaspace") return make_metaspace(fields);
  fields.unexpected("type",
                    "BertPreTokenizer, Whitespace, WhitespaceSplit, Punctuation, Digits, CharDelimiterSplit, UnicodeScripts, "
                    "FixedLength, Split, ByteLevel, Metaspace or Sequence");
}

}  // namespace

std::unique_ptr<PreTokenizer> make_pre_tokenizer(const Json& json, const std::string& where, bool& raw_bytes) {
  if (!json.is_null()) return make(json, where, 0, raw_bytes);
  raw_bytes = false;
  return nullptr;
}

}  // namespace gamana
