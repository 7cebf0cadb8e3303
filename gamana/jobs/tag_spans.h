#pragma once
// Tagged parts of a text, as transformers' token-classification pipeline gives them (pipelines/token_classification.py).
#include <span>
#include <string>
#include <vector>

#include "gamana/data/labels.h"
#include "gamana/text/tokenizer.h"

namespace gamana {

// What is one part: each token (none); neighbours of one type, where a word has the tag of its tokens (simple), of its first
// token, of the mean of their probabilities or of the surest one.
enum class Aggregation { none, simple, first, average, max };
Aggregation aggregation_of(const std::string& name);  // throws Error naming the known ones

struct TagSpan {
  std::string label;    // of a token, or the type of an entity: PER for B-PER and I-PER
  double score = 0;     // probability; of several tokens the mean
  int64_t index = -1;   // of the token among those of the input; -1: of an entity
  std::string word;
  uint32_t begin = 0, end = 0;  // characters of the text
};

// The parts whose label is not O. `encoding`: of `text` or a window of it, offsets in characters; logits [tokens, K].
std::vector<TagSpan> tag_spans(const Tokenizer& tokenizer, const std::string& text, const Encoding& encoding, const Labels& labels,
                               std::span<const float> logits, Aggregation aggregation);
// Of parts that overlap, found in overlapping windows: the longest, or the surest of equal length.
std::vector<TagSpan> without_overlaps(std::vector<TagSpan> spans);

}  // namespace gamana
