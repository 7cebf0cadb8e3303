// What a training run of a translation model is made of, from its settings.
#include "gamana/cli/run.h"
#include "gamana/cli/translation_run.h"
#include "gamana/models/rnn.h"
#include "gamana/models/transformer.h"
#include "gamana/text/marian/vocab_trainer.h"

namespace gamana {
namespace {

std::unique_ptr<TranslationModel> new_rnn(const TranslationSettings& s, const TranslationTokenizer& tokenizer) {
  RnnConfig c;
  c.vocabulary = tokenizer.vocabulary_size();
  if (tokenizer.separate_vocabularies()) c.target_vocabulary = tokenizer.target_vocabulary_size();
  c.direction = s.unidirectional ? (s.reverse_source ? Direction::reverse : Direction::forward) : Direction::both;
  if (s.width > 0) c.embedding = c.hidden = c.attention_size = s.width;
  if (s.encoder_layers > 0) c.encoder_layers = s.encoder_layers;
  if (s.decoder_layers > 0) c.decoder_layers = s.decoder_layers;
  if (s.dropout >= 0) c.dropout = static_cast<float>(s.dropout);
  c.max_positions = std::max(512, s.max_length);
  c.pad_token = c.start_token = tokenizer.pad_id(), c.end_token = tokenizer.end_id();
  Json json = rnn_json(c);  // names are checked where files are read
  json["cell_type"] = s.cell, json["attention_type"] = s.attention;
  json["fixed_context"] = s.attention == "none" && !s.first_state_only;
  return std::make_unique<RnnModel>(rnn_config(json));
}

}  // namespace

std::unique_ptr<TranslationModel> new_translation_model(const TranslationSettings& s,
                                                        const TranslationTokenizer& tokenizer) {
  if (s.model == "rnn") return new_rnn(s, tokenizer);
  TransformerConfig c = transformer_preset(s.preset);
  const auto over = [](int& value, int wanted) {
    if (wanted > 0) value = wanted;
  };
  over(c.width, s.width), over(c.feed_forward, s.feed_forward), over(c.heads, s.heads);
  over(c.encoder_layers, s.encoder_layers), over(c.decoder_layers, s.decoder_layers);
  if (c.width % c.heads) fail("--width: expected a multiple of the {} heads, found {}", c.heads, c.width);
  c.vocabulary = tokenizer.vocabulary_size();
  if (tokenizer.separate_vocabularies()) c.target_vocabulary = tokenizer.target_vocabulary_size();
  c.share_embeddings = !s.separate_embeddings && !tokenizer.separate_vocabularies();
  c.tie_output = !s.untie_output;
  if (s.dropout >= 0) c.dropout = static_cast<float>(s.dropout);
  c.attention_dropout = static_cast<float>(s.attention_dropout);
  c.activation_dropout = static_cast<float>(s.activation_dropout);
  c.pre_norm = s.pre_norm;
  c.max_positions = std::max(512, s.max_length);
  c.pad_token = c.start_token = tokenizer.pad_id(), c.end_token = tokenizer.end_id();
  Json json = transformer_json(c);  // names are checked where files are read
  json["position_embedding_type"] = s.positions;
  if (!s.activation.empty()) json["activation_function"] = s.activation;
  json["normalize_before"] = s.pre_norm;
  return std::make_unique<Transformer>(transformer_config(json));
}

TranslationTokenizer make_vocabulary(const TranslationSettings& s, const PairLines& lines) {
  VocabularyOptions o;
  o.type = s.vocab_type == "bpe" ? VocabularyType::bpe : VocabularyType::unigram;
  o.size = s.vocab_size, o.lowercase = s.lowercase, o.character_coverage = s.character_coverage;
  if (s.separate_vocabularies) return train_vocabularies(lines.source, lines.target, o);
  std::vector<std::string> both = lines.source;
  both.insert(both.end(), lines.target.begin(), lines.target.end());
  return train_vocabulary(both, o);
}

PairData encode_for(const TranslationTokenizer& tokenizer, const PairLines& lines, int max_length) {
  return encode_pairs(
      lines, [&](const std::string& line) { return tokenizer.encode_source(line); },
      [&](const std::string& line) { return tokenizer.encode_target(line); }, max_length);
}

TrainerSettings trainer_settings(const TranslationSettings& s) {
  TrainerSettings t;
  t.directory = s.out;
  const double epsilon = s.epsilon > 0 ? s.epsilon : s.optimizer == "adadelta" ? 1e-6 : 1e-9;  // the papers'
  t.optimizer = {s.optimizer, s.beta1, s.beta2, epsilon, s.weight_decay, s.momentum, 0.95};
  const int width = s.width > 0 ? s.width : s.model == "rnn" ? 256 : transformer_preset(s.preset).width;
  double rate = s.learning_rate;
  if (rate == 0 && (s.schedule == "noam" || s.optimizer == "adadelta")) rate = 1;  // the papers' own scale
  if (rate == 0) rate = s.model == "rnn" || s.preset == "small" ? 1e-3 : s.preset == "tiny" ? 5e-3 : 7e-4;
  t.schedule = {.name = s.schedule, .peak = rate, .warmup = s.warmup, .width = width};
  t.max_steps = s.max_steps, t.epochs = s.epochs, t.accumulation = s.accumulation;
  t.max_grad_norm = s.max_grad_norm, t.ema = s.ema, t.average_checkpoints = s.average_checkpoints;
  t.eval_steps = s.eval_steps, t.save_steps = s.save_steps, t.early_stopping = s.early_stopping;
  t.metric = s.metric, t.greater_is_better = s.metric != "loss" && s.metric != "ter";
  t.precision = choose_precision(s.precision), t.seed = s.seed;
  t.max_memory = static_cast<size_t>(s.max_memory) << 20, t.recompute = s.recompute;
  return t;
}

TrainTask translation_task(TranslationModel& model, const PairData& data, const TranslationSettings& s) {
  TrainTask task;
  task.parameters = &model.parameters();
  task.plan = [&data, &s](int64_t epoch) { return plan_batches(data, s.batch_tokens, s.seed, epoch); };
  task.labels = [&data](std::span<const int32_t> pairs) {
    int64_t n = 0;
    for (const int32_t i : pairs) n += static_cast<int64_t>(data.target[i].size());
    return n;
  };
  task.tokens = [&data](std::span<const int32_t> pairs) {
    int64_t n = 0;
    for (const int32_t i : pairs) n += static_cast<int64_t>(data.target[i].size() + data.source[i].size());
    return n;
  };
  // The batch stays alive until the tape has run: embeddings look at it again.
  auto batch = std::make_shared<PairBatch>();
  task.loss = [&model, &data, &s, batch](Context& c, std::span<const int32_t> pairs, float scale) {
    *batch = make_pair_batch(data, pairs, model.start_token());
    return model.loss(c, *batch, static_cast<float>(s.label_smoothing), scale);
  };
  return task;
}

}  // namespace gamana
