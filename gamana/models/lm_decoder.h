#pragma once
// A language model as decoding sees it: keys and values of past tokens in cells that hypotheses share.
#include "gamana/decode/model.h"
#include "gamana/models/causal_transformer.h"
#include "gamana/models/text_model.h"
#include "gamana/ops/cache.h"

namespace gamana {

class LmDecoder : public DecodeModel {
 public:
  // Of a model whose task is next_word, which must outlive it. `end_token`: of config.json, -1: none. Keys and values are kept in `cache` precision. Throws Error for a
  // model with another task.
  LmDecoder(TextModel& model, int end_token, Precision precision, Precision cache);

  int vocabulary_size() const override { return model_.settings().vocabulary; }
  int start_token() const override { return -1; }
  int end_token() const override { return end_token_; }
  int max_positions() const override { return model_.settings().max_positions; }
  int64_t bytes_per_cell() const override { return layer_bytes() * (model_.settings().layers - near_layers_); }
  int window() const override { return near_layers_ > 0 ? model_.settings().window : 0; }
  int64_t bytes_per_place() const override { return layer_bytes() * near_layers_; }
  void reserve(int slots, int cells, int places) override;
  void encode(std::span<const std::vector<int>>, std::span<const int>) override {}
  void step(std::span<const StepRow> rows) override;
  void project(int begin, int end, float* logits) const override;
  bool bound_logits(std::span<float> low, std::span<float> high) override;
  bool can_bound_at_once() const override;

 private:
  // Which cells of a cache the rows of a step read and write: that of layers that see all tokens, or of those that see a
  // window.
  struct Seen {
    std::vector<int32_t> written = {};             // [rows]
    std::vector<std::vector<int32_t>> lists = {};  // what `prompts` and `tokens` point into
    std::vector<NewTokens> prompts = {};
    std::vector<CachedRow> tokens = {};            // rows that are no prompt's
  };
  // Rows of one step that attend alike: pieces of prompts, one after the other, or hypotheses that are one token further.
  struct Part {
    int64_t first, count;
    int64_t first_of, count_of;  // in Seen::prompts or Seen::tokens
    bool prompts;
  };
  static std::vector<Part> parts_of(std::span<const StepRow> rows);
  static Seen seen(std::span<const StepRow> rows, int window);
  CacheRows cache(int layer, bool values) const;
  Tensor attend(const std::vector<Part>& parts, const Seen& seen, int layer, const Tensor& qkv) const;
  int64_t layer_bytes() const;  // a token's
  int64_t kept_width() const { return 2 * int64_t{model_.settings().kv_heads} * model_.settings().head_width; }

  TextModel& model_;
  const CausalTransformer& decoder_;
  int end_token_;
  Precision cache_;
  int near_layers_ = 0;  // that see a window
  Arena arena_;
  mutable Context context_;
  std::vector<void*> cells_;  // per layer: [cells or places, kept_width()], keys then values; pages are touched when used
  Tensor hidden_;             // [rows that want logits, C]
};

}  // namespace gamana
