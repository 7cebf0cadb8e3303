#pragma once
// ELECTRA (Clark et al. 2020, section 2): a small generator guesses hidden words, a discriminator tells which tokens of
// the text with those guesses in it were replaced. Both are trained in one run; the discriminator is the model.
#include <memory>
#include <string>
#include <vector>

#include "gamana/jobs/mlm.h"

namespace gamana {

// config.json of the generator of a discriminator: `size` of its width, heads and feed-forward, the same embeddings.
Json generator_config(const Json& discriminator, double size);

// A discriminator with its generator, which is saved in the folder `generator` beside it. They have the embeddings in
// common (section 3.2): tables of words, positions and segments, and the norm of their sum.
class ElectraModel : public TextModel {
 public:
  ElectraModel(Json config, double generator_size)
      : TextModel(config, Task::replaced_token),
        generator_(generator_config(config, generator_size), Task::masked_word) {}

  void visit(const ParameterVisitor& v) override;
  void save_settings(const std::string& directory) const override;
  void save_weights(const std::string& directory, const float* weights = nullptr) override;
  // Gives the generator the discriminator's embeddings; once, when there are parameters.
  void share_embeddings();
  const TextModel& generator() const { return generator_; }

 private:
  TextModel generator_;
};

// A token for each row, drawn with the probabilities that the projection gives it: row r with element r of the stream
// `key`. hidden [R, E], weight [V, E], bias [1, V].
std::vector<int32_t> sample_tokens(Context& c, const Tensor& hidden, const Tensor& weight, const Tensor& bias,
                                   uint64_t key);

class ElectraJob : public PretrainingJob {
 public:
  ElectraJob(const TextFiles& files, const TextEncoder& encoder, MaskedTextRule rule, double generator_size,
             uint64_t seed);

  Task task() const override { return Task::replaced_token; }
  // The sum over hidden words of the generator's loss, and for each of them once the mean loss of the discriminator, 50
  // times: a sum of means as in equation 4 of the paper.
  LossSum loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) override;
  // loss; accuracy and f1 of telling replaced tokens; masked_accuracy and perplexity of the generator.
  std::map<std::string, double> validate(const TextModel& model, Precision precision) override;
  std::vector<std::string> folders() const override;
  LoadedModel load(const std::string& directory, const Json& config, uint64_t seed) const override;

 private:
  struct Step {
    MaskedBatch masked;
    Batch replaced;              // with the generator's guesses
    std::vector<float> targets;  // [tokens] 1: another token than in the text
  };
  struct Sums {
    LossSum words, tokens;
    std::vector<float> logits;  // [tokens] of the discriminator
  };
  Sums run(Context& c, const ElectraModel& model, Step& step, uint64_t key, float scale, bool keep_logits) const;

  double size_;
  uint64_t seed_;
  Step step_;  // of the last loss
};

}  // namespace gamana
