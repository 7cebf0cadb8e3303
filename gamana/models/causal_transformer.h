#pragma once
// The decoders: GPT-2 (Radford et al. 2019) and its descendants GPT-Neo, GPT-J, OPT, and Llama and Qwen2. One forward for
// training, the prompt, and one token after the other.
#include "gamana/models/backbone.h"
#include "gamana/models/residual_stream.h"

namespace gamana {

// With H query heads and K key and value heads of d channels. A gated feed-forward has up [2I, C], the gate first.
struct CausalBlock {
  Linear qkv, out, up, down;  // [(H + 2K) d, C] [C, H d] [I, C] [C, I]
  LayerNorm att_norm, ffn_norm;
};

class CausalTransformer : public Backbone {
 public:
  explicit CausalTransformer(const ModelConfig& config);

  void visit(const ParameterVisitor& v) override;
  void list(FileTensors& list) override;
  std::string prefix() const override;
  std::string word_name() const override;
  Tensor forward(Context& c, const Batch& batch, const SomeTokens& wanted = {},
                 std::vector<Tensor>* layers = nullptr) const override;

  // Attends from qkv [N, (H + 2K) d], its positions turned: over the batch itself, or over what a cache holds -> [N, H d].
  using Attend = std::function<Tensor(int layer, const Tensor& qkv)>;
  // What forward computes, with tokens at `positions` of their texts.
  Tensor run(Context& c, std::span<const int32_t> tokens, std::span<const int32_t> positions, const Attend& attend,
             const SomeTokens& wanted = {}, std::vector<Tensor>* layers = nullptr) const;
  // How layer i attends.
  AttentionOptions attention(int layer) const;

 private:
  void block(Context& c, ResidualStream& s, std::span<const int32_t> positions, int layer, const Attend& attend,
             const SomeTokens& wanted) const;
  Tensor feed_forward(Context& c, const Tensor& x, const CausalBlock& b) const;
  const LayerNorm& next_norm(int layer) const;  // that the layer after this one reads; pre-norm
  Tensor embed_tokens(Context& c, std::span<const int32_t> tokens, std::span<const int32_t> positions) const;

  Parameter position_;                 // [P, C]; no rows: rotary
  Linear project_in_, project_out_;    // E -> C and back, where they differ
  std::vector<CausalBlock> blocks_;
  LayerNorm final_norm_;
  std::vector<float> frequencies_;     // of rotary positions
};

}  // namespace gamana
