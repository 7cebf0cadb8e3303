#include "gamana/cli/translation_settings.h"

#include "gamana/base/check.h"

namespace gamana {

std::vector<TranslationSettings::Option> TranslationSettings::options() {
  std::vector<Option> list = {
      {"--train-source", &train_source, "Sentences to learn from, one a line", "Data"},
      {"--train-target", &train_target, "Their translations, line by line", "Data"},
      {"--valid-source", &valid_source, "Sentences to validate on", "Data"},
      {"--valid-target", &valid_target, "Their translations", "Data"},
      {"--out", &out, "Directory of the run: the model, its log, its checkpoint", "Data"},
      {"--max-length", &max_length, "Pairs with more tokens on a side are left out (their number is said)", "Data"},
      {"--vocab-type", &vocab_type, "unigram or bpe", "Vocabulary"},
      {"--vocab-size", &vocab_size, "Entries of the vocabulary, made from the training text", "Vocabulary"},
      {"--lowercase", &lowercase, "Lower-case all text, here and when translating", "Vocabulary"},
      {"--separate-vocabularies", &separate_vocabularies, "One vocabulary a language instead of a joint one", "Vocabulary"},
      {"--character-coverage", &character_coverage, "Share of the characters that get a piece", "Vocabulary"},
      {"--model", &model, "transformer or rnn", "Model"},
      {"--preset", &preset, "Sizes: tiny, small, base, big", "Model"},
      {"--encoder-layers", &encoder_layers, "0: as the preset", "Model"},
      {"--decoder-layers", &decoder_layers, "0: as the preset", "Model"},
      {"--width", &width, "Channels of a token; 0: as the preset", "Model"},
      {"--feed-forward", &feed_forward, "Channels inside the feed-forward sublayer; 0: as the preset", "Model"},
      {"--heads", &heads, "Attention heads; 0: as the preset", "Model"},
      {"--activation", &activation, "relu, gelu, gelu_new, swish", "Model"},
      {"--positions", &positions, "sinusoidal, interleaved or learned", "Model"},
      {"--pre-norm", &pre_norm, "Normalise before each sublayer instead of after", "Model"},
      {"--separate-embeddings", &separate_embeddings, "Own embeddings for source and target", "Model"},
      {"--untie-output", &untie_output, "The projection to the vocabulary has its own weights", "Model"},
      {"--cell", &cell, "rnn: gru or lstm", "Model"},
      {"--attention", &attention, "rnn: none, additive, dot or general", "Model"},
      {"--unidirectional", &unidirectional, "rnn: the encoder reads forwards only", "Model"},
      {"--reverse-source", &reverse_source, "rnn: the source is read backwards (Sutskever et al. 2014)", "Model"},
      {"--dropout", &dropout, "-1: as the preset", "Model"},
      {"--attention-dropout", &attention_dropout, "Of attention weights", "Model"},
      {"--activation-dropout", &activation_dropout, "Inside the feed-forward sublayer", "Model"},
      {"--max-steps", &max_steps, "Updates; 0: as many as --epochs takes", "Training"},
      {"--epochs", &epochs, "Passes over the data", "Training"},
      {"--batch-tokens", &batch_tokens, "Tokens of a batch, of its larger side", "Training"},
      {"--gradient-accumulation-steps", &accumulation, "Batches for one update", "Training"},
      {"--optimizer", &optimizer, "adamw, adam, sgd or adadelta", "Training"},
      {"--learning-rate", &learning_rate, "At its peak; 0: 5e-3 for tiny, less for larger models", "Training"},
      {"--schedule", &schedule, "constant, linear, cosine, inverse_sqrt, noam or plateau", "Training"},
      {"--warmup", &warmup, "Steps until the peak; -1: 2000, or half of a shorter run", "Training"},
      {"--adam-beta1", &beta1, "", "Training"},
      {"--adam-beta2", &beta2, "", "Training"},
      {"--adam-epsilon", &epsilon, "", "Training"},
      {"--weight-decay", &weight_decay, "", "Training"},
      {"--momentum", &momentum, "sgd", "Training"},
      {"--label-smoothing", &label_smoothing, "", "Training"},
      {"--max-grad-norm", &max_grad_norm, "Gradients are scaled down to this norm; 0: never", "Training"},
      {"--ema", &ema, "Decay of the moving average of the weights, which is what is validated and kept; 0: none", "Training"},
      {"--average-checkpoints", &average_checkpoints, "At the end, average the weights of so many last validations", "Training"},
      {"--eval-steps", &eval_steps, "Steps between validations; 0: one after each epoch", "Training"},
      {"--save-steps", &save_steps, "Steps between checkpoints; 0: one after each validation", "Training"},
      {"--early-stopping", &early_stopping, "Validations without improvement until training stops; 0: never", "Training"},
      {"--metric", &metric, "What decides which model is kept: bleu or loss", "Training"},
      {"--eval-beams", &eval_beams, "Beams of the validation's translations", "Training"},
      {"--precision", &precision, "Of matrix products: f32 or bf16", "Machine"},
      {"--threads", &threads, "0: all cores", "Machine"},
      {"--seed", &seed, "The same seed gives the same weights, bit for bit", "Machine"},
      {"--max-memory", &max_memory, "MiB; batches that need more are split, an example that needs more is refused", "Machine"},
      {"--recompute", &recompute, "Compute activations again in backward: less memory, a third more time", "Machine"},
  };
  return list;
}

void add_options(CLI::App& command, TranslationSettings& settings) {
  for (auto& option : settings.options())
    std::visit(
        [&](auto* value) {
          using T = std::remove_pointer_t<decltype(value)>;
          CLI::Option* o = nullptr;
          if constexpr (std::is_same_v<T, bool>) o = command.add_flag(option.name, *value, option.help);
          else if constexpr (std::is_same_v<T, std::string>) o = command.add_option(option.name, *value, option.help);
          else o = command.add_option(option.name, *value, option.help);
          o->group(option.group);
          if constexpr (!std::is_same_v<T, bool>) o->capture_default_str();
        },
        option.value);
}

Json settings_json(TranslationSettings settings) {
  Json json = Json::object();
  for (const auto& option : settings.options())
    std::visit([&](auto* value) { json[option.name.substr(2)] = *value; }, option.value);
  return json;
}

TranslationSettings settings_from_json(const Json& json, const std::string& where) {
  TranslationSettings settings;
  for (const auto& option : settings.options())
    std::visit(
        [&](auto* value) {
          const auto found = json.find(option.name.substr(2));
          if (found == json.end()) return;
          try {
            *value = found->template get<std::remove_pointer_t<decltype(value)>>();
          } catch (const Json::exception&) {
            fail("{}: \"{}\" has the wrong type: found {}", where, option.name.substr(2), found->dump());
          }
        },
        option.value);
  return settings;
}

}  // namespace gamana
