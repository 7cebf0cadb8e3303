#include "gamana/metric/chrf.h"

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/metric/ngrams.h"
#include "gamana/metric/unicode.h"

namespace gamana {
namespace {

struct Segment {
  std::vector<uint32_t> characters, words;
};

bool is_mark(char c) {  // Python's string.punctuation
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

// One mark leaves a word: the last character, or else the first.
void append_words(std::string_view text, metric::WordIds& ids, std::vector<uint32_t>& out) {
  for (const std::string_view word : metric::split_words(text)) {
    size_t cut = word.size();
    if (word.size() > 1 && is_mark(word.back()))
      cut = word.size() - 1;
    else if (word.size() > 1 && is_mark(word.front()))
      cut = 1;
    out.push_back(ids(word.substr(0, cut)));
    if (cut < word.size()) out.push_back(ids(word.substr(cut)));
  }
}

Segment segment_of(const std::string& line, const ChrfOptions& options, metric::WordIds& ids) {
  const std::string text = options.lowercase ? metric::to_lower(line) : line;
  Segment out;
  for (const char32_t c : metric::code_points(text))
    if (options.whitespace || !metric::is_space(c)) out.characters.push_back(c);
  if (options.word_order > 0) append_words(text, ids, out.words);
  return out;
}

// Triples of hypothesis, reference, match. Without an n-gram in the reference those of the hypothesis do not count.
void append_counts(std::span<const metric::NgramCount> counts, std::vector<double>& out) {
  for (const metric::NgramCount& count : counts) {
    out.push_back(count.reference > 0 ? static_cast<double>(count.hypothesis) : 0);
    out.push_back(static_cast<double>(count.reference));
    out.push_back(static_cast<double>(count.match));
  }
}

}  // namespace

Chrf::Chrf(const ChrfOptions& options) : options_(options) {
  if (options.char_order < 1) fail("chrF: expected a character order of 1 or more, found {}", options.char_order);
  if (options.word_order < 0) fail("chrF: expected a word order of 0 or more, found {}", options.word_order);
  if (options.beta < 1) fail("chrF: expected a beta of 1 or more, found {}", options.beta);
}

std::string Chrf::name() const {
  return fmt::format("chrF{}{}", options_.beta, std::string(static_cast<size_t>(options_.word_order), '+'));
}

std::string Chrf::signature(size_t references) const {
  return fmt::format("nrefs:{}|case:{}|eff:{}|nc:{}|nw:{}|space:{}|version:{}", references,
                     options_.lowercase ? "lc" : "mixed", options_.eps_smoothing ? "no" : "yes", options_.char_order,
                     options_.word_order, options_.whitespace ? "yes" : "no", kSacrebleuVersion);
}

// Popović 2015, section 2: precision and recall are averaged over orders; with eps_smoothing the F-scores are.
double Chrf::score(std::span<const double> sums) const {
  constexpr double kEpsilon = 1e-16;
  const double factor = options_.beta * options_.beta;
  const int orders = options_.char_order + options_.word_order;
  double f_scores = 0, precisions = 0, recalls = 0;
  int effective = 0;
  for (int n = 0; n < orders; ++n) {
    const double hypothesis = sums[3 * n], reference = sums[3 * n + 1], match = sums[3 * n + 2];
    const double precision = hypothesis > 0 ? match / hypothesis : kEpsilon;
    const double recall = reference > 0 ? match / reference : kEpsilon;
    const double denominator = factor * precision + recall;
    f_scores += denominator > 0 ? (1 + factor) * precision * recall / denominator : kEpsilon;
    if (hypothesis > 0 && reference > 0) precisions += precision, recalls += recall, ++effective;
  }
  if (options_.eps_smoothing) return 100 * f_scores / orders;
  if (effective == 0 || precisions + recalls == 0) return 0;
  const double precision = precisions / effective, recall = recalls / effective;
  return 100 * ((1 + factor) * precision * recall / (factor * precision + recall));
}

void Chrf::collect(const Lines& hypotheses, const std::vector<Lines>& references, int64_t begin, int64_t end,
                   Statistics& out) const {
  metric::WordIds ids;
  metric::NgramMatcher matcher;
  std::vector<metric::NgramCount> characters(static_cast<size_t>(options_.char_order));
  std::vector<metric::NgramCount> words(static_cast<size_t>(options_.word_order));
  std::vector<double> counts;
  for (int64_t line = begin; line < end; ++line) {
    const Segment hypothesis = segment_of(hypotheses[line], options_, ids);
    double best = -1;
    for (const Lines& lines : references) {
      const Segment reference = segment_of(lines[line], options_, ids);
      matcher.match(hypothesis.characters, {&reference.characters, 1}, characters);
      matcher.match(hypothesis.words, {&reference.words, 1}, words);
      counts.clear();
      append_counts(characters, counts);
      append_counts(words, counts);
      const double f_score = score(counts);
      if (f_score <= best) continue;
      best = f_score;
      std::copy(counts.begin(), counts.end(), out.row(line).begin());
    }
  }
}

}  // namespace gamana
