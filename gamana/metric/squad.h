#pragma once
// Answers to questions: exact match and F1 of the words, as the scripts evaluate-v1.1.py and evaluate-v2.0.py of SQuAD
// (Rajpurkar et al. 2016, 2018) define them: without case, ASCII punctuation and the words a, an and the.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gamana {

std::string normalize_answer(std::string_view text);
bool exact_match(std::string_view answer, std::string_view right);
double answer_f1(std::string_view answer, std::string_view right);  // in [0, 1]; 0 without a common word (version 1.1)

struct AnswerScores {
  double exact = 0, f1 = 0;  // percent
  int64_t questions = 0;
};

// Version 1.1: the best over the right answers of a question. Throws Error where the lengths differ, a question has no
// right answer or there is no question.
AnswerScores squad_scores(const std::vector<std::string>& answers, const std::vector<std::vector<std::string>>& right);

// Version 2.0: a question without right answers (or with those alone that are empty once normalised) is to be answered by
// "". `without` and `with` are the scores of questions that have no answer and of those that have one.
struct AnswerScores2 {
  AnswerScores all, with, without;
};
// no_answer[i], if given, is how probable it is that question i has none; an answer counts as "" above the threshold.
AnswerScores2 squad2_scores(const std::vector<std::string>& answers, const std::vector<std::vector<std::string>>& right,
                            const std::optional<std::vector<double>>& no_answer = std::nullopt, double threshold = 1.0);

}  // namespace gamana
