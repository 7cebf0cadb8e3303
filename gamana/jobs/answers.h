#pragma once
// Answers from logits of their first and last tokens: the search of run_qa.py (utils_qa.py, postprocess_qa_predictions).
#include <span>
#include <string>
#include <vector>

#include "gamana/jobs/question_windows.h"

namespace gamana {

struct AnswerRules {
  int n_best = 20;               // first and last tokens that are tried in each window; answers that are kept
  int max_tokens = 30;           // of an answer
  bool may_have_none = false;    // questions may have no answer (SQuAD 2.0)
  double null_threshold = 0;     // none is the answer where its score is so much higher than the best one's
};

struct Answer {
  uint32_t begin = 0, end = 0;   // characters of the context
  double score = 0;              // sum of two logits
  bool none = false;
};

// What one window says.
struct WindowAnswers {
  std::vector<Answer> best;  // the n_best highest, in order
  double none = 0;           // score of the classifier's token
};
// logits [tokens, 2] of a window.
WindowAnswers window_answers(const QuestionWindow& window, std::span<const float> logits, const AnswerRules& rules);

struct QuestionAnswers {
  struct Candidate {
    std::string text;  // empty: none
    uint32_t begin = 0, end = 0;
    double probability = 0;  // softmax of the scores of the candidates
  };
  std::vector<Candidate> best;  // the n_best highest of all windows and, where it may be, none; at least one
  size_t chosen = 0;            // the answer among them
};
// Of all windows of a question.
QuestionAnswers question_answers(std::span<const WindowAnswers> windows, const std::string& context, const AnswerRules& rules);

}  // namespace gamana
