#pragma once
// Examples cut from a corpus of tokens: blocks, lines, and pairs of segments. Texts of the corpus (lines, rows) stand
// one after the other; text t has the tokens [offsets[t], offsets[t + 1]). No special tokens are added.
#include <cstdint>
#include <span>
#include <vector>

namespace gamana {

struct TokenRange {
  int64_t begin = 0, end = 0;
  int64_t size() const { return end - begin; }
  bool operator==(const TokenRange&) const = default;
};

// All texts joined and cut into blocks of `length` tokens; what remains at the end is dropped, as in group_texts of
// transformers' run_mlm.py and run_clm.py, unless it is all there is.
std::vector<TokenRange> cut_blocks(int64_t tokens, int64_t length);

// A text each, cut after `length` tokens; those without tokens are left out (run_mlm.py --line_by_line).
std::vector<TokenRange> cut_lines(std::span<const int64_t> offsets, int64_t length);

struct SegmentPair {
  TokenRange first, second;
  int32_t label = 0;
};

enum class PairTask {
  next_sentence,   // label 0: second follows first; 1: it is from another document (Devlin et al. 2019, section 3.1)
  sentence_order,  // label 0: in their order; 1: exchanged (Lan et al. 2020, section 3.1)
};

// Pairs of segments of at most `length` tokens together, from documents of which each text is a sentence; texts without
// tokens stand between documents. Half of the pairs, chosen by (seed, epoch, document), have label 1. A tenth of the
// documents has shorter pairs (appendix A.2 of Devlin et al.). Throws Error where next_sentence has one document only.
std::vector<SegmentPair> cut_pairs(std::span<const int64_t> offsets, int64_t length, PairTask task, uint64_t seed,
                                   int64_t epoch);

}  // namespace gamana
