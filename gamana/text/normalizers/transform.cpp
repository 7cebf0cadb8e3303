#include "gamana/text/normalizers/transform.h"

#include "gamana/base/check.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {

Transform::Transform(AlignedText& text) : edit_(text) {
  if (text.plain()) return;
  for (Span s; at_ < text.size() && (s = text.source(at_), s.begin == s.end);) ++at_;
  edit_.keep(0, at_);
}

void Transform::keep(size_t begin, size_t end) {
  if (begin == at_) {
    edit_.keep(begin, end);
    at_ = end;
    return;
  }
  for (CodePoint c; begin < end; begin += c.bytes) {
    c = code_point(edit_.text(), begin);
    put(c.c, 0);
  }
}

void Transform::drop(size_t begin, size_t end) {
  if (begin == at_) {
    at_ = end;
    return;
  }
  for (; begin < end; begin += code_point(edit_.text(), begin).bytes) skip(0);
}

Span Transform::next_source() const {
  if (at_ >= edit_.text().size())
    fail("cannot normalise: expected nothing more behind what a Replace of an empty match puts before the text");
  return edit_.source(at_);
}

void Transform::put(char32_t c, int64_t change) {
  edit_.put(c, change <= 0 ? next_source() : at_ ? edit_.source(at_ - 1) : Span{edit_.origin(), edit_.origin()});
  skip(change);
}

void Transform::replace(std::string_view characters) {
  edit_.put(characters, next_source());
  skip(0);
}

void Transform::skip(int64_t change) {
  const std::string_view text = edit_.text();
  for (; change <= 0 && at_ < text.size(); ++change) at_ += code_point(text, at_).bytes;
}

}  // namespace gamana
