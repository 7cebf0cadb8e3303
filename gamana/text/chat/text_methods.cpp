#include "gamana/text/chat/text_methods.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/uchar.h>

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/text/unicode/properties.h"
#include "gamana/text/utf8.h"

namespace gamana::jinja {
namespace {

using Views = std::vector<std::string_view>;

bool white(std::string_view character) { return strip_left(character).empty(); }

bool cased(char32_t c) { return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_CASED); }

std::string title_character(std::string_view character) {
  char32_t c = code_point(character, 0).c;
  std::string upper = upper_case(character);
  // Characters such as ß become two, of which the second stays small.
  if (count_characters(upper) > 1) {
    const size_t first = code_point(upper, 0).bytes;
    return upper.substr(0, first) + lower_case(std::string_view(upper).substr(first));
  }
  char bytes[4];
  return {bytes, utf8_bytes(static_cast<char32_t>(u_totitle(static_cast<UChar32>(c))), bytes)};
}

}  // namespace

Views characters(std::string_view text) {
  Views out;
  for (size_t at = 0; at < text.size();) {
    const uint32_t bytes = code_point(text, at).bytes;
    out.push_back(text.substr(at, bytes));
    at += bytes;
  }
  return out;
}

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string upper_case(std::string_view text) {
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  UErrorCode status = U_ZERO_ERROR;
  if (text.size() > INT32_MAX) fail("a text of {} bytes is too long for upper()", text.size());
  icu::CaseMap::utf8ToUpper("", 0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr,
                            status);
  if (U_FAILURE(status)) fail("cannot make a text upper case: {}", u_errorName(status));
  return out;
}

std::string lower_case(std::string_view text) { return lower(text); }

std::string capitalized(std::string_view text) {
  if (text.empty()) return "";
  const size_t first = code_point(text, 0).bytes;
  // The whole is lowered so that a final sigma is seen in its word.
  std::string small = lower_case(text);
  const size_t small_first = lower_case(text.substr(0, first)).size();
  return title_character(text.substr(0, first)) + small.substr(std::min(small_first, small.size()));
}

std::string title_case(std::string_view text) {
  std::string out;
  bool inside = false;
  for (const std::string_view c : characters(text)) {
    out += inside ? lower_case(c) : title_character(c);
    inside = cased(code_point(c, 0).c);
  }
  return out;
}

// Words begin after white space and after one of - ( { [ <.
std::string title_words(std::string_view text) {
  std::string out, rest;
  bool in_word = false;
  for (const std::string_view c : characters(text)) {
    const bool separator = white(c) || c == "-" || c == "(" || c == "{" || c == "[" || c == "<";
    if (separator || !in_word) {
      out += lower_case(rest);
      rest.clear();
      out += separator ? std::string(c) : upper_case(c);
    } else {
      rest += c;
    }
    in_word = !separator;
  }
  return out += lower_case(rest);
}

std::string_view stripped(std::string_view text, const std::string* set, bool left, bool right) {
  if (!set) {
    if (left) text = strip_left(text);
    return right ? strip_right(text) : text;
  }
  const Views wanted = characters(*set);
  const auto in_set = [&](std::string_view c) { return std::find(wanted.begin(), wanted.end(), c) != wanted.end(); };
  while (left && !text.empty() && in_set(text.substr(0, code_point(text, 0).bytes)))
    text.remove_prefix(code_point(text, 0).bytes);
  while (right && !text.empty()) {
    size_t last = text.size() - 1;
    while (last > 0 && (text[last] & 0xC0) == 0x80) --last;
    if (!in_set(text.substr(last))) break;
    text = text.substr(0, last);
  }
  return text;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to, int64_t most) {
  std::string out;
  if (from.empty()) {
    for (const std::string_view c : characters(text)) {
      if (most != 0) out += to, --most;
      out += c;
    }
    return most != 0 ? out.append(to) : out;
  }
  size_t at = 0;
  for (size_t found; most != 0 && (found = text.find(from, at)) != std::string_view::npos; --most) {
    out.append(text.substr(at, found - at)).append(to);
    at = found + from.size();
  }
  return out.append(text.substr(at));
}

Views split_at(std::string_view text, std::string_view separator, int64_t most) {
  if (separator.empty()) fail("split: the separator is empty");
  Views out;
  size_t at = 0;
  for (size_t found; most != 0 && (found = text.find(separator, at)) != std::string_view::npos; --most) {
    out.push_back(text.substr(at, found - at));
    at = found + separator.size();
  }
  out.push_back(text.substr(at));
  return out;
}

Views split_at_right(std::string_view text, std::string_view separator, int64_t most) {
  if (separator.empty()) fail("rsplit: the separator is empty");
  Views out;
  for (; most != 0 && text.size() >= separator.size(); --most) {
    const size_t found = text.rfind(separator);
    if (found == std::string_view::npos) break;
    out.push_back(text.substr(found + separator.size()));
    text = text.substr(0, found);
  }
  out.push_back(text);
  std::reverse(out.begin(), out.end());
  return out;
}

Views split_at_space(std::string_view text, int64_t most) {
  Views out;
  text = strip_left(text);
  while (!text.empty()) {
    if (most-- == 0) {
      out.push_back(text);
      break;
    }
    size_t end = 0;
    while (end < text.size()) {
      const uint32_t bytes = code_point(text, end).bytes;
      if (white(text.substr(end, bytes))) break;
      end += bytes;
    }
    out.push_back(text.substr(0, end));
    text = strip_left(text.substr(end));
  }
  return out;
}

Views split_at_space_right(std::string_view text, int64_t most) {
  Views out;
  text = strip_right(text);
  while (!text.empty()) {
    if (most-- == 0) {
      out.push_back(text);
      break;
    }
    size_t begin = text.size();
    while (begin > 0) {
      size_t last = begin - 1;
      while (last > 0 && (text[last] & 0xC0) == 0x80) --last;
      if (white(text.substr(last, begin - last))) break;
      begin = last;
    }
    out.push_back(text.substr(begin));
    text = strip_right(text.substr(0, begin));
  }
  std::reverse(out.begin(), out.end());
  return out;
}

// str.splitlines: more than \n ends a line.
Views lines(std::string_view text, bool with_ends) {
  Views out;
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = code_point(text, at);
    const char32_t c = point.c;
    size_t end = at + point.bytes;
    if (c == '\r' && end < text.size() && text[end] == '\n') ++end;
    const bool ends = (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
    if (ends) {
      out.push_back(text.substr(begin, (with_ends ? end : at) - begin));
      begin = end;
    }
    at = end;
  }
  if (begin < text.size()) out.push_back(text.substr(begin));
  return out;
}

}  // namespace gamana::jinja
