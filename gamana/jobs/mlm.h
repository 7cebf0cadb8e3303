#pragma once
// Pre-training on plain text: hidden words, and with them whether two segments belong together (Devlin et al. 2019,
// section 3.1) or stand in their order (Lan et al. 2020, section 3.1).
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gamana/jobs/text_job.h"
#include "gamana/jobs/masked_texts.h"

namespace gamana {

// Where the texts of a run come from.
struct TextFiles {
  std::vector<std::string> train;
  std::string valid;  // empty: a part of the training texts is held out; MlmJob's is their first twentieth, as by run_mlm.py
  TextFormat format;
  std::string folder;  // of the caches of tokens
  std::function<void(int64_t done, int64_t total)> progress;
  bool begun = false;  // a run that goes on: the texts must be those of the caches
};

// What stands before and behind the tokens of each text.
struct TokensAround {
  std::vector<int32_t> before, after;
};

// The tokens of files, without special ones but those around texts, from the cache at `path`. Throws Error if it is to be
// kept and is one of other files.
std::shared_ptr<const TokenCache> tokenized(const std::string& path, const std::vector<std::string>& files,
                                            const TextFormat& format, const Tokenizer& tokenizer,
                                            std::function<void(int64_t, int64_t)> progress,
                                            const TokensAround& around = {}, bool kept = false);

struct PretrainingTexts {
  MaskedTexts train, valid;  // the masks of valid are the same at each validation
};
PretrainingTexts open_texts(const TextFiles& files, const TextEncoder& encoder, const MaskedTextRule& rule);

// Sum over hidden words of -log p(word). Where the examples are pairs, the mean loss of their labels is added once for
// each hidden word, so that divided by those it is the paper's sum of two means. The model's head 0 guesses words, head
// 1 tells pairs.
LossSum pretraining_loss(Context& c, const TextModel& model, const MaskedBatch& batch, float scale);

// loss, perplexity, accuracy (of hidden words), and of pairs pair_accuracy.
std::map<std::string, double> pretraining_scores(const TextModel& model, Precision precision,
                                                 const MaskedTexts& texts);

// Each token hidden in turn, all others seen (Salazar et al. 2020, section 2): pseudo_log_likelihood,
// pseudo_perplexity, tokens.
std::map<std::string, double> pseudo_scores(const TextModel& model, Precision precision, const MaskedTexts& texts);

// Runs use(examples, batch, c) for all texts in batches, without gradients. Throws Error where no word of them is hidden.
void each_masked_batch(const MaskedTexts& texts, Precision precision,
                       const std::function<void(std::span<const int32_t>, const MaskedBatch&, Context&)>& use);

// What jobs on hidden words share; a word is what losses count.
class PretrainingJob : public TextJob {
 public:
  PretrainingJob(const TextFiles& files, const TextEncoder& encoder, const MaskedTextRule& rule)
      : texts_(open_texts(files, encoder, rule)) {}

  Json configure(Json config) const override { return config; }
  void begin_epoch(int64_t epoch) override { texts_.train.begin_epoch(epoch); }
  const Lengths& lengths() const override { return texts_.train.lengths(); }
  int64_t losses(std::span<const int32_t> examples) const override {
    return std::max<int64_t>(1, texts_.train.masked(examples));
  }
  std::map<std::string, double> validate(const TextModel& model, Precision precision) override {
    return pretraining_scores(model, precision, texts_.valid);
  }
  std::string metric() const override { return "loss"; }

 protected:
  PretrainingTexts texts_;
};

class MlmJob : public PretrainingJob {
 public:
  MlmJob(const TextFiles& files, const TextEncoder& encoder, const MaskedTextRule& rule)
      : PretrainingJob(files, encoder, rule), pairs_(rule.pairs.has_value()) {}

  Task task() const override { return pairs_ ? Task::pretraining : Task::masked_word; }
  LossSum loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) override;

 private:
  bool pairs_;
  MaskedBatch batch_;  // of the last loss
};

}  // namespace gamana
