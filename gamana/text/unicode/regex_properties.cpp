#include "gamana/text/unicode/regex_properties.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <oniguruma.h>

#include "gamana/base/check.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

enum Category : uint32_t {
  kLu = 1u << 0, kLl = 1u << 1, kLt = 1u << 2, kLm = 1u << 3, kLo = 1u << 4,
  kMn = 1u << 5, kMc = 1u << 6, kMe = 1u << 7,
  kNd = 1u << 8, kNl = 1u << 9, kNo = 1u << 10,
  kPc = 1u << 11, kPd = 1u << 12, kPs = 1u << 13, kPe = 1u << 14, kPo = 1u << 15,
  kSm = 1u << 16, kSc = 1u << 17, kSk = 1u << 18, kSo = 1u << 19,
  kCf = 1u << 20, kCo = 1u << 21, kCn = 1u << 22,
  kHan = 1u << 31,  // no category, but asked for like one
  kL = kLu | kLl | kLt | kLm | kLo,
  kM = kMn | kMc | kMe,
  kN = kNd | kNl | kNo,
  kP = kPc | kPd | kPs | kPe | kPo,
  kS = kSm | kSc | kSk | kSo,
  kC = kCf | kCo | kCn,
};

struct Changed {
  char32_t first, last;
  uint32_t category;
  bool han;
};
constexpr Changed kChanged[] = {
#include "gamana/text/unicode/regex_categories.inc"
};

struct Added {  // characters of Unicode 15 and 16 with a property that is no category
  std::string_view name;
  char32_t first, last;
};
constexpr Added kAdded[] = {
#include "gamana/text/unicode/regex_additions.inc"
};

constexpr char32_t kLoneWord[] = {U'²', U'³', U'¹', U'¼', U'½', U'¾'};

struct Named {
  std::string_view name;
  uint32_t categories;
};
// Those to which characters were added. Names as Oniguruma compares them: small letters only.
constexpr Named kNamed[] = {
    {"l", kL},    {"letter", kL},   {"lu", kLu},           {"uppercaseletter", kLu}, {"ll", kLl}, {"lowercaseletter", kLl},
    {"lm", kLm},  {"lo", kLo},      {"otherletter", kLo},  {"m", kM},                {"mark", kM}, {"mn", kMn},
    {"mc", kMc},  {"n", kN},        {"number", kN},        {"nd", kNd},              {"decimalnumber", kNd}, {"no", kNo},
    {"p", kP},    {"punctuation", kP}, {"pd", kPd},        {"po", kPo},              {"s", kS},   {"symbol", kS},
    {"sm", kSm},  {"so", kSo},      {"othersymbol", kSo},  {"c", kC},                {"other", kC}, {"cf", kCf},
    {"cn", kCn},  {"unassigned", kCn}, {"han", kHan},      {"punct", kP | kS},
    {"word", kL | kM | kNd | kNl | kPc}, {"loneword", kL | kM | kNd | kNl | kPc}, {"digit", kNd},
};

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != ' ' && c != '-' && c != '_') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

const Named* changed_property(std::string_view folded_name) {
  const auto found = std::ranges::find(kNamed, folded_name, &Named::name);
  return found == std::end(kNamed) ? nullptr : found;
}

std::vector<CodeRange> library_ranges(std::string name) {
  static const bool ready = [] {
    OnigEncoding encoding = ONIG_ENCODING_UTF8;
    return onig_initialize(&encoding, 1) == ONIG_NORMAL;
  }();
  auto* begin = reinterpret_cast<UChar*>(name.data());
  const OnigEncoding encoding = ONIG_ENCODING_UTF8;
  const int type = ready ? ONIGENC_PROPERTY_NAME_TO_CTYPE(encoding, begin, begin + name.size()) : -1;
  OnigCodePoint single_bytes = 0;
  const OnigCodePoint* ranges = nullptr;
  if (type < 0 || ONIGENC_GET_CTYPE_CODE_RANGE(encoding, type, &single_bytes, &ranges) != 0) {
    fail("expected a property of characters, found {:?}", name);
  }
  std::vector<CodeRange> out;
  for (OnigCodePoint i = 0; i < ranges[0]; ++i) out.push_back({ranges[1 + 2 * i], ranges[2 + 2 * i]});
  return out;
}

void append(std::vector<CodeRange>& out, char32_t first, char32_t last) {
  if (first > last) return;
  if (!out.empty() && out.back().last + 1 == first) {
    out.back().last = last;
  } else {
    out.push_back({first, last});
  }
}

// Of the library's ranges what lies outside of the table, and of the table what has one of the categories.
std::vector<CodeRange> with_changes(const std::vector<CodeRange>& ranges, uint32_t categories) {
  std::vector<CodeRange> out;
  auto range = ranges.begin();
  const auto keep_until = [&](char32_t from, char32_t end) {  // of [from, end)
    for (; range != ranges.end() && range->first < end; ++range) {
      append(out, std::max(range->first, from), std::min<char32_t>(range->last, end - 1));
      if (range->last >= end) return;
    }
  };
  char32_t from = 0;
  for (const Changed& changed : kChanged) {
    keep_until(from, changed.first);
    if (categories & changed.category || (categories & kHan && changed.han)) append(out, changed.first, changed.last);
    from = changed.last + 1;
    while (range != ranges.end() && range->last < from) ++range;
  }
  keep_until(from, kCodePoints);
  return out;
}

