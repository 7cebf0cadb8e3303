#include "gamana/text/unicode/graphemes.h"

#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

using enum Grapheme;

// What the rules with memory know of the cluster so far.
struct Memory {
  enum Emoji { none, pictograph, joined } emoji = none;  // GB11
  bool consonant = false, linked = false;                // GB9c

  void add(Grapheme c) {
    const bool extends = c == extend || c == conjunct_extend || c == conjunct_linker;
    if (c == pictographic) emoji = pictograph;
    else if (emoji == pictograph && c == zwj) emoji = joined;
    else if (!(emoji == pictograph && extends)) emoji = none;
    if (c == conjunct_consonant) consonant = true, linked = false;
    else if (c == conjunct_linker) linked = consonant;
    else if (c != conjunct_extend && c != zwj) consonant = linked = false;
  }
};

// Whether no cluster ends between two characters: rules GB3 to GB11.
bool joins(Grapheme a, Grapheme b, const Memory& memory) {
  if (a == cr) return b == lf;
  if (a == lf || a == control || b == cr || b == lf || b == control) return false;
  switch (b) {
    case extend: case zwj: case spacing_mark: case conjunct_extend: case conjunct_linker: return true;
    case l: case lv: case lvt: if (a == l) return true; break;
    case v: if (a == l || a == v || a == lv) return true; break;
    case t: if (a == v || a == t || a == lv || a == lvt) return true; break;
    case pictographic: if (memory.emoji == Memory::joined) return true; break;
    case conjunct_consonant: if (memory.linked) return true; break;
    default: break;
  }
  return a == prepend;
}

}  // namespace

size_t cluster_end(std::string_view text, size_t begin) {
  CodePoint c = code_point(text, begin);
  Grapheme last = grapheme_class(c.c);
  size_t at = begin + c.bytes;
  if (last != prepend && at < text.size() && grapheme_class(code_point(text, at).c) == other) return at;  // as most do
  Memory memory;
  memory.add(last);
  for (; at < text.size(); at += c.bytes) {
    c = code_point(text, at);
    const Grapheme next = grapheme_class(c.c);
    if (!joins(last, next, memory)) break;
    memory.add(next);
    last = next;
  }
  return at;
}

}  // namespace gamana
