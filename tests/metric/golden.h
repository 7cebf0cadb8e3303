#pragma once
// What tools/golden/metric.py wrote: the corpus and sacreBLEU's scores of it.
#include "gamana/base/json.h"
#include "gamana/metric/metric.h"

namespace gamana {

struct GoldenCorpus {
  Lines hypotheses;
  std::vector<Lines> references;
};

inline Json golden(const char* name) {
  return read_json(std::string(GAMANA_SOURCE_DIR "/tests/golden/metric/") + name);
}

inline Lines part(const Lines& lines, size_t begin, size_t end) {
  return Lines(lines.begin() + static_cast<int64_t>(begin), lines.begin() + static_cast<int64_t>(end));
}

// Lines [begin, end), the first references; end 0 is all.
inline GoldenCorpus golden_corpus(size_t references = 3, size_t begin = 0, size_t end = 0) {
  static const Json corpus = golden("corpus.json");
  const Lines hypotheses = corpus["hypotheses"].get<Lines>();
  if (end == 0) end = hypotheses.size();
  GoldenCorpus out{part(hypotheses, begin, end), {}};
  for (size_t r = 0; r < references; ++r)
    out.references.push_back(part(corpus["references"][r].get<Lines>(), begin, end));
  return out;
}

}  // namespace gamana
