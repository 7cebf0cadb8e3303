#include <array>

#include "gamana/text/pre_tokenizers/letters.h"
#include "gamana/text/pre_tokenizers/steps.h"

namespace gamana {
namespace {

// A pre-tokenizer that is one function.
template <class Split>
class Step : public PreTokenizer {
 public:
  explicit Step(Split split) : split_(std::move(split)) {}
  void split(PieceText& text) const override { split_(text); }

 private:
  Split split_;
};

template <class Split>
std::unique_ptr<PreTokenizer> step(Split split) {
  return std::make_unique<Step<Split>>(std::move(split));
}

enum Kind : uint8_t { kBlank, kRun, kOtherRun, kAlone };

// Runs of characters of one kind become pieces, those of kAlone one by one; blanks are removed. `kind_of` gives a
// character's kind from its properties.
template <Kind (*kind_of)(uint16_t)>
void split_into_runs(PieceText& text) {
  static const std::array<Kind, 128> kAscii = [] {
    std::array<Kind, 128> kinds{};
    for (char32_t c = 0; c < 128; ++c) kinds[c] = kind_of(properties(c));
    return kinds;
  }();
  const std::string_view all = text.text.text();
  split_pieces(text, [&](const Piece& piece, std::vector<Piece>& out) {
    uint32_t begin = piece.begin, at = piece.begin;
    Kind run = kBlank;
    const auto end_run = [&] {
      if (run != kBlank) out.push_back({begin, at, -1});
    };
    while (at < piece.end) {
      const auto byte = static_cast<unsigned char>(all[at]);
      const CodePoint c = byte < 0x80 ? CodePoint{byte, 1} : code_point(all, at);
      const Kind kind = byte < 0x80 ? kAscii[byte] : kind_of(properties(c.c));
      if (kind != run || kind == kAlone) {
        end_run();
        begin = at;
        run = kind;
      }
      at += c.bytes;
      if (run == kRun) at = static_cast<uint32_t>(skip_letters(all.data() + at, all.data() + piece.end) - all.data());
    }
    end_run();
  });
}

Kind bert_kind(uint16_t properties) {
  return properties & kWhiteSpace ? kBlank : properties & kPunctuation ? kAlone : kRun;
}
Kind whitespace_kind(uint16_t properties) {
  return properties & kWord ? kRun : properties & kWhiteSpace ? kBlank : kOtherRun;
}
Kind whitespace_split_kind(uint16_t properties) { return properties & kWhiteSpace ? kBlank : kRun; }

// A piece begins where the script changes; what joins any script stays with those before it, and is lost where there are none.
void split_at_scripts(PieceText& text) {
  const std::string_view all = text.text.text();
  split_pieces(text, [&](const Piece& piece, std::vector<Piece>& out) {
    int last = kScriptAny;
    uint32_t begin = piece.end;
    for (uint32_t at = piece.begin; at < piece.end;) {
      const CodePoint c = code_point(all, at);
      const int script = script_of(c.c);
      if (script != kScriptAny && script != last) {
        if (last != kScriptAny) out.push_back({begin, at, -1});
        begin = at;
        last = script;
      }
      at += c.bytes;
    }
    if (begin < piece.end) out.push_back({begin, piece.end, -1});
  });
}

void split_by_length(PieceText& text, uint64_t length) {
  const std::string_view all = text.text.text();
  split_pieces(text, [&](const Piece& piece, std::vector<Piece>& out) {
    uint64_t characters = 0;
    uint32_t begin = piece.begin;
    for (uint32_t at = piece.begin; at < piece.end;) {
      at += code_point(all, at).bytes;
      if (++characters < length && at < piece.end) continue;
      out.push_back({begin, at, -1});
      begin = at;
      characters = 0;
    }
  });
}

}  // namespace

std::unique_ptr<PreTokenizer> bert_pre_tokenizer() { return step(split_into_runs<bert_kind>); }
std::unique_ptr<PreTokenizer> whitespace() { return step(split_into_runs<whitespace_kind>); }
std::unique_ptr<PreTokenizer> whitespace_split() { return step(split_into_runs<whitespace_split_kind>); }

std::unique_ptr<PreTokenizer> punctuation(SplitBehavior behavior) {
  return step([behavior](PieceText& text) {
    split_at_characters(text, behavior, [](char32_t c) { return has(c, kPunctuation); });
  });
}

std::unique_ptr<PreTokenizer> digits(bool individual) {
  return step([behavior = individual ? SplitBehavior::isolated : SplitBehavior::contiguous](PieceText& text) {
    split_at_characters(text, behavior, [](char32_t c) { return has(c, kNumeric); });
  });
}

std::unique_ptr<PreTokenizer> delimiter_split(char32_t delimiter) {
  return step([delimiter](PieceText& text) {
    split_at_characters(text, SplitBehavior::removed, [delimiter](char32_t c) { return c == delimiter; });
  });
}

std::unique_ptr<PreTokenizer> unicode_scripts() { return step(split_at_scripts); }

std::unique_ptr<PreTokenizer> fixed_length(uint64_t length) {
  return step([length](PieceText& text) { split_by_length(text, length); });
}

}  // namespace gamana
