#pragma once
// Batches cut from examples by their lengths.
#include <cstdint>
#include <span>
#include <vector>

#include "gamana/base/check.h"

namespace gamana {

using Lengths = std::vector<int32_t>;               // tokens of each example
using Batches = std::vector<std::vector<int32_t>>;  // indices of examples

struct BatchRule {
  int64_t examples = 0;  // a batch has at most so many; 0: any number
  int64_t tokens = 0;    // and so many tokens, or one example that is longer; 0: any number
  // Examples are sorted by length, the longest first, within so many of the order; 0: they are not. Ragged batches do
  // without; it evens out the work of batches of few examples.
  int64_t window = 0;
};

// The batches of an epoch: a random order that depends on (seed, epoch) only, and of the batches too where they are
// sorted.
Batches plan_batches(const Lengths& lengths, const BatchRule& rule, uint64_t seed, int64_t epoch);
// The same without a random order, for validation and inference.
Batches plan_in_order(const Lengths& lengths, const BatchRule& rule);

// Of examples that have several sides, such as sentence pairs: a list of lengths for each side, of which the larger sum
// counts.
Batches plan_batches(std::span<const Lengths> sides, const BatchRule& rule, uint64_t seed, int64_t epoch);
Batches plan_in_order(std::span<const Lengths> sides, const BatchRule& rule);

// Works on a stream of any length in batches of similar length, and hands the results back in the order of the stream:
// `rule.window` items are read, sorted and worked on at a time.
//   bool next(Item&)                                          the next item; false at the end
//   int32_t length(const Item&)                               its tokens
//   std::vector<Result> work(const std::vector<const Item*>&)  a result for each item of a batch
//   void emit(const Item&, Result&)                           in the order of the stream
template <class Item, class Result, class Next, class Length, class Work, class Emit>
void map_by_length(const BatchRule& rule, const Next& next, const Length& length, const Work& work, const Emit& emit) {
  GAMANA_DCHECK(rule.window > 0);
  for (bool more = true; more;) {
    std::vector<Item> items;
    Lengths lengths;
    while (static_cast<int64_t>(items.size()) < rule.window) {
      Item item;
      if (!(more = next(item))) break;
      lengths.push_back(length(item));
      items.push_back(std::move(item));
    }
    std::vector<Result> results(items.size());
    for (const std::vector<int32_t>& batch : plan_in_order(lengths, rule)) {
      std::vector<const Item*> chosen;
      for (const int32_t i : batch) chosen.push_back(&items[static_cast<size_t>(i)]);
      std::vector<Result> made = work(chosen);
      for (size_t k = 0; k < batch.size(); ++k) results[static_cast<size_t>(batch[k])] = std::move(made[k]);
    }
    for (size_t i = 0; i < items.size(); ++i) emit(items[i], results[i]);
  }
}

}  // namespace gamana
