#include "gamana/view/tokens.h"

#include <algorithm>

#include <fmt/format.h>
#include <glib.h>

#include "gamana/view/text.h"

namespace gamana::view {
namespace {

// Black on light backgrounds, so that it reads on any terminal. Numbers of the palette of 256 colours.
constexpr int kBackgrounds[] = {153, 223, 157, 218};

// The end of the characters from `begin` on that are all of the kind of the first one, blank or not.
uint32_t end_of_run(std::string_view text, uint32_t begin, uint32_t end) {
  const auto is_space = [&](uint32_t at) { return bool(g_unichar_isspace(g_utf8_get_char(text.data() + at))); };
  uint32_t at = begin;
  do at += static_cast<uint32_t>(g_utf8_skip[static_cast<unsigned char>(text[at])]);
  while (at < end && is_space(at) == is_space(begin));
  return std::min(at, end);
}

bool is_blank(std::string_view text) { return g_unichar_isspace(g_utf8_get_char(text.data())); }  // of such a run

std::string ids_of(const TokenizedText& t, const TokenSegment& s, const char* between) {
  std::string out;
  for (uint32_t i = s.first; i < s.first + s.count; ++i)
    fmt::format_to(std::back_inserter(out), "{}{}", i == s.first ? "" : between, t.tokens[i].id);
  return out;
}

std::string label_of(std::string_view text, const TokenizedText& t, const TokenSegment& s) {
  const std::string_view label = s.begin == s.end ? t.tokens[s.first].token : text.substr(s.begin, s.end - s.begin);
  return is_unseen(label) ? code_points(label) : printable(label);
}

// Two rows that grow together and are written when they are full.
class TokenRows {
 public:
  explicit TokenRows(int columns) : columns_(columns) {}
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
  TokenRows rows(columns);
  size_t shown = 0;
  for (const TokenSegment& s : segments(text, t.tokens)) {
    const std::string_view part = text.substr(s.begin, s.end - s.begin);
    const std::string label = label_of(text, t, s);
    if (s.count == 0) {
      if (is_blank(part)) rows.add("", spaces(static_cast<int>(part.size())), "");
      else rows.add("9;31", label, "");
    } else if (const TokenKind kind = t.tokens[s.first].kind; kind != TokenKind::plain) {
      rows.add(kind == TokenKind::special ? "1;7" : "1;7;31", label, ids_of(t, s, ","));
    } else {
      rows.add(fmt::format("38;5;16;48;5;{}", kBackgrounds[shown++ % std::size(kBackgrounds)]), label, ids_of(t, s, ","));
    }
    if (part.find('\n') != std::string_view::npos) rows.end_row();
  }
  return rows.finish();
}

std::string draw_plain(std::string_view text, const TokenizedText& t) {
  std::string tokens, ids;
  for (const TokenSegment& s : segments(text, t.tokens)) {
    if (s.count == 0 && is_blank(text.substr(s.begin, s.end - s.begin))) continue;
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

std::vector<TokenSegment> segments(std::string_view text, const std::vector<ShownToken>& tokens) {
  std::vector<TokenSegment> out;
  uint32_t covered = 0;
  const auto add_gap = [&](size_t end, uint32_t token) {
    while (covered < end) {
      const uint32_t stop = end_of_run(text, covered, static_cast<uint32_t>(end));
      out.push_back({covered, stop, token, 0});
      covered = stop;
    }
  };
  for (uint32_t i = 0; i < tokens.size(); ++i) {
    const uint32_t begin = tokens[i].begin, end = tokens[i].end;
    if (begin >= end) {
      out.push_back({covered, covered, i, 1});
    } else if (begin >= covered) {
      add_gap(begin, i);
      out.push_back({begin, end, i, 1});
    } else {
      while (out.back().begin == out.back().end) out.pop_back();  // tokens without text between those that share
      out.back().count = i + 1 - out.back().first, out.back().end = std::max(covered, end);
    }
    covered = std::max(covered, end);
  }
  add_gap(text.size(), static_cast<uint32_t>(tokens.size()));
  return out;
}

std::string draw_tokens(std::string_view text, const TokenizedText& tokenized, int columns, bool colors) {
  return colors ? draw_colored(text, tokenized, columns) : draw_plain(text, tokenized);
}

}  // namespace gamana::view
