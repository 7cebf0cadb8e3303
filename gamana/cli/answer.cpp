// gamana answer, gamana evaluate qa.
#include "gamana/base/check.h"
#include "gamana/base/clock.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/encoder_stream.h"
#include "gamana/jobs/question.h"
#include "gamana/text/utf8.h"

namespace gamana {
namespace {

struct AnswerOptions {
  EncoderUse use;
  std::string file, question, context;
  AnswerRules rules;
  int doc_stride = 128, top_k = 1;
};

void add_answer_options(CLI::App& command, AnswerOptions& o) {
  add_encoder_options(command, o.use);
  command.get_option("--max-length")->description("Tokens of a window; 0: 384, or what the model reads");
  command.add_option("--doc-stride", o.doc_stride, "Tokens that windows of a long context share")->capture_default_str()->check(CLI::Range(0, 1 << 24));
  command.add_option("--n-best-size", o.rules.n_best, "First and last tokens that are tried")->capture_default_str()->check(CLI::Range(1, 1 << 12));
  command.add_option("--max-answer-length", o.rules.max_tokens, "Of an answer, in tokens")->capture_default_str()->check(CLI::Range(1, 1 << 24));
  auto* none = command.add_flag("--version-2-with-negative", o.rules.may_have_none, "Questions may have no answer");
  command.add_option("--null-score-diff-threshold", o.rules.null_threshold, "No answer where its score is so much above the best one's")->capture_default_str()->needs(none);
}

// A file's questions, or the one that was given.
SquadData questions_of(const AnswerOptions& o) {
  const bool given = !o.question.empty() || !o.context.empty();
  if (given == !o.file.empty())
    throw Error(std::string("expected questions, in a file or with --question and --context, found ") + (given ? "both" : "neither"), "give one of them");
  if (!given) return read_squad(o.file);
  if (o.question.empty() || o.context.empty()) fail("{}: expected {} with it", o.question.empty() ? "--context" : "--question", o.question.empty() ? "--question" : "--context");
  SquadData data;
  data.contexts = {repair_utf8(o.context)};
  data.questions.push_back({.id = "", .question = repair_utf8(o.question), .context = 0, .answers = {}});
  return data;
}

struct WindowInput {
  EncodedText text;
  QuestionWindow window;
  bool last = false;  // of its question's windows
};

// The windows of questions, one after the other.
class WindowInputs {
 public:
  WindowInputs(const SquadData& data, const QuestionEncoder& encoder) : data_(data), encoder_(encoder) {}

  bool next(WindowInput& out) {
    if (at_ == windows_.size()) {
      if (question_ == data_.questions.size()) return false;
      const SquadQuestion& q = data_.questions[question_];
      windows_ = encoder_.encode(q.question, data_.contexts[q.context], static_cast<int32_t>(question_++)), at_ = 0;
    }
    QuestionEncoder::Input& input = windows_[at_++];
    out = {std::move(input.text), std::move(input.window), at_ == windows_.size()};
    return true;
  }

