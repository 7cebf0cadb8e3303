#include "gamana/jobs/perplexity.h"

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/jobs/pipeline.h"

namespace gamana {

WindowScorer::WindowScorer(const TextModel& model, Precision precision, int64_t context, int64_t stride,
                           std::function<void(int64_t)> progress)
    : model_(model), precision_(precision), context_(context), stride_(stride), progress_(std::move(progress)) {
  GAMANA_DCHECK(1 <= stride && stride <= context);
}

void WindowScorer::add(std::span<const int32_t> text) {
  const auto size = static_cast<int64_t>(text.size());
  int64_t told = 0;  // tokens of the windows before
  for (int64_t begin = 0; told < size; begin += stride_) {
    const int64_t end = std::min(begin + context_, size);
    if (batch_.batch.rows() > 0 && batch_.batch.rows() + end - begin > kInferenceBatches.tokens) run();
    const int32_t row = batch_.batch.offsets.back();
    batch_.batch.append(text.data() + begin, end - begin);
    for (int64_t t = std::max(told, begin + 1); t < end; ++t)
      batch_.rows.push_back(row + static_cast<int32_t>(t - 1 - begin)), batch_.targets.push_back(text[t]);
    read_ += end - told, told = end;
  }
}

void WindowScorer::run() {
  Context c{.kernels = cpu_kernels(), .arena = arena_, .precision = precision_, .packs = true};
  score_.nll += next_token_loss(c, model_, batch_, 1).nll;
  score_.tokens += static_cast<int64_t>(batch_.rows.size());
  batch_ = {};
  if (progress_) progress_(read_);
}

TextScore WindowScorer::finish() {
  if (batch_.batch.rows() > 0) run();
  return std::exchange(score_, {});
}

}  // namespace gamana
