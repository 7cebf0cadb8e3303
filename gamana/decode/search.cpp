#include "gamana/decode/search.h"

#include <algorithm>
#include <cmath>

#include "gamana/base/check.h"
#include "gamana/base/rng.h"

namespace gamana {

int64_t limit_of(const GenerateRequest& request, size_t number, const SearchContext& context) {
  const RequestOptions& options = *request.options;
  const bool has_start = context.start_token >= 0;
  const int64_t prompt = std::ssize(request.prompt), begun = prompt + has_start;
  if (begun == 0) fail("prompt {}: expected at least one token to go on from, found none", number + 1);
  for (const int token : request.prompt)
    if (token < 0 || token >= context.vocabulary_size)
      fail("prompt {}: expected tokens from 0 to {}, found {}", number + 1, context.vocabulary_size - 1, token);
  int64_t limit = INT32_MAX;
  if (options.overflow == Overflow::error) {
    limit = context.max_positions - begun;
    if (limit < 1 && !has_start)
      throw Error(fmt::format("prompt {}: it has {} tokens, and the model's context of {} has to hold one more",
                              number + 1, prompt, context.max_positions),
                  "shorten it, or let its beginning be forgotten (overflow: slide)");
  }
  if (options.max_length > 0) limit = std::min<int64_t>(limit, options.max_length - begun);
  if (limit < 1)
    fail("prompt {}: expected at most {} tokens, so that one can follow, found {}", number + 1, prompt + limit - 1,
         prompt);
  if (options.max_new_tokens > 0) limit = std::min<int64_t>(limit, options.max_new_tokens);
  if (options.max_length_factor > 0) {
    const double scaled =
        static_cast<double>(options.max_length_factor) * std::ssize(request.source) + options.max_length_offset;
    if (scaled < static_cast<double>(limit)) limit = std::max<int64_t>(1, std::lround(scaled));
  }
  return limit;
}

int64_t cells_of(const GenerateRequest& request, int64_t limit, const SearchContext& context) {
  const int64_t width = request.options->width(), prompt = std::ssize(request.prompt);
  if (prompt + limit > context.max_positions) return width * context.max_positions;  // it will slide
  return prompt + width * limit;
}

int64_t places_of(const GenerateRequest& request, int64_t cells, int window) {
  return std::min(cells, request.options->width() * (int64_t{window} + 1));
}

void Search::start(const SearchContext& context, const GenerateRequest& request, size_t number, int slot,
                   int64_t limit) {
  options_ = request.options;
  processors_ = Processors(*options_, context.end_token);
  sampler_ = Sampler(*options_);
  stream_ = request.stream, number_ = number, slot_ = slot, limit_ = limit;
  prompt_ = static_cast<int>(request.prompt.size());
  hidden_ = context.start_token >= 0 ? 1 : request.prompt.size();
  generated_ = 0;
  finished_.clear();
  if (options_->do_sample) finished_.resize(options_->num_return_sequences);
  open_.assign(1, {});  // beams part at the first choice, samples when the prompt is fed
  if (context.start_token >= 0) open_[0].tokens.push_back(context.start_token);
  open_[0].tokens.insert(open_[0].tokens.end(), request.prompt.begin(), request.prompt.end());
}

// Forgets the older half of the context, as often as is needed, where the tokens are more than it holds.
void Search::slide(SearchContext& context, Branch& branch) {
  const size_t most = context.max_positions;
  if (branch.tokens.size() - branch.begin <= most) return;
  while (branch.tokens.size() - branch.begin > most) branch.begin += std::max<size_t>(1, most / 2);
  context.cells.release(branch.cells);
  branch.cells.clear();
  if (context.callbacks.slid) context.callbacks.slid(number_);
}

StepRow Search::row(const SearchContext& context, const Branch& branch, bool wants_logits) const {
  const int time = static_cast<int>(branch.cells.size()) - 1;
  const size_t at = branch.begin + static_cast<size_t>(time);
  const bool prompt = !wants_logits || at < static_cast<size_t>(prompt_);
  return {slot_, branch.tokens[at], time, branch.cells.back(), branch.cells.data(), wants_logits, prompt,
          context.cells.places().of_cells()};
}

// All but the last token, as far as there is room. What another hypothesis has fed is not fed again.
void Search::feed(SearchContext& context, Branch& branch, int& room, std::vector<StepRow>& rows) {
  if (branch.unfed() > 1) branch.cells.reserve(branch.tokens.size() - branch.begin);  // rows point into it
  const std::span<const int> tokens = branch.tokens;
  context.cells.find(tokens.subspan(branch.begin + branch.cells.size(), branch.unfed() - 1), branch.cells);
  for (; branch.unfed() > 1 && room > 0; --room) {
    const int token = branch.tokens[branch.begin + branch.cells.size()];
    branch.cells.push_back(context.cells.take(branch.cells, token, true));
    rows.push_back(row(context, branch, false));
  }
}

void Search::part_samples(SearchContext& context) {
  if (generated_ > 0 || !options_->do_sample) return;
  for (int i = 1; i < options_->num_return_sequences; ++i) {
    open_.push_back(open_[0]);
    open_.back().sample = i;
    context.cells.keep(open_[0].cells);
  }
}

ScanRequest Search::wants(const SearchContext& context, bool forced) const {
  ScanRequest request;
  if (options_->samples() && !forced) {
    request = sampler_.request(context.vocabulary_size);
  } else {
    request.best = static_cast<int>(options_->num_beams > 1 ? extensions_wanted() : 1);
    if (options_->num_beams > 1 && options_->renormalize_logits) request.mass_scale = 1;
  }
  request.best = std::min(std::max(request.best, options_->alternatives), context.vocabulary_size);
  request.total = options_->num_beams > 1 || options_->output_scores || options_->alternatives > 0;
  return request;
}

void Search::add_rows(SearchContext& context, int& room, std::vector<StepRow>& rows, std::vector<RowRules>& rules,
                      size_t& rule_count) {
  wanted_ = 0;
  for (Branch& branch : open_) {
    slide(context, branch);
    feed(context, branch, room, rows);
    if (branch.unfed() > 1) return;
  }
  part_samples(context);
  for (Branch& branch : open_) {
    const bool shared = generated_ == 0 || context.reuse_outputs;
    branch.cells.push_back(context.cells.take(branch.cells, branch.tokens.back(), shared));
    rows.push_back(row(context, branch, true));
    if (rules.size() == rule_count) rules.emplace_back();
    RowRules& rule = rules[rule_count++];
    processors_.fill(branch.tokens, generated_, at_limit(), rule);
    rule.wants = wants(context, rule.forced);
    if (options_->samples()) rule.key = stream_key(stream_key(options_->seed, stream_, branch.sample), generated_);
  }
  wanted_ = open_.size();
}

bool Search::enough(std::span<const RowScan> scans, std::span<RowRules> rules) {
  if (!options_->samples()) return true;
  bool all = true;
  for (size_t i = 0; i < wanted_; ++i) {
    if (rules[i].forced) continue;
    processors_.choices(scans[i], rules[i], false, choices_);
    if (sampler_.filter(scans[i], rules[i], choices_)) continue;
    rules[i].wants.best *= 8;
    all = false;
  }
  return all;
}

bool Search::advance(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules) {
  check_numbers(scans);
  if (options_->num_beams > 1) {
    advance_beams(context, scans, rules);
  } else {
    advance_each(context, scans, rules);
  }
  ++generated_;
  if (options_->num_beams > 1 && can_stop()) {
    for (const Branch& branch : open_) context.cells.retire(branch.cells);
    open_.clear();
  }
  return open_.empty();
}

void Search::note_scores(const RowScan& scan, const RowRules& rules, const Choice& choice, Branch& branch) const {
  branch.log_probabilities.push_back(choice.log_probability);
  branch.score += choice.log_probability;
  if (options_->alternatives == 0) return;
  std::vector<Candidate> all = scan.best;
  for (size_t i = 0; i < scan.set_aside.size(); ++i) all.push_back({scan.set_aside[i], rules.set_aside[i]});
  for (size_t i = 0; i < scan.banned.size(); ++i) all.push_back({scan.banned[i], rules.banned[i]});
  all.resize(keep_best(all.data(), all.data() + all.size(), options_->alternatives) - all.data());
  auto& alternatives = branch.alternatives.emplace_back();
  for (const Candidate& c : all) alternatives.push_back({c.token, c.logit - scan.log_total});
}

void Search::finish_sample(SearchContext& context, Branch& branch, Finish how) {
  if (!options_->do_sample) finished_.resize(1);
  Hypothesis& found = finished_[branch.sample] = hypothesis(branch, how);
  if (options_->output_scores && generated_ > 0) {
    found.score = options_->normalize(branch.score, static_cast<int>(generated_), prompt_);
  }
  context.cells.retire(branch.cells);
}

// Greedy search and sampling: hypotheses know nothing of each other.
void Search::advance_each(SearchContext& context, std::span<const RowScan> scans, std::span<const RowRules> rules) {
  const bool last = at_limit();
  const bool scored = options_->output_scores || options_->alternatives > 0;
  size_t kept = 0;
  for (size_t i = 0; i < open_.size(); ++i) {
    Branch& branch = open_[i];
    processors_.choices(scans[i], rules[i], false, choices_);
    const Choice* choice = choices_.empty() ? nullptr : &choices_[0];
    if (options_->samples() && !rules[i].forced) {
      sampler_.filter(scans[i], rules[i], choices_);
      choice = sampler_.draw(rules[i], choices_);
    }
    check_possible(choice != nullptr);
    branch.tokens.push_back(choice->token);
    if (scored) note_scores(scans[i], rules[i], *choice, branch);
    const auto& told = context.callbacks.token;
    const bool goes_on = !told || told(number_, branch.sample, choice->token);
    if (processors_.ends(choice->token) || last || !goes_on) {
      ++generated_;  // this one counts for the score
      finish_sample(context, branch,
                    processors_.ends(choice->token) ? Finish::end : goes_on ? Finish::length : Finish::stopped);
      --generated_;
    } else {
      if (kept != i) std::swap(open_[kept], branch);
      ++kept;
    }
  }
  open_.resize(kept);
}

void Search::interrupt(SearchContext& context) {
  part_samples(context);
  for (Branch& branch : open_) {
    if (options_->num_beams > 1) {
      context.cells.retire(branch.cells);
      if (generated_ == 0) continue;
      finished_.push_back(hypothesis(branch, Finish::interrupted));
      finished_.back().score = options_->normalize(branch.score, static_cast<int>(generated_), prompt_);
    } else {
      finish_sample(context, branch, Finish::interrupted);
    }
  }
  open_.clear();
}

Hypothesis Search::hypothesis(const Branch& branch, Finish how) const {
  return {{branch.tokens.begin() + static_cast<std::ptrdiff_t>(hidden_), branch.tokens.end()},
          branch.log_probabilities, 0.0f, how, branch.alternatives};
}

void Search::check_numbers(std::span<const RowScan> scans) const {
  for (const RowScan& scan : scans)
    if (scan.broken.token >= 0)
      fail("request {}: after {} generated tokens the model's logit of token {} is {}: its logits are not numbers, as "
           "if weights were damaged",
           number_ + 1, generated_, scan.broken.token, scan.broken.logit);
}

void Search::check_possible(bool possible) const {
  if (!possible) {
    fail("request {}: expected a token that may follow after {} generated ones, found none: all are suppressed or "
         "ruled out by the model",
         number_ + 1, generated_);
  }
}

std::vector<Hypothesis> Search::results() {
  if (finished_.size() > static_cast<size_t>(options_->num_return_sequences)) {
    finished_.resize(options_->num_return_sequences);
  }
  return std::move(finished_);
}

}  // namespace gamana
