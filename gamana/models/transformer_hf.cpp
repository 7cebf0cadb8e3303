// config.json and tensor names of a Transformer. `marian` is what transformers' MarianMTModel reads and writes (release
// 5.24); what it cannot express goes under `gamana-transformer`: the same keys and names, and two more keys
// (normalize_before, position_embedding_type).
#include "gamana/models/config_reader.h"
#include "gamana/models/transformer.h"

namespace gamana {
namespace {

constexpr Named<Positions> kPositions[] = {{"sinusoidal", Positions::sinusoidal},
                                           {"interleaved", Positions::interleaved},
                                           {"learned", Positions::learned}};

}  // namespace

TransformerConfig transformer_config(const Json& given) {
  static constexpr KeyAlias aliases[] = {{"num_attention_heads", "encoder_attention_heads"},
                                         {"hidden_size", "d_model"},
                                         {"num_hidden_layers", "encoder_layers"}};
  const Json j = with_own_keys(given, aliases);
  const bool marian = get_or(j, "model_type", std::string()) == "marian";
  TransformerConfig c;
  c.vocabulary = size_of(j, "vocab_size", 58101);
  const int targets = size_of(j, "decoder_vocab_size", c.vocabulary);
  c.width = size_of(j, "d_model", 1024);
  c.heads = size_of(j, "encoder_attention_heads", 16);
  c.feed_forward = size_of(j, "encoder_ffn_dim", 4096);
  c.encoder_layers = size_of(j, "encoder_layers", 12, 0), c.decoder_layers = size_of(j, "decoder_layers", 12, 0);
  c.decoder_heads = size_of(j, "decoder_attention_heads", 16);
  c.decoder_feed_forward = size_of(j, "decoder_ffn_dim", 4096);
  c.activation = by_name(kActivations, j, "activation_function", Activation::gelu);
  c.dropout = rate_of(j, "dropout", 0.1), c.attention_dropout = rate_of(j, "attention_dropout", 0);
  c.activation_dropout = rate_of(j, "activation_dropout", 0);
  c.max_positions = size_of(j, "max_position_embeddings", 1024);
  c.scale_embedding = get_or(j, "scale_embedding", false);
  c.share_embeddings = get_or(j, "share_encoder_decoder_embeddings", true);
  c.tie_output = get_or(j, "tie_word_embeddings", true);
  if (!marian) c.positions = by_name(kPositions, j, "position_embedding_type", Positions::sinusoidal);
  if (!marian) c.pre_norm = get_or(j, "normalize_before", false);
  if (marian && c.share_embeddings && !c.tie_output)
    fail("config.json: tie_word_embeddings is false; expected true where share_encoder_decoder_embeddings is");
  c.target_vocabulary = c.share_embeddings && targets == c.vocabulary ? 0 : targets;
  c.end_token = token_of(j, "eos_token_id", 0, targets);
  c.pad_token = token_of(j, "pad_token_id", targets - 1, targets);
  c.start_token = token_of(j, "decoder_start_token_id", targets - 1, targets);
  if (c.share_embeddings && c.target_vocabulary)
    fail("config.json: shared embeddings need one vocabulary, found sizes {} and {}", c.vocabulary, targets);
  for (const int heads : {c.heads, c.decoder_heads})
    if (c.width % heads) fail("config.json: d_model {} should be a multiple of the number of heads, found {}", c.width, heads);
  return c;
}

Json transformer_json(const TransformerConfig& c) {
  const bool marian = !c.pre_norm && c.positions == Positions::sinusoidal && c.tie_output;
  const int decoder_heads = c.decoder_heads ? c.decoder_heads : c.heads;
  const int decoder_inner = c.decoder_feed_forward ? c.decoder_feed_forward : c.feed_forward;
  Json j = {{"architectures", {marian ? "MarianMTModel" : "GamanaTransformer"}},
            {"model_type", marian ? "marian" : "gamana-transformer"},
            {"vocab_size", c.vocabulary},
            {"decoder_vocab_size", c.targets()},
            {"d_model", c.width},
            {"encoder_layers", c.encoder_layers},
            {"decoder_layers", c.decoder_layers},
            {"num_hidden_layers", c.encoder_layers},
            {"encoder_attention_heads", c.heads},
            {"decoder_attention_heads", decoder_heads},
            {"encoder_ffn_dim", c.feed_forward},
            {"decoder_ffn_dim", decoder_inner},
            {"activation_function", name_of(kActivations, c.activation)},
            {"dropout", decimal_of(c.dropout)},
            {"attention_dropout", decimal_of(c.attention_dropout)},
            {"activation_dropout", decimal_of(c.activation_dropout)},
            {"max_position_embeddings", c.max_positions},
            {"scale_embedding", c.scale_embedding},
            {"share_encoder_decoder_embeddings", c.share_embeddings},
            {"tie_word_embeddings", c.tie_output},
            {"static_position_embeddings", c.positions != Positions::learned},
            {"is_encoder_decoder", true},
            {"use_cache", true},
            {"pad_token_id", c.pad_token},
            {"eos_token_id", c.end_token},
            {"forced_eos_token_id", c.end_token},
            {"decoder_start_token_id", c.start_token},
            {"bos_token_id", c.end_token}};
  if (!marian) {
    j["normalize_before"] = c.pre_norm;
    j["position_embedding_type"] = name_of(kPositions, c.positions);
  }
  return j;
}

TransformerConfig transformer_preset(const std::string& name) {
  struct Preset {
    const char* name;
    int width, feed_forward, heads, layers;
    float dropout;
  };
  // tiny: Wu et al. 2021 (Multi30k); base and big: Vaswani et al. 2017, table 3.
  static constexpr Preset presets[] = {{"tiny", 128, 256, 4, 4, 0.3f},
                                       {"small", 256, 1024, 4, 6, 0.2f},
                                       {"base", 512, 2048, 8, 6, 0.1f},
                                       {"big", 1024, 4096, 16, 6, 0.3f}};
  for (const Preset& p : presets)
    if (name == p.name) {
      TransformerConfig c;
      c.width = p.width, c.feed_forward = p.feed_forward, c.heads = p.heads, c.dropout = p.dropout;
      c.encoder_layers = c.decoder_layers = p.layers;
      return c;
    }
  fail("preset \"{}\" is unknown; expected tiny, small, base or big", name);
}

std::vector<FileTensor> Transformer::file_tensors() {
  FileTensors list;
  const auto self_attention = [&](const std::string& name, Linear& qkv, Linear& out) {
    list.part(name + "q_proj", qkv, 0, 3), list.part(name + "k_proj", qkv, 1, 3), list.part(name + "v_proj", qkv, 2, 3);
    list.linear(name + "out_proj", out);
  };
  list.add({"final_logits_bias", &output_bias_, 0, {1, output_bias_.cols}, true});
  if (config_.share_embeddings) {
    list.matrix("model.shared.weight", source_embedding_);
  } else {
    list.matrix("model.encoder.embed_tokens.weight", source_embedding_);
    list.matrix("model.decoder.embed_tokens.weight", target_embedding_);
  }
  if (!config_.tie_output) list.matrix("lm_head.weight", output_);
  if (config_.positions == Positions::learned) {
    list.matrix("model.encoder.embed_positions.weight", source_positions_);
    list.matrix("model.decoder.embed_positions.weight", target_positions_);
  }
  for (size_t i = 0; i < encoder_.size(); ++i) {
    EncoderLayer& l = encoder_[i];
    const std::string name = "model.encoder.layers." + std::to_string(i) + ".";
    self_attention(name + "self_attn.", l.qkv, l.out), list.norm(name + "self_attn_layer_norm", l.att_norm);
    list.linear(name + "fc1", l.up), list.linear(name + "fc2", l.down), list.norm(name + "final_layer_norm", l.ffn_norm);
  }
  for (size_t i = 0; i < decoder_.size(); ++i) {
    DecoderLayer& l = decoder_[i];
    const std::string name = "model.decoder.layers." + std::to_string(i) + ".";
    self_attention(name + "self_attn.", l.qkv, l.out), list.norm(name + "self_attn_layer_norm", l.att_norm);
    list.linear(name + "encoder_attn.q_proj", l.cross_q), list.part(name + "encoder_attn.k_proj", l.cross_kv, 0, 2);
    list.part(name + "encoder_attn.v_proj", l.cross_kv, 1, 2), list.linear(name + "encoder_attn.out_proj", l.cross_out);
    list.norm(name + "encoder_attn_layer_norm", l.cross_norm);
    list.linear(name + "fc1", l.up), list.linear(name + "fc2", l.down), list.norm(name + "final_layer_norm", l.ffn_norm);
  }
  if (config_.pre_norm)
    list.norm("model.encoder.layer_norm", encoder_norm_), list.norm("model.decoder.layer_norm", decoder_norm_);
  return list.take();
}

std::map<std::string, std::string> Transformer::ignored_tensors() const {
  std::map<std::string, std::string> names;
  const std::string targets = config_.share_embeddings ? "model.shared.weight" : "model.decoder.embed_tokens.weight";
  if (config_.share_embeddings) names = {{"model.encoder.embed_tokens.weight", targets}, {"model.decoder.embed_tokens.weight", targets}};
  if (config_.tie_output) names["lm_head.weight"] = targets;
  if (config_.positions != Positions::learned)
    names.insert({{"model.encoder.embed_positions.weight", ""}, {"model.decoder.embed_positions.weight", ""}});
  return names;
}

}  // namespace gamana
