#pragma once
// A language model as decoding sees it: keys and values of past tokens in cells that hypotheses share.
#include "gamana/decode/model.h"
#include "gamana/models/causal_transformer.h"
#include "gamana/models/text_model.h"
#include "gamana/ops/cache.h"

namespace gamana {

class LmDecoder : public DecodeModel {
 public:
  // Of a model whose task is next_word, which must outlive it. Keys and values are kept in `cache` precision. Throws Error for a
  // model with another task.
  LmDecoder(TextModel& model, int end_token, Precision precision, Precision cache);

  int vocabulary_size() const override { return model_.settings().vocabulary; }
  int start_token() const override { return -1; }
  int end_token() const override { return end_token_; }
  int max_positions() const override { return model_.settings().max_positions; }
  int64_t bytes_per_cell() const override;
  void reserve(int slots, int cells) override;
  void encode(std::span<const std::vector<int>>, std::span<const int>) override {}
  void step(std::span<const StepRow> rows) override;
  void project(int begin, int end, float* logits) const override;

 private:
  // Rows of one step that attend alike: pieces of prompts, one after the other, or hypotheses that are one token further.
  struct Part {
    int64_t first, count;
    std::vector<std::vector<int32_t>> cells = {};  // of each prompt, as far as it is read; none: hypotheses
    std::vector<NewTokens> prompts = {};           // the same, with how many are new
  };
  static std::vector<Part> parts_of(std::span<const StepRow> rows);
  CacheRows cache(int layer, bool values) const;
  Tensor attend(std::span<const StepRow> rows, const std::vector<Part>& parts, int layer, const Tensor& qkv) const;
  void attend_tokens(std::span<const StepRow> rows, int layer, Rows q, float* out) const;
  int64_t kept_width() const { return 2 * int64_t{model_.settings().kv_heads} * model_.settings().head_width; }

  TextModel& model_;
  const CausalTransformer& decoder_;
  int end_token_;
  Precision cache_;
  Arena arena_;
  mutable Context context_;
  std::vector<void*> cells_;  // per layer: [cells, kept_width()], keys then values; pages are touched when used
  Tensor hidden_;             // [rows that want logits, C]
};

}  // namespace gamana
