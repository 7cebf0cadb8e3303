#include "gamana/jobs/fill_mask.h"

#include <algorithm>
#include <cmath>

namespace gamana {
namespace {

std::vector<MaskGuess> best_of(const float* logits, int64_t vocabulary, std::span<const int32_t> targets,
                               int64_t count) {
  const float highest = *std::max_element(logits, logits + vocabulary);
  double sum = 0;
  for (int64_t v = 0; v < vocabulary; ++v) sum += std::exp(logits[v] - highest);
  std::vector<int32_t> order(targets.begin(), targets.end());
  for (int32_t v = 0; targets.empty() && v < vocabulary; ++v) order.push_back(v);
  const auto n = std::min<int64_t>(count, static_cast<int64_t>(order.size()));
  std::partial_sort(order.begin(), order.begin() + n, order.end(),
                    [&](int32_t a, int32_t b) { return logits[a] != logits[b] ? logits[a] > logits[b] : a < b; });
  std::vector<MaskGuess> best;
  for (int64_t i = 0; i < n; ++i) best.push_back({order[i], std::exp(logits[order[i]] - highest) / sum});
  return best;
}

}  // namespace

std::vector<int32_t> mask_places(const EncodedText& text, int32_t mask_token) {
  std::vector<int32_t> places;
  for (int32_t i = 0; i < text.length(); ++i)
    if (text.ids[i] == mask_token) places.push_back(i);
  return places;
}

std::vector<std::vector<std::vector<MaskGuess>>> fill_masks(const TextModel& model, Precision precision,
                                                            const std::vector<const EncodedText*>& texts,
                                                            const std::vector<std::vector<int32_t>>& places,
                                                            std::span<const int32_t> targets, int64_t count) {
  thread_local Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena, .precision = precision, .packs = true};
  const Batch batch = batch_of(texts);
  std::vector<int32_t> rows;
  for (size_t t = 0; t < texts.size(); ++t)
    for (const int32_t place : places[t]) rows.push_back(batch.offsets[t] + place);
  const Tensor logits = model.project(c, 0, model.read(c, 0, batch, rows));
  std::vector<std::vector<std::vector<MaskGuess>>> guesses(texts.size());
  int64_t row = 0;
  for (size_t t = 0; t < texts.size(); ++t)
    for (size_t i = 0; i < places[t].size(); ++i, ++row)
      guesses[t].push_back(best_of(logits.data() + row * logits.cols(), logits.cols(), targets, count));
  return guesses;
}

}  // namespace gamana
