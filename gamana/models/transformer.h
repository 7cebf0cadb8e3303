#pragma once
// The encoder-decoder Transformer (Vaswani et al. 2017), with the variants of its time: pre-norm (Xiong et al. 2020),
// learned positions, shared or separate embeddings. Saved as `marian` where that can express it.
#include "gamana/models/layers.h"
#include "gamana/models/residual_stream.h"
#include "gamana/models/translation_model.h"

namespace gamana {

// Sinusoids either side by side as Marian stores them (all sines, then all cosines) or interleaved as in the paper.
enum class Positions { sinusoidal, interleaved, learned };

struct TransformerConfig {
  int vocabulary = 0;          // of source and target if shared
  int target_vocabulary = 0;   // 0: shared vocabulary
  int width = 512, heads = 8, feed_forward = 2048, encoder_layers = 6, decoder_layers = 6;
  int decoder_heads = 0, decoder_feed_forward = 0;  // 0: as the encoder
  Activation activation = Activation::relu;
  float dropout = 0.1f, attention_dropout = 0, activation_dropout = 0;
  Positions positions = Positions::sinusoidal;
  int max_positions = 512;
  bool pre_norm = false;
  bool scale_embedding = true;     // by sqrt(width)
  bool share_embeddings = true;    // source and target; needs a shared vocabulary
  bool tie_output = true;          // the projection to the vocabulary is the target embedding
  int pad_token = 0, end_token = 0, start_token = 0;

  int targets() const { return target_vocabulary ? target_vocabulary : vocabulary; }
};

TransformerConfig transformer_config(const Json& config);
Json transformer_json(const TransformerConfig& config);
// tiny, small, base, big; throws Error with the names for another one.
TransformerConfig transformer_preset(const std::string& name);

struct EncoderLayer {
  Linear qkv, out, up, down;  // [3C, C] [C, C] [I, C] [C, I]
  LayerNorm att_norm, ffn_norm;
};

struct DecoderLayer {
  Linear qkv, out, cross_q, cross_kv, cross_out, up, down;  // cross_kv [2C, C]
  LayerNorm att_norm, cross_norm, ffn_norm;
};

class Transformer : public TranslationModel {
 public:
  explicit Transformer(const TransformerConfig& config);

  void visit(const ParameterVisitor& v) override;
  LossSum loss(Context& c, const PairBatch& batch, float smoothing, float scale, float* nll_by_row) override;
  std::unique_ptr<DecodeModel> decoder(Precision precision) override;
  Json config() const override { return transformer_json(config_); }
  int vocabulary() const override { return config_.targets(); }
  int start_token() const override { return config_.start_token; }
  int end_token() const override { return config_.end_token; }
  int pad_token() const override { return config_.pad_token; }
  int max_length() const override { return config_.max_positions; }
  std::vector<FileTensor> file_tensors() override;
  std::map<std::string, std::string> ignored_tensors() const override;

  const TransformerConfig& settings() const { return config_; }

  // Encoder output [N, C].
  Tensor encode(Context& c, const Batch& source);
  // Decoder output [N, C], before the projection to the vocabulary, for inputs `tokens` at `positions`. The two callbacks
  // attend: over the hypothesis so far from qkv [N, 3C], and over the source from queries [N, C]. Training and decoding
  // differ in them alone.
  using Attend = std::function<Tensor(int layer, const Tensor&)>;
  Tensor decode(Context& c, std::span<const int32_t> tokens, std::span<const int32_t> positions, const Attend& self,
                const Attend& cross);
  // Keys and values of the source for a layer of the decoder: [N, 2C].
  Tensor cross_keys(Context& c, int layer, const Tensor& encoded) {
    return linear(c, encoded, decoder_[layer].cross_kv);
  }
  const Tensor& output_weight() const;
  const Tensor& output_bias() const { return output_bias_.tensor; }
  int decoder_heads() const { return config_.decoder_heads ? config_.decoder_heads : config_.heads; }

 private:
  Tensor embed_tokens(Context& c, std::span<const int32_t> tokens, std::span<const int32_t> positions, bool target);
  const Tensor& position_table(bool target) const;
  Tensor run_layers(Context& c, const Tensor& embedded, int layers, const LayerNorm& first_norm,
                    const std::function<void(int, ResidualStream&)>& layer);
  Tensor feed_forward(Context& c, const Tensor& x, const Linear& up, const Linear& down);

  TransformerConfig config_;
  Parameter source_embedding_, target_embedding_, output_, output_bias_;  // [V, C]; the second and third only if not shared
  Parameter source_positions_, target_positions_;                         // learned ones
  std::vector<float> sinusoids_;
  Tensor sinusoid_table_;
  std::vector<EncoderLayer> encoder_;
  std::vector<DecoderLayer> decoder_;
  LayerNorm encoder_norm_, decoder_norm_;  // pre-norm only
};

}  // namespace gamana
