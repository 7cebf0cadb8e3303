#include "gamana/text/pre_tokenizers/pattern_scanner.h"

#include <algorithm>

#include "gamana/text/pre_tokenizers/letters.h"
#include "gamana/text/unicode/properties.h"
#include "gamana/text/unicode/regex_properties.h"

namespace gamana {
namespace {

enum Class : uint8_t {
  kLetter = 1 << 0,   // \p{L}
  kNumber = 1 << 1,   // \p{N}
  kSpace = 1 << 2,    // \s
  kMark = 1 << 3,     // \p{M}
  kHead = 1 << 4,     // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]
  kTail = 1 << 5,     // [\p{Ll}\p{Lm}\p{Lo}\p{M}]
  kNewline = 1 << 6,  // [\r\n]
};

// The classes of every character: read by its number.
const std::vector<uint8_t>& character_classes() {
  static const std::vector<uint8_t> classes = [] {
    std::vector<uint8_t> out(kCodePoints);
    const auto add = [&](std::string_view property, uint8_t bits) {
      for (const CodeRange& r : regex_property(property)) {
        for (char32_t c = r.first; c <= r.last; ++c) out[c] |= bits;
      }
    };
    for (const char* name : {"Lu", "Lt"}) add(name, kLetter | kHead);
    for (const char* name : {"Lm", "Lo"}) add(name, kLetter | kHead | kTail);
    add("Ll", kLetter | kTail);
    add("M", kMark | kHead | kTail);
    add("N", kNumber);
    add("Space", kSpace);
    out['\r'] |= kNewline;
    out['\n'] |= kNewline;
    return out;
  }();
  return classes;
}

// What the patterns differ in. All are alternatives in this order: contractions, words, numbers, other characters, blanks.
struct Grammar {
  bool fold = true;             // (?i:'s|'t|'re|'ve|'m|'ll|'d), else small letters only
  bool contractions = true;     // an alternative of their own, or (cased) what may follow a word
  bool any_prefix = true;       // [^\r\n\p{L}\p{N}]? before a word; else a space before words and numbers
  bool cased = false;           // a word is head* tail+ or head+ tail*, else letters
  uint8_t word = kLetter;       // letters of a word
  uint8_t not_other = kSpace | kLetter | kNumber;  // other characters are those without any of them
  int digits = 3;               // the most characters of a number; 0: any
  bool newlines = true;         // [\r\n]* after others, and the alternative \s*[\r\n]+
  bool slashes = false;         // [\r\n/]* instead
};

template <Grammar G>
class Scanner {
 public:
  explicit Scanner(std::string_view text) : p_(text.data()), end_(p_ + text.size()), begin_(p_) {}

  void scan(uint32_t offset, std::vector<Piece>& out) {
    while (p_ < end_) {
      const char* next = simple_word();
      if (!next) next = match();
      out.push_back({offset + at(p_), offset + at(next), -1});
      p_ = next;
    }
  }

 private:
  struct Char {
    uint8_t classes;
    const char* next;
  };

  uint32_t at(const char* p) const { return static_cast<uint32_t>(p - begin_); }
  static uint8_t byte(const char* p) { return static_cast<uint8_t>(*p); }

  Char read(const char* p) const {
    if (byte(p) < 0x80) return {classes_[byte(p)], p + 1};
    const CodePoint c = code_point({p, 4}, 0);
    return {classes_[c.c], p + c.bytes};
  }
  bool is(const char* p, uint8_t classes) const { return p < end_ && read(p).classes & classes; }
  // The end of the run of characters with (without) any of the classes that begins at p.
  const char* run(const char* p, uint8_t classes) const {
    while (p < end_) {
      const Char c = read(p);
      if (!(c.classes & classes)) break;
      p = c.next;
    }
    return p;
  }
  const char* run_without(const char* p, uint8_t classes) const {
    while (p < end_) {
      const Char c = read(p);
      if (c.classes & classes) break;
      p = c.next;
    }
    return p;
  }

  // A word of ASCII letters with or without a space before it, which is most of a text; null if there is something else.
  const char* simple_word() const {
    const char* begin = p_ + (*p_ == ' ');
    const char* q = skip_letters<G.cased>(begin, end_);
    if (q == begin) return nullptr;
    if (q < end_ && byte(q) >= 0x80) q = run(q, G.cased ? uint8_t{kTail} : G.word);
    return G.cased && G.contractions ? contraction(q, q) : q;
  }

  const char* match() const {
    const Char first = read(p_);
    if constexpr (G.contractions && !G.cased) {
      if (*p_ == '\'') {
        if (const char* next = contraction(p_, nullptr)) return next;
      }
    }
    const Char second = first.next < end_ ? read(first.next) : first;
    if (const char* next = word(first, second)) return next;
    const Char lead = *p_ == ' ' ? second : first;  // behind the space that numbers and others may have before them
    if (const char* next = number(G.any_prefix ? first : lead)) return next;
    if (!(lead.classes & G.not_other)) return others(lead.next);
    return blanks();
  }

  // The end of 's, 't, 're, 've, 'm, 'll or 'd at p, or `otherwise`.
  const char* contraction(const char* p, const char* otherwise) const {
    if (p == end_ || *p != '\'' || p + 1 == end_) return otherwise;
    if (G.fold && end_ - p > 2 && p[1] == '\xC5' && p[2] == '\xBF') return p + 3;  // long s, which is an s to (?i:)
    const auto letter = [&](int i) { return G.fold && p[i] >= 'A' && p[i] <= 'Z' ? static_cast<char>(p[i] + 32) : p[i]; };
    const char a = letter(1);
    if (a == 's' || a == 't' || a == 'm' || a == 'd') return p + 2;
    if (end_ - p < 3) return otherwise;
    const char b = letter(2);
    return (b == 'e' && (a == 'r' || a == 'v')) || (b == 'l' && a == 'l') ? p + 3 : otherwise;
  }

