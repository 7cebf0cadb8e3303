#include "gamana/cli/attention_file.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "gamana/base/file.h"
#include "gamana/base/progress.h"
#include "gamana/cli/attention_seen.h"
#include "gamana/io/npy.h"

namespace gamana {
namespace {

using Pairs = std::vector<TranslatedPair>;
// Calls use(alignment) for each pair, in order.
using EachAlignment = std::function<void(const std::function<void(const view::Alignment&)>& use)>;

constexpr size_t kBatchTokens = 1024;  // of the larger sides of a batch, unless it is one pair

// Six decimals: weights are known to fewer digits, and the shortest text of a double has no more.
double rounded(float weight) { return std::round(double{weight} * 1e6) / 1e6; }

Json json_of(const view::Alignment& a) {
  Json rows = Json::array();
  for (size_t t = 0; t < a.target.size(); ++t) {
    Json row = Json::array();
    for (size_t s = 0; s < a.source.size(); ++s) row.push_back(rounded(a.weights[t * a.source.size() + s]));
    rows.push_back(std::move(row));
  }
  return {{"source", a.source}, {"target", a.target}, {"weights", std::move(rows)}};
}

// The end of the batch that begins with pairs[begin].
size_t batch_end(const Pairs& pairs, size_t begin) {
  size_t tokens = 0, end = begin;
  const auto larger = [&](size_t i) { return std::max(pairs[i].source.size(), pairs[i].target.size()); };
  while (end < pairs.size() && (end == begin || tokens + larger(end) <= kBatchTokens)) tokens += larger(end++);
  return end;
}

void write_json_lines(const std::string& path, const EachAlignment& each) {
  write_file(path, [&](const Sink& sink) {
    std::string text = "[";
    each([&](const view::Alignment& a) {
      text += text == "[" ? "\n" : ",\n";
      text += json_of(a).dump(-1, ' ', false, Json::error_handler_t::replace);
      sink(text.data(), text.size());
      text.clear();
    });
    text += "\n]\n";
    sink(text.data(), text.size());
  });
}

void write_array(const std::string& path, const Pairs& pairs, const EachAlignment& each) {
  size_t targets = 0, sources = 0;
  for (const TranslatedPair& p : pairs)
    targets = std::max(targets, p.target.size()), sources = std::max(sources, p.source.size());
  const int64_t shape[] = {std::ssize(pairs), static_cast<int64_t>(targets), static_cast<int64_t>(sources)};
  std::vector<float> block(targets * sources);
  write_npy(path, shape, [&](const Sink& sink) {
    each([&](const view::Alignment& a) {
      std::fill(block.begin(), block.end(), std::numeric_limits<float>::quiet_NaN());
      for (size_t t = 0; t < a.target.size(); ++t)
        std::copy_n(a.weights.data() + t * a.source.size(), a.source.size(), block.data() + t * sources);
      sink(block.data(), block.size() * sizeof(float));
    });
  });
}

}  // namespace

void check_attention_file(const std::string& path, TranslationModel& model, const TranslationTokenizer& tokenizer) {
  if (!path.ends_with(".json") && !path.ends_with(".npy"))
    fail("--attention: expected a file that ends in .json or .npy, found {}", path);
  check_writable(path);
  const std::vector<int> end = {tokenizer.end_id()};
  alignment_of(see_attention(model, tokenizer, TranslatedPair{end, end}), "");
}

void write_attention(const std::string& path, TranslationModel& model, const TranslationTokenizer& tokenizer,
                     const Pairs& pairs) {
  Progress progress("attention", "sentences", std::ssize(pairs));
  const EachAlignment each = [&](const auto& use) {
    for (size_t begin = 0; begin < pairs.size();) {
      const size_t end = batch_end(pairs, begin);
      Pairs batch;
      std::copy_if(pairs.begin() + begin, pairs.begin() + end, std::back_inserter(batch), [](const TranslatedPair& p) { return !p.target.empty(); });
      const std::vector<SeenPair> seen = see_attention(model, tokenizer, batch);
      for (size_t next = 0; begin < end; ++begin) use(pairs[begin].target.empty() ? view::Alignment{} : alignment_of(seen[next++], ""));
      progress.update(static_cast<int64_t>(end));
    }
  };
  if (path.ends_with(".json")) write_json_lines(path, each);
  else write_array(path, pairs, each);
}

}  // namespace gamana
