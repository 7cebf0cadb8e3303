#pragma once
// Everything `gamana train translation` can be told.
#include <cstdint>
#include <string>

#include "gamana/cli/options.h"

namespace gamana {

struct TranslationSettings {
  // Data.
  std::string train_source, train_target, valid_source, valid_target, out;
  int max_length = 256;
  // Text.
  std::string vocab_type = "unigram";
  int vocab_size = 10000;
  bool lowercase = false, separate_vocabularies = false;
  double character_coverage = 0.9999;
  // Model.
  std::string model = "transformer", preset = "tiny";
  int encoder_layers = 0, decoder_layers = 0, width = 0, feed_forward = 0, heads = 0;  // 0: the preset's
  std::string activation, positions = "sinusoidal";
  bool pre_norm = false, separate_embeddings = false, untie_output = false;
  std::string cell = "gru", attention = "additive";
  bool unidirectional = false, reverse_source = false, first_state_only = false;
  double dropout = -1, attention_dropout = 0, activation_dropout = 0;  // -1: the preset's
  // Training.
  int64_t max_steps = 0;
  double epochs = 0;
  int64_t batch_tokens = 4096;
  int accumulation = 1;
  std::string optimizer = "adamw", schedule = "inverse_sqrt";
  double learning_rate = 0;  // 0: the model's
  int64_t warmup = -1;       // -1: the model's
  double beta1 = 0.9, beta2 = 0.98, epsilon = 0, weight_decay = 0, momentum = 0.9;  // epsilon 0: the optimizer's
  double label_smoothing = 0.1, max_grad_norm = 1.0, ema = 0;
  int average_checkpoints = 0;
  int64_t eval_steps = 0, save_steps = 0;
  int early_stopping = 0, eval_beams = 1;
  std::string metric = "bleu", precision = "f32";
  int threads = 0;  // 0: all cores
  uint64_t seed = 1;
  int64_t max_memory = 0;  // MiB
  bool recompute = false;

  GivenOptions given;  // on the command line; none where a run goes on

  OptionList options();  // the group "--model M" is for that model alone
};

// Throws Error for missing, unknown and contradicting settings.
void check_settings(TranslationSettings settings);

}  // namespace gamana
