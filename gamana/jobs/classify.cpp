#include "gamana/jobs/classify.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "gamana/base/check.h"
#include "gamana/metric/classification.h"
#include "gamana/ops/losses.h"

namespace gamana {
namespace {

struct ProblemName {
  Problem problem;
  const char* name;
};
constexpr ProblemName kProblems[] = {{Problem::single_label, "single_label_classification"},
                                     {Problem::multi_label, "multi_label_classification"},
                                     {Problem::regression, "regression"}};

// "balanced": n / (K * rows of the label), as scikit-learn's compute_class_weight.
std::vector<float> read_class_weights(const std::string& text, const std::vector<int32_t>& labels, int64_t count) {
  std::vector<float> weights;
  if (text.empty()) return weights;
  if (text == "balanced") {
    std::vector<int64_t> rows(count);
    for (const int32_t label : labels) ++rows[label];
    for (const int64_t n : rows)
      weights.push_back(static_cast<float>(static_cast<double>(labels.size()) / (static_cast<double>(count) * std::max<int64_t>(1, n))));
    return weights;
  }
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string number = text.substr(at, end - at);
    char* rest = nullptr;
    weights.push_back(std::strtof(number.c_str(), &rest));
    if (number.empty() || *rest || !(weights.back() >= 0 && std::isfinite(weights.back())))
      fail("--class-weights: expected \"balanced\" or {} numbers from 0 on with commas between, found \"{}\"", count, text);
    at = end + 1;
  }
  if (static_cast<int64_t>(weights.size()) != count)
    fail("--class-weights: expected a number for each of the {} labels, found {}", count, weights.size());
  return weights;
}

// JSON lines may have a list in its place.
const std::string& only_label(const Row& row, const std::string& path) {
  if (row.label.empty())
    throw Error(fmt::format("{}, line {}: expected one label, found a list of {}", path, row.line, row.labels.size()),
                "`gamana train classify --label-separator ,` makes a model that gives a text several");
  return row.label;
}

std::map<std::string, double> scores_of_several(const Targets& right, std::span<const float> logits, int64_t labels) {
  std::vector<LabelCount> counts(labels);
  int64_t exact = 0;
  const int64_t rows = static_cast<int64_t>(logits.size()) / labels;
  for (int64_t r = 0; r < rows; ++r) {
    bool same = true;
    for (int64_t k = 0; k < labels; ++k) {
      const bool predicted = logits[r * labels + k] > 0, is = right.values[r * labels + k] > 0.5f;
      counts[k].predicted += predicted, counts[k].right += is, counts[k].hits += predicted && is;
      same = same && predicted == is;
    }
    exact += same;
  }
  return {{"accuracy", static_cast<double>(exact) / static_cast<double>(std::max<int64_t>(1, rows))},
          {"f1", average(counts, Averaging::micro).f1},
          {"f1_macro", average(counts, Averaging::macro).f1}};
}

std::map<std::string, double> scores_of_numbers(const Targets& right, std::span<const float> logits) {
  double squares = 0;
  for (size_t i = 0; i < logits.size(); ++i) squares += (logits[i] - right.values[i]) * (logits[i] - right.values[i]);
  const std::vector<double> a(logits.begin(), logits.end()), b(right.values.begin(), right.values.end());
  std::map<std::string, double> scores = {{"mse", squares / static_cast<double>(std::max<size_t>(1, logits.size()))}};
  if (a.size() > 1) scores["pearson"] = pearson(a, b), scores["spearman"] = spearman(a, b);
  return scores;
}

}  // namespace

Problem problem_of(const Json& config) {
  const std::string name = get_or(config, "problem_type", std::string());
  for (const ProblemName& p : kProblems)
    if (name == p.name) return p.problem;
  if (!name.empty())
    fail("config.json: problem_type \"{}\" is unknown; expected one of {}, {}, {}", name, kProblems[0].name, kProblems[1].name,
         kProblems[2].name);
  return Labels::from_config(config, "config.json").size() == 1 ? Problem::regression : Problem::single_label;
}

Problem answer_of(const Json& config) {
  const Problem problem = problem_of(config);
  const bool said = problem == Problem::regression && get_or(config, "problem_type", std::string()) == problem_name(problem);
  return !said && Labels::from_config(config, "config.json").size() == 1 ? Problem::multi_label : problem;
}

std::string problem_name(Problem problem) { return kProblems[static_cast<int>(problem)].name; }

Labels read_labels(const std::string& path, const TableColumns& columns, Problem problem) {
  if (problem == Problem::regression) return Labels({"LABEL_0"}, path);
  std::set<std::string> seen;
  TableReader reader(path, columns);
  for (Row row; reader.next(row);) seen.insert(row.labels.begin(), row.labels.end());
  if (problem == Problem::single_label && seen.size() == 1)
    fail("{}: expected two labels or more, found \"{}\" alone", path, *seen.begin());
  return Labels(seen, path);
}

LabelledTexts read_labelled(const std::string& path, const TableColumns& columns, Problem problem, const Labels& labels,
                            const TextEncoder& encoder) {
  if (problem == Problem::regression && labels.size() != 1)
    fail("{}: a row has one number, and the model gives {}", path, labels.size());
  LabelledTexts out;
  TableReader reader(path, columns);
  for (Row row; reader.next(row);) {
    try {
      out.texts.push_back(encoder.encode(row.text, row.pair));
    } catch (const Error& error) {
      throw Error(fmt::format("{}, line {}: {}", path, row.line, error.what()), error.hint());
    }
    out.lengths.push_back(out.texts.back().length());
    if (problem == Problem::single_label) {
      out.targets.labels.push_back(labels.id(only_label(row, path), path, row.line));
    } else if (problem == Problem::regression) {
      out.targets.values.push_back(static_cast<float>(label_number(only_label(row, path), path, row.line)));
    } else {
      const size_t first = out.targets.values.size();
      out.targets.values.resize(first + labels.size());
      for (const std::string& label : row.labels) out.targets.values[first + labels.id(label, path, row.line)] = 1;
    }
  }
  if (out.texts.empty()) fail("{}: expected labelled texts, found none", path);
  return out;
}

