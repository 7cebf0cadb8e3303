#include "gamana/jobs/electra.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"
#include "gamana/jobs/pipeline.h"
#include "gamana/ops/losses.h"
#include "gamana/ops/projection.h"

namespace gamana {
namespace {

constexpr double kWeight = 50;          // of the discriminator's loss (section 3.1)
constexpr int64_t kSampleRows = 64;     // of logits at a time
constexpr uint64_t kSampling = 0xE1EC;  // the counter of this stream (base/rng.h)

constexpr const char* kGenerator = "generator";  // the folder

// The words that are hidden are [MASK] in 85 of 100 cases and stay in 15, as in the authors' code.
MaskedTextRule electra_rule(MaskedTextRule rule) {
  rule.hidden = 0.85, rule.random = 0;
  return rule;
}

// The first token at which the sum of the probabilities passes u.
int32_t draw(const float* logits, int64_t n, double u) {
  const float highest = *std::max_element(logits, logits + n);
  double sum = 0;
  for (int64_t v = 0; v < n; ++v) sum += std::exp(logits[v] - highest);
  double left = u * sum;
  for (int64_t v = 0; v < n; ++v)
    if ((left -= std::exp(logits[v] - highest)) < 0) return static_cast<int32_t>(v);
  return static_cast<int32_t>(n - 1);
}

bool is_shared(const std::string& name) {
  return name.starts_with("backbone.word_embedding") || name.starts_with("backbone.position_embedding") ||
         name.starts_with("backbone.segment_embedding") || name.starts_with("backbone.embedding_norm");
}

}  // namespace

Json generator_config(const Json& discriminator, double size) {
  const ModelConfig k = model_config(discriminator);
  const int heads = std::max(1, static_cast<int>(std::lround(k.heads * size)));
  const int width = heads * (k.width / k.heads);
  Json config = discriminator;
  config["num_attention_heads"] = heads, config["hidden_size"] = width;
  config["intermediate_size"] = std::max<int64_t>(1, static_cast<int64_t>(k.feed_forward) * width / k.width);
  return config;
}

void ElectraModel::visit(const ParameterVisitor& v) {
  TextModel::visit(v);
  generator_.visit([&](const std::string& name, Parameter& p) {
    if (!is_shared(name)) v("generator." + name, p);
  });
}

void ElectraModel::share_embeddings() {
  std::map<std::string, Tensor> own;
  TextModel::visit([&](const std::string& name, Parameter& p) { own[name] = p.tensor; });
  generator_.visit([&](const std::string& name, Parameter& p) {
    if (is_shared(name)) p.tensor = own.at(name);
  });
}

void ElectraModel::save_settings(const std::string& directory) const {
  const std::string folder = join_path(directory, kGenerator);
  make_directory(folder);
  generator_.save_settings(folder);
  TextModel::save_settings(directory);
}

void ElectraModel::save_weights(const std::string& directory, const float* weights) {
  write_weights(parameters(), generator_.file_tensors(),
                join_path(join_path(directory, kGenerator), "model.safetensors"), weights);
  TextModel::save_weights(directory, weights);
}

std::vector<int32_t> sample_tokens(Context& c, const Tensor& hidden, const Tensor& weight, const Tensor& bias,
                                   uint64_t key) {
  const int64_t rows = hidden.rows(), cols = hidden.cols(), vocabulary = weight.rows();
  const Scratch<float> logits(c.arena, std::min(rows, kSampleRows) * vocabulary);
  std::vector<int32_t> tokens(rows);
  for (int64_t begin = 0; begin < rows; begin += kSampleRows) {
    const int64_t count = std::min(kSampleRows, rows - begin);
    const Tensor part = Tensor::borrow(hidden.data() + begin * cols, count, cols);
    prepare_projection(c, part, weight);
    project_part(c, part, weight, bias, 0, vocabulary, logits);
    parallel_for(count, 1, [&](int64_t first, int64_t last) {
      for (int64_t r = first; r < last; ++r)
        tokens[begin + r] = draw(logits + r * vocabulary, vocabulary, uniform(key, begin + r));
    });
  }
  return tokens;
}

ElectraJob::ElectraJob(const TextFiles& files, const TextEncoder& encoder, MaskedTextRule rule, double generator_size,
                       uint64_t seed)
    : PretrainingJob(files, encoder, electra_rule(rule)), size_(generator_size), seed_(seed) {}

LoadedModel ElectraJob::load(const std::string& directory, const Json& config, uint64_t seed) const {
  auto made = std::make_unique<ElectraModel>(config, size_);
  ElectraModel& model = *made;
  LoadedModel loaded{std::move(made), {}, {}};
  if (directory.empty())
    model.parameters().initialise(seed);
  else
    fill_text_model(loaded, directory, seed);
  model.share_embeddings();
  return loaded;
}

ElectraJob::Sums ElectraJob::run(Context& c, const ElectraModel& model, Step& step, uint64_t key, float scale,
                                 bool keep_logits) const {
  const MaskedBatch& b = step.masked;
  const TextModel& generator = model.generator();
  Sums sums;
  const Tensor read = generator.read(c, 0, b.batch, b.rows);
  const Tensor &weight = generator.output_weight(0), &bias = generator.output_bias(0);
  sums.words = projected_cross_entropy(c, read, weight, bias, b.labels, 0, scale);
  const std::vector<int32_t> guesses = sample_tokens(c, read, weight, bias, key);
  step.replaced = b.batch, step.targets.assign(b.batch.rows(), 0);
  for (size_t i = 0; i < guesses.size(); ++i) {
    step.replaced.tokens[b.rows[i]] = guesses[i];
    step.targets[b.rows[i]] = guesses[i] != b.labels[i];
  }
  const Tensor logits = model.project(c, 0, model.read(c, 0, step.replaced));
  const double factor = kWeight * static_cast<double>(b.rows.size()) / static_cast<double>(b.batch.rows());
  sums.tokens = binary_cross_entropy(c, logits, step.targets, static_cast<float>(scale * factor));
  if (keep_logits) sums.logits.assign(logits.data(), logits.data() + logits.size());
  return sums;
}

LossSum ElectraJob::loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) {
  step_ = {.masked = texts_.train.batch(examples), .replaced = {}, .targets = {}};
  if (step_.masked.rows.empty()) return {};
  const Sums sums = run(c, static_cast<const ElectraModel&>(model), step_,
                        stream_key(stream_key(c.seed, kSampling), c.step), scale, false);
  LossSum sum = sums.words;
  sum.loss += kWeight * sums.tokens.loss * static_cast<double>(step_.masked.rows.size()) /
              static_cast<double>(step_.targets.size());
  return sum;
}

