// Replace (normalizers/replace.rs, NormalizedString::replace).
#include <cstring>

#include "gamana/base/check.h"
#include "gamana/text/normalizers/stages.h"
#include "gamana/text/unicode/regex.h"
#include "gamana/text/unicode/scan.h"

namespace gamana {
namespace {

// What replaces a match comes from the last character of it or, if it is empty, of what stands before it.
class Replacement {
 public:
  Replacement(AlignedText& text, std::string_view content) : text_(text), edit_(text), content_(content) {}

  void add(size_t begin, size_t end) {
    edit_.keep(kept_, begin);
    edit_.put(content_, end ? text_.source(end - 1) : Span{text_.origin(), text_.origin()});
    kept_ = end;
  }
  void finish() {
    edit_.keep(kept_, text_.size());
    edit_.finish();
  }

 private:
  AlignedText& text_;
  AlignedText::Edit edit_;
  std::string_view content_;
  size_t kept_ = 0;
};

class ReplaceString final : public Normalizer {
 public:
  ReplaceString(std::string pattern, std::string content) : pattern_(std::move(pattern)), content_(std::move(content)) {}

  void normalize(AlignedText& text) const override {
    const std::string_view bytes = text.text();
    size_t at = find(bytes, 0);
    if (at == bytes.size()) return;
    Replacement out(text, content_);
    for (; at < bytes.size(); at = find(bytes, at + pattern_.size())) out.add(at, at + pattern_.size());
    out.finish();
  }

 private:
  // Linear in the text, whatever the pattern.
  size_t find(std::string_view bytes, size_t from) const {
    if (pattern_.size() == 1) {
      const uint64_t wanted = static_cast<unsigned char>(pattern_[0]) * kBytes;
      return scan(bytes, from, [wanted](uint64_t w) { return ((w ^ wanted) - kBytes) & ~(w ^ wanted) & kHighBits; });
    }
    const void* found = memmem(bytes.data() + from, bytes.size() - from, pattern_.data(), pattern_.size());
    return found ? static_cast<const char*>(found) - bytes.data() : bytes.size();
  }

  std::string pattern_, content_;  // the pattern is not empty
};

class ReplaceRegex final : public Normalizer {
 public:
  ReplaceRegex(Regex regex, std::string content) : regex_(std::move(regex)), content_(std::move(content)) {}

  void normalize(AlignedText& text) const override {
    if (text.size() == 0) return;
    std::vector<Span> matches;
    regex_.each(text.text(), [&](Span match) { matches.push_back(match); });
    if (matches.empty()) return;
    Replacement out(text, content_);
    for (const Span match : matches) out.add(match.begin, match.end);
    out.finish();
  }

 private:
  Regex regex_;
  std::string content_;
};

}  // namespace

std::unique_ptr<Normalizer> make_replace(const Json& json, const std::string& where) {
  const auto found = json.find("pattern");
  if (found == json.end() || !found->is_object() || found->size() != 1 ||
      !(found->contains("String") || found->contains("Regex")))
    fail("{}: expected \"pattern\" to be {{\"String\": ...}} or {{\"Regex\": ...}}, found {}", where,
         found == json.end() ? "none" : found->dump(-1, ' ', false, Json::error_handler_t::replace));
  const std::string& content = string_at(json, "content", where);
  const bool literal = found->contains("String");
  const std::string& pattern = string_at(*found, literal ? "String" : "Regex", where + ", pattern");
  if (literal && !pattern.empty()) return std::make_unique<ReplaceString>(pattern, content);
  return std::make_unique<ReplaceRegex>(Regex(pattern, where + ", pattern"), content);
}

}  // namespace gamana
