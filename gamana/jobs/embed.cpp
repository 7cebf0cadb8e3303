#include "gamana/jobs/embed.h"

#include <algorithm>
#include <numeric>

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
                                {EmbedLoss::triplet, "triplet"}};

// Rows [first, first + count).
Tensor rows_of(Context& c, const Tensor& x, int64_t first, int64_t count) {
  std::vector<int32_t> rows(count);
  std::iota(rows.begin(), rows.end(), static_cast<int32_t>(first));
  return take(c, x, std::move(rows), 0, x.cols());
}

// Throws Error where the texts of a file are not those that a loss reads.
void check_columns(const TextGroups& groups, EmbedLoss loss, const std::string& path) {
  if (loss == EmbedLoss::cosine && (groups.scores.empty() || groups.columns != 2))
    fail("{}: --loss cosine expects two texts and a score, found {} texts and {}", path, groups.columns,
         groups.scores.empty() ? "none" : "one");
  if (loss == EmbedLoss::triplet && groups.columns != 3)
    fail("{}: --loss triplet expects three texts (anchor, positive, negative), found {}", path, groups.columns);
  if (loss != EmbedLoss::cosine) return;
  for (const float score : groups.scores)
    if (!(score >= -1 && score <= 1))
      throw Error(fmt::format("{}: --loss cosine expects scores between -1 and 1, found {}", path, score),
                  "divide them by their largest value");
}

}  // namespace

EmbedLoss embed_loss(const std::string& name) {
  for (const LossName& known : kLosses)
    if (name == known.name) return known.loss;
  fail("--loss: expected multiple_negatives, cosine or triplet, found \"{}\"", name);
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

TextGroups read_text_groups(const std::string& path, const TextGroupColumns& columns, const TextEncoder& encoder) {
  TextGroupReader reader(path, columns);
  TextGroups out{.columns = reader.texts(), .texts = {}, .scores = {}, .lengths = {}};
  for (TextGroup group; reader.next(group);) {
    int32_t length = 0;
    for (const std::string& text : group.texts) {
      out.texts.push_back(encoder.encode(text));
      length += out.texts.back().length();
    }
    out.lengths.push_back(length);
    if (reader.scored()) out.scores.push_back(static_cast<float>(group.score));
  }
  if (out.texts.empty()) fail("{}: expected rows of texts, found none", path);
  return out;
}

EmbedJob::EmbedJob(const Settings& s, const TextEncoder& encoder)
    : settings_(s),
      max_length_(encoder.max_length()),
      train_(read_text_groups(s.train, s.columns, encoder)),
      valid_(read_text_groups(s.valid, s.columns, encoder)) {
  check_columns(train_, loss_of(train_).loss, s.train);
}

// A file of another kind than the training file is validated by what it has.
EmbedLossOptions EmbedJob::loss_of(const TextGroups& groups) const {
  const bool pairs = groups.columns == 2;
  EmbedLoss loss = pairs && !groups.scores.empty() ? EmbedLoss::cosine : EmbedLoss::multiple_negatives;
  if (!settings_.loss.empty() && (&groups == &train_ || (!pairs && groups.columns == train_.columns)))
    loss = embed_loss(settings_.loss);
  return {loss, settings_.scale, settings_.margin};
}

LoadedModel EmbedJob::load(const std::string& directory, const Json& config, uint64_t seed) const {
  LoadedModel out;
  if (directory.empty()) {
    out.model = std::make_unique<SentenceModel>(config, SentenceSettings());
    out.model->parameters().initialise(seed);
  } else {
    out = load_sentence_model(directory, seed, &config);
  }
  static_cast<SentenceModel&>(*out.model).set_max_length(max_length_);
  return out;
}

LossSum EmbedJob::loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) {
  std::vector<const EncodedText*> texts;
  for (int k = 0; k < train_.columns; ++k)
    for (const int32_t i : examples) texts.push_back(&train_.texts[static_cast<size_t>(i) * train_.columns + k]);
  std::vector<float> scores;
  for (const int32_t i : examples)
    if (!train_.scores.empty()) scores.push_back(train_.scores[i]);
  batch_ = batch_of(texts);
  return embedding_loss(c, sentence_model(model).embed(c, batch_), train_.columns, scores, loss_of(train_), scale);
}

std::map<std::string, double> EmbedJob::validate(const TextModel& model, Precision precision) {
  const std::vector<float> vectors = embed_texts(sentence_model(model), precision, valid_.texts);
  const int64_t width = sentence_model(model).dimension(), n = static_cast<int64_t>(valid_.lengths.size()),
                columns = valid_.columns;
  const auto vector = [&](int64_t i, int64_t column) { return vectors.data() + (i * columns + column) * width; };
  const auto cosine = [&](int64_t i, int64_t column) {
    return similarity_of(SimilarityFunction::cosine, vector(i, 0), vector(i, column), width);
  };
  const EmbedLossOptions options = loss_of(valid_);
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  LossSum sum;
  for (int64_t first = 0; first < n; first += settings_.batch) {
    const int64_t count = std::min(settings_.batch, n - first);
    const Tensor batch = c.tensor(columns * count, width, false);
    for (int64_t k = 0; k < columns; ++k)
      for (int64_t i = 0; i < count; ++i)
        std::copy_n(vector(first + i, k), width, batch.data() + (k * count + i) * width);
    const std::span<const float> scores =
        valid_.scores.empty() ? std::span<const float>() : std::span(valid_.scores).subspan(first, count);
    const LossSum part = embedding_loss(c, batch, static_cast<int>(columns), scores, options, 1);
    sum.loss += part.loss, sum.correct += part.correct;
  }
  std::map<std::string, double> results = {{"loss", sum.loss / static_cast<double>(n)}};
  if (options.loss == EmbedLoss::cosine) {
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

std::string EmbedJob::metric() const {
  return loss_of(valid_).loss == EmbedLoss::cosine ? "spearman_cosine"
         : valid_.columns > 2                      ? "cosine_accuracy"
                                                   : "accuracy";
}

}  // namespace gamana
