#include "gamana/models/heads.h"

#include <algorithm>

#include "gamana/models/layers.h"

namespace gamana {
namespace {

// Classes that have a pooler in transformers, whether they use it or not.
bool has_pooler(Family f, Task t) {
  if (is_roberta(f)) return t == Task::features || t == Task::choice;
  if (f == Family::big_bird) return t != Task::question;
  if (f != Family::bert && f != Family::albert) return false;
  return t != Task::masked_word && t != Task::token && t != Task::question;
}

// Builds heads of one configuration.
class Maker {
 public:
  explicit Maker(const ModelConfig& config) : k_(config) {}

  Head pooler() const {
    Head h{.task = Task::features, .reads = Reads::first, .activation = Activation::tanh, .dense_in_base = true};
    h.dense = linear(k_.width, k_.width), h.dense_name = k_.family == Family::albert || k_.family == Family::big_bird ? "pooler" : "pooler.dense";
    return h;
  }

  Head masked_word() const {
    struct Names {
      const char *dense, *norm, *bias, *weight, *alias;
    };
    const auto names = [f = k_.family]() -> Names {
      if (is_roberta(f)) return {"lm_head.dense", "lm_head.layer_norm", "lm_head.bias", "lm_head.decoder", "lm_head.decoder.bias"};
      switch (f) {
        case Family::distilbert: return {"vocab_transform", "vocab_layer_norm", "vocab_projector.bias", "vocab_projector", ""};
        case Family::electra:
          return {"generator_predictions.dense", "generator_predictions.LayerNorm", "generator_lm_head.bias", "generator_lm_head", ""};
        case Family::albert:
          return {"predictions.dense", "predictions.LayerNorm", "predictions.bias", "predictions.decoder", "predictions.decoder.bias"};
        case Family::modernbert: return {"head.dense", "head.norm", "decoder.bias", "decoder", ""};
        default:
          return {"cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias",
                  "cls.predictions.decoder", "cls.predictions.decoder.bias"};
      }
    }();
    const bool modern = k_.family == Family::modernbert;
    Head h{.task = Task::masked_word, .activation = is_roberta(k_.family) || k_.family == Family::electra ? Activation::gelu
                                                    : modern ? k_.head_activation : k_.activation};
    h.dense = linear(k_.width, k_.embedding_width, modern ? k_.head_bias : true), h.norm = norm(k_.embedding_width);
    h.out = linear(k_.embedding_width, k_.vocabulary, modern ? k_.word_bias : true), h.tied = k_.tied_output;
    if (h.tied) h.out.weight = {};
    h.dense_name = names.dense, h.norm_name = names.norm, h.out_name = names.weight, h.bias_name = names.bias, h.bias_alias = names.alias;
    return h;
  }

  // A projection of every token.
  Head tokens(Task task, int labels, const char* name, float dropout) const {
    Head h{.task = task, .after = dropout, .out_name = name};
    if (k_.family == Family::modernbert) add_modern_transform(h);
    h.out = linear(k_.width, labels);
    return h;
  }

  Head replaced_token() const {
    Head h{.task = Task::replaced_token, .activation = k_.activation};
    h.dense = linear(k_.width, k_.width), h.dense_name = "discriminator_predictions.dense";
    h.out = linear(k_.width, 1), h.out_name = "discriminator_predictions.dense_prediction";
    return h;
  }

  Head question() const {
    if (k_.family != Family::big_bird)
      return tokens(Task::question, 2, k_.family == Family::modernbert ? "classifier" : "qa_outputs",
                    k_.family == Family::modernbert ? k_.classifier_dropout : k_.question_dropout);
    Head h{.task = Task::question, .before = k_.dropout, .activation = k_.activation};
    h.up = linear(k_.width, k_.feed_forward), h.down = linear(k_.feed_forward, k_.width), h.norm = norm(k_.width);
    h.up_name = "qa_classifier.intermediate.dense", h.down_name = "qa_classifier.output.dense";
    h.norm_name = "qa_classifier.output.LayerNorm";
    h.out = linear(k_.width, 2), h.out_name = "qa_classifier.qa_outputs";
    return h;
  }

  Head next_word() const {
    Head h{.task = Task::next_word, .tied = k_.tied_output, .out_name = "lm_head"};
    h.out = linear(k_.embedding_width, k_.vocabulary, k_.word_bias);
    if (h.tied) h.out.weight = {};
    return h;
  }

  // A decoder's: the last token has seen the whole text.
  Head last_token(int labels) const {
    Head h{.task = Task::sequence, .reads = Reads::last, .out_name = "score"};
    h.out = linear(k_.embedding_width, labels, false);
    return h;
  }

