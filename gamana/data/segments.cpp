#include "gamana/data/segments.h"

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/base/rng.h"

namespace gamana {
namespace {

constexpr uint64_t kPairs = 0x5E69;  // the counter of this stream (base/rng.h)
constexpr double kShorter = 0.1;     // documents whose pairs are shorter than they may be

struct Document {
  int64_t begin, end;  // sentences
};

std::vector<Document> documents_of(std::span<const int64_t> offsets) {
  std::vector<Document> documents;
  bool inside = false;
  for (int64_t t = 0; t + 1 < static_cast<int64_t>(offsets.size()); ++t) {
    const bool empty = offsets[t] == offsets[t + 1];
    if (!empty && !inside) documents.push_back({t, t});
    if (!empty) documents.back().end = t + 1;
    inside = !empty;
  }
  return documents;
}

// Numbers drawn one after the other.
class Draws {
 public:
  explicit Draws(uint64_t key) : key_(key) {}
  double next() { return uniform(key_, count_++); }
  int64_t below(int64_t n) { return static_cast<int64_t>(next() * static_cast<double>(n)); }

 private:
  uint64_t key_, count_ = 0;
};

// create_instances_from_document and truncate_seq_pair of the paper's code.
class PairCutter {
 public:
  PairCutter(std::span<const int64_t> offsets, const std::vector<Document>& documents, int64_t length, PairTask task,
             std::vector<SegmentPair>& pairs)
      : offsets_(offsets), documents_(documents), length_(length), task_(task), pairs_(pairs) {}

  void cut(int64_t number, Draws draws) {
    const Document& document = documents_[static_cast<size_t>(number)];
    const int64_t wanted = draws.next() < kShorter ? 2 + draws.below(length_ - 1) : length_;
    for (int64_t begin = document.begin, end = begin; begin < document.end; begin = end) {
      end = chunk_end(document, begin, wanted);
      const int64_t middle = end - begin >= 2 ? begin + 1 + draws.below(end - begin - 1) : end;
      SegmentPair pair{tokens(begin, middle), tokens(middle, end), 0};
      if (task_ == PairTask::sentence_order) {
        if (middle == end) continue;
        if (draws.next() < 0.5) std::swap(pair.first, pair.second), pair.label = 1;
      } else if (middle == end || draws.next() < 0.5) {
        pair.second = elsewhere(number, wanted - pair.first.size(), draws), pair.label = 1;
        end = middle;  // what was to follow is used by the next pair
      }
      shorten(pair, draws);
      pairs_.push_back(pair);
    }
  }

 private:
  TokenRange tokens(int64_t begin, int64_t end) const { return {offsets_[begin], offsets_[end]}; }

  // Behind the sentence from `begin` on with which there are `wanted` tokens, or the last one.
  int64_t chunk_end(const Document& document, int64_t begin, int64_t wanted) const {
    int64_t end = begin + 1;
    while (end < document.end && tokens(begin, end).size() < wanted) ++end;
    return end;
  }

  // Sentences of another document with `wanted` tokens, or up to its end.
  TokenRange elsewhere(int64_t number, int64_t wanted, Draws& draws) const {
    int64_t other = draws.below(static_cast<int64_t>(documents_.size()) - 1);
    if (other >= number) ++other;
    const Document& document = documents_[static_cast<size_t>(other)];
    const int64_t begin = document.begin + draws.below(document.end - document.begin);
    return tokens(begin, chunk_end(document, begin, wanted));
  }

  // Takes tokens from either end of the longer segment until both fit.
  void shorten(SegmentPair& pair, Draws& draws) const {
    while (pair.first.size() + pair.second.size() > length_) {
      TokenRange& longer = pair.first.size() > pair.second.size() ? pair.first : pair.second;
      draws.next() < 0.5 ? ++longer.begin : --longer.end;
    }
  }

  std::span<const int64_t> offsets_;
  const std::vector<Document>& documents_;
  int64_t length_;
  PairTask task_;
  std::vector<SegmentPair>& pairs_;
};

}  // namespace

std::vector<TokenRange> cut_blocks(int64_t tokens, int64_t length) {
  std::vector<TokenRange> blocks;
  for (int64_t begin = 0; begin + length <= tokens; begin += length) blocks.push_back({begin, begin + length});
  if (blocks.empty() && tokens > 0) blocks.push_back({0, tokens});
  return blocks;
}

std::vector<TokenRange> cut_lines(std::span<const int64_t> offsets, int64_t length) {
  std::vector<TokenRange> lines;
  for (size_t t = 0; t + 1 < offsets.size(); ++t)
    if (offsets[t + 1] > offsets[t]) lines.push_back({offsets[t], std::min(offsets[t + 1], offsets[t] + length)});
  return lines;
}

std::vector<SegmentPair> cut_pairs(std::span<const int64_t> offsets, int64_t length, PairTask task, uint64_t seed,
                                   int64_t epoch) {
  GAMANA_DCHECK(length >= 2);
  const std::vector<Document> documents = documents_of(offsets);
  if (task == PairTask::next_sentence && documents.size() < 2)
    throw Error(fmt::format("expected documents to take next sentences from, found {}", documents.size()),
                "a sentence stands on a line, and an empty line between documents");
  std::vector<SegmentPair> pairs;
  PairCutter cutter(offsets, documents, length, task, pairs);
  for (size_t d = 0; d < documents.size(); ++d)
    cutter.cut(static_cast<int64_t>(d), Draws(stream_key(stream_key(seed, kPairs), static_cast<uint64_t>(epoch), d)));
  return pairs;
}

}  // namespace gamana
