#include "gamana/metric/tokenize.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "gamana/base/check.h"
#include "gamana/metric/unicode.h"

namespace gamana {
namespace {

constexpr std::array<std::pair<std::string_view, BleuTokenizer>, 5> kTokenizers{{{"13a", BleuTokenizer::v13a},
                                                                                 {"intl", BleuTokenizer::international},
                                                                                 {"char", BleuTokenizer::character},
                                                                                 {"zh", BleuTokenizer::chinese},
                                                                                 {"none", BleuTokenizer::none}}};

}  // namespace

BleuTokenizer bleu_tokenizer(std::string_view name) {
  for (const auto& [known, tokenizer] : kTokenizers)
    if (known == name) return tokenizer;
  fail("expected a tokenizer of BLEU (13a, intl, char, zh, none), found \"{}\"", name);
}

std::string_view tokenizer_name(BleuTokenizer tokenizer) {
  return std::find_if(kTokenizers.begin(), kTokenizers.end(), [&](const auto& entry) {
           return entry.second == tokenizer;
         })->first;
}

namespace metric {
namespace {

struct Range {
  char32_t first, last;
};

template <size_t N>
bool in_ranges(const Range (&ranges)[N], char32_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges), [c](Range r) { return r.first <= c && c <= r.last; });
}

// The rules below that know only ASCII work on bytes: no byte of a longer UTF-8 sequence is ASCII.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_point(char c) { return c == '.' || c == ','; }
bool is_mark(char c) {  // [{-~[-` -&(-+:-@/]: punctuation without ' , - .
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') ||
         (c >= ':' && c <= '@') || c == '/';
}

enum class Outside { left, right };

// Puts a space between each pair (first, second) and one outside of it, scanning left to right; pairs do not overlap.
template <class String, class First, class Second>
String separate_pairs(const String& in, First first, Second second, Outside outside) {
  String out;
  out.reserve(in.size() + in.size() / 4);
  for (size_t i = 0; i < in.size(); ++i) {
    if (i + 1 == in.size() || !first(in[i]) || !second(in[i + 1])) {
      out += in[i];
      continue;
    }
    if (outside == Outside::left) out += ' ';
    out += in[i], out += ' ', out += in[++i];
    if (outside == Outside::right) out += ' ';
  }
  return out;
}

template <class String, class Predicate>
String separate_each(const String& in, Predicate predicate) {
  String out;
  out.reserve(in.size() + in.size() / 4);
  for (const auto c : in) {
    if (predicate(c))
      out += ' ', out += c, out += ' ';
    else
      out += c;
  }
  return out;
}

// Points and commas leave words unless they stand between digits; so do dashes behind a digit.
std::string separate_points(std::string text) {
  const auto no_digit = [](char c) { return !is_digit(c); };
  text = separate_pairs(text, no_digit, is_point, Outside::right);
  text = separate_pairs(text, is_point, no_digit, Outside::left);
  return separate_pairs(text, is_digit, [](char c) { return c == '-'; }, Outside::right);
}

void resolve_entities(std::string& text) {
  if (text.find('&') == std::string::npos) return;
  replace_all(text, "&quot;", "\"");
  replace_all(text, "&amp;", "&");
  replace_all(text, "&lt;", "<");
  replace_all(text, "&gt;", ">");
}

std::string tokenize_13a(std::string_view line) {
  std::string text(line);
  replace_all(text, "<skipped>", "");
  replace_all(text, "-\n", "");
  replace_all(text, "\n", " ");
  resolve_entities(text);
  return separate_points(separate_each(" " + text + " ", is_mark));
}

bool is_number(char32_t c) { return (U_MASK(u_charType(static_cast<UChar32>(c))) & U_GC_N_MASK) != 0; }
bool is_punctuation(char32_t c) { return (U_MASK(u_charType(static_cast<UChar32>(c))) & U_GC_P_MASK) != 0; }
bool is_symbol(char32_t c) { return (U_MASK(u_charType(static_cast<UChar32>(c))) & U_GC_S_MASK) != 0; }

std::string tokenize_international(std::string_view line) {
  const auto no_number = [](char32_t c) { return !is_number(c); };
  std::u32string text = separate_pairs(code_points(line), no_number, is_punctuation, Outside::right);
  text = separate_pairs(text, is_punctuation, no_number, Outside::left);
  return to_utf8(separate_each(text, is_symbol));
}

// As in sacreBLEU, where the two ranges beyond U+FFFF are written with four digits, which makes them U+2001-2A6D and
// U+2F81-2FA1: general punctuation and symbols are split, CJK extension B is not.
constexpr Range kChinese[] = {{0x3400, 0x4DB5}, {0x4E00, 0x9FA5}, {0x9FA6, 0x9FBB}, {0xF900, 0xFA2D}, {0xFA30, 0xFA6A},
                              {0xFA70, 0xFAD9}, {0x2001, 0x2A6D}, {0x2F81, 0x2FA1}, {0xFF00, 0xFFEF}, {0x2E80, 0x2EFF},
                              {0x3000, 0x303F}, {0x31C0, 0x31EF}, {0x2F00, 0x2FDF}, {0x2FF0, 0x2FFF}, {0x3100, 0x312F},
                              {0x31A0, 0x31BF}, {0xFE10, 0xFE1F}, {0xFE30, 0xFE4F}, {0x2600, 0x26FF}, {0x2700, 0x27BF},
                              {0x3200, 0x32FF}, {0x3300, 0x33FF}};

std::string tokenize_chinese(std::string_view line) {
  std::u32string text = code_points(strip_end(line));
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), is_space));
  text = separate_each(text, [](char32_t c) { return in_ranges(kChinese, c); });
  return separate_points(separate_each(to_utf8(text), is_mark));
}

