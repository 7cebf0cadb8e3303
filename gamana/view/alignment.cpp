#include "gamana/view/alignment.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "gamana/base/check.h"
#include "gamana/view/canvas.h"
#include "gamana/view/text.h"

namespace gamana::view {
namespace {

constexpr std::string_view kWordStart = "\u2581";  // ▁

bool is_byte(std::string_view piece) {  // <0xE0>
  return piece.size() == 6 && piece.starts_with("<0x") && piece.back() == '>';
}

bool is_mark(std::string_view piece) {
  return piece.size() > 2 && !is_byte(piece) &&
         ((piece.front() == '<' && piece.back() == '>') || (piece.front() == '[' && piece.back() == ']'));
}

std::string text_of(std::string_view piece) {
  if (!is_byte(piece)) return std::string(piece);
  const std::string digits(piece.substr(3, 2));
  return std::string(1, static_cast<char>(std::strtol(digits.c_str(), nullptr, 16)));
}

Groups runs(const std::vector<std::string>& words, int64_t most) {
  const int64_t count = static_cast<int64_t>(words.size()), length = (count + most - 1) / most;
  Groups groups;
  for (int64_t i = 0; i < count; ++i) {
    if (i % length == 0) {
      const int64_t last = std::min(i + length, count) - 1;
      groups.names.push_back(last == i ? words[i] : words[i] + " … " + words[last]);
    }
    groups.of.push_back(static_cast<int32_t>(i / length));
  }
  return groups;
}

}  // namespace

void check(const Alignment& a) {
  const std::string name = a.title.empty() ? "alignment" : printable(a.title);
  if (a.source.empty() || a.target.empty()) {
    fail("{}: expected words on both sides, found {} source and {} target words", name, a.source.size(),
         a.target.size());
  }
  if (a.weights.size() != a.source.size() * a.target.size()) {
    fail("{}: expected {} x {} = {} weights (target x source), found {}", name, a.target.size(), a.source.size(),
         a.target.size() * a.source.size(), a.weights.size());
  }
  for (size_t i = 0; i < a.weights.size(); ++i) {
    if (std::isfinite(a.weights[i]) && a.weights[i] >= 0) continue;
    fail("{}: expected weights of 0 or more, found {} for target word {}, source word {}", name, a.weights[i],
         i / a.source.size() + 1, i % a.source.size() + 1);
  }
}

Alignment merge(const Alignment& a, const Groups& source, const Groups& target) {
  const size_t sources = a.source.size(), targets = a.target.size(), columns = source.names.size();
  std::vector<double> sums(target.names.size() * columns);
  std::vector<int> members(target.names.size());
  for (size_t t = 0; t < targets; ++t) {
    double* row = &sums[target.of[t] * columns];
    ++members[target.of[t]];
    for (size_t s = 0; s < sources; ++s) row[source.of[s]] += a.weights[t * sources + s];
  }
  Alignment out{source.names, target.names, std::vector<float>(sums.size()), a.title};
  for (size_t i = 0; i < sums.size(); ++i) out.weights[i] = static_cast<float>(sums[i] / members[i / columns]);
  return out;
}

Groups group_pieces(const std::vector<std::string>& pieces) {
  const bool sentencepiece =
      std::any_of(pieces.begin(), pieces.end(), [](const std::string& p) { return p.starts_with(kWordStart); });
  Groups groups;
  bool after_mark = true;
  for (const std::string& piece : pieces) {
    const bool mark = is_mark(piece), starts = piece.starts_with(kWordStart);
    const bool goes_on = sentencepiece ? !starts : piece.starts_with("##");
    if (mark || after_mark || !goes_on) {
      groups.names.push_back(starts ? piece.substr(kWordStart.size()) : text_of(piece));
    } else {
      groups.names.back() += sentencepiece ? text_of(piece) : piece.substr(2);
    }
    after_mark = mark;
    groups.of.push_back(static_cast<int32_t>(groups.names.size()) - 1);
  }
  for (std::string& name : groups.names) {
    if (name.empty()) name = kWordStart;
  }
  return groups;
}

Alignment merge_words(const Alignment& a) {
  check(a);
  return merge(a, group_pieces(a.source), group_pieces(a.target));
}

Alignment shrink(const Alignment& a, int64_t most_sources, int64_t most_targets) {
  if (static_cast<int64_t>(a.source.size()) <= most_sources && static_cast<int64_t>(a.target.size()) <= most_targets) {
    return a;
  }
  return merge(a, runs(a.source, most_sources), runs(a.target, most_targets));
}

double scale_end(const std::vector<float>& weights) {
  const double most = weights.empty() ? 0 : *std::max_element(weights.begin(), weights.end());
  if (most <= 0) return 1;
  if (most > 0.5) return std::max(1.0, most > 1.001 ? most : 1.0);
  const double step = std::pow(10, std::floor(std::log10(most)));
  return std::ceil(most / step - 1e-4) * step;
}

void draw(const Alignment& alignment, const std::string& path) {
  const std::string ending = extension(path);
  if (ending == ".png") return draw_png(alignment, path);
  if (ending == ".svg") return draw_svg(alignment, path);
  if (ending == ".html") return write_html(alignment, path);
  fail("{}: expected a name ending in .png, .svg or .html", path);
}

}  // namespace gamana::view
