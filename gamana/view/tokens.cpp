#include "gamana/view/tokens.h"

#include <algorithm>

#include <fmt/format.h>

#include "gamana/view/text.h"

namespace gamana::view {
namespace {

// Black on light backgrounds, so that it reads on any terminal. Numbers of the palette of 256 colours.
constexpr int kBackgrounds[] = {153, 223, 157, 218};

bool is_space(std::string_view text) { return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos; }

std::string ids_of(const TokenizedText& t, const TokenSegment& s, const char* between) {
  std::string out;
  for (uint32_t i = s.first; i < s.first + s.count; ++i)
    fmt::format_to(std::back_inserter(out), "{}{}", i == s.first ? "" : between, t.tokens[i].id);
  return out;
}

std::string label_of(std::string_view text, const TokenizedText& t, const TokenSegment& s) {
  return printable(s.begin == s.end ? t.tokens[s.first].token : text.substr(s.begin, s.end - s.begin));
}

std::string spaces(int count) { return std::string(static_cast<size_t>(std::max(0, count)), ' '); }

// Two rows that grow together and are written when they are full.
class Rows {
 public:
  explicit Rows(int columns) : columns_(columns) {}
  void add(const std::string& style, const std::string& label, const std::string& below) {
    const int width = display_width(label), wide = std::max(width, below.empty() ? 0 : static_cast<int>(below.size()) + 1);
    if (used_ > 0 && used_ + wide > columns_) end_row();
    above_ += style.empty() ? label : "\033[" + style + "m" + label + "\033[0m";
    above_ += spaces(wide - width);
    below_ += below + spaces(wide - static_cast<int>(below.size()));
    used_ += wide;
  }
  void end_row() {
    if (used_ > 0) out_ += above_ + "\n\033[2m" + below_ + "\033[0m\n";
    above_.clear(), below_.clear(), used_ = 0;
  }
  std::string finish() { return end_row(), std::move(out_); }

 private:
  int columns_, used_ = 0;
  std::string above_, below_, out_;
};

std::string draw_colored(std::string_view text, const TokenizedText& t, int columns) {
  Rows rows(columns);
  size_t shown = 0;
  for (const TokenSegment& s : segments(text.size(), t.tokens)) {
    const std::string_view part = text.substr(s.begin, s.end - s.begin);
    const std::string label = label_of(text, t, s);
    if (s.count == 0) {
      if (is_space(part)) rows.add("", spaces(static_cast<int>(part.size())), "");
      else rows.add("9;31", label, "");
    } else if (t.tokens[s.first].special) {
      rows.add("1;7", label, ids_of(t, s, ","));
    } else {
      rows.add(fmt::format("38;5;16;48;5;{}", kBackgrounds[shown++ % std::size(kBackgrounds)]), label, ids_of(t, s, ","));
    }
    if (part.find('\n') != std::string_view::npos) rows.end_row();
  }
  return rows.finish();
}

std::string draw_plain(std::string_view text, const TokenizedText& t) {
  std::string tokens, ids;
  for (const TokenSegment& s : segments(text.size(), t.tokens)) {
    if (s.count == 0 && is_space(text.substr(s.begin, s.end - s.begin))) continue;
    if (!tokens.empty()) tokens += '|';
    if (s.count == 0) {
      tokens += "⟨" + label_of(text, t, s) + "⟩";
      continue;
    }
    tokens += label_of(text, t, s);
    if (s.count > 1) tokens += fmt::format("×{}", s.count);
    if (!ids.empty()) ids += ' ';
    ids += ids_of(t, s, " ");
  }
  return tokens + "\n" + ids + "\n";
}

}  // namespace

std::vector<TokenSegment> segments(size_t text_bytes, const std::vector<ShownToken>& tokens) {
  std::vector<TokenSegment> out;
  uint32_t covered = 0;
  for (uint32_t i = 0; i < tokens.size(); ++i) {
    const uint32_t begin = tokens[i].begin, end = tokens[i].end;
    if (begin >= end) {
      out.push_back({covered, covered, i, 1});
    } else if (begin >= covered) {
      if (begin > covered) out.push_back({covered, begin, i, 0});
      out.push_back({begin, end, i, 1});
    } else {
      while (out.back().begin == out.back().end) out.pop_back();  // tokens without text between those that share
      out.back().count = i + 1 - out.back().first, out.back().end = std::max(covered, end);
    }
    covered = std::max(covered, end);
  }
  if (covered < text_bytes)
    out.push_back({covered, static_cast<uint32_t>(text_bytes), static_cast<uint32_t>(tokens.size()), 0});
  return out;
}

std::string draw_tokens(std::string_view text, const TokenizedText& tokenized, int columns, bool colors) {
  return colors ? draw_colored(text, tokenized, columns) : draw_plain(text, tokenized);
}

}  // namespace gamana::view
