#include "gamana/metric/bleu.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "gamana/base/check.h"
#include "gamana/metric/ngrams.h"
#include "gamana/metric/unicode.h"

namespace gamana {
namespace {

constexpr int kOrders = BleuScore::kOrders;

double default_value(Smoothing smoothing) {
  return smoothing == Smoothing::floor ? 0.1 : smoothing == Smoothing::add_k ? 1.0 : 0.0;
}

// Of several references the closest in length counts, the shorter of two that are as close.
int64_t closest_length(int64_t length, std::span<const std::vector<uint32_t>> references) {
  int64_t closest = static_cast<int64_t>(references[0].size());
  for (const std::vector<uint32_t>& reference : references) {
    const auto candidate = static_cast<int64_t>(reference.size());
    const int64_t distance = std::abs(candidate - length), best = std::abs(closest - length);
    if (distance < best || (distance == best && candidate < closest)) closest = candidate;
  }
  return closest;
}

}  // namespace

Smoothing bleu_smoothing(std::string_view name) {
  if (name == "exp") return Smoothing::exp;
  if (name == "floor") return Smoothing::floor;
  if (name == "add-k") return Smoothing::add_k;
  if (name == "none") return Smoothing::none;
  fail("expected a smoothing of BLEU (exp, floor, add-k, none), found \"{}\"", name);
}

double BleuScore::ratio() const {
  return reference_length == 0 ? 0 : static_cast<double>(hypothesis_length) / static_cast<double>(reference_length);
}

std::string BleuScore::verbose() const {
  return fmt::format("{:.1f} (BP = {:.3f} ratio = {:.3f} hyp_len = {} ref_len = {})", fmt::join(precisions, "/"),
                     brevity_penalty, ratio(), hypothesis_length, reference_length);
}

std::string Bleu::signature(size_t references) const {
  const double value = options_.smooth_value.value_or(default_value(options_.smoothing));
  const std::string smooth = options_.smoothing == Smoothing::exp     ? "exp"
                             : options_.smoothing == Smoothing::none  ? "none"
                             : options_.smoothing == Smoothing::floor ? fmt::format("floor[{:.2f}]", value)
                                                                      : fmt::format("add-k[{:.2f}]", value);
  return fmt::format("nrefs:{}|case:{}|eff:{}|tok:{}|smooth:{}|version:{}", references,
                     options_.lowercase ? "lc" : "mixed", options_.effective_order ? "yes" : "no",
                     tokenizer_name(options_.tokenizer), smooth, kSacrebleuVersion);
}

// Papineni et al. 2002, section 2.3; smoothing as in sacreBLEU's compute_bleu.
BleuScore Bleu::details(std::span<const double> sums) const {
  BleuScore out;
  const double length = sums[0], reference = sums[1];
  out.hypothesis_length = static_cast<int64_t>(length), out.reference_length = static_cast<int64_t>(reference);
  for (int n = 0; n < kOrders; ++n) {
    out.correct.push_back(static_cast<int64_t>(sums[2 + n]));
    out.total.push_back(static_cast<int64_t>(sums[2 + kOrders + n]));
  }
  out.precisions.assign(kOrders, 0);
  if (length < reference) out.brevity_penalty = length > 0 ? std::exp(1 - reference / length) : 0;
  if (std::all_of(out.correct.begin(), out.correct.end(), [](int64_t c) { return c == 0; })) return out;

  const double value = options_.smooth_value.value_or(default_value(options_.smoothing));
  double halving = 1;
  int orders = kOrders;
  for (int n = 0; n < kOrders; ++n) {
    const double added = options_.smoothing == Smoothing::add_k && n > 0 ? value : 0;
    const double correct = sums[2 + n] + added, total = sums[2 + kOrders + n] + added;
    if (total == 0) break;
    if (options_.effective_order) orders = n + 1;
    if (correct != 0)
      out.precisions[n] = 100 * correct / total;
    else if (options_.smoothing == Smoothing::exp)
      halving *= 2, out.precisions[n] = 100 / (halving * total);
    else if (options_.smoothing == Smoothing::floor)
      out.precisions[n] = 100 * value / total;
  }
  double logs = 0;
  for (int n = 0; n < orders; ++n) logs += std::log(out.precisions[n]);  // of 0 it is -inf, and the score 0
  out.score = out.brevity_penalty * std::exp(logs / orders);
  return out;
}

BleuScore Bleu::corpus(const Lines& hypotheses, const std::vector<Lines>& references) const {
  return details(statistics(hypotheses, references).sum());
}

// A row: length of the hypothesis, length of the closest reference, correct n-grams by order, n-grams by order.
void Bleu::collect(const Lines& hypotheses, const std::vector<Lines>& references, int64_t begin, int64_t end,
                   Statistics& out) const {
  metric::WordIds ids;
  metric::NgramMatcher matcher;
  const auto words_of = [&](const std::string& line, std::vector<uint32_t>& words) {
    const std::string text = options_.lowercase ? metric::to_lower(line) : line;
    const std::string tokens = metric::tokenize(metric::strip_end(text), options_.tokenizer);
    words.clear();
    for (const std::string_view word : metric::split_words(tokens)) words.push_back(ids(word));
  };
  std::vector<uint32_t> hypothesis;
  std::vector<std::vector<uint32_t>> reference(references.size());
  std::array<metric::NgramCount, kOrders> counts;
  for (int64_t line = begin; line < end; ++line) {
    words_of(hypotheses[line], hypothesis);
    for (size_t r = 0; r < references.size(); ++r) words_of(references[r][line], reference[r]);
    matcher.match(hypothesis, reference, counts);
    const std::span<double> row = out.row(line);
    const auto length = static_cast<int64_t>(hypothesis.size());
    row[0] = static_cast<double>(length), row[1] = static_cast<double>(closest_length(length, reference));
    for (int n = 0; n < kOrders; ++n) {
      row[2 + n] = static_cast<double>(counts[n].match);
      row[2 + kOrders + n] = static_cast<double>(counts[n].hypothesis);
    }
  }
}

}  // namespace gamana