  const char* word(Char first, Char second) const {
    if constexpr (!G.any_prefix) {
      const Char lead = *p_ == ' ' ? second : first;
      return lead.classes & G.word ? run(lead.next, G.word) : nullptr;
    }
    // The character before the word may be a mark, which can be the word's first as well.
    const bool prefix = !(first.classes & (kLetter | kNumber | kNewline));
    if constexpr (!G.cased) {
      if (prefix && second.classes & G.word) return first.next < end_ ? run(second.next, G.word) : first.next;
      return first.classes & G.word ? run(first.next, G.word) : nullptr;
    } else {
      const bool mark = first.classes & kMark;
      const char* next = prefix ? word_at(first.next, /*needs_tail=*/mark) : nullptr;
      return next || (prefix && !mark) ? next : word_at(p_, false);
    }
  }

  const char* word_at(const char* p, bool needs_tail) const {
    const char* after_tail = nullptr;  // behind the last character of the head that could be a tail as well
    const char* q = p;
    while (q < end_) {
      const Char c = read(q);
      if (!(c.classes & kHead)) break;
      q = c.next;
      if (c.classes & kTail) after_tail = q;
    }
    const char* end = is(q, kTail) ? run(q, kTail) : after_tail ? after_tail : needs_tail ? p : q;
    if (end == p) return nullptr;
    return G.contractions ? contraction(end, end) : end;
  }

  const char* number(Char first) const {
    if (!(first.classes & kNumber)) return nullptr;
    const char* q = first.next;
    if constexpr (G.digits == 0) return run(q, kNumber);
    for (int digits = 1; digits < G.digits && is(q, kNumber); ++digits) q = read(q).next;
    return q;
  }

  // The rest of a run of other characters, and the newlines behind it.
  const char* others(const char* p) const {
    p = run_without(p, G.not_other);
    if constexpr (G.newlines) {
      while (p < end_ && (*p == '\r' || *p == '\n' || (G.slashes && *p == '/'))) ++p;
    }
    return p;
  }

  // All of them up to the last newline; else without the last one, which may belong to what follows.
  const char* blanks() const {
    const char *q = p_, *last = p_, *after_newline = nullptr;
    while (q < end_) {
      const Char c = read(q);
      if (!(c.classes & kSpace)) break;
      last = q;
      q = c.next;
      if (c.classes & kNewline) after_newline = q;
    }
    if (G.newlines && after_newline) return after_newline;
    return q == end_ || last == p_ ? q : last;
  }

  const uint8_t* classes_ = character_classes().data();
  const char* p_;
  const char* end_;
  const char* begin_;
};

template <Grammar G>
void scan(std::string_view text, uint32_t offset, std::vector<Piece>& out) {
  Scanner<G>(text).scan(offset, out);
}

constexpr Grammar kGpt2 = {.fold = false, .any_prefix = false, .digits = 0, .newlines = false};
constexpr Grammar kCl100k = {};
constexpr Grammar kQwen2 = {.digits = 1};
constexpr Grammar kQwen35 = {
    .word = kLetter | kMark, .not_other = kSpace | kLetter | kNumber | kMark, .digits = 1};
constexpr Grammar kO200k = {.cased = true, .slashes = true};
constexpr Grammar kTekken = {.contractions = false, .cased = true, .digits = 1, .slashes = true};

struct Known {
  std::string_view pattern;
  PatternScanner scanner;
};

#define GAMANA_CONTRACTIONS "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define GAMANA_BLANKS R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"
#define GAMANA_PREFIX R"([^\r\n\p{L}\p{N}]?)"
#define GAMANA_HEAD R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])"
#define GAMANA_TAIL R"([\p{Ll}\p{Lm}\p{Lo}\p{M}])"

constexpr Known kKnown[] = {
    {kGpt2Pattern, scan<kGpt2>},
    {GAMANA_CONTRACTIONS "|" GAMANA_PREFIX R"(\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)" GAMANA_BLANKS, scan<kCl100k>},
    {GAMANA_CONTRACTIONS "|" GAMANA_PREFIX R"(\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)" GAMANA_BLANKS, scan<kQwen2>},
    {GAMANA_CONTRACTIONS "|" GAMANA_PREFIX R"([\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*)" GAMANA_BLANKS,
     scan<kQwen35>},
    {GAMANA_PREFIX GAMANA_HEAD "*" GAMANA_TAIL "+" GAMANA_CONTRACTIONS "?|" GAMANA_PREFIX GAMANA_HEAD "+" GAMANA_TAIL
     "*" GAMANA_CONTRACTIONS R"(?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" GAMANA_BLANKS, scan<kO200k>},
    {GAMANA_PREFIX GAMANA_HEAD "*" GAMANA_TAIL "+|" GAMANA_PREFIX GAMANA_HEAD "+" GAMANA_TAIL
     R"(*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" GAMANA_BLANKS, scan<kTekken>},
};

#undef GAMANA_CONTRACTIONS
#undef GAMANA_BLANKS
#undef GAMANA_PREFIX
#undef GAMANA_HEAD
#undef GAMANA_TAIL

}  // namespace

PatternScanner pattern_scanner(std::string_view pattern) {
  const auto found = std::ranges::find(kKnown, pattern, &Known::pattern);
  return found == std::end(kKnown) ? nullptr : found->scanner;
}

}  // namespace gamana
