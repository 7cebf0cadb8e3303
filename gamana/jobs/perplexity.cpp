#include "gamana/jobs/perplexity.h"

#include "gamana/jobs/pipeline.h"

namespace gamana {

WindowScorer::WindowScorer(const TextModel& model, Precision precision, int64_t context, int64_t stride)
    : model_(model), precision_(precision), start_(context, stride), windows_(start_) {}

void WindowScorer::add(std::span<const int32_t> tokens) {
  tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
  cut(false);
}

void WindowScorer::end_text() {
  cut(true);
  tokens_.clear(), first_ = 0, windows_ = start_;
}

void WindowScorer::cut(bool whole) {
  while (const auto w = windows_.next(first_ + std::ssize(tokens_), whole)) {
    if (batch_.batch.rows() > 0 && batch_.batch.rows() + w->end - w->begin > kInferenceBatches.tokens) run();
    const int32_t row = batch_.batch.offsets.back();
    const int32_t* const text = tokens_.data() - first_;
    batch_.batch.append(text + w->begin, w->end - w->begin);
    for (int64_t t = w->first; t < w->end; ++t)
      batch_.rows.push_back(row + static_cast<int32_t>(t - 1 - w->begin)), batch_.targets.push_back(text[t]);
  }
  const int64_t read = std::min(windows_.begin() - first_, static_cast<int64_t>(tokens_.size()));
  tokens_.erase(tokens_.begin(), tokens_.begin() + read), first_ += read;
}

void WindowScorer::run() {
  Context c{.kernels = cpu_kernels(), .arena = arena_, .precision = precision_, .packs = true};
  score_.nll += next_token_loss(c, model_, batch_, 1).nll;
  score_.tokens += static_cast<int64_t>(batch_.rows.size());
  batch_ = {};
}

TextScore WindowScorer::finish() {
  if (batch_.batch.rows() > 0) run();
  return std::exchange(score_, {});
}

}  // namespace gamana
