#include "gamana/metric/squad.h"

#include <algorithm>
#include <unordered_map>

#include <unicode/uchar.h>

#include "gamana/base/check.h"
#include "gamana/metric/unicode.h"

namespace gamana {
namespace {

using Words = std::vector<std::string_view>;

bool is_punctuation(char32_t c) {
  return (c >= 0x21 && c <= 0x2F) || (c >= 0x3A && c <= 0x40) || (c >= 0x5B && c <= 0x60) || (c >= 0x7B && c <= 0x7E);
}

// A letter of Python's regular expressions, which an article ends before; "_" is gone by then.
bool is_word(char32_t c) {
  return (U_MASK(u_charType(static_cast<UChar32>(c))) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
}

bool is_article(std::u32string_view word) { return word == U"a" || word == U"an" || word == U"the"; }

double f1(const Words& answer, const Words& right) {
  std::unordered_map<std::string_view, int64_t> left;
  for (const std::string_view word : right) ++left[word];
  int64_t common = 0;
  for (const std::string_view word : answer)
    if (const auto found = left.find(word); found != left.end() && found->second > 0) --found->second, ++common;
  if (common == 0) return 0;
  const double precision = static_cast<double>(common) / static_cast<double>(answer.size());
  const double recall = static_cast<double>(common) / static_cast<double>(right.size());
  return 2 * precision * recall / (precision + recall);
}

void check(size_t answers, size_t questions) {
  if (answers != questions || answers == 0) fail("expected an answer to each question, found {} to {}", answers, questions);
}

void add(AnswerScores& sum, double exact, double f1) { sum.exact += 100 * exact, sum.f1 += 100 * f1, ++sum.questions; }

void divide(AnswerScores& sum) {
  if (sum.questions == 0) return;
  sum.exact /= static_cast<double>(sum.questions), sum.f1 /= static_cast<double>(sum.questions);
}

}  // namespace

std::string normalize_answer(std::string_view text) {
  std::u32string letters = metric::code_points(metric::to_lower(text));
  std::erase_if(letters, is_punctuation);
  std::u32string kept;
  for (size_t begin = 0, end = 0; begin < letters.size(); begin = end) {
    const bool word = is_word(letters[begin]);
    for (end = begin + 1; word && end < letters.size() && is_word(letters[end]);) ++end;
    const std::u32string_view run(letters.data() + begin, end - begin);
    kept.append(word && is_article(run) ? U" " : run);
  }
  const std::string clean = metric::to_utf8(kept);
  std::string out;
  for (const std::string_view word : metric::split_words(clean)) out.append(out.empty() ? "" : " ").append(word);
  return out;
}

bool exact_match(std::string_view answer, std::string_view right) {
  return normalize_answer(answer) == normalize_answer(right);
}

double answer_f1(std::string_view answer, std::string_view right) {
  const std::string a = normalize_answer(answer), r = normalize_answer(right);
  return f1(metric::split_words(a), metric::split_words(r));
}

AnswerScores squad_scores(const std::vector<std::string>& answers, const std::vector<std::vector<std::string>>& right) {
  check(answers.size(), right.size());
  AnswerScores out;
  for (size_t q = 0; q < answers.size(); ++q) {
    if (right[q].empty()) fail("question {}: expected a right answer, found none", q + 1);
    double exact = 0, best = 0;
    for (const std::string& r : right[q]) {
      exact = std::max(exact, exact_match(answers[q], r) ? 1.0 : 0.0);
      best = std::max(best, answer_f1(answers[q], r));
    }
    add(out, exact, best);
  }
  divide(out);
  return out;
}

AnswerScores2 squad2_scores(const std::vector<std::string>& answers, const std::vector<std::vector<std::string>>& right,
                            const std::optional<std::vector<double>>& no_answer, double threshold) {
  check(answers.size(), right.size());
  if (no_answer) check(no_answer->size(), right.size());
  AnswerScores2 out;
  for (size_t q = 0; q < answers.size(); ++q) {
    const std::string answer = normalize_answer(answers[q]);
    std::vector<std::string> wanted;
    for (const std::string& r : right[q])
      if (std::string text = normalize_answer(r); !text.empty()) wanted.push_back(std::move(text));
    if (wanted.empty()) wanted.emplace_back();
    const bool answerable = !right[q].empty();
    double exact = 0, best = 0;
    for (const std::string& w : wanted) {
      const bool same = answer == w;
      exact = std::max(exact, same ? 1.0 : 0.0);
      best = std::max(best, same ? 1.0 : f1(metric::split_words(answer), metric::split_words(w)));
    }
    if (no_answer && (*no_answer)[q] > threshold) exact = best = answerable ? 0 : 1;
    add(out.all, exact, best);
    add(answerable ? out.with : out.without, exact, best);
  }
  divide(out.all), divide(out.with), divide(out.without);
  return out;
}

}  // namespace gamana
