#include "gamana/text/unicode/normalization_forms.h"

#include <algorithm>
#include <optional>

#include "gamana/text/normalizers/transform.h"
#include "gamana/text/unicode/properties.h"
#include "gamana/text/unicode/scan.h"

namespace gamana {
namespace {

struct Item {
  char32_t c;
  int32_t change;  // as of Transform
  int32_t combining_class;
};

struct Rules {
  uint16_t acts;            // characters without this property stay and keep all before them apart
  bool compatible, composes, strips;
  unsigned char least;      // UTF-8 of characters that act begins with this byte or a greater one
};
constexpr Rules kNfc{kNfcActs, false, true, false, 0xCC}, kNfd{kNfdActs, false, false, false, 0xC3},
    kNfkc{kNfkcActs, true, true, false, 0xC2}, kNfkd{kNfkdActs, true, false, false, 0xC2},
    kStripAccents{kNfdActs | kNonspacingMark, false, false, true, 0xC3};

class Rewrite {
 public:
  Rewrite(AlignedText& text, const Rules& rules) : text_(text), bytes_(text.text()), rules_(rules) {}
  void run();

 private:
  std::string_view decomposition(char32_t c) const {
    return rules_.compatible ? compatibility_decomposition(c) : canonical_decomposition(c);
  }
  bool stays(CodePoint c, int& last_class) const;
  void segment(size_t begin, size_t end);
  void decompose(size_t begin, size_t end);
  void decompose_hangul(char32_t c);
  void order();
  void recompose();
  bool same(size_t begin, size_t end) const;
  void write(const Item& item);

  AlignedText& text_;
  std::string_view bytes_;
  const Rules& rules_;
  std::vector<Item> items_;
  std::optional<Transform> out_;  // from the first change on
  size_t kept_ = 0;               // bytes that are in it
};

// A segment goes from a character that stays to the next one; nothing in it depends on what lies outside.
void Rewrite::run() {
  size_t begin = 0;  // of the segment
  int last_class = 0;
  for (size_t at = 0; at < bytes_.size();) {
    if (static_cast<unsigned char>(bytes_[at]) < rules_.least) {
      at = begin = find_at_least(bytes_, at, rules_.least);
      if (rules_.composes) do --begin; while ((bytes_[begin] & 0xC0) == 0x80);
      last_class = 0;
      continue;
    }
    const CodePoint c = code_point(bytes_, at);
    if (!has(c.c, rules_.acts)) {
      begin = rules_.composes ? at : at + c.bytes;
      last_class = 0;
    } else if (!stays(c, last_class)) {
      size_t end = at + c.bytes;
      for (CodePoint next; end < bytes_.size(); end += next.bytes)
        if (next = code_point(bytes_, end); !has(next.c, rules_.acts)) break;
      segment(begin, end);
      at = begin = end;
      last_class = 0;
      continue;
    }
    at += c.bytes;
  }
  if (!out_) return;
  out_->keep(kept_, bytes_.size());
  out_->finish();
}

// The quick check of UAX 15, section 9: a mark in its place that neither decomposes nor composes.
bool Rewrite::stays(CodePoint c, int& last_class) const {
  const int combining_class = gamana::combining_class(c.c);
  if (combining_class == 0 || combining_class < last_class || !decomposition(c.c).empty()) return false;
  if (has(c.c, (rules_.composes ? kComposesBack : 0) | (rules_.strips ? kNonspacingMark : 0))) return false;
  last_class = combining_class;
  return true;
}

void Rewrite::segment(size_t begin, size_t end) {
  items_.clear();
  decompose(begin, end);
  order();
  if (rules_.composes) recompose();
  if (same(begin, end)) return;
  if (!out_) out_.emplace(text_);
  out_->keep(kept_, begin);
  for (const Item& item : items_) write(item);
  kept_ = end;
}

void Rewrite::write(const Item& item) {
  if (rules_.strips && has(item.c, kNonspacingMark)) out_->skip(item.change);
  else out_->put(item.c, item.change);
}

bool Rewrite::same(size_t begin, size_t end) const {
  for (const Item& item : items_) {
    if (begin == end || item.change != 0 || (rules_.strips && has(item.c, kNonspacingMark))) return false;
    const CodePoint c = code_point(bytes_, begin);
    if (c.c != item.c) return false;
    begin += c.bytes;
  }
  return begin == end;
}

void Rewrite::decompose(size_t begin, size_t end) {
  for (CodePoint c; begin < end; begin += c.bytes) {
    c = code_point(bytes_, begin);
    const std::string_view parts = decomposition(c.c);
    if (c.c - 0xAC00 < 11172) {
      decompose_hangul(c.c - 0xAC00);
    } else if (parts.empty()) {
      items_.push_back({c.c, 0, combining_class(c.c)});
    } else {
      for (size_t at = 0; at < parts.size();) {
        const CodePoint part = code_point(parts, at);
        items_.push_back({part.c, at > 0, combining_class(part.c)});
        at += part.bytes;
      }
    }
  }
}

// The Unicode Standard, section 3.12.
void Rewrite::decompose_hangul(char32_t index) {
  items_.push_back({0x1100 + index / 588, 0, 0});
  items_.push_back({0x1161 + index % 588 / 28, 1, 0});
  if (index % 28) items_.push_back({0x11A7 + index % 28, 1, 0});
}

// Each run of marks by their classes, equal ones as they came.
void Rewrite::order() {
  const auto less = [](const Item& a, const Item& b) { return a.combining_class < b.combining_class; };
  for (auto at = items_.begin(); at != items_.end();) {
    if (at->combining_class == 0) {
      ++at;
      continue;
    }
    const auto end = std::find_if(at, items_.end(), [](const Item& item) { return item.combining_class == 0; });
    if (!std::is_sorted(at, end, less)) std::stable_sort(at, end, less);
    at = end;
  }
}

// The canonical composition of UAX 15: a mark joins the last starter unless one of its class or a higher one, or another
// starter, stands between. The new character consumes what its parts did.
void Rewrite::recompose() {
  size_t size = 0;  // of the composed ones, which take the places of the others
  std::optional<size_t> starter;
  int last_class = 0;  // of the last mark behind the starter that did not join it
  for (size_t i = 0; i < items_.size(); ++i) {
    const Item item = items_[i];
    const bool blocked = last_class && last_class >= item.combining_class;
    if (starter && !blocked) {
      if (const char32_t composite = compose(items_[*starter].c, item.c)) {
        items_[*starter].c = composite;
        items_[*starter].change += item.change - 1;
        continue;
      }
    }
    if (item.combining_class == 0) starter = size, last_class = 0;
    else if (starter) last_class = item.combining_class;
    items_[size++] = item;
  }
  items_.resize(size);
}

}  // namespace

void to_form(AlignedText& text, Form form) {
  const Rules& rules = form == Form::nfc ? kNfc : form == Form::nfd ? kNfd : form == Form::nfkc ? kNfkc : kNfkd;
  Rewrite(text, rules).run();
}

void strip_accents(AlignedText& text) { Rewrite(text, kStripAccents).run(); }

}  // namespace gamana
