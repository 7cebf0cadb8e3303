#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gamana/view/next_parts.h"
#include "gamana/view/text.h"

namespace gamana::view {
namespace {

// Numbers of the palette of 256 colours, from pale to dark blue, and the ink on each.
constexpr struct {
  int background, ink;
} kShades[] = {{231, 16}, {195, 16}, {153, 16}, {111, 16}, {69, 16}, {27, 231}, {19, 231}};
constexpr int kShadeCount = std::size(kShades);

std::string shaded(int shade, const std::string& text) {
  return fmt::format("\033[38;5;{};48;5;{}m{}\033[0m", kShades[shade].ink, kShades[shade].background, text);
}

// Words of parts that stay on one line: as many as begin without white space.
class WordRows {
 public:
  explicit WordRows(int columns) : columns_(columns) {}
  void add(const std::string& label, const std::string& drawn) {
    if (label.starts_with(' ') || wide_ >= columns_) end_word();
    word_ += drawn, wide_ += display_width(label);
    if (label.ends_with(' ')) end_word();
  }
  void end_row() { end_word(), out_ += "\n", used_ = 0; }
  std::string finish() {
    end_word();
    if (used_ > 0) out_ += "\n";
    return std::move(out_);
  }

 private:
  void end_word() {
    if (used_ > 0 && used_ + wide_ > columns_) out_ += "\n", used_ = 0;
    out_ += word_, used_ += wide_;
    word_.clear(), wide_ = 0;
  }

  int columns_, used_ = 0, wide_ = 0;
  std::string word_, out_;
};

void add_part(WordRows& rows, const NextTokens& next, const NextPart& part) {
  const TokenSegment& at = part.at;
  const std::string text =
      at.begin == at.end ? printable(next.tokens[at.first].token) : next.text.substr(at.begin, at.end - at.begin);
  const int shade = static_cast<int>(std::lround(surprise(part.bits) * (kShadeCount - 1)));
  for (size_t from = 0;;) {
    const size_t end = std::min(text.find('\n', from), text.size());
    std::string label = text.substr(from, end - from);
    label = is_unseen(label) ? code_points(label) : printable(label);
    if (end < text.size()) label += "↵";
    if (!label.empty()) rows.add(label, part.scored ? shaded(shade, label) : label);
    if (end == text.size()) return;
    rows.end_row(), from = end + 1;
  }
}

std::string draw_colored(const NextTokens& next, int columns) {
  WordRows rows(columns);
  for (const NextPart& part : parts_of(next)) add_part(rows, next, part);
  std::string out = rows.finish() + "\nprobability 100 % ";
  for (int i = 0; i < kShadeCount; ++i) out += shaded(i, "   ");
  return out + " 0.01 %\n" + summary_text(next) + "\n";
}

std::string draw_table(const NextTokens& next) {
  std::string out = "token\tprobability\trank\tbits\tentropy\tlikeliest\n";
  for (size_t i = 0; i < next.tokens.size(); ++i) {
    out += visible(next.pieces.at(next.tokens[i].id));
    if (next.rank[i] <= 0) {
      out += "\t\t\t\t\t\n";
      continue;
    }
    fmt::format_to(std::back_inserter(out), "\t{:.6f}\t{}\t{:.3f}\t{:.3f}\t", std::exp2(-next.bits[i]), next.rank[i],
                   next.bits[i], next.entropy[i]);
    for (size_t k = i * next.top; k < (i + 1) * next.top; ++k)
      fmt::format_to(std::back_inserter(out), "{}{} {:.4f}", k == i * next.top ? "" : "  ",
                     visible(next.pieces.at(next.top_ids[k])), next.top_probabilities[k]);
    out += "\n";
  }
  return out + summary_text(next) + "\n";
}

}  // namespace

std::string draw_next_tokens_terminal(const NextTokens& next, int columns, bool colors) {
  check(next);
  return colors ? draw_colored(next, columns) : draw_table(next);
}

}  // namespace gamana::view
