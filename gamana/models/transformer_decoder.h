#pragma once
// A Transformer as decoding sees it: keys and values of past tokens in cells that beams share, keys and values of each
// source once per sentence.
#include "gamana/models/source_rows.h"
#include "gamana/models/transformer.h"

namespace gamana {

class TransformerDecoder : public DecodeModel {
 public:
  // Refers to the model, which must outlive it.
  TransformerDecoder(Transformer& model, Precision precision);

  int vocabulary_size() const override { return model_.vocabulary(); }
  int start_token() const override { return model_.start_token(); }
  int end_token() const override { return model_.end_token(); }
  int max_positions() const override { return model_.max_length(); }
  void reserve(int slots, int cells, int places) override;
  void encode(std::span<const std::vector<int>> sources, std::span<const int> slots) override;
  void step(std::span<const StepRow> rows) override;
  void project(int begin, int end, float* logits) const override;
  bool bound_logits(std::span<float> low, std::span<float> high) override;
  bool can_bound_at_once() const override;

 private:
  Tensor attend(const Tensor& q, int64_t q_stride, const std::vector<CachedRow>& rows, float* cache);

  Transformer& model_;
  Arena arena_;
  mutable Context context_;
  std::vector<float*> cells_;                // per layer: [cells, 2C], keys then values; pages are touched when used
  std::vector<std::vector<float>> sources_;  // per layer: [source rows, 2C]
  SourceRows source_rows_;
  Tensor hidden_;  // [rows that want logits, C]
};

}  // namespace gamana