std::vector<std::string> ElectraJob::folders() const { return {"", kGenerator}; }

std::map<std::string, double> ElectraJob::validate(const TextModel& model, Precision precision) {
  double words = 0, words_right = 0, nll = 0, tokens = 0, tokens_right = 0, token_loss = 0, hits = 0, replaced = 0,
         told = 0;
  each_masked_batch(texts_.valid, precision, [&](std::span<const int32_t> examples, const MaskedBatch& batch, Context& c) {
    Step step{.masked = batch, .replaced = {}, .targets = {}};
    const Sums sums = run(c, static_cast<const ElectraModel&>(model), step,
                          stream_key(stream_key(seed_, kSampling), examples[0]), 1, true);
    words += static_cast<double>(step.masked.rows.size()), words_right += static_cast<double>(sums.words.correct),
        nll += sums.words.nll;
    tokens += static_cast<double>(step.targets.size()), tokens_right += static_cast<double>(sums.tokens.correct);
    token_loss += sums.tokens.loss;
    for (size_t i = 0; i < step.targets.size(); ++i) {
      const bool is = step.targets[i] > 0, said = sums.logits[i] > 0;
      replaced += is, told += said, hits += is && said;
    }
  });
  return {{"loss", nll / words + kWeight * token_loss / tokens},
          {"accuracy", tokens_right / tokens},
          {"f1", hits > 0 ? 2 * hits / (replaced + told) : 0},
          {"masked_accuracy", words_right / words},
          {"perplexity", std::exp(nll / words)}};
}

}  // namespace gamana
