#include "gamana/jobs/embed.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "gamana/base/check.h"
#include "gamana/metric/classification.h"
#include "gamana/ops/losses.h"
#include "gamana/ops/rows.h"
#include "gamana/ops/similarity.h"

namespace gamana {
namespace {

struct LossName {
  EmbedLoss loss;
  const char* name;
};
constexpr LossName kLosses[] = {{EmbedLoss::multiple_negatives, "multiple_negatives"},
                                {EmbedLoss::cosine, "cosine"},
                                {EmbedLoss::triplet, "triplet"},
                                {EmbedLoss::softmax, "softmax"}};

// Encodes the rows of a file. Throws Error naming file and line; for an empty file.
TextGroups read_text_groups(const std::string& path, const TextGroupColumns& columns, const TextEncoder& encoder) {
  TextGroupReader reader(path, columns);
  TextGroups out;
  out.path = path, out.columns = reader.texts();
  for (TextGroup group; reader.next(group);) {
    int32_t length = 0;
    for (const std::string& text : group.texts) {
      out.texts.push_back(encoder.encode(text));
      length += out.texts.back().length();
    }
    out.lengths.push_back(length), out.lines.push_back(group.line);
    if (reader.labelled()) out.labels.push_back(group.label);
  }
  if (out.texts.empty()) fail("{}: expected rows of texts, found none", path);
  return out;
}

// What the rows of a file can be told by.
EmbedLoss usual_loss(const TextGroups& g) {
  if (g.columns != 2 || g.labels.empty()) return EmbedLoss::multiple_negatives;
  return std::none_of(g.labels.begin(), g.labels.end(), is_number) ? EmbedLoss::softmax : EmbedLoss::cosine;
}

// Throws Error where the texts of a file are not those that its loss reads.
void check_columns(const TextGroups& g) {
  if (g.loss == EmbedLoss::triplet && g.columns != 3)
    fail("{}: --loss triplet expects three texts (anchor, positive, negative), found {}", g.path, g.columns);
  const bool scored = g.loss == EmbedLoss::cosine;
  if ((scored || g.loss == EmbedLoss::softmax) && (g.labels.empty() || g.columns != 2))
    fail("{}: --loss {} expects two texts and a {}, found {} texts and {}", g.path, scored ? "cosine" : "softmax",
         scored ? "score" : "label", g.columns, g.labels.empty() ? "none" : "one");
}

void read_scores(TextGroups& g) {
  for (size_t i = 0; i < g.labels.size(); ++i)
    g.scores.push_back(static_cast<float>(label_number(g.labels[i], g.path, g.lines[i])));
}

void read_classes(TextGroups& g, const Labels& labels) {
  for (size_t i = 0; i < g.labels.size(); ++i) g.classes.push_back(labels.id(g.labels[i], g.path, g.lines[i]));
}

// Throws Error for a score that no cosine has.
void check_scores(const TextGroups& g) {
  for (size_t i = 0; i < g.scores.size(); ++i)
    if (!(g.scores[i] >= -1 && g.scores[i] <= 1))
      throw Error(fmt::format("{}, line {}: --loss cosine expects scores between -1 and 1, found {}", g.path, g.lines[i],
                              g.labels[i]),
                  "divide them by their largest value; if they are labels, give --loss softmax");
}

// A file of another kind than the training file is told by what it has.
EmbedLoss validation_loss(const TextGroups& valid, const TextGroups& train) {
  if (train.loss == EmbedLoss::triplet && valid.columns == train.columns) return EmbedLoss::triplet;
  if (valid.columns != 2 || valid.labels.empty()) return EmbedLoss::multiple_negatives;
  // Numbers are scores beside a training file whose labels are words, and labels beside one whose labels are numbers.
  const auto numbers = [](const TextGroups& g) { return std::all_of(g.labels.begin(), g.labels.end(), is_number); };
  return train.loss == EmbedLoss::softmax && (numbers(train) || !numbers(valid)) ? EmbedLoss::softmax : EmbedLoss::cosine;
}

}  // namespace

EmbedLoss embed_loss(const std::string& name) {
  for (const LossName& known : kLosses)
    if (name == known.name) return known.loss;
  fail("--loss: expected multiple_negatives, cosine, triplet or softmax, found \"{}\"", name);
}

LossSum embedding_loss(Context& c, const Tensor& vectors, int columns, std::span<const float> scores,
                       const EmbedLossOptions& o, float scale) {
  const int64_t n = vectors.rows() / columns;
  if (o.loss == EmbedLoss::triplet)
    return triplet_loss(c, rows_of(c, vectors, 0, n), rows_of(c, vectors, n, n), rows_of(c, vectors, 2 * n, n),
                        static_cast<float>(o.margin), scale);
  const Tensor unit = normalize(c, vectors), anchors = rows_of(c, unit, 0, n);
  if (o.loss == EmbedLoss::cosine)
    return squared_error(c, row_products(c, anchors, rows_of(c, unit, n, n)), scores, scale);
  std::vector<int32_t> own(n);
  std::iota(own.begin(), own.end(), 0);
  const Tensor logits = similarity(c, anchors, rows_of(c, unit, n, (columns - 1) * n), static_cast<float>(o.scale));
  return cross_entropy(c, logits, own, {}, scale);
}

EmbedJob::EmbedJob(const Settings& s, const TextEncoder& encoder)
    : settings_(s),
      max_length_(encoder.max_length()),
      train_(read_text_groups(s.train, s.columns, encoder)),
      valid_(read_text_groups(s.valid, s.columns, encoder)) {
  train_.loss = s.loss.empty() ? usual_loss(train_) : embed_loss(s.loss);
  check_columns(train_);
  if (train_.loss == EmbedLoss::softmax) {
    labels_.emplace(std::set<std::string>(train_.labels.begin(), train_.labels.end()), s.train);
    if (labels_->size() < 2) fail("{}: expected two labels or more, found \"{}\" alone", s.train, labels_->name(0));
  }
  valid_.loss = validation_loss(valid_, train_);
  for (TextGroups* groups : {&train_, &valid_}) {
    if (groups->loss == EmbedLoss::cosine) read_scores(*groups);
    if (groups->loss == EmbedLoss::softmax) read_classes(*groups, *labels_);
  }
  check_scores(train_);
}

LoadedModel EmbedJob::load(const std::string& directory, const Json& config, uint64_t seed) const {
  SentenceSettings sentence;
  if (!directory.empty()) sentence = read_sentence_settings(directory, model_config(config).width);
  sentence.max_length = max_length_;
  LoadedModel out;
  if (labels_)
    out.model = std::make_unique<PairClassifier>(config, std::move(sentence), settings_.parts, labels_->size());
  else
    out.model = std::make_unique<SentenceModel>(config, std::move(sentence));
  if (directory.empty())
    out.model->parameters().initialise(seed);
  else
    fill_sentence_model(out, directory, seed);
  return out;
}

LossSum EmbedJob::loss_of(Context& c, const TextModel& model, const TextGroups& groups,
                          std::span<const int32_t> examples, const Tensor& vectors, float scale) const {
  if (groups.loss == EmbedLoss::softmax) {
    std::vector<int32_t> classes;
    for (const int32_t i : examples) classes.push_back(groups.classes[i]);
    return cross_entropy(c, static_cast<const PairClassifier&>(model).classify(c, vectors), classes, {}, scale);
  }
  std::vector<float> scores;
  for (const int32_t i : examples)
    if (!groups.scores.empty()) scores.push_back(groups.scores[i]);
  const EmbedLossOptions options{groups.loss, settings_.scale, settings_.margin};
  return embedding_loss(c, vectors, groups.columns, scores, options, scale);
}

LossSum EmbedJob::loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) {
  std::vector<const EncodedText*> texts;
  for (int k = 0; k < train_.columns; ++k)
    for (const int32_t i : examples) texts.push_back(&train_.texts[static_cast<size_t>(i) * train_.columns + k]);
  batch_ = batch_of(texts);
  return loss_of(c, model, train_, examples, sentence_model(model).embed(c, batch_), scale);
}