 private:
  const SquadData& data_;
  const QuestionEncoder& encoder_;
  size_t question_ = 0, at_ = 0;
  std::vector<QuestionEncoder::Input> windows_;  // of a question
};

// As transformers' question-answering pipeline gives it: {"score", "start", "end", "answer"}, a list of them for another --top-k
// than 1; the questions of a file have their id before it. The answer comes first.
void print_answer(const QuestionAnswers& answers, const std::string& id, int top_k, JsonArray* json) {
  std::vector<QuestionAnswers::Candidate> list = {answers.best[answers.chosen]};
  for (size_t i = 0; i < answers.best.size(); ++i)
    if (i != answers.chosen) list.push_back(answers.best[i]);
  if (top_k > 0 && static_cast<size_t>(top_k) < list.size()) list.resize(top_k);
  Json out = Json::array();
  for (const QuestionAnswers::Candidate& a : list) {
    Json one = Json::object();
    if (!id.empty()) one["id"] = id;
    one["score"] = a.probability, one["start"] = a.begin, one["end"] = a.end, one["answer"] = a.text;
    out.push_back(std::move(one));
  }
  if (json) return json->add(top_k == 1 ? out[0] : out);
  for (const QuestionAnswers::Candidate& a : list) fmt::print("{}{}{:.4f}\t{}\n", id, id.empty() ? "" : "\t", a.probability, a.text);
}

void answer(const AnswerOptions& o) {
  const SquadData data = questions_of(o);
  const EncoderPipeline pipeline = open_encoder(o.use, Task::question);
  const QuestionEncoder encoder(pipeline.encoder(), o.use.max_length, o.doc_stride);
  WindowInputs inputs(data, encoder);
  JsonArray array;
  std::vector<WindowAnswers> windows;  // of the question so far
  stream_inputs<WindowInput, WindowAnswers>(
      pipeline, [&](WindowInput& input) { return inputs.next(input); },
      [&](const WindowInput& input, const TextResult& result) {
        std::vector<float> logits(result.row(0), result.row(result.count));
        hide_question(pipeline.model().settings(), input.text, logits.data());
        return window_answers(input.window, logits, o.rules);
      },
      [&](const WindowInput& input, WindowAnswers& found) {
        windows.push_back(std::move(found));
        if (!input.last) return;
        const SquadQuestion& q = data.questions[input.window.question];
        print_answer(question_answers(windows, data.contexts[q.context], o.rules), q.id, o.top_k, o.use.json ? &array : nullptr);
        windows.clear();
      });
  if (o.use.json) array.end();
}

void evaluate_qa(const AnswerOptions& o) {
  const EncoderPipeline pipeline = open_encoder(o.use, Task::question);
  const QuestionTexts questions = read_questions(o.file, QuestionEncoder(pipeline.encoder(), o.use.max_length, o.doc_stride), o.rules);
  const double begin = now();
  const std::vector<QuestionAnswers> answers = answer_questions(pipeline.model(), pipeline.precision(), questions, o.rules);
  const double seconds = now() - begin;
  Json json = {{"model", o.use.model}, {"data", o.file}, {"samples", answers.size()}};
  const auto scores = answer_scores(questions.data, answers, o.rules);
  for (const auto& [name, value] : scores) json[name] = value;
  json["seconds"] = seconds;
  if (o.use.json) return fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  fmt::print("{}: {} questions in {:.1f} s\n", o.file, answers.size(), seconds);
  for (const auto& [name, value] : scores) fmt::print("  {:<22} {:.2f}\n", name, value);
}

}  // namespace

void add_answer_command(CLI::App& app) {
  auto o = std::make_shared<AnswerOptions>();
  CLI::App* command = app.add_subcommand("answer", "Find the answers to questions in texts");
  add_answer_options(*command, *o);
  command->add_option("file", o->file, "Questions: a file as SQuAD's (.json, .jsonl)")->type_name("FILE");
  command->add_option("--question", o->question, "A question, in place of a file");
  command->add_option("--context", o->context, "The text that holds its answer");
  command->add_option("--top-k", o->top_k, "Answers to each question; 0: all that were kept")->capture_default_str()->check(CLI::Range(0, 1 << 24));
  command->footer("Examples:\n"
                  "  gamana answer -m squad --question \"Where did Ada live?\" --context \"Ada Lovelace lived in London.\"\n"
                  "  gamana answer -m squad dev-v2.0.json --version-2-with-negative --json > answers.json");
  command->callback([o] { answer(*o); });
}

void add_evaluate_qa_command(CLI::App& evaluate) {
  auto o = std::make_shared<AnswerOptions>();
  CLI::App* command = evaluate.add_subcommand("qa", "Exact match and F1 of answers (SQuAD's)");
  add_answer_options(*command, *o);
  command->add_option("--data", o->file, "Questions with answers: a file as SQuAD's")->required();
  command->footer("Example:\n  gamana evaluate qa -m squad --data dev-v1.1.json");
  command->callback([o] { evaluate_qa(*o); });
}

}  // namespace gamana