std::vector<float> classify_logits(const TextModel& model, Precision precision, const std::vector<EncodedText>& texts) {
  const int64_t labels = model.labels();
  std::vector<float> logits(texts.size() * labels);
  run_head_on_all(model, precision, texts, 0, [&](size_t i, const TextResult& result) {
    std::copy_n(result.row(0), labels, logits.data() + i * labels);
  });
  return logits;
}

std::vector<int> predicted_labels(std::span<const float> logits, int64_t labels) {
  std::vector<int> predicted;
  for (size_t r = 0; r < logits.size(); r += labels)
    predicted.push_back(static_cast<int>(std::max_element(&logits[r], &logits[r] + labels) - &logits[r]));
  return predicted;
}

std::map<std::string, double> classify_scores(Problem problem, const Targets& right, std::span<const float> logits, int64_t labels) {
  if (problem == Problem::multi_label) return scores_of_several(right, logits, labels);
  if (problem == Problem::regression) return scores_of_numbers(right, logits);
  const std::vector<int> answers(right.labels.begin(), right.labels.end());
  const ConfusionMatrix matrix(answers, predicted_labels(logits, labels));
  const PrecisionRecall f = labels == 2 ? matrix.of_label(1) : matrix.average(Averaging::macro);
  return {{"accuracy", matrix.accuracy()}, {"f1", f.f1}, {"precision", f.precision}, {"recall", f.recall}, {"matthews_correlation", matrix.matthews()}};
}

std::vector<double> classify_probabilities(Problem problem, std::span<const float> logits) {
  std::vector<double> p(logits.begin(), logits.end());
  if (problem == Problem::regression) return p;
  if (problem == Problem::multi_label) {
    for (double& x : p) x = 1 / (1 + std::exp(-x));
    return p;
  }
  const double highest = *std::max_element(p.begin(), p.end());
  double sum = 0;
  for (double& x : p) sum += x = std::exp(x - highest);
  for (double& x : p) x /= sum;
  return p;
}

ClassifyJob::ClassifyJob(const Settings& s, const TextEncoder& encoder)
    : problem_(s.problem),
      labels_(s.labels ? *s.labels : read_labels(s.train, s.columns, s.problem).with_ids_of(s.model)),
      train_(read_labelled(s.train, s.columns, s.problem, labels_, encoder)),
      valid_(read_labelled(s.valid, s.columns, s.problem, labels_, encoder)),
      class_weights_(read_class_weights(s.class_weights, train_.targets.labels, labels_.size())) {
  if (!class_weights_.empty() && problem_ != Problem::single_label)
    throw Error("--class-weights: expected a task with one label for each text", "leave it out");
}

Json ClassifyJob::configure(Json config) const {
  config["id2label"] = labels_.id2label(), config["label2id"] = labels_.label2id();
  config["problem_type"] = problem_name(problem_);
  return config;
}

LossSum ClassifyJob::loss_of(Context& c, const Tensor& logits, const Targets& targets, std::span<const int32_t> examples, float scale) {
  if (problem_ == Problem::single_label) {
    std::vector<int32_t> labels;
    for (const int32_t i : examples) labels.push_back(targets.labels[i]);
    return cross_entropy(c, logits, labels, class_weights_, scale);
  }
  const int64_t width = labels_.size();
  std::vector<float> values;
  for (const int32_t i : examples)
    values.insert(values.end(), targets.values.begin() + i * width, targets.values.begin() + (i + 1) * width);
  return problem_ == Problem::regression ? squared_error(c, logits, values, scale) : binary_cross_entropy(c, logits, values, scale);
}

void ClassifyJob::gather(std::span<const int32_t> examples) {
  std::vector<const EncodedText*> texts;
  for (const int32_t i : examples) texts.push_back(&train_.texts[i]);
  batch_ = batch_of(texts);
}

Tensor ClassifyJob::logits(Context& c, const TextModel& model, std::span<const int32_t> examples) {
  gather(examples);
  return model.project(c, 0, model.read(c, 0, batch_));
}

ClassifyJob::Forward ClassifyJob::forward(Context& c, const TextModel& model, std::span<const int32_t> examples) {
  gather(examples);
  const Tensor hidden = model.hidden(c, batch_);
  return {hidden, model.project(c, 0, model.read(c, 0, hidden, batch_))};
}

LossSum ClassifyJob::loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) {
  return loss_of(c, logits(c, model, examples), train_.targets, examples, scale);
}

std::map<std::string, double> ClassifyJob::validate(const TextModel& model, Precision precision) {
  std::vector<float> logits = classify_logits(model, precision, valid_.texts);
  const int64_t rows = static_cast<int64_t>(valid_.texts.size());
  auto scores = classify_scores(problem_, valid_.targets, logits, labels_.size());
  std::vector<int32_t> all(rows);
  for (int64_t i = 0; i < rows; ++i) all[i] = static_cast<int32_t>(i);
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  scores["loss"] = loss_of(c, Tensor::borrow(logits.data(), rows, labels_.size()), valid_.targets, all, 1).loss / static_cast<double>(rows);
  return scores;
}

std::string ClassifyJob::metric() const {
  if (problem_ != Problem::regression) return "accuracy";
  return valid_.texts.size() > 1 ? "pearson" : "mse";  // one number has no correlation
}

}  // namespace gamana
