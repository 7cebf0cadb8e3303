// BertNormalizer (normalizers/bert.rs).
#include "gamana/base/check.h"
#include "gamana/text/normalizers/map_characters.h"
#include "gamana/text/normalizers/stages.h"
#include "gamana/text/unicode/normalization_forms.h"

namespace gamana {
namespace {

class BertNormalizer final : public Normalizer {
 public:
  BertNormalizer(bool cleans, bool spaces_chinese, bool strips, bool lowers)
      : cleans_(cleans), spaces_chinese_(spaces_chinese), strips_(strips), lowers_(lowers) {}

  void normalize(AlignedText& text) const override {
    if (cleans_) clean(text);
    if (spaces_chinese_) space_chinese(text);
    if (strips_) strip_accents(text);
    if (lowers_) lower_case(text);
  }

 private:
  // Control characters go, white space becomes spaces.
  static void clean(AlignedText& text) {
    const auto next = [](std::string_view t, size_t from) { return scan(t, from, not_printable); };
    map_characters(text, next, [](char32_t c, char* out) -> size_t {
      const uint16_t properties = gamana::properties(c);
      if (properties & kBertControl) return 0;
      *out = ' ';
      return properties & kBertSpace ? 1 : kSame;
    });
  }

  // The first ideograph is U+3400.
  static void space_chinese(AlignedText& text) {
    const auto next = [](std::string_view t, size_t from) { return find_at_least(t, from, 0xE3); };
    map_characters(text, next, [](char32_t c, char* out) -> size_t {
      if (!has(c, kBertChinese)) return kSame;
      *out = ' ';
      const uint32_t size = 1 + utf8_bytes(c, out + 1);
      out[size] = ' ';
      return size + 1;
    });
  }

  bool cleans_, spaces_chinese_, strips_, lowers_;
};

}  // namespace

std::unique_ptr<Normalizer> make_bert_normalizer(const Json& json, const std::string& where) {
  const bool cleans = bool_at(json, "clean_text", where), spaces = bool_at(json, "handle_chinese_chars", where);
  const bool lowers = bool_at(json, "lowercase", where);
  const bool given = json.contains("strip_accents") && !json["strip_accents"].is_null();
  return std::make_unique<BertNormalizer>(cleans, spaces, given ? bool_at(json, "strip_accents", where) : lowers, lowers);
}

}  // namespace gamana
