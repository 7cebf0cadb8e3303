#include "gamana/decode/sampler.h"

#include <algorithm>
#include <cmath>

#include "gamana/base/rng.h"

namespace gamana {
namespace {

constexpr int kNucleus = 64, kTypical = 512;  // likely tokens that are looked at first
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
  else if (o.typical_p < 1) request.best = std::min(kTypical, vocabulary_size), request.mean = true;
  return request;
}

double Sampler::weight(const Choice& c, double reference) const {
  return std::exp(c.value / static_cast<double>(options_->temperature) - reference);
}

// What may be drawn before typical_p and top_p. Unless `choices` are all of it, only the tokens set aside are taken from them;
// the scan tells of the others.
Sampler::Mass Sampler::mass(const RowScan& scan, const RowRules& rules, bool all, const std::vector<Choice>& choices,
                            double reference) const {
  const double scale = 1 / static_cast<double>(options_->temperature);
  Mass mass;
  const auto add = [&](double weight, double value) {
    if (weight > 0) mass.total += weight, mass.exponents += weight * (value * scale - reference);
  };
  if (!all) add(std::exp(scan.log_mass - reference), scan.mean);
  for (const Choice& c : choices)
    if (all || is_set_aside(rules, c.token)) add(weight(c, reference), c.value);
  return mass;
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

// TypicalLogitsWarper: what is about as surprising as is to be expected, until it has the mass wanted. `choices` that are not
// all tell if what is left out, which surprises no less than the last of them, is further off than what stays.
bool Sampler::cut_typical(bool all, const Mass& mass, double reference, std::vector<Choice>& choices) const {
  const double log_total = std::log(mass.total), entropy = log_total - mass.exponents / mass.total;
  const auto excess = [&](const Choice& c) {
    return log_total - (c.value / static_cast<double>(options_->temperature) - reference) - entropy;
  };
  std::vector<std::pair<double, double>> nearest;  // distance from the entropy, probability
  for (const Choice& c : choices) nearest.emplace_back(std::abs(excess(c)), weight(c, reference) / mass.total);
  std::sort(nearest.begin(), nearest.end());
  double sum = 0;
  size_t last = 0;
  while (last + 1 < nearest.size() && (sum += nearest[last].second) < options_->typical_p) ++last;
  const double most = nearest[last].first;
  if (!all && most >= excess(choices.back())) return false;
  std::erase_if(choices, [&](const Choice& c) { return std::abs(excess(c)) > most; });
  return true;
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
  const Mass whole = mass(scan, rules, o.top_k > 0, choices, reference);
  if (!all) {  // what the scan left out may be better than some of the tokens set aside
    const float worst = scan.best.empty() ? choices[0].value : scan.best.back().logit;
    std::erase_if(choices, [&](const Choice& c) { return c.value < worst; });
  }
  if (o.top_k > 0) {
    if (!cut_top_k(all, choices)) return false;
    all = true;
  }
  if (o.top_p < 1) {  // a token stays if those before it have less than top_p
    const double wanted = o.top_p * (o.top_k > 0 ? mass(scan, rules, true, choices, reference) : whole).total;
    double sum = 0;
    size_t count = 0;
    for (; count < choices.size() && (count == 0 || sum < wanted); ++count) sum += weight(choices[count], reference);
    if (!all && sum < wanted) return false;
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
  return o.typical_p >= 1 || cut_typical(all, all ? mass(scan, rules, true, choices, reference) : whole, reference, choices);
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
