#include "gamana/cli/translation_settings.h"

#include "gamana/base/check.h"

namespace gamana {
namespace {

// Groups of the options that one model alone reads; others refuse them.
constexpr char kTransformer[] = "--model transformer", kRnn[] = "--model rnn";

}  // namespace

OptionList TranslationSettings::options() {
  return {
      {"--train-source", &train_source, "Sentences to learn from, one a line", "Data"},
      {"--train-target", &train_target, "Their translations, line by line", "Data"},
      {"--valid-source", &valid_source, "Sentences to validate on", "Data"},
      {"--valid-target", &valid_target, "Their translations", "Data"},
      {"--out", &out, "Directory of the run: the model, its log, its checkpoint", "Data"},
      {"--max-length", &max_length, "Tokens of a side; pairs with more are left out (and counted)", "Data", {}, 2},
      {"--vocab-type", &vocab_type, "How pieces of words are found", "Vocabulary", {"unigram", "bpe"}},
      {"--vocab-size", &vocab_size, "Entries of the vocabulary, made from the training text", "Vocabulary"},
      {"--lowercase", &lowercase, "Lower-case all text, here and when translating", "Vocabulary"},
      {"--separate-vocabularies", &separate_vocabularies, "One vocabulary a language, not a joint one", "Vocabulary"},
      {"--character-coverage", &character_coverage, "Share of the characters that get a piece", "Vocabulary"},
      {"--model", &model, "Family", "Model", {"transformer", "rnn"}},
      {"--encoder-layers", &encoder_layers, "Layers that read the source; 0: as the preset; rnn: 1", "Model"},
      {"--decoder-layers", &decoder_layers, "Layers that write the target; 0: as the preset; rnn: 1", "Model"},
      {"--width", &width, "Channels of a token; 0: as the preset; rnn: 256", "Model"},
      {"--dropout", &dropout, "Share of numbers that are zeroed in training; -1: as the preset; rnn: 0.2", "Model", {}, 0, 1},
      {"--preset", &preset, "Sizes", kTransformer, {"tiny", "small", "base", "big"}},
      {"--feed-forward", &feed_forward, "Channels inside the feed-forward sublayer; 0: as the preset", kTransformer},
      {"--heads", &heads, "Attention heads; 0: as the preset", kTransformer},
      {"--activation", &activation, "Of the feed-forward sublayer; default relu; one of", kTransformer,
       {"relu", "gelu", "gelu_new", "swish", "tanh"}},
      {"--positions", &positions, "How the place of a token is told; sinusoidal as in Marian, interleaved as in the paper", kTransformer, {"sinusoidal", "interleaved", "learned"}},
      {"--pre-norm", &pre_norm, "Normalise before each sublayer instead of after", kTransformer},
      {"--separate-embeddings", &separate_embeddings, "Own embeddings for source and target", kTransformer},
      {"--untie-output", &untie_output, "The projection to the vocabulary has its own weights", kTransformer},
      {"--attention-dropout", &attention_dropout, "Dropout of attention weights", kTransformer, {}, 0, 1},
      {"--activation-dropout", &activation_dropout, "Dropout inside the feed-forward sublayer", kTransformer, {}, 0, 1},
      {"--recompute", &recompute, "Compute activations again in backward: less memory, a third more time",
       kTransformer},
      {"--cell", &cell, "Recurrent cell", kRnn, {"gru", "lstm"}},
      {"--attention", &attention, "How the decoder looks at the source", kRnn, {"none", "additive", "dot", "general"}},
      {"--first-state-only", &first_state_only,
       "Without attention: the source is seen in the first state (Sutskever et al. 2014), not at every step too (Cho et al. 2014)",
       kRnn},
      {"--unidirectional", &unidirectional, "The encoder reads forwards only", kRnn},
      {"--reverse-source", &reverse_source, "The encoder reads backwards only (Sutskever et al. 2014)", kRnn},
      {"--max-steps", &max_steps, "Updates; 0: as many as --epochs takes; one of both is needed", "Training"},
      {"--epochs", &epochs, "Passes over the data; fractions are fine", "Training"},
      {"--batch-tokens", &batch_tokens, "Tokens of a batch, of its larger side", "Training", {}, 1},
      {"--gradient-accumulation-steps", &accumulation, "Batches for one update", "Training", {}, 1},
      {"--optimizer", &optimizer, "What makes updates of gradients", "Training", {"adamw", "adam", "sgd", "adadelta"}},
      {"--learning-rate", &learning_rate, "At its peak; 0: 5e-3 for tiny, 1e-3 for small and rnn, 7e-4 for base and big", "Training"},
      {"--schedule", &schedule, "Of the learning rate", "Training",
       {"constant", "linear", "cosine", "inverse_sqrt", "noam", "plateau"}},
      {"--warmup", &warmup, "Steps until the peak; -1: 2000, or half of a shorter run", "Training"},
      {"--adam-beta1", &beta1, "Decay of the mean of gradients", "Training", {}, 0, 1},
      {"--adam-beta2", &beta2, "Decay of the mean of squared gradients", "Training", {}, 0, 1},
      {"--adam-epsilon", &epsilon, "Added to what gradients are divided by; 0: 1e-9, of adadelta 1e-6", "Training"},
      {"--weight-decay", &weight_decay, "Of matrices; vectors such as biases do not decay", "Training"},
      {"--momentum", &momentum, "Of sgd: decay of the sum of gradients", "Training", {}, 0, 1},
      {"--label-smoothing", &label_smoothing, "Share of the probability that goes to all other tokens alike", "Training", {}, 0, 1},
      {"--max-grad-norm", &max_grad_norm, "Gradients are scaled down to this norm; 0: never", "Training"},
      {"--ema", &ema, "Decay of the moving average of the weights, which then are validated and kept; 0: none",
       "Training", {}, 0, 1},
      {"--average-checkpoints", &average_checkpoints, "At the end, average the weights of so many last validations",
       "Training"},
      {"--eval-steps", &eval_steps, "Steps between validations; 0: one after each epoch", "Training"},
      {"--save-steps", &save_steps, "Steps between checkpoints; 0: one after each validation", "Training"},
      {"--early-stopping", &early_stopping, "Validations without improvement until training stops; 0: never",
       "Training"},
      {"--metric", &metric, "What decides which model is kept", "Training",
       {"bleu", "loss", "chrf", "ter", "accuracy"}},
      {"--eval-beams", &eval_beams, "Beams of the validation's translations", "Training", {}, 1, 1025},
      {"--precision", &precision, "Of matrix products; bf16x3: nearly f32, faster with AMX", "Machine", {"f32", "bf16", "bf16x3"}},
      {"--threads", &threads, "0: all cores", "Machine", {}, 0, 1025},
      {"--seed", &seed, "The same seed gives the same weights, bit for bit", "Machine"},
      {"--max-memory", &max_memory, "MiB; batches that need more are split, an example that needs more is refused",
       "Machine"},
  };
}

void check_settings(TranslationSettings s) {
  TranslationSettings defaults;
  const OptionList options = s.options();
  check_options(options, defaults.options());
  for (const Option& option : options)
    if (is_given(option, s.given) && option.group.starts_with("--model ") && option.group != "--model " + s.model)
      throw Error(fmt::format("{} belongs to {}, found --model {}", option.name, option.group, s.model), "leave it out");
  check_meanings(s.given, training_meanings(s.optimizer, s.schedule));
  for (const auto& [value, name] :
       {std::pair{s.train_source, "--train-source"}, {s.train_target, "--train-target"},
        {s.valid_source, "--valid-source"}, {s.valid_target, "--valid-target"}, {s.out, "--out"}})
    if (value.empty()) throw Error(fmt::format("{} is needed", name), "see `gamana train translation --help`");
  if (s.first_state_only && s.attention != "none")
    throw Error(fmt::format("--first-state-only: expected --attention none with it, found {}", s.attention),
                "leave out one of them");
  if (s.reverse_source && !s.unidirectional)
    throw Error("--reverse-source: expected --unidirectional with it, found an encoder that reads in both directions",
                "give both, or none");
  if (s.max_steps <= 0 && s.epochs <= 0) throw Error("how long to train is not said", "give --epochs or --max-steps");
}

}  // namespace gamana
