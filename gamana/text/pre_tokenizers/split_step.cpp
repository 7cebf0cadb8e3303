#include "gamana/text/pre_tokenizers/pattern_scanner.h"
#include "gamana/text/pre_tokenizers/steps.h"
#include "gamana/text/unicode/regex.h"

namespace gamana {
namespace {

class ScannerSplit : public PreTokenizer {
 public:
  explicit ScannerSplit(PatternScanner scan) : scan_(scan) {}
  void split(PieceText& text) const override {
    split_pieces(text, [&](const Piece& piece, std::vector<Piece>& out) { scan_(text.view(piece), piece.begin, out); });
  }

 private:
  PatternScanner scan_;
};

// The matches of a piece, which is all that the pattern sees, and what lies between them.
template <class EachMatch>
void split_at_matches(PieceText& text, SplitBehavior behavior, bool invert, EachMatch each_match) {
  split_pieces(text, [&](const Piece& piece, std::vector<Piece>& out) {
    PartCollector parts(behavior, out);
    uint32_t done = piece.begin;
    each_match(text.view(piece), [&](Span match) {
      const uint32_t begin = piece.begin + match.begin, end = piece.begin + match.end;
      if (done < begin) parts.add(done, begin, invert);
      parts.add(begin, end, !invert);
      done = end;
    });
    if (done < piece.end) parts.add(done, piece.end, invert);
    parts.flush();
  });
}

class RegexSplit : public PreTokenizer {
 public:
  RegexSplit(const std::string& pattern, SplitBehavior behavior, bool invert, const std::string& where)
      : regex_(pattern, where), behavior_(behavior), invert_(invert) {}
  void split(PieceText& text) const override {
    split_at_matches(text, behavior_, invert_,
                     [&](std::string_view view, const std::function<void(Span)>& found) { regex_.each(view, found); });
  }

 private:
  Regex regex_;
  SplitBehavior behavior_;
  bool invert_;
};

class TextSplit : public PreTokenizer {
 public:
  TextSplit(std::string wanted, SplitBehavior behavior, bool invert)
      : wanted_(std::move(wanted)), behavior_(behavior), invert_(invert) {}
  void split(PieceText& text) const override {
    split_at_matches(text, behavior_, invert_, [&](std::string_view view, auto found) {
      for (size_t at = view.find(wanted_); at != std::string_view::npos; at = view.find(wanted_, at + wanted_.size())) {
        found(Span{static_cast<uint32_t>(at), static_cast<uint32_t>(at + wanted_.size())});
      }
    });
  }

 private:
  std::string wanted_;
  SplitBehavior behavior_;
  bool invert_;
};

}  // namespace

std::unique_ptr<PreTokenizer> split_at_text(const std::string& text, SplitBehavior behavior, bool invert) {
  if (text.empty()) return std::make_unique<RegexSplit>("", behavior, invert, "");  // between all characters
  return std::make_unique<TextSplit>(text, behavior, invert);
}

std::unique_ptr<PreTokenizer> split_at_pattern(const std::string& pattern, SplitBehavior behavior, bool invert,
                                               const std::string& where) {
  // A known pattern matches everywhere, so that these two leave its matches.
  const bool matches_alone = behavior == SplitBehavior::isolated || (behavior == SplitBehavior::removed && invert);
  const PatternScanner scan = matches_alone ? pattern_scanner(pattern) : nullptr;
  if (scan) return std::make_unique<ScannerSplit>(scan);
  return std::make_unique<RegexSplit>(pattern, behavior, invert, where);
}

}  // namespace gamana
