#include "gamana/jobs/tag_spans.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "gamana/base/check.h"
#include "gamana/text/utf8.h"

namespace gamana {
namespace {

constexpr const char* kAggregations[] = {"none", "simple", "first", "average", "max"};  // in Aggregation's order

struct TaggedToken {
  std::string word;
  std::vector<double> scores;  // probability of each label
  int64_t index;
  uint32_t begin, end;
  bool goes_on;  // with the word of the token before
};

std::vector<double> softmax(std::span<const float> logits) {
  const double highest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> p;
  double sum = 0;
  for (const float z : logits) p.push_back(std::exp(z - highest)), sum += p.back();
  for (double& value : p) value /= sum;
  return p;
}

size_t surest(const std::vector<double>& scores) { return std::max_element(scores.begin(), scores.end()) - scores.begin(); }

// A token goes on with a word if it shows more characters than it stands for, since it begins with "##"; with vocabularies that
// mark no such tokens, if there is no space before it.
std::vector<TaggedToken> read_tokens(const Tokenizer& tokenizer, const Characters& text, const Encoding& encoding, size_t labels,
                                     std::span<const float> logits) {
  const bool has_prefix = !tokenizer.continuing_prefix().empty();
  std::vector<TaggedToken> tokens;
  for (size_t i = 0; i < encoding.size(); ++i) {
    if (encoding.special_tokens_mask[i]) continue;
    const auto [begin, end] = encoding.offsets[i];
    TaggedToken t{tokenizer.token(encoding.ids[i]).value_or(""), softmax(logits.subspan(i * labels, labels)), static_cast<int64_t>(i), begin, end, false};
    const std::string_view part = text.part(begin, end);
    if (has_prefix) t.goes_on = Characters(t.word).size() != Characters(part).size();
    else t.goes_on = begin > 0 && text.part(begin - 1, begin + 1).find(' ') == std::string_view::npos;
    if (encoding.ids[i] == tokenizer.unknown_id()) t.word = part, t.goes_on = false;
    tokens.push_back(std::move(t));
  }
  return tokens;
}

// Tokens [first, last) of one word.
TagSpan span_of_word(const Tokenizer& tokenizer, const Labels& labels, std::span<const TaggedToken> tokens, Aggregation aggregation) {
  std::vector<std::string> words;
  for (const TaggedToken& t : tokens) words.push_back(t.word);
  std::vector<double> scores = tokens[0].scores;
  for (const TaggedToken& t : tokens.subspan(1)) {
    if (aggregation == Aggregation::max && t.scores[surest(t.scores)] > scores[surest(scores)]) scores = t.scores;
    for (size_t k = 0; aggregation == Aggregation::average && k < scores.size(); ++k) scores[k] += t.scores[k];
  }
  const size_t label = surest(scores);
  const double count = aggregation == Aggregation::average ? static_cast<double>(tokens.size()) : 1;
  return {labels.name(static_cast<int32_t>(label)), scores[label] / count, -1, tokenizer.join(std::move(words)), tokens[0].begin, tokens.back().end};
}

std::vector<TagSpan> spans_of_tokens(const Labels& labels, const std::vector<TaggedToken>& tokens) {
  std::vector<TagSpan> spans;
  for (const TaggedToken& t : tokens) {
    const size_t label = surest(t.scores);
    spans.push_back({labels.name(static_cast<int32_t>(label)), t.scores[label], t.index, t.word, t.begin, t.end});
  }
  return spans;
}

std::vector<TagSpan> spans_of_words(const Tokenizer& tokenizer, const Labels& labels, const std::vector<TaggedToken>& tokens, Aggregation aggregation) {
  std::vector<TagSpan> spans;
  for (size_t begin = 0, end = 0; begin < tokens.size(); begin = end) {
    for (end = begin + 1; end < tokens.size() && tokens[end].goes_on;) ++end;
    spans.push_back(span_of_word(tokenizer, labels, std::span(tokens).subspan(begin, end - begin), aggregation));
  }
  return spans;
}

// A label that is neither B-X nor I-X counts as the inside of a type of its own.
std::string_view type_of(std::string_view label) { return label.starts_with("B-") || label.starts_with("I-") ? label.substr(2) : label; }

std::vector<TagSpan> entities(const Tokenizer& tokenizer, const std::vector<TagSpan>& parts) {
  std::vector<TagSpan> spans;
  for (size_t begin = 0, end = 0; begin < parts.size(); begin = end) {
    std::vector<std::string> words;
    double sum = 0;
    for (end = begin; end < parts.size(); ++end) {
      if (end > begin && (parts[end].label.starts_with("B-") || type_of(parts[end].label) != type_of(parts[end - 1].label))) break;
      words.push_back(parts[end].word), sum += parts[end].score;
    }
    const std::string& label = parts[begin].label;
    spans.push_back({label.substr(label.find('-') + 1), sum / static_cast<double>(end - begin), -1, tokenizer.join(std::move(words)),
                     parts[begin].begin, parts[end - 1].end});
  }
  return spans;
}

}  // namespace

Aggregation aggregation_of(const std::string& name) {
  for (size_t i = 0; i < std::size(kAggregations); ++i)
    if (name == kAggregations[i]) return static_cast<Aggregation>(i);
  fail("--aggregation-strategy: expected none, simple, first, average or max, found \"{}\"", name);
}

std::vector<TagSpan> tag_spans(const Tokenizer& tokenizer, const std::string& text, const Encoding& encoding, const Labels& labels,
                               std::span<const float> logits, Aggregation aggregation) {
  const std::vector<TaggedToken> tokens = read_tokens(tokenizer, Characters(text), encoding, labels.size(), logits);
  const bool words = aggregation != Aggregation::none && aggregation != Aggregation::simple;
  std::vector<TagSpan> spans = words ? spans_of_words(tokenizer, labels, tokens, aggregation) : spans_of_tokens(labels, tokens);
  if (aggregation != Aggregation::none) spans = entities(tokenizer, spans);
  std::erase_if(spans, [](const TagSpan& s) { return s.label == "O"; });
  return spans;
}

std::vector<TagSpan> without_overlaps(std::vector<TagSpan> spans) {
  std::stable_sort(spans.begin(), spans.end(), [](const TagSpan& a, const TagSpan& b) { return a.begin < b.begin; });
  std::vector<TagSpan> kept;
  for (TagSpan& s : spans) {
    if (kept.empty() || s.begin >= kept.back().end) {
      kept.push_back(std::move(s));
      continue;
    }
    const TagSpan& last = kept.back();
    const uint32_t length = s.end - s.begin, before = last.end - last.begin;
    if (length > before || (length == before && s.score > last.score)) kept.back() = std::move(s);
  }
  return kept;
}

}  // namespace gamana