// In order, without overlaps.
std::vector<CodeRange> united(std::vector<CodeRange> ranges) {
  std::ranges::sort(ranges, {}, &CodeRange::first);
  std::vector<CodeRange> out;
  for (const CodeRange& range : ranges)
    append(out, out.empty() ? range.first : std::max<char32_t>(range.first, out.back().last + 1), range.last);
  return out;
}

// The name that Oniguruma gets for one of our own properties, or nothing where its own will do.
std::optional<std::string> own_name(std::string_view name) {
  const std::string plain = folded(name), own = "gamana" + plain;
  if (!changed_property(plain) && std::ranges::find(kAdded, plain, &Added::name) == std::end(kAdded)) return std::nullopt;
  static std::map<std::string, std::vector<OnigCodePoint>> defined;  // the library keeps pointers to the lists
  const auto [it, is_new] = defined.try_emplace(own);
  if (is_new) {
    const std::vector<CodeRange> ranges = regex_property(plain);
    it->second.push_back(static_cast<OnigCodePoint>(ranges.size()));
    for (const CodeRange& r : ranges) it->second.insert(it->second.end(), {r.first, r.last});
    if (onig_unicode_define_user_property(own.c_str(), it->second.data()) != ONIG_NORMAL) it->second.clear();
  }
  return it->second.empty() ? std::nullopt : std::optional(own);
}

// Replaces one property at pattern[at], where it begins with `open` and ends with `close`; returns where to go on.
size_t replace_property(std::string_view pattern, size_t at, std::string_view open, std::string_view close,
                               std::string& out) {
  size_t begin = at + open.size();
  const bool negative = pattern.substr(begin).starts_with('^');
  begin += negative;
  const size_t end = pattern.find(close, begin);
  if (end == std::string_view::npos) return out += open, at + open.size();
  const std::string_view name = pattern.substr(begin, end - begin);
  const std::optional<std::string> own = own_name(name);
  const bool complement = negative != open.starts_with("\\P");
  if (own) {
    out += (complement ? "\\P{" : "\\p{") + *own + "}";
  } else {
    out += pattern.substr(at, end + close.size() - at);
  }
  return end + close.size();
}

// The property that \w, \W, \d or \D stands for, if `text` begins with one. Outside of brackets \w has six characters more
// (kLoneWord).
std::string_view shorthand(std::string_view text, bool in_brackets) {
  if (text.size() < 2 || text[0] != '\\') return {};
  if (text[1] == 'w' || text[1] == 'W') return in_brackets ? "word" : "loneword";
  return text[1] == 'd' || text[1] == 'D' ? "digit" : "";
}

// \b and \B outside of brackets, in terms of the characters of \w there, if `text` begins with one.
std::string word_boundary(std::string_view text) {
  if (!text.starts_with("\\b") && !text.starts_with("\\B")) return "";
  const std::optional<std::string> own = own_name("loneword");
  if (!own) return "";
  const std::string word = "\\p{" + *own + "}";
  const char* form = text[1] == 'b' ? "(?:(?<={0})(?!{0})|(?<!{0})(?={0}))" : "(?:(?<={0})(?={0})|(?<!{0})(?!{0}))";
  return fmt::format(fmt::runtime(form), word);
}

}  // namespace

std::vector<CodeRange> regex_property(std::string_view name) {
  const std::string plain = folded(name);
  const Named* changed = changed_property(plain);
  std::vector<CodeRange> ranges = library_ranges(plain == "punct" ? "p" : plain == "loneword" ? "word" : plain);
  if (plain == "loneword") {
    for (const char32_t c : kLoneWord) ranges.push_back({c, c});
  }
  if (plain == "punct") {  // without symbols in older libraries
    const std::vector<CodeRange> symbols = library_ranges("s");
    ranges.insert(ranges.end(), symbols.begin(), symbols.end());
  }
  for (const Added& added : kAdded)
    if (added.name == plain) ranges.push_back({added.first, added.last});
  ranges = united(std::move(ranges));
  return changed ? with_changes(ranges, changed->categories) : ranges;
}

std::string with_own_properties(std::string_view pattern, bool boundaries) {
  std::string out;
  int depth = 0;  // of brackets
  for (size_t at = 0; at < pattern.size();) {
    const std::string_view rest = pattern.substr(at);
    if (rest.starts_with("\\p{") || rest.starts_with("\\P{")) {
      at = replace_property(pattern, at, rest.substr(0, 3), "}", out);
    } else if (const std::string_view name = shorthand(rest, depth > 0); !name.empty()) {
      const std::optional<std::string> own = own_name(name);
      const bool complement = rest[1] == 'W' || rest[1] == 'D';
      out += own ? (complement ? "\\P{" : "\\p{") + *own + "}" : std::string(rest.substr(0, 2));
      at += 2;
    } else if (const std::string boundary = depth > 0 || !boundaries ? "" : word_boundary(rest); !boundary.empty()) {
      out += boundary;
      at += 2;
    } else if (rest.starts_with("[:")) {
      at = replace_property(pattern, at, "[:", ":]", out);
    } else {
      if (rest[0] == '[') ++depth;
      if (rest[0] == ']') --depth;
      const size_t length = rest[0] == '\\' ? std::min<size_t>(2, rest.size()) : 1;
      out += rest.substr(0, length);
      at += length;
    }
  }
  return out;
}

}  // namespace gamana
