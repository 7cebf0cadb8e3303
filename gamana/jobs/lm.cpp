#include "gamana/jobs/lm.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/jobs/pipeline.h"
#include "gamana/text/post/stream_decoder.h"

namespace gamana {
namespace {

constexpr int64_t kHeldOut = 10, kMostHeldOut = 1 << 18;  // one in so many tokens, and at most so many

// Where the tokens begin that are held out. 9 / 10 is where nanoGPT's prepare.py cuts.
int64_t held_out_from(std::span<const int64_t> offsets) {
  const int64_t tokens = offsets.back(), from = std::max(tokens * (kHeldOut - 1) / kHeldOut, tokens - kMostHeldOut);
  const int64_t document = *std::lower_bound(offsets.begin(), offsets.end(), from);
  return document - from <= (tokens - from) / 2 ? document : from;
}

// Of the text of tokens, special ones left out.
int64_t bytes_of(const TokenCache& cache, TokenRange part, const Tokenizer& tokenizer) {
  constexpr int64_t kAtOnce = 1 << 16;
  StreamDecoder decoder(tokenizer.decoder());
  int64_t bytes = 0;
  std::string text;
  std::vector<int32_t> ids;
  const auto count = [&] { bytes += static_cast<int64_t>(text.size()), text.clear(); };
  for (int64_t begin = part.begin; begin < part.end; begin += kAtOnce, count()) {
    ids.clear(), cache.append({begin, std::min(part.end, begin + kAtOnce)}, ids);
    for (const int32_t id : ids) decoder.push(id, text);
  }
  decoder.finish(text), count();
  return bytes;
}

void check_length(const TokenRange& part, const std::string& file, const char* what) {
  if (part.size() < 2)
    throw Error(fmt::format("{}: expected at least 2 tokens to {}, found {}", file, what, part.size()),
                "give more text");
}

}  // namespace

std::optional<int32_t> end_token(const Json& config) {
  Json id = config.value("eos_token_id", Json());
  if (id.is_array() && !id.empty()) id = id[0];
  return id.is_number_integer() && id >= 0 ? std::optional(id.get<int32_t>()) : std::nullopt;
}

TokensAround around_documents(const Tokenizer& tokenizer, std::optional<int32_t> end) {
  TokensAround around;
  std::vector<int32_t> special;
  tokenizer.encode_ids("", true, special);
  if (!special.empty()) {
    const int32_t text[] = {-1};
    const std::vector<int32_t> ids = Wrapping(tokenizer, false).wrap(text).ids;
    const auto at = std::find(ids.begin(), ids.end(), text[0]);
    around = {{ids.begin(), at}, {at + 1, ids.end()}};
  }
  if (around.after.empty() && end) around.after = {*end};
  return around;
}

LossSum next_token_loss(Context& c, const TextModel& model, const NextTokenBatch& b, float scale) {
  if (b.rows.empty()) return {};
  const bool all = static_cast<int64_t>(b.rows.size()) == b.batch.rows();
  const Tensor hidden = model.read(c, 0, b.batch, all ? SomeTokens() : SomeTokens(b.rows));
  return projected_cross_entropy(c, hidden, model.output_weight(0), model.output_bias(0), b.targets, 0, scale);
}

std::map<std::string, double> next_token_scores(const TextModel& model, Precision precision, const TokenBlocks& blocks,
                                                int64_t bytes) {
  Arena arena;
  double tokens = 0, right = 0, nll = 0;
  for (const std::vector<int32_t>& some : plan_in_order(blocks.lengths(), {.tokens = kInferenceBatches.tokens})) {
    Context c{.kernels = cpu_kernels(), .arena = arena, .precision = precision, .packs = true};
    const NextTokenBatch batch = blocks.batch(some);
    const LossSum sum = next_token_loss(c, model, batch, 1);
    tokens += static_cast<double>(batch.rows.size()), right += static_cast<double>(sum.correct), nll += sum.nll;
  }
  if (tokens == 0) throw Error("expected text to validate on, found none of several tokens", "give more text");
  std::map<std::string, double> scores = {
      {"loss", nll / tokens}, {"accuracy", right / tokens}, {"perplexity", std::exp(nll / tokens)}};
  if (bytes > 0) scores["bits_per_byte"] = nll / std::numbers::ln2 / static_cast<double>(bytes);
  return scores;
}

LmJob::LmJob(const TextFiles& files, const TextEncoder& encoder, std::optional<int32_t> end, uint64_t seed) {
  const Tokenizer& tokenizer = encoder.tokenizer();
  const TokensAround around = around_documents(tokenizer, end);
  const auto open = [&](const char* name, const std::vector<std::string>& paths) {
    return tokenized(join_path(files.folder, name), paths, files.format, tokenizer, files.progress, around, files.begun);
  };
  const auto train = open("train.tokens", files.train);
  const auto valid = files.valid.empty() ? train : open("valid.tokens", {files.valid});
  const int64_t from = files.valid.empty() ? held_out_from(train->offsets()) : train->tokens();
  const TokenRange learned{0, from}, measured{files.valid.empty() ? from : 0, valid->tokens()};
  check_length(learned, files.train[0], "learn from");
  check_length(measured, files.valid.empty() ? files.train[0] : files.valid, "validate on");
  const BlockRule rule{.length = encoder.max_length(),
                       .end_begins = around.before.empty() && !around.after.empty(),
                       .moving = true,
                       .seed = seed};
  train_.emplace(train, learned, rule);
  BlockRule fixed = rule;
  fixed.moving = false;
  valid_.emplace(valid, measured, fixed);
  valid_bytes_ = bytes_of(*valid, {measured.begin + 1, measured.end}, tokenizer);
}

std::string LmJob::examples() const {
  return fmt::format("{} tokens in blocks of {}", train_->part().size(), train_->lengths()[0]);
}

LossSum LmJob::loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) {
  batch_ = train_->batch(examples);
  return next_token_loss(c, model, batch_, scale);
}

}  // namespace gamana
