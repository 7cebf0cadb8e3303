#pragma once
// A text on its way to tokens, which still knows for each of its bytes where in the original it comes from.
//
// The rules are those of `tokenizers` (tokenizer/normalizer.rs): a character that replaces another has that one's place in
// the original, one that is inserted shares the place of the byte before it, and what is removed leaves no trace.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace gamana {

struct Span {
  uint32_t begin = 0, end = 0;  // [begin, end)
  bool operator==(const Span&) const = default;
};

class AlignedText {
 public:
  AlignedText() = default;
  // `original` has to be valid UTF-8, outlive this and stay below 2^32 bytes. Its first byte counts as byte `origin` of the
  // text that spans refer to.
  explicit AlignedText(std::string_view original, uint32_t origin = 0) : view_(original), origin_(origin) {}

  std::string_view text() const { return owned_ ? std::string_view(buffer_) : view_; }
  size_t size() const { return text().size(); }
  // The bytes of the original that byte `at` of the text comes from: whole characters.
  Span source(size_t at) const;
  // The same for bytes [begin, end) of the text. An empty range is at the place of its begin.
  Span source(size_t begin, size_t end) const;
  // Whether byte i of the text is byte i of the original (its letters may differ): no spans are kept then.
  bool plain() const { return runs_.empty(); }
  uint32_t origin() const { return origin_; }

  // Puts another part of the same original behind this one.
  void append(const AlignedText& more);

  // The text's own bytes to write in place, where characters keep their lengths.
  char* writable();

 private:
  // The sources of the bytes from `begin` to the next run's: they follow each other from source.begin on (steps(), then
  // source.end is kSteps), or all come from `source`. Texts change in few places, so there are few runs.
  static constexpr uint32_t kSteps = UINT32_MAX;
  struct Run {
    uint32_t begin;
    Span source;
    bool steps() const { return source.end == kSteps; }
  };
  using Runs = std::vector<Run>;

 public:
  // Writes a new text while the current one is read; finish() puts it in its place.
  class Edit {
   public:
    explicit Edit(AlignedText& text);
    std::string_view text() const { return text_; }
    Span source(size_t at) const { return from_.source(at); }
    uint32_t origin() const { return from_.origin_; }
    size_t size() const { return size_; }           // of the new text
    void keep(size_t begin, size_t end);            // whole characters of the current text with their sources
    void put(std::string_view bytes, Span source);  // other bytes, from `source`
    void put(char32_t c, Span source);
    void finish();

   private:
    static constexpr size_t kWord = 16;
    char* room(size_t size);
    void grow(size_t size);

    AlignedText& from_;
    std::string_view text_;
    std::string bytes_;  // with room to write to
    size_t size_ = 0;
    Runs runs_;
    size_t run_ = 0;  // of the current text, where keep() was last
  };

 private:
  static void add(Runs& runs, uint32_t begin, Span source);
  size_t run_of(size_t at) const;
  void copy_runs(size_t begin, size_t end, Runs& runs, size_t to, size_t& run) const;
  void index_runs();

  std::string_view view_;
  std::string buffer_;
  Runs runs_;                      // none where the text is plain
  std::vector<uint32_t> run_at_;   // the run of every 64th byte, where there are runs
  uint32_t origin_ = 0;
  bool owned_ = false;
};

// Continues the last run where it can.
inline void AlignedText::add(Runs& runs, uint32_t begin, Span source) {
  if (!runs.empty()) {
    const Run& last = runs.back();
    if (last.source == source && !last.steps()) return;
    if (last.steps() && source.end == kSteps && source.begin - last.source.begin == begin - last.begin) return;
  }
  runs.push_back({begin, source});
}

// Room for `size` bytes and some more, behind what is written.
inline char* AlignedText::Edit::room(size_t size) {
  if (size_ + size + kWord > bytes_.size()) grow(size);
  char* to = bytes_.data() + size_;
  size_ += size;
  return to;
}

inline void AlignedText::Edit::keep(size_t begin, size_t end) {
  if (begin >= end) return;
  if (from_.plain()) add(runs_, static_cast<uint32_t>(size_), {from_.origin_ + static_cast<uint32_t>(begin), kSteps});
  else from_.copy_runs(begin, end, runs_, size_, run_);
  const size_t size = end - begin;
  char* to = room(size);
  // Most words are short, and a fixed number of bytes is faster than the right one.
  if (size <= kWord && begin + kWord <= text_.size()) std::memcpy(to, text_.data() + begin, kWord);
  else std::memcpy(to, text_.data() + begin, size);
}

inline void AlignedText::Edit::put(std::string_view bytes, Span source) {
  if (bytes.empty()) return;
  add(runs_, static_cast<uint32_t>(size_), source);
  char* to = room(bytes.size());
  if (bytes.size() <= 4) for (const char byte : bytes) *to++ = byte;
  else std::memcpy(to, bytes.data(), bytes.size());
}

// A part of the text that the model sees alone, or one that already is an added token.
struct Piece {
  uint32_t begin = 0, end = 0;  // bytes of the text
  int32_t token = -1;           // the id of an added token, or -1
};

struct PieceText {
  AlignedText text;
  std::vector<Piece> pieces;  // in order, none of them empty; between them there may be text that was removed

  std::string_view view(const Piece& piece) const { return text.text().substr(piece.begin, piece.end - piece.begin); }
};

}  // namespace gamana
