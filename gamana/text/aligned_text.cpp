#include "gamana/text/aligned_text.h"

#include "gamana/base/check.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

bool continues(std::string_view text, size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; }

}  // namespace

Span AlignedText::source(size_t at) const {
  if (!plain()) return sources_[at];
  const std::string_view t = text();
  size_t begin = at, end = at + 1;
  while (continues(t, begin)) --begin;
  while (end < t.size() && continues(t, end)) ++end;
  return {static_cast<uint32_t>(origin_ + begin), static_cast<uint32_t>(origin_ + end)};
}

Span AlignedText::source(size_t begin, size_t end) const {
  if (begin < end) return {source(begin).begin, source(end - 1).end};
  const uint32_t place = begin < size() ? source(begin).begin : size() ? source(size() - 1).end : origin_;
  return {place, place};
}

char* AlignedText::writable() {
  if (!owned_) {
    buffer_ = view_;
    owned_ = true;
  }
  return buffer_.data();
}

void AlignedText::spell_out_sources() {
  if (!plain()) return;
  Edit all(*this);
  all.keep(0, size());
  sources_ = std::move(all.sources_);
}

void AlignedText::append(const AlignedText& more) {
  if (more.size() == 0) return;
  writable();
  if (size() == 0) origin_ = more.origin_;
  if (!plain() || !more.plain() || more.origin_ != origin_ + size()) {
    spell_out_sources();
    AlignedText copy = more;
    copy.spell_out_sources();
    sources_.insert(sources_.end(), copy.sources_.begin(), copy.sources_.end());
  }
  buffer_ += more.text();
}

AlignedText::Edit::Edit(AlignedText& text) : from_(text) {
  bytes_.reserve(text.size() + text.size() / 8 + 16);
  sources_.reserve(text.size() + text.size() / 8 + 16);
}

void AlignedText::Edit::keep(size_t begin, size_t end) {
  bytes_.append(from_.text(), begin, end - begin);
  if (!from_.plain()) {
    sources_.insert(sources_.end(), from_.sources_.begin() + begin, from_.sources_.begin() + end);
    return;
  }
  const std::string_view text = from_.text();
  for (size_t at = begin; at < end;) {
    const uint32_t bytes = code_point(text, at).bytes, first = from_.origin_ + static_cast<uint32_t>(at);
    sources_.insert(sources_.end(), bytes, Span{first, first + bytes});
    at += bytes;
  }
}

void AlignedText::Edit::put(std::string_view bytes, Span source) {
  bytes_ += bytes;
  sources_.insert(sources_.end(), bytes.size(), source);
}

void AlignedText::Edit::put(char32_t c, Span source) {
  char bytes[4];
  put(std::string_view(bytes, utf8_bytes(c, bytes)), source);
}

void AlignedText::Edit::finish() {
  from_.buffer_ = std::move(bytes_);
  from_.sources_ = std::move(sources_);
  from_.owned_ = true;
}

}  // namespace gamana
