#pragma once
// The encoders: BERT (Devlin et al. 2019) and its descendants, and ModernBERT (Warner et al. 2024). One forward for
// training and inference.
#include "gamana/models/backbone.h"

namespace gamana {

// Post-norm as in Vaswani et al. 2017 (BERT), or pre-norm with a gated feed-forward (ModernBERT: up is [2I, C], and the
// first layer has no att_norm).
struct EncoderBlock {
  Linear qkv, out, up, down;  // [3C, C] [C, C] [I, C] [C, I]
  LayerNorm att_norm, ffn_norm;
};

class Encoder : public Backbone {
 public:
  explicit Encoder(const ModelConfig& config);

  void visit(const ParameterVisitor& v) override;
  void list(FileTensors& list) override;
  std::string prefix() const override;
  std::string word_name() const override;
  Tensor forward(Context& c, const Batch& batch, const SomeTokens& wanted = {},
                 std::vector<Tensor>* layers = nullptr) const override;

 private:
  Tensor embed_tokens(Context& c, const Batch& batch) const;
  Tensor post_norm_block(Context& c, const Tensor& x, const Batch& batch, int layer, const EncoderBlock& b,
                         const SomeTokens& wanted) const;
  Tensor pre_norm_block(Context& c, const Tensor& x, const Batch& batch, int layer, const EncoderBlock& b,
                        const SomeTokens& wanted) const;

  Parameter position_, segment_;         // [P, E] [S, E]
  LayerNorm norm_;                       // of the embeddings
  Linear projection_;                    // E -> C, where they differ
  std::vector<EncoderBlock> blocks_;
  LayerNorm final_norm_;                 // pre-norm only
  std::vector<float> frequencies_, local_frequencies_;  // of rotary positions
};

}  // namespace gamana
