#pragma once
// Recurrent encoder-decoders: Sutskever et al. 2014 and Cho et al. 2014 without attention, Bahdanau et al. 2015 with
// additive attention inside the recurrence, Luong et al. 2015 with dot and general scores after it (their global
// attention without input feeding). Saved under model_type `gamana-rnn`.
#include "gamana/models/layers.h"
#include "gamana/models/translation_model.h"
#include "gamana/ops/rnn.h"

namespace gamana {

enum class RnnAttention { none, additive, dot, general };

struct RnnConfig {
  int vocabulary = 0;         // of source and target if shared
  int target_vocabulary = 0;  // 0: shared vocabulary
  Cell cell = Cell::gru;
  // How the encoder reads: reverse is the reversed source of Sutskever et al. 2014, section 3.3.
  Direction direction = Direction::both;
  RnnAttention attention = RnnAttention::additive;
  // Without attention: what the encoder has read is seen at every step (Cho et al. 2014, appendix A.1.2), not only in the first
  // state (Sutskever et al. 2014).
  bool fixed_context = false;
  int embedding = 256, hidden = 256, attention_size = 256;  // attention_size: additive only
  int encoder_layers = 1, decoder_layers = 1;
  float dropout = 0.2f;
  bool share_embeddings = false;  // source and target; needs a shared vocabulary
  int max_positions = 512;        // longest source or target that training and translating accept
  int pad_token = 0, end_token = 0, start_token = 0;

  int targets() const { return target_vocabulary ? target_vocabulary : vocabulary; }
  int encoded() const { return direction == Direction::both ? 2 * hidden : hidden; }  // width of the encoder's output
  // Width of the context that the decoder's output layer reads.
  int context() const { return attention == RnnAttention::none && !fixed_context ? 0 : encoded(); }
};

RnnConfig rnn_config(const Json& config);
Json rnn_json(const RnnConfig& config);

class RnnModel : public TranslationModel {
 public:
  // Throws Error where the settings contradict each other.
  explicit RnnModel(const RnnConfig& config);

  void visit(const ParameterVisitor& v) override;
  LossSum loss(Context& c, const PairBatch& batch, float smoothing, float scale, float* nll_by_row) override;
  std::unique_ptr<DecodeModel> decoder(Precision precision) override;
  Json config() const override { return rnn_json(config_); }
  int vocabulary() const override { return config_.targets(); }
  int start_token() const override { return config_.start_token; }
  int end_token() const override { return config_.end_token; }
  int pad_token() const override { return config_.pad_token; }
  int max_length() const override { return config_.max_positions; }
  std::vector<FileTensor> file_tensors() override;

  const RnnConfig& settings() const { return config_; }

  // Encoder states [N, encoded].
  Tensor encode(Context& c, const Batch& source);
  // What the decoder knows of each sequence before it begins.
  struct Start {
    // State [S, H] of each layer: tanh(W h + b) of the encoder state that has read the whole source (the backward one where
    // there are two; Bahdanau et al. 2015, appendix A.2.2).
    std::vector<Tensor> states;
    std::vector<Tensor> cells;  // [S, H] of each layer; lstm; empty: zeros
    Tensor context;             // [S, encoded] the states that have read the whole source; only where fixed_context
  };
  Start start(Context& c, const Tensor& encoded, const std::vector<int32_t>& offsets);
  Memory memory(Context& c, const Tensor& encoded, const std::vector<int32_t>& offsets);

  struct Decoded {
    std::vector<Tensor> states, cells;  // per layer [N, H]; cells: lstm
    Tensor output;                      // [N, E], before the projection to the vocabulary
  };
  // The decoder over target sequences. `packed` has one entry a layer or is empty.
  Decoded decode(Context& c, std::span<const int32_t> tokens, const std::vector<int32_t>& offsets, const Start& start,
                 const Memory& memory, const std::vector<PackedRecurrence>& packed);
  std::vector<PackedRecurrence> pack(Context& c);

  const Tensor& output_weight() const { return output_.tensor; }
  const Tensor& output_bias() const { return output_bias_.tensor; }

 private:
  Score score() const;
  // The layer of the decoder that attends: the first where the context feeds the recurrence, else the last.
  int attending_layer() const { return config_.attention == RnnAttention::additive ? 0 : config_.decoder_layers - 1; }

  RnnConfig config_;
  Parameter source_embedding_, target_embedding_, output_, output_bias_;  // [V, E]; the second only if not shared
  std::vector<std::vector<RecurrentLayer>> encoder_;                      // [layer][direction]
  std::vector<RecurrentLayer> decoder_;
  std::vector<Linear> first_;  // [H, H]
  AttentionLayer attention_;
  Linear deep_;  // [E, H + C + E]: the deep output of Pascanu et al. 2014, with one tanh layer
};

}  // namespace gamana