constexpr Range kTercomAsian[] = {{0x4E00, 0x9FFF}, {0x3400, 0x4DBF}, {0x31C0, 0x31EF}, {0x2E80, 0x2EFF},
                                  {0x3300, 0x33FF}, {0xF900, 0xFAFF}, {0xFE30, 0xFE4F}, {0x3200, 0x32FF}};
constexpr Range kTercomAsianPunctuation[] = {
    {0x3001, 0x3002}, {0x3008, 0x3011}, {0x3014, 0x301F}, {0xFF61, 0xFF65}, {0x30FB, 0x30FB},  // of CJK
    {0xFF0E, 0xFF0E}, {0xFF0C, 0xFF0C}, {0xFF1F, 0xFF1F}, {0xFF1A, 0xFF1B}, {0xFF01, 0xFF02}, {0xFF08, 0xFF09}};

bool is_asian_punctuation(char32_t c) { return in_ranges(kTercomAsianPunctuation, c); }

}  // namespace

std::string tokenize(std::string_view line, BleuTokenizer tokenizer) {
  switch (tokenizer) {
    case BleuTokenizer::v13a: return tokenize_13a(line);
    case BleuTokenizer::international: return tokenize_international(line);
    case BleuTokenizer::character: return to_utf8(separate_each(code_points(line), [](char32_t) { return true; }));
    case BleuTokenizer::chinese: return tokenize_chinese(line);
    case BleuTokenizer::none: break;
  }
  return std::string(line);
}

std::string tokenize_tercom(std::string_view line, const TercomOptions& options) {
  std::string text = options.case_sensitive ? std::string(line) : to_lower(line);
  if (options.normalized) {
    replace_all(text, "\n-", "");
    replace_all(text, "\n", " ");
    resolve_entities(text);
    text = separate_each(" " + text + " ", is_mark);
    replace_all(text, "'s ", " 's ");
    text = separate_points(std::move(text));
    // Tercom's rules for Hiragana and Katakana never apply in sacreBLEU: they look for them at the very beginning of
    // the line, where the rules above have put a space.
    if (options.asian_support)
      text = to_utf8(separate_each(code_points(text),
                                   [](char32_t c) { return in_ranges(kTercomAsian, c) || is_asian_punctuation(c); }));
  }
  if (options.no_punct) {
    std::erase_if(text, [](char c) { return std::string_view(".,?:;!\"()").find(c) != std::string_view::npos; });
    if (options.asian_support) {
      std::u32string characters = code_points(text);
      std::erase_if(characters, is_asian_punctuation);
      text = to_utf8(characters);
    }
  }
  return text;
}

}  // namespace metric
}  // namespace gamana
