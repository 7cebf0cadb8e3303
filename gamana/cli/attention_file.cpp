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

using Look = std::function<view::Alignment(const TranslatedPair&)>;

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

void write_json_lines(const std::string& path, const std::vector<TranslatedPair>& pairs, const Look& look) {
  write_file(path, [&](const Sink& sink) {
    std::string text = "[";
    for (size_t i = 0; i < pairs.size(); ++i) {
      text += i ? ",\n" : "\n";
      text += json_of(look(pairs[i])).dump(-1, ' ', false, Json::error_handler_t::replace);
      sink(text.data(), text.size());
      text.clear();
    }
    text += "\n]\n";
    sink(text.data(), text.size());
  });
}

void write_array(const std::string& path, const std::vector<TranslatedPair>& pairs, const Look& look) {
  size_t targets = 0, sources = 0;
  for (const TranslatedPair& p : pairs)
    targets = std::max(targets, p.target.size()), sources = std::max(sources, p.source.size());
  const int64_t shape[] = {std::ssize(pairs), static_cast<int64_t>(targets), static_cast<int64_t>(sources)};
  std::vector<float> block(targets * sources);
  write_npy(path, shape, [&](const Sink& sink) {
    for (const TranslatedPair& p : pairs) {
      std::fill(block.begin(), block.end(), std::numeric_limits<float>::quiet_NaN());
      const view::Alignment a = look(p);
      for (size_t t = 0; t < p.target.size(); ++t)
        std::copy_n(a.weights.data() + t * p.source.size(), p.source.size(), block.data() + t * sources);
      sink(block.data(), block.size() * sizeof(float));
    }
  });
}

}  // namespace

void check_attention_file(const std::string& path, TranslationModel& model, const TranslationTokenizer& tokenizer) {
  if (!path.ends_with(".json") && !path.ends_with(".npy"))
    fail("--attention: expected a file that ends in .json or .npy, found {}", path);
  check_writable(path);
  const std::vector<int> end = {tokenizer.end_id()};
  alignment_of(see_attention(model, tokenizer, end, end), "");
}

void write_attention(const std::string& path, TranslationModel& model, const TranslationTokenizer& tokenizer,
                     const std::vector<TranslatedPair>& pairs) {
  Progress progress("attention", "sentences", std::ssize(pairs));
  int64_t done = 0;
  const Look look = [&](const TranslatedPair& pair) {
    progress.update(++done);
    return pair.target.empty() ? view::Alignment{}
                               : alignment_of(see_attention(model, tokenizer, pair.source, pair.target), "");
  };
  if (path.ends_with(".json")) write_json_lines(path, pairs, look);
  else write_array(path, pairs, look);
}

}  // namespace gamana
