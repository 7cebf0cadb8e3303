#pragma once
// The loop of all normalisers that look at one character at a time.
#include "gamana/text/normalizers/transform.h"
#include "gamana/text/unicode/properties.h"
#include "gamana/text/unicode/scan.h"

namespace gamana {

inline constexpr size_t kSame = SIZE_MAX;
inline constexpr size_t kMostBytes = 16;

// `next(text, at)`: the first place at or after `at` of a character that may change; characters before it are not looked at.
// `map(c, out)`: writes what replaces the character (kMostBytes at most) and returns its length, or kSame.
// While lengths stay the same the text is changed in place, and not touched before its first change.
template <class Next, class Map>
void map_characters(AlignedText& text, const Next& next, const Map& map) {
  char to[kMostBytes];
  std::string_view bytes = text.text();
  const size_t size = bytes.size();
  char* own = nullptr;
  size_t at = next(bytes, 0), length = kSame;
  const auto find_change = [&] {  // returns the character at `at`, which becomes `length` bytes
    for (;; at = next(bytes, at)) {
      if (at >= size) return CodePoint{0, 0};
      const CodePoint c = code_point(bytes, at);
      if ((length = map(c.c, to)) != kSame) return c;
      at += c.bytes;
    }
  };
  CodePoint c;
  while ((c = find_change()).bytes && length == c.bytes) {
    if (!own) own = text.writable(), bytes = text.text();
    std::memcpy(own + at, to, length);
    at += length;
  }
  if (!c.bytes) return;
  Transform out(text);
  size_t kept = 0;
  for (; c.bytes; c = find_change()) {
    out.keep(kept, at);
    if (length == 0) out.drop(at, at + c.bytes);
    else out.replace({to, length});
    kept = at += c.bytes;
  }
  out.keep(kept, size);
  out.finish();
}

}  // namespace gamana
