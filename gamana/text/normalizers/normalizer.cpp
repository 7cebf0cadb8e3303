#include "gamana/text/normalizers/normalizer.h"

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/text/normalizers/stages.h"
#include "gamana/text/unicode/normalization_forms.h"

namespace gamana {
namespace {

constexpr int kDeepest = 100;  // sequences in sequences

class FormNormalizer final : public Normalizer {
 public:
  explicit FormNormalizer(Form form) : form_(form) {}
  void normalize(AlignedText& text) const override { to_form(text, form_); }

 private:
  Form form_;
};

class Sequence final : public Normalizer {
 public:
  explicit Sequence(std::vector<std::unique_ptr<Normalizer>> parts) : parts_(std::move(parts)) {}
  void normalize(AlignedText& text) const override {
    for (const auto& part : parts_) part->normalize(text);
  }

 private:
  std::vector<std::unique_ptr<Normalizer>> parts_;
};

std::unique_ptr<Normalizer> make(const Json& json, const std::string& where, int depth);

std::unique_ptr<Normalizer> make_sequence(const Json& json, const std::string& where, int depth) {
  if (depth > kDeepest) fail("{}: expected at most {} sequences in each other, found more", where, kDeepest);
  const auto found = json.find("normalizers");
  if (found == json.end() || !found->is_array())
    fail("{}: expected \"normalizers\" to be a list, found {}", where, found == json.end() ? "none" : found->type_name());
  std::vector<std::unique_ptr<Normalizer>> parts;
  for (const Json& part : *found)
    parts.push_back(make(part, fmt::format("{}, normalizers[{}]", where, parts.size()), depth + 1));
  return std::make_unique<Sequence>(std::move(parts));
}

// A type that is not known is told by its keys, in the order of tokenizers' wrapper: the files of old versions have none,
// and BertNormalizer is read so to this day.
std::string type_of(const Json& json) {
  static constexpr const char* kKnown[] = {"Strip", "StripAccents", "NFC", "NFD", "NFKC", "NFKD", "Sequence", "Lowercase",
                                           "Nmt", "Precompiled", "Replace", "Prepend", "ByteLevel"};
  const auto type = json.find("type");
  const std::string name = type != json.end() && type->is_string() ? type->get<std::string>() : "";
  for (const char* known : kKnown)
    if (name == known) return name;
  if (name == "Bert" || name == "BertNormalizer") return "BertNormalizer";
  const auto all = [&](std::initializer_list<const char*> keys) {
    return std::all_of(keys.begin(), keys.end(), [&](const char* key) { return json.contains(key); });
  };
  if (all({"clean_text", "handle_chinese_chars", "lowercase"})) return "BertNormalizer";
  if (all({"strip_left", "strip_right"})) return "Strip";
  if (all({"normalizers"})) return "Sequence";
  if (all({"pattern", "content"})) return "Replace";
  if (all({"prepend"})) return "Prepend";
  return name;
}

std::unique_ptr<Normalizer> make(const Json& json, const std::string& where, int depth) {
  if (!json.is_object()) fail("{}: expected an object with a \"type\", found {}", where, json.type_name());
  const std::string type = type_of(json);
  const std::string here = fmt::format("{} ({})", where, type);
  if (type == "Sequence") return make_sequence(json, where, depth);
  if (type == "BertNormalizer") return make_bert_normalizer(json, here);
  if (type == "Precompiled") return make_precompiled(json, here);
  if (type == "Replace") return make_replace(json, here);
  if (type == "Prepend") return make_prepend(json, here);
  if (type == "Strip") return make_strip(json, here);
  if (type == "StripAccents") return make_strip_accents();
  if (type == "Lowercase") return make_lowercase();
  if (type == "Nmt") return make_nmt();
  if (type == "ByteLevel") return make_byte_level();
  if (type == "NFC") return std::make_unique<FormNormalizer>(Form::nfc);
  if (type == "NFD") return std::make_unique<FormNormalizer>(Form::nfd);
  if (type == "NFKC") return std::make_unique<FormNormalizer>(Form::nfkc);
  if (type == "NFKD") return std::make_unique<FormNormalizer>(Form::nfkd);
  fail("{}: expected a type of normalizer (BertNormalizer, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Nmt, "
       "Prepend, Replace, Precompiled, ByteLevel, Sequence), found {}",
       where, json.contains("type") ? json["type"].dump(-1, ' ', false, Json::error_handler_t::replace) : "none");
}

}  // namespace

bool bool_at(const Json& json, const char* key, const std::string& where) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_boolean())
    fail("{}: expected \"{}\" to be true or false, found {}", where, key, found == json.end() ? "none" : found->type_name());
  return found->get<bool>();
}

const std::string& string_at(const Json& json, const char* key, const std::string& where) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string())
    fail("{}: expected \"{}\" to be a string, found {}", where, key, found == json.end() ? "none" : found->type_name());
  return found->get_ref<const std::string&>();
}

std::unique_ptr<Normalizer> make_normalizer(const Json& json, const std::string& where) {
  return json.is_null() ? nullptr : make(json, where, 0);
}

}  // namespace gamana
