#include "gamana/decode/sampler.h"

#include <algorithm>
#include <cmath>

#include "gamana/base/rng.h"

namespace gamana {
namespace {

constexpr int kNucleus = 64;
constexpr uint64_t kFinalDraw = ~0ull;  // counter apart from those of the chunks

}  // namespace

ScanRequest Sampler::request(int vocabulary_size) const {
  ScanRequest request;
  request.total = options_.output_scores;
  if (options_.top_k > 0) {
    request.best = std::min(options_.top_k, vocabulary_size);
  } else {
    request.mass_scale = 1.0f / options_.temperature;
    request.draw = unrestricted();
    request.best = unrestricted() ? 0 : std::min(kNucleus, vocabulary_size);
  }
  return request;
}

double Sampler::reference(const std::vector<Choice>& choices) const {
  float largest = choices[0].value;
  for (const Choice& c : choices) largest = std::max(largest, c.value);
  return largest / static_cast<double>(options_.temperature);
}

// The weight of all that may be drawn before top_p. Without top_k, `choices` are not all: tokens set aside are among
// them, the others together weigh log_mass.
double Sampler::total(const RowScan& scan, const RowRules& rules, const std::vector<Choice>& choices) const {
  const double reference = this->reference(choices), temperature = options_.temperature;
  double total = nucleus_of_all() ? std::exp(scan.log_mass - reference) : 0.0;
  for (const Choice& c : choices) {
    if (!nucleus_of_all() || std::binary_search(rules.set_aside.begin(), rules.set_aside.end(), c.token)) {
      total += std::exp(c.value / temperature - reference);
    }
  }
  return total;
}

bool Sampler::enough(const RowScan& scan, const RowRules& rules, const std::vector<Choice>& choices) const {
  if (!nucleus_of_all() || choices.empty()) return true;
  const double reference = this->reference(choices), temperature = options_.temperature;
  double best = 0;
  for (const Candidate& c : scan.best) best += std::exp(c.logit / temperature - reference);
  return best >= options_.top_p * total(scan, rules, choices);
}

const Choice* Sampler::draw(const RowScan& scan, const RowRules& rules, std::vector<Choice>& choices) const {
  if (unrestricted() && scan.drawn.token >= 0) {
    // One entry stands for all tokens without a rule of their own: it was drawn among them, and has their mass.
    choices.insert(choices.begin(), {scan.log_mass * options_.temperature, scan.drawn.logit - scan.log_total,
                                     scan.drawn.token});
  }
  if (choices.empty()) return nullptr;
  if (options_.top_k > 0 && static_cast<int>(choices.size()) > options_.top_k) choices.resize(options_.top_k);

  const double reference = this->reference(choices), temperature = options_.temperature;
  const auto weight = [&](const Choice& c) { return std::exp(c.value / temperature - reference); };
  const double total = this->total(scan, rules, choices);
  double kept = total;
  if (options_.top_p < 1.0f) {  // a token stays if those before it have less than top_p
    size_t count = 0;
    for (kept = 0; count < choices.size() && (count == 0 || kept < options_.top_p * total); ++count) {
      kept += weight(choices[count]);
    }
    choices.resize(count);
  }
  const double target = uniform(rules.key, kFinalDraw) * kept;
  double sum = 0;
  for (const Choice& c : choices) {
    sum += weight(c);
    if (sum > target) return &c;
  }
  return &choices.back();
}

}  // namespace gamana
