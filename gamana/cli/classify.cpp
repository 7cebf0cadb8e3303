// gamana classify, gamana evaluate classify.
#include <algorithm>

#include "gamana/base/clock.h"
#include "gamana/base/file.h"
#include "gamana/base/progress.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/encoder_stream.h"
#include "gamana/cli/run.h"
#include "gamana/jobs/classify.h"
#include "gamana/metric/classification.h"
#include "gamana/view/canvas.h"
#include "gamana/view/confusion.h"
#include "gamana/view/text.h"

namespace gamana {
namespace {

struct ClassifyOptions {
  EncoderUse use;
  TextInputOptions input;
  LongText overflow = LongText::truncate;
  int top_k = 1;
};

struct ScoredLabel {
  int32_t label;
  double score;
};

// The `count` likeliest labels; all for 0. A number has one. Scores are the means of those of all windows.
std::vector<ScoredLabel> best_answers(const std::vector<std::vector<double>>& windows, int count) {
  std::vector<ScoredLabel> answers;
  for (size_t i = 0; i < windows[0].size(); ++i) {
    double sum = 0;
    for (const std::vector<double>& scores : windows) sum += scores[i];
    answers.push_back({static_cast<int32_t>(i), sum / static_cast<double>(windows.size())});
  }
  std::stable_sort(answers.begin(), answers.end(), [](const ScoredLabel& a, const ScoredLabel& b) { return a.score > b.score; });
  if (count > 0 && static_cast<size_t>(count) < answers.size()) answers.resize(count);
  return answers;
}

// As transformers' text-classification pipeline gives it: {"label", "score"}, a list of them for another --top-k than 1.
void print_answers(const std::vector<ScoredLabel>& answers, const Labels& labels, bool single, const TextItem& item, JsonArray* json) {
  if (!json) {
    for (size_t i = 0; i < answers.size(); ++i)
      fmt::print("{}{}\t{:.4f}", i ? "\t" : "", labels.name(answers[i].label), answers[i].score);
    return fmt::print("\t{}{}{}\n", item.text, item.pair.empty() ? "" : "\t", item.pair);
  }
  Json list = Json::array();
  for (const ScoredLabel& a : answers) list.push_back({{"label", labels.name(a.label)}, {"score", a.score}});
  json->add(single ? list[0] : list);
}

void classify(const ClassifyOptions& o) {
  const EncoderPipeline pipeline = open_encoder(o.use, Task::sequence);
  const Json config = pipeline.model().config();
  const Problem problem = answer_of(config);
  const Labels labels = Labels::from_config(config, o.use.model + "/config.json");
  TextInput input(o.input);
  JsonArray array;
  using Scores = std::vector<double>;
  stream_texts<Scores>(
      pipeline, input, o.overflow,
      [&](const TextResult& r) { return classify_probabilities(problem, {r.row(0), static_cast<size_t>(r.values.cols())}); },
      [&](const TextItem& item, const std::vector<Scores>& windows) {
        print_answers(best_answers(windows, o.top_k), labels, o.top_k == 1, item, o.use.json ? &array : nullptr);
      });
  if (o.use.json) array.end();
  say_truncated(pipeline.encoder());
}

struct EvaluateClassifyOptions {
  EncoderUse use;
  std::string data, label_column, label_separator, confusion;
  std::vector<std::string> text_columns, pair_columns;
  bool no_header = false;
};

Json label_scores(const Labels& labels, const LabelledTexts& texts, std::span<const float> logits) {
  const std::vector<int> right(texts.targets.labels.begin(), texts.targets.labels.end());
  const ConfusionMatrix matrix(right, predicted_labels(logits, labels.size()));
  Json list = Json::object();
  for (int32_t i = 0; i < labels.size(); ++i) {
    const PrecisionRecall p = matrix.of_label(i);
    list[labels.name(i)] = {{"precision", p.precision}, {"recall", p.recall}, {"f1", p.f1}, {"support", p.support}};
  }
  return list;
}

view::Confusion confusion_of(const std::string& title, const Labels& labels, const LabelledTexts& texts, std::span<const float> logits) {
  view::Confusion c{title, {}, std::vector<int64_t>(static_cast<size_t>(labels.size()) * labels.size())};
  for (int32_t i = 0; i < labels.size(); ++i) c.labels.push_back(labels.name(i));
  const std::vector<int> predicted = predicted_labels(logits, labels.size());
  for (size_t i = 0; i < predicted.size(); ++i) ++c.counts[static_cast<size_t>(texts.targets.labels[i]) * labels.size() + predicted[i]];
  return c;
}

void print_scores(const std::map<std::string, double>& scores, const Json& by_label) {
  for (const auto& [name, value] : scores) fmt::print("  {:<22} {:.4f}\n", name, value);
  if (by_label.empty()) return;
  int width = 22;
  for (const auto& [name, p] : by_label.items()) width = std::max(width, view::display_width(view::printable(name)));
  const auto cell = [&](const std::string& text) { return view::fit(view::printable(text), width, view::Align::left); };
  fmt::print("\n  {} precision  recall      f1  texts\n", cell("label"));
  for (const auto& [name, p] : by_label.items())
    fmt::print("  {} {:9.4f}  {:6.4f}  {:6.4f}  {:5}\n", cell(name), p["precision"].get<double>(), p["recall"].get<double>(),
               p["f1"].get<double>(), p["support"].get<int64_t>());
}

void evaluate_classify(const EvaluateClassifyOptions& o) {
  if (o.label_separator.size() > 1) fail("--label-separator: expected one character, found \"{}\"", o.label_separator);
  if (!o.confusion.empty()) view::check_picture(o.confusion, {".png", ".svg"}), check_writable(o.confusion);
  const EncoderPipeline pipeline = open_encoder(o.use, Task::sequence);
  const Json config = pipeline.model().config();
  const Labels labels = Labels::from_config(config, o.use.model + "/config.json");
  const Problem problem = problem_of(config);
  if (!o.confusion.empty() && problem != Problem::single_label)
    throw Error(fmt::format("--confusion: expected a model that gives each text one label, {} is for {}", o.use.model, problem_name(problem)),
                "leave it out");
  TableColumns columns{.text = o.text_columns, .pair = o.pair_columns, .label = o.label_column, .header = !o.no_header};
  if (problem != Problem::multi_label && !o.label_separator.empty())
    throw Error(fmt::format("--label-separator: {} gives each text one {}, not several labels", o.use.model,
                            problem == Problem::regression ? "number" : "label"),
                "leave it out");
  if (problem == Problem::multi_label) columns.label_separator = o.label_separator.empty() ? ',' : o.label_separator[0];
  const LabelledTexts texts = read_labelled(o.data, columns, problem, labels, pipeline.encoder());
  const double begin = now();
  const std::vector<float> logits = classify_logits(pipeline.model(), pipeline.precision(), texts.texts);
  const double seconds = now() - begin;
  const auto scores = classify_scores(problem, texts.targets, logits, labels.size());
  Json json = {{"model", o.use.model}, {"data", o.data}, {"samples", texts.texts.size()}};
  for (const auto& [name, value] : scores) json[name] = value;
  std::optional<view::Confusion> confusion;
  if (problem == Problem::single_label) {
    json["labels"] = label_scores(labels, texts, logits);
    confusion = confusion_of(o.data, labels, texts, logits);
  }
  if (!o.confusion.empty()) view::draw_confusion(*confusion, o.confusion);
  json["seconds"] = seconds;
  say_truncated(pipeline.encoder());
  if (o.use.json) return fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  fmt::print("{}: {} texts in {:.1f} s\n", o.data, texts.texts.size(), seconds);
  print_scores(scores, json.value("labels", Json::object()));
  if (confusion && o.confusion.empty() && confusion->labels.size() <= view::kMostConfusionLabels)
    fmt::print("\n{}", view::draw_confusion_terminal(*confusion, terminal_width(), shows_colors(1)));
}

}  // namespace

void add_classify_command(CLI::App& app) {
  auto o = std::make_shared<ClassifyOptions>();
  CLI::App* command = app.add_subcommand("classify", "Tell the label of texts, or a number");
  add_encoder_options(*command, o->use), add_text_options(*command, o->input), add_overflow_option(*command, o->overflow);
  command->add_option("--top-k", o->top_k, "Labels for each text; 0: all")->capture_default_str()->check(CLI::Range(0, 1 << 24));
  command->footer("Examples:\n"
                  "  gamana classify -m news --text \"Stocks fell sharply on Wall Street.\"\n"
                  "  gamana classify -m news reviews.csv --text-column review --json > labels.json");
  command->callback([o] { classify(*o); });
}

void add_evaluate_classify_command(CLI::App& evaluate) {
  auto o = std::make_shared<EvaluateClassifyOptions>();
  CLI::App* command = evaluate.add_subcommand("classify", "Accuracy, F1 and more of a classifier (or Pearson's and Spearman's correlation)");
  add_encoder_options(*command, o->use);
  command->add_option("--data", o->data, "Labelled texts: .csv, .tsv or .jsonl")->required();
  command->add_option("--label-column", o->label_column, "Name, or number from 1");
  command->add_option("--text-column", o->text_columns, "The same; several are joined by a space");
  command->add_option("--pair-column", o->pair_columns, "Of the second text");
  command->add_option("--label-separator", o->label_separator, "Between several labels of a text");
  command->add_flag("--no-header", o->no_header, "The first record is data");
  command->add_option("--confusion", o->confusion, "Draw which label was taken for which, as .png or .svg; default: in the terminal");
  command->footer("Example:\n  gamana evaluate classify -m news --data test.csv --no-header --label-column 1 --text-column 2 --text-column 3");
  command->callback([o] { evaluate_classify(*o); });
}

}  // namespace gamana
