#include "gamana/jobs/next_tokens.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "gamana/base/parallel.h"
#include "gamana/jobs/pipeline.h"
#include "gamana/jobs/token_windows.h"

namespace gamana {
namespace {

constexpr int64_t kLogits = 1 << 22;  // in memory at once

// One row of logits judged for the token that came.
class Judge {
 public:
  Judge(std::span<const int32_t> ids, int top, NextTokenScores& out) : ids_(ids), top_(top), out_(out) {}

  void operator()(const float* logits, int64_t vocabulary, int64_t token) const {
    const float most = *std::max_element(logits, logits + vocabulary);
    const int32_t came = ids_[token];
    double sum = 0, moment = 0;  // of e = exp(x - most), and of e (x - most)
    int32_t before = 0;
    for (int64_t v = 0; v < vocabulary; ++v) {
      const float x = logits[v] - most, e = std::exp(x);
      sum += e, moment += e > 0 ? e * x : 0;
      before += logits[v] > logits[came] || (logits[v] == logits[came] && v < came);
    }
    if (!std::isfinite(sum))
      fail("token {} of the text: the model gives numbers that are not finite for what comes there", token + 1);
    const double log_sum = std::log(sum);
    out_.bits[token] = static_cast<float>((log_sum - (logits[came] - most)) / std::numbers::ln2);
    out_.entropy[token] = static_cast<float>(std::max(0.0, (log_sum - moment / sum) / std::numbers::ln2));
    out_.rank[token] = before + 1;
    likeliest(logits, vocabulary, token);
    for (int64_t k = token * top_; k < (token + 1) * top_; ++k)
      out_.top_probabilities[k] = static_cast<float>(std::exp(logits[out_.top_ids[k]] - most) / sum);
  }

 private:
  void likeliest(const float* logits, int64_t vocabulary, int64_t token) const {
    int32_t* best = out_.top_ids.data() + token * top_;
    int64_t count = 0;
    for (int32_t v = 0; v < vocabulary && top_ > 0; ++v) {
      if (count == top_ && logits[v] <= logits[best[top_ - 1]]) continue;
      int64_t at = count < top_ ? count++ : count - 1;
      for (; at > 0 && logits[v] > logits[best[at - 1]]; --at) best[at] = best[at - 1];
      best[at] = v;
    }
  }

  std::span<const int32_t> ids_;
  int top_;
  NextTokenScores& out_;
};

// Windows that go through the model together.
void judge(const TextModel& model, Precision precision, std::span<const int32_t> ids, std::span<const TokenWindow> windows,
           const Judge& judge) {
  thread_local Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena, .precision = precision, .packs = true};
  Batch batch;
  std::vector<int32_t> rows;    // of hidden states
  std::vector<int64_t> tokens;  // that follow them
  for (const TokenWindow& w : windows) {
    const int32_t offset = batch.offsets.back();
    batch.append(ids.data() + w.begin, w.end - w.begin);
    for (int64_t t = w.first; t < w.end; ++t)
      rows.push_back(offset + static_cast<int32_t>(t - 1 - w.begin)), tokens.push_back(t);
  }
  const Tensor hidden = model.hidden(c, batch);
  const int64_t count = std::ssize(rows), step = std::max<int64_t>(1, kLogits / model.settings().vocabulary);
  for (int64_t begin = 0; begin < count; begin += step) {
    const int64_t end = std::min(count, begin + step);
    const std::vector<int32_t> part(rows.begin() + begin, rows.begin() + end);
    const Tensor logits = model.project(c, 0, model.read(c, 0, hidden, batch, part));
    parallel_for(end - begin, 4, [&](int64_t from, int64_t to) {
      for (int64_t r = from; r < to; ++r)
        judge(logits.data() + r * logits.cols(), logits.cols(), tokens[static_cast<size_t>(begin + r)]);
    });
  }
}

}  // namespace

NextTokenScores score_next_tokens(const TextModel& model, Precision precision, std::span<const int32_t> ids,
                                  int32_t context, int top) {
  const size_t n = ids.size();
  NextTokenScores out{.bits = std::vector<float>(n, NAN),
                      .entropy = std::vector<float>(n, NAN),
                      .rank = std::vector<int32_t>(n),
                      .top = std::min(top, model.settings().vocabulary)};
  out.top_ids.resize(n * out.top), out.top_probabilities.resize(n * out.top);
  std::vector<TokenWindow> windows;
  for (TokenWindows cut(context, std::max(1, context / 2)); const auto w = cut.next(static_cast<int64_t>(n), true);)
    windows.push_back(*w);
  const Judge each(ids, out.top, out);
  const size_t together = std::max<size_t>(1, static_cast<size_t>(kInferenceBatches.tokens / context));
  for (size_t w = 0; w < windows.size(); w += together)
    judge(model, precision, ids, std::span(windows).subspan(w, std::min(together, windows.size() - w)), each);
  return out;
}

}  // namespace gamana