  // One row for each sequence: the pooler, or the family's own transform of the first token, and a projection.
  Head sequence(Task task, int labels, const char* name) const {
    const Family f = k_.family;
    const bool choice = task == Task::choice;
    Head h{.task = task, .reads = Reads::first, .after = k_.classifier_dropout};
    if (f == Family::modernbert) {
      add_modern_transform(h), h.reads = k_.mean_pooling ? Reads::mean : Reads::first;
    } else if (f == Family::distilbert) {
      h.dense = linear(k_.width, k_.width), h.dense_name = "pre_classifier", h.activation = Activation::relu;
    } else if (f == Family::electra && choice) {
      if (k_.summary_type != "first") fail("config.json: summary_type \"{}\" is unknown; expected first", k_.summary_type);
      if (!k_.summary_projection) fail("config.json: summary_use_proj is false; expected true");
      h.activation = k_.summary_activation, h.dense = linear(k_.width, k_.width), h.dense_name = "sequence_summary.summary";
    } else if (has_pooler(f, task) && !(f == Family::big_bird && task == Task::sequence)) {
      const float dropout = h.after;
      h = pooler(), h.task = task;
      h.after = task == Task::next_sentence ? 0 : choice && (is_roberta(f) || f == Family::big_bird) ? k_.dropout : dropout;
    } else {
      h.dense = linear(k_.width, k_.width), h.dense_name = "classifier.dense", name = "classifier.out_proj";
      h.before = h.after;
      h.activation = f == Family::electra ? Activation::gelu : f == Family::big_bird ? k_.activation : Activation::tanh;
    }
    h.out = linear(k_.width, labels), h.out_name = name;
    return h;
  }

 private:
  Linear linear(int64_t in, int64_t out, bool bias = true) const {
    return normal_linear(in, out, k_.initial_range, bias);
  }
  LayerNorm norm(int64_t width) const { return make_norm(width, k_.norm_epsilon, k_.norm_bias); }
  void add_modern_transform(Head& h) const {
    h.dense = linear(k_.width, k_.width, k_.head_bias), h.dense_name = "head.dense", h.activation = k_.head_activation;
    h.norm = norm(k_.width), h.norm_name = "head.norm";
  }

  const ModelConfig& k_;
};

}  // namespace

std::vector<Head> make_heads(const ModelConfig& config, Task task, int labels) {
  architecture(config.family, task);  // throws for a head that the family has not
  const Maker make(config);
  const bool albert = config.family == Family::albert;
  std::vector<Head> heads;
  switch (task) {
    case Task::features: break;
    case Task::next_word: heads = {make.next_word()}; break;
    case Task::masked_word: heads = {make.masked_word()}; break;
    case Task::next_sentence: heads = {make.sequence(task, 2, "cls.seq_relationship")}; break;
    case Task::pretraining:
      heads = {make.masked_word(),
               make.sequence(Task::next_sentence, albert ? labels : 2, albert ? "sop_classifier.classifier" : "cls.seq_relationship")};
      if (albert) heads[1].after = config.classifier_dropout;
      break;
    case Task::replaced_token: heads = {make.replaced_token()}; break;
    case Task::sequence:
      heads = {is_decoder(config.family) ? make.last_token(labels) : make.sequence(task, labels, "classifier")};
      break;
    case Task::token:
      if (is_decoder(config.family)) {
        heads = {make.tokens(task, labels, config.rms_norm ? "score" : "classifier", config.classifier_dropout)};
        break;
      }
      heads = {make.tokens(task, labels, "classifier", config.family == Family::distilbert ? config.dropout : config.classifier_dropout)};
      break;
    case Task::question: heads = {make.question()}; break;
    case Task::choice: heads = {make.sequence(task, 1, "classifier")}; break;
  }
  const bool pooled = std::any_of(heads.begin(), heads.end(), [](const Head& h) { return h.dense_in_base; });
  if (has_pooler(config.family, task) && !pooled) heads.push_back(make.pooler());
  return heads;
}

void visit(const ParameterVisitor& v, const std::string& name, Head& h) {
  if (h.dense.weight.rows) visit(v, name + ".dense", h.dense);
  if (h.up.weight.rows) visit(v, name + ".up", h.up), visit(v, name + ".down", h.down);
  if (h.norm.gain.rows) visit(v, name + ".norm", h.norm);
  if (h.out.weight.rows) v(name + ".out.weight", h.out.weight);
  if (h.out.bias.rows) v(name + ".out.bias", h.out.bias);
}

void list(FileTensors& tensors, const std::string& base, Head& h) {
  if (h.dense.weight.rows) tensors.linear((h.dense_in_base ? base : "") + h.dense_name, h.dense);
  if (h.up.weight.rows) tensors.linear(h.up_name, h.up), tensors.linear(h.down_name, h.down);
  if (h.norm.gain.rows) tensors.norm(h.norm_name, h.norm);
  if (h.out.weight.rows) tensors.matrix(h.out_name + ".weight", h.out.weight);
  if (h.out.bias.rows) tensors.vector(h.bias_name.empty() ? h.out_name + ".bias" : h.bias_name, h.out.bias);
  // Where nothing is tied, transformers computes with this one.
  if (h.out.weight.rows && !h.bias_alias.empty()) tensors.vector(h.bias_alias, h.out.bias);
}

Tensor transform(Context& c, const Head& h, const Tensor& x) {
  Tensor y = dropout(c, x, h.before);
  if (h.up.weight.rows) y = add_norm(c, linear(c, linear(c, y, h.up, h.activation), h.down), y, h.norm, h.before);
  else if (h.dense.weight.rows) y = linear(c, y, h.dense, h.activation);
  if (h.dense.weight.rows && h.norm.gain.rows) y = layer_norm(c, y, h.norm);
  return dropout(c, y, h.after);
}

}  // namespace gamana
