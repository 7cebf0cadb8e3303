#include "gamana/jobs/question.h"

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/jobs/pipeline.h"
#include "gamana/metric/squad.h"
#include "gamana/ops/losses.h"
#include "gamana/text/utf8.h"

namespace gamana {
namespace {

constexpr AnswerTokens kUnknown{kNoTarget, kNoTarget};

// Of the first answer, as in run_qa.py.
AnswerTokens answer_in(const QuestionWindow& window, const SquadQuestion& question) {
  if (question.answers.empty()) return question.impossible ? AnswerTokens{} : kUnknown;
  const SquadAnswer& answer = question.answers[0];
  if (answer.start < 0) return kUnknown;
  return find_answer(window, answer.start, answer.start + static_cast<int64_t>(Characters(answer.text).size()));
}

// Leaves the texts that can be learnt from, without what is for answering.
void drop_unknown(QuestionTexts& questions) {
  QuestionTexts known{std::move(questions.data), {}, {}, {}, {}};
  for (size_t i = 0; i < questions.texts.size(); ++i) {
    if (questions.answers[i].first == kNoTarget) continue;
    known.texts.push_back(std::move(questions.texts[i]));
    known.answers.push_back(questions.answers[i]), known.lengths.push_back(questions.lengths[i]);
  }
  questions = std::move(known);
}

}  // namespace

QuestionTexts read_questions(const std::string& path, const QuestionEncoder& encoder, const AnswerRules& rules) {
  QuestionTexts out;
  out.data = read_squad(path);
  for (size_t q = 0; q < out.data.questions.size(); ++q) {
    const SquadQuestion& question = out.data.questions[q];
    if (question.impossible && !rules.may_have_none)
      throw Error(fmt::format("{}: question \"{}\" has no answer in its context", path, question.id), "give --version-2-with-negative");
    for (QuestionEncoder::Input& input : encoder.encode(question.question, out.data.contexts[question.context], static_cast<int32_t>(q))) {
      out.answers.push_back(answer_in(input.window, question));
      out.lengths.push_back(input.text.length());
      out.texts.push_back(std::move(input.text)), out.windows.push_back(std::move(input.window));
    }
  }
  return out;
}

std::vector<QuestionAnswers> answer_questions(const TextModel& model, Precision precision, const QuestionTexts& questions,
                                              const AnswerRules& rules, double* loss) {
  std::vector<WindowAnswers> found(questions.texts.size());
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  if (loss) *loss = 0;
  run_head_on_all(model, precision, questions.texts, 0, [&](size_t i, const TextResult& result) {
    std::vector<float> logits(result.row(0), result.row(result.count));
    hide_question(model.settings(), questions.texts[i], logits.data());
    found[i] = window_answers(questions.windows[i], logits, rules);
    const AnswerTokens answer = questions.answers[i];
    if (loss && answer.first != kNoTarget)
      *loss += group_cross_entropy(c, Tensor::borrow(logits.data(), result.count, 2), {0, static_cast<int32_t>(result.count)},
                                   std::array{answer.first, answer.last}, 1).loss;
  });
  std::vector<QuestionAnswers> answers;
  for (size_t begin = 0, end = 0; begin < found.size(); begin = end) {
    const int32_t question = questions.windows[begin].question;
    while (end < found.size() && questions.windows[end].question == question) ++end;
    const std::string& context = questions.data.contexts[questions.data.questions[question].context];
    answers.push_back(question_answers(std::span(found).subspan(begin, end - begin), context, rules));
  }
  return answers;
}

std::map<std::string, double> answer_scores(const SquadData& data, const std::vector<QuestionAnswers>& answers, const AnswerRules& rules) {
  std::vector<std::string> given;
  std::vector<std::vector<std::string>> right;
  for (size_t q = 0; q < answers.size(); ++q) {
    given.push_back(answers[q].best[answers[q].chosen].text);
    right.emplace_back();
    for (const SquadAnswer& a : data.questions[q].answers) right.back().push_back(a.text);
  }
  if (!rules.may_have_none) {
    const AnswerScores all = squad_scores(given, right);
    return {{"exact_match", all.exact}, {"f1", all.f1}};
  }
  const AnswerScores2 s = squad2_scores(given, right);
  return {{"exact_match", s.all.exact}, {"f1", s.all.f1}, {"exact_match_of_answers", s.with.exact}, {"f1_of_answers", s.with.f1},
          {"exact_match_of_none", s.without.exact}};
}

QuestionJob::QuestionJob(const Settings& s, const TextEncoder& encoder)
    : rules_(s.rules),
      encoder_(encoder, s.max_length, s.doc_stride),
      train_(read_questions(s.train, encoder_, rules_)),
      valid_(read_questions(s.valid, encoder_, rules_)) {
  drop_unknown(train_);
  if (train_.texts.empty()) fail("{}: expected answers that stand in their contexts, found none", s.train);
}

// The head tells first from last tokens: a classifier's labels do not hold for it.
Json QuestionJob::configure(Json config) const {
  for (const char* key : {"id2label", "label2id", "problem_type"}) config.erase(key);
  return config;
}

LossSum QuestionJob::loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) {
  std::vector<const EncodedText*> texts;
  std::vector<int32_t> targets;
  for (const int32_t i : examples) {
    texts.push_back(&train_.texts[i]);
    targets.push_back(train_.answers[i].first), targets.push_back(train_.answers[i].last);
  }
  batch_ = batch_of(texts);
  const Tensor logits = model.project(c, 0, model.read(c, 0, batch_));
  for (size_t i = 0; i < texts.size(); ++i)  // a constant: gradients stay what they are
    hide_question(model.settings(), *texts[i], logits.data() + 2 * int64_t{batch_.offsets[i]});
  return group_cross_entropy(c, logits, batch_.offsets, targets, scale);
}

std::map<std::string, double> QuestionJob::validate(const TextModel& model, Precision precision) {
  double loss = 0;
  const std::vector<QuestionAnswers> answers = answer_questions(model, precision, valid_, rules_, &loss);
  std::map<std::string, double> scores = answer_scores(valid_.data, answers, rules_);
  const auto known = std::count_if(valid_.answers.begin(), valid_.answers.end(), [](const AnswerTokens& a) { return a.first != kNoTarget; });
  scores["loss"] = loss / static_cast<double>(std::max<int64_t>(1, known));
  return scores;
}

std::vector<std::string> QuestionJob::notes() const {
  std::vector<std::string> notes;
  const auto unanswered = std::count_if(train_.data.questions.begin(), train_.data.questions.end(), [](const SquadQuestion& q) {
    return q.answers.empty() ? !q.impossible : q.answers[0].start < 0;
  });
  if (unanswered)
    notes.push_back(fmt::format("{} of {} questions have no answer that stands in the context where the file says; nothing is learnt from them",
                                unanswered, train_.data.questions.size()));
  return notes;
}

}  // namespace gamana
