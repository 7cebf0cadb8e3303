#include "gamana/decode/processors.h"

#include <algorithm>

namespace gamana {

Processors::Processors(const RequestOptions& options, int model_end_token)
    : options_(&options), ends_(options.end_tokens) {
  if (ends_.empty() && model_end_token >= 0) ends_.push_back(model_end_token);
}

bool Processors::ends(int token) const { return std::find(ends_.begin(), ends_.end(), token) != ends_.end(); }

void Processors::fill(std::span<const int> tokens, int64_t generated, bool last, RowRules& rules) const {
  rules.banned.clear();
  rules.set_aside.clear();
  const int token = forced_token(tokens.size(), last);
  rules.forced = token >= 0;
  if (rules.forced) {
    rules.set_aside.push_back(token);
    return;
  }
  ban_ngrams(tokens, rules.banned);
  ban_words(tokens, rules.banned);
  const auto ban = [&](const std::vector<int>& more) {
    rules.banned.insert(rules.banned.end(), more.begin(), more.end());
  };
  if (static_cast<int>(tokens.size()) < options_->min_length || generated < options_->min_new_tokens) ban(ends_);
  ban(options_->suppress_tokens);
  const bool first_forced = options_->forced_bos_token_id >= 0 && static_cast<int64_t>(tokens.size()) - generated == 1;
  if (generated == first_forced) ban(options_->begin_suppress_tokens);
  std::sort(rules.banned.begin(), rules.banned.end());
  rules.banned.erase(std::unique(rules.banned.begin(), rules.banned.end()), rules.banned.end());
  if (options_->repetition_penalty == 1.0f) return;

  // The penalty of beam search needs the softmax, which is known only when all chunks are done.
  const auto is_banned = [&](int token) {
    return std::binary_search(rules.banned.begin(), rules.banned.end(), token);
  };
  rules.set_aside.assign(tokens.begin(), tokens.end());
  std::sort(rules.set_aside.begin(), rules.set_aside.end());
  rules.set_aside.erase(std::unique(rules.set_aside.begin(), rules.set_aside.end()), rules.set_aside.end());
  std::erase_if(rules.set_aside, is_banned);
}

// The token that must come behind so many; -1: any may.
int Processors::forced_token(size_t tokens, bool last) const {
  if (last && options_->forced_eos_token_id >= 0) return options_->forced_eos_token_id;
  return tokens == 1 ? options_->forced_bos_token_id : -1;
}

void Processors::ban_ngrams(std::span<const int> tokens, std::vector<int>& banned) const {
  const size_t n = options_->no_repeat_ngram_size;
  if (n == 0 || tokens.size() < n) return;
  const auto suffix = tokens.last(n - 1);
  for (size_t begin = 0; begin + n <= tokens.size(); ++begin) {
    const auto window = tokens.subspan(begin, n);
    if (std::equal(suffix.begin(), suffix.end(), window.begin())) banned.push_back(window.back());
  }
}

void Processors::ban_words(std::span<const int> tokens, std::vector<int>& banned) const {
  for (const std::vector<int>& word : options_->bad_words_ids) {
    const auto begin = std::span(word).first(word.size() - 1);
    if (begin.size() > tokens.size() || (begin.empty() && ends(word.back()))) continue;
    const auto suffix = tokens.last(begin.size());
    if (std::equal(begin.begin(), begin.end(), suffix.begin())) banned.push_back(word.back());
  }
}

void Processors::choices(const RowScan& scan, const RowRules& rules, bool log_probabilities,
                         std::vector<Choice>& out) const {
  out.clear();
  const float shift = log_probabilities ? scan.log_total : 0.0f;
  if (rules.forced) {
    out.push_back({0.0f, scan.set_aside[0] - scan.log_total, rules.set_aside[0]});
    return;
  }
  for (const Candidate& c : scan.best) out.push_back({c.logit - shift, c.logit - scan.log_total, c.token});
  const size_t untouched = out.size();
  for (size_t i = 0; i < rules.set_aside.size(); ++i) {
    const float value = scan.set_aside[i] - shift, penalty = options_->repetition_penalty;
    if (!(scan.set_aside[i] >= -1e30f)) continue;  // impossible to the model
    out.push_back({value < 0 ? value * penalty : value / penalty, scan.set_aside[i] - scan.log_total,
                   rules.set_aside[i]});
  }
  if (log_probabilities && options_->renormalize_logits) {
    ExpSum mass{scan.log_mass - shift, 1};  // of all that is neither banned nor set aside
    for (size_t i = untouched; i < out.size(); ++i) mass.add({out[i].value, 1});
    const float log_mass = mass.log();
    for (Choice& choice : out) choice.value -= log_mass;
  }
  if (out.size() == untouched) return;
  std::sort(out.begin(), out.end(), [](const Choice& a, const Choice& b) {
    return a.value > b.value || (a.value == b.value && a.token < b.token);
  });
}

}  // namespace gamana
