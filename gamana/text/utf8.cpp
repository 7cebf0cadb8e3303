#include "gamana/text/utf8.h"

#include <algorithm>

#include <unicode/casemap.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"

namespace gamana {
namespace {

// Python's definition of str.isspace.
bool is_space(UChar32 c) {
  const UCharDirection direction = u_charDirection(c);
  return direction == U_WHITE_SPACE_NEUTRAL || direction == U_BLOCK_SEPARATOR || direction == U_SEGMENT_SEPARATOR ||
         u_charType(c) == U_SPACE_SEPARATOR;
}

}  // namespace

bool valid_utf8(std::string_view text) { return find_invalid_utf8(text) == std::string_view::npos; }

std::string repair_utf8(std::string_view text) {
  if (valid_utf8(text)) return std::string(text);
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const int64_t size = static_cast<int64_t>(text.size());
  std::string out;
  for (int64_t i = 0; i < size;) {
    const int64_t begin = i;
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    out.append(c < 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(begin, i - begin));
  }
  return out;
}

Characters::Characters(std::string_view text) : text_(text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; })) return;
  for (size_t i = 0; i < text.size(); ++i)
    if ((text[i] & 0xC0) != 0x80) starts_.push_back(static_cast<uint32_t>(i));
}

std::string_view Characters::part(size_t begin, size_t end) const {
  const auto byte = [&](size_t character) {
    return character >= size() ? text_.size() : starts_.empty() ? character : starts_[character];
  };
  return begin < end ? text_.substr(byte(begin), byte(end) - byte(begin)) : std::string_view();
}

std::string lower(std::string_view text) {
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  UErrorCode status = U_ZERO_ERROR;
  const std::string valid = repair_utf8(text);
  icu::CaseMap::utf8ToLower("", 0, icu::StringPiece(valid.data(), static_cast<int32_t>(valid.size())), sink, nullptr,
                            status);
  if (U_FAILURE(status)) fail("cannot lower a text of {} bytes: {}", text.size(), u_errorName(status));
  return out;
}

std::string_view strip_left(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const int64_t size = static_cast<int64_t>(text.size());
  for (int64_t i = 0; i < size;) {
    const int64_t begin = i;
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    if (!is_space(c)) return text.substr(begin);
  }
  return {};
}

std::string_view strip_right(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  while (!text.empty()) {
    int64_t i = static_cast<int64_t>(text.size()) - 1;
    while (i > 0 && U8_IS_TRAIL(bytes[i])) --i;
    const int64_t begin = i, size = static_cast<int64_t>(text.size());
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    if (!is_space(c)) return text;
    text = text.substr(0, begin);
  }
  return {};
}

std::string_view strip(std::string_view text) { return strip_right(strip_left(text)); }

}  // namespace gamana
