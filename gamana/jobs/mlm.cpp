#include "gamana/jobs/mlm.h"

#include <cmath>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/jobs/pipeline.h"
#include "gamana/ops/losses.h"
#include "gamana/ops/rows.h"

namespace gamana {
namespace {

constexpr int64_t kHeldOutShare = 20;     // one in so many tokens
constexpr int64_t kValidationEpoch = -1;  // of masks that stay the same

// Texts in front that hold a twentieth of the tokens; whole documents, where pairs are cut from them.
size_t held_out(std::span<const int64_t> offsets, bool documents, const std::string& file) {
  size_t texts = 1;
  const auto goes_on = [&] {
    return offsets[texts] == 0 || offsets[texts] * kHeldOutShare < offsets.back() ||
           (documents && offsets[texts] != offsets[texts - 1]);
  };
  while (texts + 1 < offsets.size() && goes_on()) ++texts;
  if (offsets[texts] == offsets.back())
    throw Error(fmt::format("{}: expected several {}, so that some can be held out for validation", file,
                            documents ? "documents" : "lines"),
                "give texts to validate on with --valid");
  return texts;
}

LossSum word_loss(Context& c, const TextModel& model, const Tensor& read, const MaskedBatch& b, float scale) {
  return projected_cross_entropy(c, read, model.output_weight(0), model.output_bias(0), b.labels, 0, scale);
}

struct PretrainingLoss {
  LossSum words, pairs;  // the latter each as much as `words` / pairs hidden words; none without pairs
};

PretrainingLoss losses_of(Context& c, const TextModel& model, const MaskedBatch& b, float scale) {
  const int64_t words = std::ssize(b.rows), pairs = std::ssize(b.pair_labels);
  if (pairs == 0) return {word_loss(c, model, model.read(c, 0, b.batch, b.rows), b, scale), {}};
  // One head reads hidden words, the other the first token of each pair.
  std::vector<int32_t> read = b.rows;
  read.insert(read.end(), b.batch.offsets.begin(), b.batch.offsets.end() - 1);
  const Tensor hidden = model.hidden(c, b.batch, read);
  PretrainingLoss sum{word_loss(c, model, transform(c, model.head(0), rows_of(c, hidden, 0, words)), b, scale), {}};
  const double weight = static_cast<double>(words) / static_cast<double>(pairs);
  const Tensor logits = model.project(c, 1, transform(c, model.head(1), rows_of(c, hidden, words, pairs)));
  sum.pairs = cross_entropy(c, logits, b.pair_labels, {}, static_cast<float>(scale * weight));
  sum.pairs.loss *= weight;
  return sum;
}

}  // namespace

std::shared_ptr<const TokenCache> tokenized(const std::string& path, const std::vector<std::string>& files,
                                            const TextFormat& format, const Tokenizer& tokenizer,
                                            std::function<void(int64_t, int64_t)> progress,
                                            const TokensAround& around, bool kept) {
  return std::make_shared<TokenCache>(
      path, TokenCorpus{.files = files,
                        .format = format,
                        .encode = [&](std::string_view text,
                                      std::vector<int32_t>& ids) { tokenizer.encode_ids(text, false, ids); },
                        .before = around.before,
                        .after = around.after,
                        .tokenizer = tokenizer.json(),
                        .vocabulary = tokenizer.size(),
                        .progress = std::move(progress),
                        .kept = kept});
}

PretrainingTexts open_texts(const TextFiles& files, const TextEncoder& encoder, const MaskedTextRule& rule) {
  const auto open = [&](const char* name, const std::vector<std::string>& paths) {
    return tokenized(join_path(files.folder, name), paths, files.format, encoder.tokenizer(), files.progress, {}, files.begun);
  };
  const auto fixed = [&](const std::shared_ptr<const TokenCache>& cache, std::span<const int64_t> offsets) {
    MaskedTexts texts(cache, offsets, encoder, rule);
    texts.begin_epoch(kValidationEpoch);
    return texts;
  };
  const auto train = open("train.tokens", files.train);
  if (files.valid.empty()) {
    const size_t texts = held_out(train->offsets(), rule.pairs.has_value(), files.train[0]);
    return {{train, train->offsets().subspan(texts), encoder, rule}, fixed(train, train->offsets().first(texts + 1))};
  }
  const auto valid = open("valid.tokens", {files.valid});
  return {{train, train->offsets(), encoder, rule}, fixed(valid, valid->offsets())};
}

LossSum pretraining_loss(Context& c, const TextModel& model, const MaskedBatch& b, float scale) {
  if (b.rows.empty()) return {};
  PretrainingLoss sum = losses_of(c, model, b, scale);
  sum.words.loss += sum.pairs.loss;
  return sum.words;
}

void each_masked_batch(const MaskedTexts& texts, Precision precision,
                       const std::function<void(std::span<const int32_t>, const MaskedBatch&, Context&)>& use) {
  Arena arena;
  bool any = false;
  BatchRule rule = kInferenceBatches;
  rule.window = texts.size();
  for (const std::vector<int32_t>& examples : plan_in_order(texts.lengths(), rule)) {
    Context c{.kernels = cpu_kernels(), .arena = arena, .precision = precision};
    const MaskedBatch batch = texts.batch(examples);
    if (batch.rows.empty()) continue;
    use(examples, batch, c);
    any = true;
  }
  if (!any) throw Error("expected text to validate on, found none whose words can be hidden", "give more text");
}

std::map<std::string, double> pretraining_scores(const TextModel& model, Precision precision,
                                                 const MaskedTexts& texts) {
  double words = 0, right = 0, nll = 0, pairs = 0, pair_nll = 0, pairs_right = 0;
  each_masked_batch(texts, precision, [&](std::span<const int32_t>, const MaskedBatch& b, Context& c) {
    const PretrainingLoss sum = losses_of(c, model, b, 1);
    words += static_cast<double>(b.rows.size()), right += static_cast<double>(sum.words.correct), nll += sum.words.nll;
    pairs += static_cast<double>(b.pair_labels.size()), pairs_right += static_cast<double>(sum.pairs.correct),
        pair_nll += sum.pairs.nll;
  });
  std::map<std::string, double> scores = {
      {"loss", nll / words}, {"accuracy", right / words}, {"perplexity", std::exp(nll / words)}};
  if (pairs > 0) scores["loss"] += pair_nll / pairs, scores["pair_accuracy"] = pairs_right / pairs;
  return scores;
}

std::map<std::string, double> pseudo_scores(const TextModel& model, Precision precision, const MaskedTexts& texts) {
  Arena arena;
  double nll = 0, tokens = 0;
  MaskedBatch batch;
  const auto run = [&] {
    if (batch.rows.empty()) return;
    Context c{.kernels = cpu_kernels(), .arena = arena, .precision = precision};
    nll += word_loss(c, model, model.read(c, 0, batch.batch, batch.rows), batch, 1).nll;
    tokens += static_cast<double>(batch.rows.size());
    batch = {};
  };
  for (int32_t i = 0; i < texts.size(); ++i) {
    const EncodedText text = texts.text(i);
    const std::vector<uint8_t> special = texts.special(text.ids);
    for (int32_t place = 0; place < text.length(); ++place) {
      if (special[place]) continue;
      if (batch.batch.rows() + text.length() > kInferenceBatches.tokens) run();
      batch.rows.push_back(static_cast<int32_t>(batch.batch.rows()) + place), batch.labels.push_back(text.ids[place]);
      batch.batch.append(text.ids.data(), text.length(), text.segments.data());
      batch.batch.tokens[batch.rows.back()] = texts.mask_token();
    }
  }
  run();
  if (tokens == 0) throw Error("expected text to score, found none whose words can be hidden", "give more text");
  return {{"pseudo_log_likelihood", -nll}, {"pseudo_perplexity", std::exp(nll / tokens)}, {"tokens", tokens}};
}

LossSum MlmJob::loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) {
  batch_ = texts_.train.batch(examples);
  return pretraining_loss(c, model, batch_, scale);
}

}  // namespace gamana
