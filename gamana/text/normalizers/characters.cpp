// Normalisers that look at one character at a time.
#include <array>

#include "gamana/text/normalizers/map_characters.h"
#include "gamana/text/normalizers/stages.h"

namespace gamana {
namespace {

void lower_ascii(AlignedText& text) {
  const size_t first = scan(text.text(), 0, ascii_capitals);
  if (first == text.size()) return;
  char* own = text.writable();
  size_t at = first;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t word = load8(own + at);
    word |= ascii_capitals(word) >> 2;
    std::memcpy(own + at, &word, sizeof word);
  }
  for (; at < text.size(); ++at)
    if (own[at] >= 'A' && own[at] <= 'Z') own[at] |= 0x20;
}

class Lowercase final : public Normalizer {
 public:
  void normalize(AlignedText& text) const override { lower_case(text); }
};

// Removes combining marks.
class StripAccents final : public Normalizer {
 public:
  void normalize(AlignedText& text) const override {
    map_characters(text, find_non_ascii, [](char32_t c, char*) { return has(c, kCombiningMark) ? 0 : kSame; });
  }
};

// Removes control characters and makes a space of some others, as SentencePiece's rules nmt_* do.
class Nmt final : public Normalizer {
 public:
  void normalize(AlignedText& text) const override {
    map_characters(text, [](std::string_view t, size_t from) { return scan(t, from, not_printable); }, map);
  }

 private:
  static size_t map(char32_t c, char* out) {
    const auto within = [c](char32_t first, char32_t last) { return first <= c && c <= last; };
    *out = ' ';
    if (c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 || within(0x200B, 0x200F) || c == 0x2028 ||
        c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD)
      return 1;
    return within(0x01, 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F ? 0 : kSame;
  }
};

// White space at the ends.
class Strip final : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}

  void normalize(AlignedText& text) const override {
    const std::string_view bytes = text.text();
    size_t begin = 0, end = bytes.size();
    for (CodePoint c; left_ && begin < end && has((c = code_point(bytes, begin)).c, kWhiteSpace);) begin += c.bytes;
    while (right_ && end > begin) {
      size_t at = end - 1;
      while ((bytes[at] & 0xC0) == 0x80) --at;
      if (!has(code_point(bytes, at).c, kWhiteSpace)) break;
      end = at;
    }
    if (begin == 0 && end == bytes.size()) return;
    Transform out(text);
    out.drop(0, begin);
    out.keep(begin, end);
    out.finish();
  }

 private:
  bool left_, right_;
};

// Puts a string before a text that is not empty.
class Prepend final : public Normalizer {
 public:
  explicit Prepend(std::string prefix) : prefix_(std::move(prefix)) {}

  void normalize(AlignedText& text) const override {
    if (text.size() == 0) return;
    AlignedText::Edit edit(text);
    const size_t first = code_point(text.text(), 0).bytes;
    // With an empty prefix nothing of it stands for the first character, which then comes from nowhere.
    const Span source = prefix_.empty() ? Span{text.origin(), text.origin()} : text.source(0);
    edit.put(prefix_, source);
    edit.put(text.text().substr(0, first), source);
    edit.keep(first, text.size());
    edit.finish();
  }

 private:
  std::string prefix_;
};

constexpr std::array<char32_t, 256> kLetters = [] {
  std::array<char32_t, 256> out{};
  char32_t other = 0x100;
  for (char32_t b = 0; b < 256; ++b) {
    const bool itself = (b > 0x20 && b < 0x7F) || (b > 0xA0 && b != 0xAD);
    out[b] = itself ? b : other++;
  }
  return out;
}();

// Bytes as the printable characters that GPT-2 writes them with.
class ByteLevel final : public Normalizer {
 public:
  void normalize(AlignedText& text) const override {
    const auto found = [](uint64_t w) { return not_printable(w) | not_printable(w - kBytes); };  // and spaces
    map_characters(text, [&](std::string_view t, size_t from) { return scan(t, from, found); }, map);
  }

 private:
  static size_t map(char32_t c, char* out) {
    char bytes[4];
    size_t size = 0;
    const uint32_t length = utf8_bytes(c, bytes);
    for (uint32_t i = 0; i < length; ++i) size += utf8_bytes(kLetters[static_cast<unsigned char>(bytes[i])], out + size);
    return size == 1 ? kSame : size;
  }
};

}  // namespace

void lower_case(AlignedText& text) {
  lower_ascii(text);
  map_characters(text, find_non_ascii, [](char32_t c, char* out) -> size_t {
    if (!has(c, kLowerActs)) return kSame;
    const uint32_t size = utf8_bytes(lower_case(c), out);
    return c == 0x130 ? size + utf8_bytes(0x307, out + size) : size;
  });
}

std::unique_ptr<Normalizer> make_lowercase() { return std::make_unique<Lowercase>(); }
std::unique_ptr<Normalizer> make_strip_accents() { return std::make_unique<StripAccents>(); }
std::unique_ptr<Normalizer> make_nmt() { return std::make_unique<Nmt>(); }
std::unique_ptr<Normalizer> make_byte_level() { return std::make_unique<ByteLevel>(); }

std::unique_ptr<Normalizer> make_strip(const Json& json, const std::string& where) {
  const bool left = bool_at(json, "strip_left", where);
  return std::make_unique<Strip>(left, bool_at(json, "strip_right", where));
}

std::unique_ptr<Normalizer> make_prepend(const Json& json, const std::string& where) {
  return std::make_unique<Prepend>(string_at(json, "prepend", where));
}

}  // namespace gamana
