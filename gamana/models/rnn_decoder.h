#pragma once
// A recurrent model as decoding sees it: the states of all decoder layers in cells, each source's memory once per
// sentence.
#include "gamana/models/rnn.h"
#include "gamana/models/source_rows.h"

namespace gamana {

class RnnDecoder : public DecodeModel {
 public:
  // Refers to the model, which must outlive it.
  RnnDecoder(RnnModel& model, Precision precision);

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
  // A matrix with one row for each source token.
  struct Cache {
    std::vector<float> data;
    int64_t cols = 0;
  };
  Tensor view(Cache& cache);
  // States (or cells of an lstm) of each layer before the rows listed.
  std::vector<Tensor> before(std::span<const StepRow> rows, const std::vector<int>& which, bool cells);
  void advance(std::span<const StepRow> rows, const std::vector<int>& which);

  RnnModel& model_;
  Arena arena_;
  mutable Context context_;
  int64_t layers_, hidden_width_, kinds_;    // kinds: 1 for the state, 2 with the cell of an lstm
  float* cells_ = nullptr;                   // [cells, layers, kinds, H]; pages are touched when used
  std::vector<float> first_;                 // [slots, layers, H]
  std::vector<float> fixed_;                 // [slots, encoded] where the context is fixed
  Cache values_, keys_, gates_;
  Score score_ = Score::none;
  SourceRows source_rows_;
  std::vector<PackedRecurrence> packed_;
  std::vector<int64_t> place_;               // of each row of a step in output_, or -1
  Tensor output_;                            // [rows that want logits, E]
};

}  // namespace gamana
