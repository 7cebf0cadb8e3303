#include "gamana/jobs/answers.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gamana/text/utf8.h"

namespace gamana {
namespace {

bool is_higher(const Answer& a, const Answer& b) { return a.score > b.score; }

void keep_best(std::vector<Answer>& answers, int count) {
  std::stable_sort(answers.begin(), answers.end(), is_higher);
  if (answers.size() > static_cast<size_t>(count)) answers.resize(count);
}

// Tokens with the highest logits of one column, the highest first.
std::vector<int32_t> best_tokens(std::span<const float> logits, int column, int count) {
  std::vector<int32_t> tokens(logits.size() / 2);
  std::iota(tokens.begin(), tokens.end(), 0);
  const size_t kept = std::min<size_t>(tokens.size(), count);
  std::partial_sort(tokens.begin(), tokens.begin() + kept, tokens.end(),
                    [&](int32_t a, int32_t b) { return logits[2 * a + column] != logits[2 * b + column] ? logits[2 * a + column] > logits[2 * b + column] : a > b; });
  tokens.resize(kept);
  return tokens;
}

// Softmax of the scores.
std::vector<double> probabilities(const std::vector<Answer>& answers) {
  double highest = -HUGE_VAL, sum = 0;
  for (const Answer& a : answers) highest = std::max(highest, a.score);
  std::vector<double> p;
  for (const Answer& a : answers) p.push_back(std::exp(a.score - highest)), sum += p.back();
  for (double& value : p) value /= sum;
  return p;
}

}  // namespace

WindowAnswers window_answers(const QuestionWindow& window, std::span<const float> logits, const AnswerRules& rules) {
  WindowAnswers out{{}, static_cast<double>(logits[0]) + logits[1]};
  const std::vector<int32_t> ends = best_tokens(logits, 1, rules.n_best);
  const auto offset = [&](int32_t token) -> const Span* {
    const int32_t i = token - window.context_begin;
    return i >= 0 && static_cast<size_t>(i) < window.offsets.size() ? &window.offsets[i] : nullptr;
  };
  for (const int32_t first : best_tokens(logits, 0, rules.n_best))
    for (const int32_t last : ends) {
      const Span *begin = offset(first), *end = offset(last);
      if (!begin || !end || last < first || last - first >= rules.max_tokens) continue;
      out.best.push_back({begin->begin, end->end, static_cast<double>(logits[2 * first]) + logits[2 * last + 1]});
    }
  keep_best(out.best, rules.n_best);
  return out;
}

QuestionAnswers question_answers(std::span<const WindowAnswers> windows, const std::string& context, const AnswerRules& rules) {
  std::vector<Answer> answers;
  Answer none{.score = HUGE_VAL, .none = true};  // the window that says so least: one may not hold the answer
  for (const WindowAnswers& w : windows) {
    answers.insert(answers.end(), w.best.begin(), w.best.end());
    none.score = std::min(none.score, w.none);
  }
  if (rules.may_have_none) answers.push_back(none);
  keep_best(answers, rules.n_best);
  const bool has_none = std::any_of(answers.begin(), answers.end(), [](const Answer& a) { return a.none; });
  if (rules.may_have_none && !has_none) answers.push_back(none);
  if (answers.empty()) answers.push_back({.none = true});  // no token of a context
  const std::vector<double> p = probabilities(answers);
  const Characters characters(context);
  QuestionAnswers out;
  for (size_t i = 0; i < answers.size(); ++i) {
    const Answer& a = answers[i];
    out.best.push_back({std::string(a.none ? std::string_view() : characters.part(a.begin, a.end)), a.begin, a.end, p[i]});
  }
  if (!rules.may_have_none) return out;
  const auto is_text = [](const QuestionAnswers::Candidate& c) { return !c.text.empty(); };
  const auto is_none = [](const Answer& a) { return a.none; };
  const size_t text = std::find_if(out.best.begin(), out.best.end(), is_text) - out.best.begin();
  const size_t nothing = std::find_if(answers.begin(), answers.end(), is_none) - answers.begin();
  out.chosen = text == out.best.size() || answers[nothing].score - answers[text].score > rules.null_threshold ? nothing : text;
  return out;
}

}  // namespace gamana
