// Precompiled (normalizers/precompiled.rs and the library spm_precompiled): the normalisation table of a SentencePiece model,
// which is its size in bytes, a double array (Yata et al. 2007, as darts-clone stores it) and the replacements, each ended by
// NUL. tokenizers does not look for the longest match: it takes a grapheme cluster of less than six bytes, or else each of its
// characters, and where the table has a prefix of that, the shortest one decides what replaces all of it.
#include <algorithm>
#include <bitset>
#include <cstring>
#include <optional>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/text/normalizers/stages.h"
#include "gamana/text/normalizers/transform.h"
#include "gamana/text/unicode/graphemes.h"
#include "gamana/text/unicode/properties.h"
#include "gamana/text/unicode/scan.h"

namespace gamana {
namespace {

constexpr size_t kLongestCluster = 5;  // bytes
constexpr char32_t kKnown = 0x10000;   // characters looked up in advance

size_t count(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

// Padding may be left out, bits behind the last byte have to be 0.
std::string decode_base64(std::string_view text, const std::string& where) {
  std::string out;
  uint32_t bits = 0;
  int held = 0;
  std::string_view digits = text;
  while (!digits.empty() && digits.back() == '=' && text.size() - digits.size() < 2) digits.remove_suffix(1);
  for (const char c : digits) {
    const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '+'             ? 62
                      : c == '/'             ? 63
                                             : -1;
    if (value < 0) fail("{}: expected base64, found {:?} in it", where, std::string_view(&c, 1));
    bits = bits << 6 | static_cast<uint32_t>(value);
    if ((held += 6) >= 8) out += static_cast<char>(bits >> (held -= 8) & 0xFF);
  }
  if (held == 6 || (bits & ((1u << held) - 1))) fail("{}: expected base64, found one that is cut off", where);
  return out;
}

class Table {
 public:
  Table(std::string_view bytes, const std::string& where) {
    uint32_t size = 0;
    if (bytes.size() >= sizeof size) std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(std::min(bytes.size(), sizeof size));
    if (size < sizeof(uint32_t) || size > bytes.size())
      fail("{}: expected a double array of 4 to {} bytes and replacements, found a size of {}", where, bytes.size(), size);
    units_.resize(size / sizeof(uint32_t));
    std::memcpy(units_.data(), bytes.data(), units_.size() * sizeof(uint32_t));
    replacements_ = bytes.substr(units_.size() * sizeof(uint32_t));
    if (find_invalid_utf8(replacements_) != std::string::npos) fail("{}: expected replacements in UTF-8", where);
  }

  // What replaces `part`, as its shortest prefix in the table says. A table whose offsets lead nowhere has no such prefix.
  std::optional<std::string_view> find(std::string_view part) const {
    size_t at = offset(units_[0]);
    for (const char c : part) {
      const auto label = static_cast<unsigned char>(c);
      at ^= label;
      if (label == 0 || at >= units_.size()) return std::nullopt;
      const uint32_t unit = units_[at];
      if ((unit & (1u << 31 | 0xFF)) != label) return std::nullopt;
      at ^= offset(unit);
      if (unit >> 8 & 1) return at < units_.size() ? replacement(units_[at] & ~(1u << 31)) : std::nullopt;
    }
    return std::nullopt;
  }

 private:
  static size_t offset(uint32_t unit) { return static_cast<size_t>(unit >> 10) << ((unit & (1u << 9)) >> 6); }

  std::optional<std::string_view> replacement(size_t at) const {
    if (at > replacements_.size()) return std::nullopt;
    const std::string_view rest = std::string_view(replacements_).substr(at);
    if (!rest.empty() && (rest[0] & 0xC0) == 0x80) return std::nullopt;
    return rest.substr(0, rest.find('\0'));
  }

  std::vector<uint32_t> units_;
  std::string replacements_;
};

// Parts of the text and what replaces them, with the sources that tokenizers gives the characters.
class Rewrite {
 public:
  explicit Rewrite(AlignedText& text) : out_(text) {}

  void keep(size_t begin, size_t end) {
    if (begin == end) return;
    flush();
    out_.keep(begin, end);
    any_ = true;
  }

  // `old_size`, `size`: characters.
  void replace(size_t old_size, std::string_view to) {
    const size_t size = count(to);
    if (size == 0) return remove(old_size);
    size_t at = 0, index = 0;
    for (CodePoint c; at < to.size(); at += c.bytes, ++index) {
      c = code_point(to, at);
      flush();
      const bool last = index + 1 == size;
      if (index >= old_size) last_added_ = c.c;
      else out_.put(c.c, last && size < old_size ? static_cast<int64_t>(size) - static_cast<int64_t>(old_size) : 0);
    }
    any_ = true;
  }

  void finish() {
    flush();
    out_.finish();
  }

 private:
  // The character before takes those removed with it. One that was added stands for the first of them, and before the first
  // character nothing is consumed.
  void remove(size_t size) {
    if (!any_) return;
    if (last_added_) out_.put(*last_added_, 1 - static_cast<int64_t>(size));
    else out_.skip(1 - static_cast<int64_t>(size));
    last_added_.reset();
  }

  void flush() {
    if (last_added_) out_.put(*last_added_, 1);
    last_added_.reset();
  }

  Transform out_;
  std::optional<char32_t> last_added_;  // the last character, if it is one besides those replaced
  bool any_ = false;                    // whether there is a character
};

class Precompiled final : public Normalizer {
 public:
  explicit Precompiled(Table table) : table_(std::move(table)) {
    for (char32_t c = 0; c < kKnown; ++c) {
      char bytes[4];
      stays_[c] = !table_.find({bytes, utf8_bytes(c, bytes)});
    }
  }

  void normalize(AlignedText& text) const override {
    const std::string_view bytes = text.text();
    std::optional<Rewrite> out;
    size_t kept = 0;
    const auto replace = [&](size_t begin, size_t end) {
      const auto to = table_.find(bytes.substr(begin, end - begin));
      if (!to) return false;
      if (!out) out.emplace(text);
      out->keep(kept, begin);
      out->replace(count(bytes.substr(begin, end - begin)), *to);
      kept = end;
      return true;
    };
    for (size_t at = skip(bytes, 0), end; at < bytes.size(); at = skip(bytes, end)) {
      end = cluster_end(bytes, at);
      const CodePoint c = code_point(bytes, at);
      if (end == at + c.bytes && c.c < kKnown && stays_[c.c]) continue;
      if (end - at <= kLongestCluster && replace(at, end)) continue;
      for (size_t next; at < end; at = next) replace(at, next = at + code_point(bytes, at).bytes);
    }
    if (!out) return;
    out->keep(kept, bytes.size());
    out->finish();
  }

 private:
  // ASCII letters that stay, and have no mark behind them.
  size_t skip(std::string_view text, size_t at) const {
    const size_t begin = at;
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80 && text[at] != '\r' &&
           stays_[static_cast<size_t>(text[at])])
      ++at;
    const bool may_join = at > begin && at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80;
    return may_join ? at - 1 : at;
  }

  Table table_;
  std::bitset<kKnown> stays_;  // characters that nothing replaces where they stand alone
};

}  // namespace

std::unique_ptr<Normalizer> make_precompiled(const Json& json, const std::string& where) {
  const std::string here = where + ", precompiled_charsmap";
  const std::string bytes = decode_base64(string_at(json, "precompiled_charsmap", where), here);
  return std::make_unique<Precompiled>(Table(bytes, here));
}

}  // namespace gamana
