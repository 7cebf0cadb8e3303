#include "gamana/decode/sampler.h"

#include <algorithm>
#include <cmath>

#include "gamana/base/rng.h"

namespace gamana {
namespace {

constexpr int kNucleus = 64;
constexpr uint64_t kFinalDraw = ~0ull;  // counter apart from those of the chunks

bool is_set_aside(const RowRules& rules, int token) {
  return std::binary_search(rules.set_aside.begin(), rules.set_aside.end(), token);
}

}  // namespace

bool Sampler::filters() const {
  return options_->top_k > 0 || options_->top_p < 1 || options_->min_p > 0 || options_->typical_p < 1;
}

ScanRequest Sampler::request(int vocabulary_size) const {
  const RequestOptions& o = *options_;
  ScanRequest request;
  if (o.top_k > 0) {
    request.best = std::min(o.top_k, vocabulary_size - 1) + 1;  // one more shows whether others equal the last
    return request;
  }
  request.mass_scale = 1.0f / o.temperature;
  request.draw = !filters();
  if (o.top_p < 1 || o.min_p > 0) request.best = std::min(kNucleus, vocabulary_size);
  else if (o.typical_p < 1) request.best = vocabulary_size;
  return request;
}

double Sampler::weight(const Choice& c, double reference) const {
  return std::exp(c.value / static_cast<double>(options_->temperature) - reference);
}

// The weight of all that may be drawn before top_p. Without top_k, `choices` are not all: tokens set aside are among
// them, the others together weigh log_mass.
double Sampler::total(const RowScan& scan, const RowRules& rules, const std::vector<Choice>& choices,
                      double reference) const {
  const bool all = options_->top_k > 0;
  double total = all ? 0.0 : std::exp(scan.log_mass - reference);
  for (const Choice& c : choices)
    if (all || is_set_aside(rules, c.token)) total += weight(c, reference);
  return total;
}

// Those that equal the last one stay with it, as in TopKLogitsWarper.
bool Sampler::cut_top_k(bool all, std::vector<Choice>& choices) const {
  const size_t k = options_->top_k;
  if (choices.size() <= k) return all;
  size_t count = k;
  while (count < choices.size() && choices[count].value == choices[k - 1].value) ++count;
  const bool told = all || count < choices.size();
  choices.resize(count);
  return told;
}

// TypicalLogitsWarper: what is about as surprising as is to be expected, until it has the mass wanted.
void Sampler::cut_typical(std::vector<Choice>& choices) const {
  const double reference = choices[0].value / static_cast<double>(options_->temperature);
  double total = 0, entropy = 0;
  for (const Choice& c : choices) total += weight(c, reference);
  std::vector<std::pair<double, double>> surprise;  // distance from the entropy, probability
  for (const Choice& c : choices) {
    const double p = weight(c, reference) / total;
    if (p > 0) entropy -= p * std::log(p);
  }
  const auto distance = [&](const Choice& c) {
    return std::abs(std::log(total) - (c.value / static_cast<double>(options_->temperature) - reference) - entropy);
  };
  for (const Choice& c : choices) surprise.emplace_back(distance(c), weight(c, reference) / total);
  std::sort(surprise.begin(), surprise.end());
  double sum = 0;
  size_t last = 0;
  while (last + 1 < surprise.size() && (sum += surprise[last].second) < options_->typical_p) ++last;
  const double most = surprise[last].first;
  std::erase_if(choices, [&](const Choice& c) { return distance(c) > most; });
}

bool Sampler::filter(const RowScan& scan, const RowRules& rules, std::vector<Choice>& choices) const {
  const RequestOptions& o = *options_;
  if (!filters()) {
    std::erase_if(choices, [&](const Choice& c) { return !is_set_aside(rules, c.token); });
    if (scan.drawn.token < 0) return true;
    // It was drawn among the others, and has their mass.
    choices.insert(choices.begin(),
                   {scan.log_mass * o.temperature, scan.drawn.logit - scan.log_total, scan.drawn.token});
    return true;
  }
  if (choices.empty()) return true;
  const double reference = choices[0].value / static_cast<double>(o.temperature);
  bool all = scan.all_best;
  const double whole = total(scan, rules, choices, reference);
  if (!all) {  // what the scan left out may be better than some of the tokens set aside
    const float worst = scan.best.empty() ? choices[0].value : scan.best.back().logit;
    std::erase_if(choices, [&](const Choice& c) { return c.value < worst; });
  }
  if (o.top_k > 0) {
    if (!cut_top_k(all, choices)) return false;
    all = true;
  }
  if (o.top_p < 1) {  // a token stays if those before it have less than top_p
    const double mass = o.top_p * (o.top_k > 0 ? total(scan, rules, choices, reference) : whole);
    double sum = 0;
    size_t count = 0;
    for (; count < choices.size() && (count == 0 || sum < mass); ++count) sum += weight(choices[count], reference);
    if (!all && sum < mass) return false;
    choices.resize(count);
    all = true;
  }
  if (o.min_p > 0) {
    size_t count = 1;
    while (count < choices.size() && weight(choices[count], reference) >= o.min_p) ++count;
    if (!all && count == choices.size()) return false;
    choices.resize(count);
    all = true;
  }
  if (o.typical_p < 1) {
    if (!all) return false;
    cut_typical(choices);
  }
  return true;
}

const Choice* Sampler::draw(const RowRules& rules, const std::vector<Choice>& choices) const {
  if (choices.empty()) return nullptr;
  float largest = choices[0].value;
  for (const Choice& c : choices) largest = std::max(largest, c.value);
  const double reference = largest / static_cast<double>(options_->temperature);
  double kept = 0, sum = 0;
  for (const Choice& c : choices) kept += weight(c, reference);
  const double target = uniform(rules.key, kFinalDraw) * kept;
  for (const Choice& c : choices) {
    sum += weight(c, reference);
    if (sum > target) return &c;
  }
  return &choices.back();
}

}  // namespace gamana
