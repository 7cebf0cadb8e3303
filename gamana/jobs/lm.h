#pragma once
// Language models: the next token of a text, trained and measured (Radford et al. 2019, section 2).
#include <optional>

#include "gamana/data/token_blocks.h"
#include "gamana/jobs/mlm.h"

namespace gamana {

// What ends texts, by a config.json: an id, or the first of several.
std::optional<int32_t> end_token(const Json& config);

// What stands around each document of a corpus: what the tokenizer puts around a text and, if it puts nothing behind,
// the token that ends texts, if there is one.
TokensAround around_documents(const Tokenizer& tokenizer, std::optional<int32_t> end);

// Sum over the rows of -log p(target).
LossSum next_token_loss(Context& c, const TextModel& model, const NextTokenBatch& batch, float scale);

// loss, perplexity, accuracy, and bits_per_byte of the `bytes` that the tokens stand for.
std::map<std::string, double> next_token_scores(const TextModel& model, Precision precision, const TokenBlocks& blocks,
                                                int64_t bytes);

class LmJob : public TextJob {
 public:
  // Without `files.valid` the last tenth of the tokens, at most 2^18, is held out: from a document's begin on, if one
  // is near. `end`: the token that ends texts. Blocks are of encoder.max_length() tokens. Throws Error for too little
  // text.
  LmJob(const TextFiles& files, const TextEncoder& encoder, std::optional<int32_t> end, uint64_t seed);

  Task task() const override { return Task::next_word; }
  Json configure(Json config) const override { return config; }
  void begin_epoch(int64_t epoch) override { train_->begin_epoch(epoch); }
  const Lengths& lengths() const override { return train_->lengths(); }
  int64_t losses(std::span<const int32_t> examples) const override {
    return std::max<int64_t>(1, train_->targets(examples));
  }
  LossSum loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) override;
  std::map<std::string, double> validate(const TextModel& model, Precision precision) override {
    return next_token_scores(model, precision, *valid_, valid_bytes_);
  }
  std::string examples() const override;
  std::string metric() const override { return "loss"; }

 private:
  std::optional<TokenBlocks> train_, valid_;
  int64_t valid_bytes_ = 0;
  NextTokenBatch batch_;  // of the last loss
};

}  // namespace gamana