std::map<std::string, double> EmbedJob::validate(const TextModel& model, Precision precision) {
  const std::vector<float> vectors = embed_texts(sentence_model(model), precision, valid_.texts);
  const int64_t width = sentence_model(model).dimension(), n = static_cast<int64_t>(valid_.lengths.size()),
                columns = valid_.columns;
  const auto vector = [&](int64_t i, int64_t column) { return vectors.data() + (i * columns + column) * width; };
  const auto cosine = [&](int64_t i, int64_t column) {
    return similarity_of(SimilarityFunction::cosine, vector(i, 0), vector(i, column), width);
  };
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  LossSum sum;
  for (int64_t first = 0; first < n; first += settings_.batch) {
    std::vector<int32_t> examples(std::min(settings_.batch, n - first));
    std::iota(examples.begin(), examples.end(), static_cast<int32_t>(first));
    const int64_t count = static_cast<int64_t>(examples.size());
    const Tensor batch = c.tensor(columns * count, width, false);
    for (int64_t k = 0; k < columns; ++k)
      for (int64_t i = 0; i < count; ++i)
        std::copy_n(vector(first + i, k), width, batch.data() + (k * count + i) * width);
    const LossSum part = loss_of(c, model, valid_, examples, batch, 1);
    sum.loss += part.loss, sum.correct += part.correct;
  }
  std::map<std::string, double> results = {{"loss", sum.loss / static_cast<double>(n)}};
  if (valid_.loss == EmbedLoss::cosine) {
    std::vector<double> cosines;
    for (int64_t i = 0; i < n; ++i) cosines.push_back(cosine(i, 1));
    const std::vector<double> scores(valid_.scores.begin(), valid_.scores.end());
    if (n > 1)
      results["spearman_cosine"] = spearman(cosines, scores), results["pearson_cosine"] = pearson(cosines, scores);
  } else if (columns > 2) {
    int64_t right = 0;
    for (int64_t i = 0; i < n; ++i) right += cosine(i, 1) > cosine(i, 2);
    results["cosine_accuracy"] = static_cast<double>(right) / static_cast<double>(n);
  } else {
    results["accuracy"] = static_cast<double>(sum.correct) / static_cast<double>(n);
  }
  return results;
}

std::vector<std::string> EmbedJob::notes() const {
  if (!labels_) return {};
  std::string names = labels_->name(0);
  for (int32_t i = 1; i < labels_->size(); ++i) names += ", " + labels_->name(i);
  return {"--loss softmax: a classifier, which is not saved, learns to tell " + names};
}

std::string EmbedJob::metric() const {
  if (valid_.loss == EmbedLoss::cosine) return valid_.lengths.size() > 1 ? "spearman_cosine" : "loss";  // one pair has no correlation
  return valid_.columns > 2 ? "cosine_accuracy" : "accuracy";
}

}  // namespace gamana
