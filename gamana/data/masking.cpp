#include "gamana/data/masking.h"

#include <algorithm>
#include <cmath>

#include "gamana/base/check.h"
#include "gamana/base/rng.h"

namespace gamana {
namespace {

constexpr uint64_t kMasking = 0x3A5C;  // the counter of this stream (base/rng.h)

struct Word {
  int32_t begin, end;
};

// The tokens that may be chosen, in groups that are chosen together.
std::vector<Word> words_of(std::span<const uint8_t> special, std::span<const int32_t> words) {
  std::vector<Word> found;
  const auto n = static_cast<int32_t>(special.size());
  for (int32_t i = 0; i < n; ++i) {
    if (special[i]) continue;
    const bool goes_on = !words.empty() && i > 0 && !special[i - 1] && words[i] == words[i - 1] && words[i] >= 0;
    goes_on ? void(found.back().end = i + 1) : found.push_back({i, i + 1});
  }
  return found;
}

// Words in random order, as long as they fit (create_masked_lm_predictions of the paper's code).
std::vector<int32_t> choose(const std::vector<Word>& words, double rate, uint64_t key) {
  int64_t candidates = 0;
  for (const Word& word : words) candidates += word.end - word.begin;
  const auto wanted = std::llround(rate * static_cast<double>(candidates));
  std::vector<int32_t> places;
  const std::vector<int32_t> order = permutation(key, static_cast<int32_t>(words.size()));
  for (size_t k = 0; k < order.size() && static_cast<int64_t>(places.size()) < wanted; ++k) {
    const Word& word = words[static_cast<size_t>(order[k])];
    if (static_cast<int64_t>(places.size()) + word.end - word.begin > wanted) continue;
    for (int32_t i = word.begin; i < word.end; ++i) places.push_back(i);
  }
  if (places.empty() && !order.empty())  // all words are longer than what is wanted, or that is nothing
    for (int32_t i = words[static_cast<size_t>(order[0])].begin; i < words[static_cast<size_t>(order[0])].end; ++i)
      places.push_back(i);
  std::sort(places.begin(), places.end());
  return places;
}

}  // namespace

MaskedTokens mask_tokens(std::span<int32_t> ids, std::span<const uint8_t> special, std::span<const int32_t> words,
                         const MaskRule& rule, uint64_t seed, int64_t epoch, int64_t example) {
  GAMANA_DCHECK(special.size() == ids.size() && (words.empty() || words.size() == ids.size()));
  const uint64_t key =
      stream_key(stream_key(seed, kMasking), static_cast<uint64_t>(epoch), static_cast<uint64_t>(example));
  const uint64_t fate = mix(key ^ 1), token = mix(key ^ 2);
  MaskedTokens masked{choose(words_of(special, words), rule.rate, key), {}};
  for (const int32_t place : masked.places) {
    int32_t& id = ids[static_cast<size_t>(place)];
    masked.labels.push_back(id);
    const double u = uniform(fate, static_cast<uint64_t>(place));
    if (u < rule.hidden) {
      id = rule.mask_token;
    } else if (u < rule.hidden + rule.random) {
      id = static_cast<int32_t>(uniform(token, static_cast<uint64_t>(place)) * rule.vocabulary);
    }
  }
  return masked;
}

}  // namespace gamana
