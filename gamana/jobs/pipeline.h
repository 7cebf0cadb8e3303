#pragma once
// A model directory opened for use.
#include <functional>
#include <memory>
#include <string>

#include "gamana/data/batches.h"
#include "gamana/jobs/text_encoder.h"
#include "gamana/models/text_model.h"

namespace gamana {

// Which texts go through a model together: about so many tokens, of similar length among so many texts.
inline constexpr BatchRule kInferenceBatches{.examples = 64, .tokens = 4096, .window = 2048};

// Reads results of a head for one text: rows [first, first + count) of `values` [R, K].
struct TextResult {
  const Tensor& values;
  int64_t first, count;

  const float* row(int64_t i) const { return values.data() + (first + i) * values.cols(); }
};

class EncoderPipeline {
 public:
  // Throws Error for a directory that has no head for `task` (naming how to make one) or no tokenizer.
  EncoderPipeline(const std::string& directory, Task task, int max_length, Precision precision);

  const TextModel& model() const { return *loaded_.model; }
  const TextEncoder& encoder() const { return encoder_; }
  Precision precision() const { return precision_; }

  // Runs head `head` on texts of one batch: use(i, result) for each in order.
  void run(const std::vector<const EncodedText*>& texts, int head, const std::function<void(size_t, const TextResult&)>& use) const;

 private:
  LoadedModel loaded_;
  TextEncoder encoder_;
  Precision precision_;
};

// Calls run(first, part) for consecutive parts of a batch that are fast to run at once.
void in_parts(const std::vector<const EncodedText*>& texts, Precision precision,
              const std::function<void(size_t, const std::vector<const EncodedText*>&)>& run);

// A batch through the encoder and a head, without gradients: use(i, result) for each of its texts. For validation as well.
void run_head(const TextModel& model, Precision precision, const std::vector<const EncodedText*>& texts, int head,
              const std::function<void(size_t, const TextResult&)>& use);
// The same for any number of texts, in batches of texts of similar length, which is the order that they come in.
void run_head_on_all(const TextModel& model, Precision precision, const std::vector<EncodedText>& texts, int head,
                     const std::function<void(size_t, const TextResult&)>& use);
// Calls run(places, batch) for batches of texts of similar length; text k of a batch is texts[places[k]].
void in_batches(const std::vector<EncodedText>& texts,
                const std::function<void(const std::vector<int32_t>&, const std::vector<const EncodedText*>&)>& run);

}  // namespace gamana
