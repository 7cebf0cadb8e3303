#include <algorithm>
#include <unordered_map>

#include "gamana/text/train/bpe_words.h"  // check_word
#include "gamana/text/train/trainers.h"

namespace gamana {

TrainedVocabulary train_wordlevel(const WordCounts& words, const WordLevelTrainerOptions& options) {
  std::vector<size_t> order;
  for (size_t i = 0; i < words.size(); ++i)
    if (words.count(i) >= options.min_frequency) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return words.count(a) != words.count(b) ? words.count(a) > words.count(b) : words.word(a) < words.word(b);
  });
  std::vector<std::string> tokens = options.special_tokens;
  const auto size = static_cast<size_t>(std::max<int64_t>(options.vocab_size, 0));
  for (size_t i = 0; i < order.size() && tokens.size() < size; ++i) {
    train::check_word(words.word(order[i]));
    tokens.emplace_back(words.word(order[i]));
  }
  tokens.resize(std::min(tokens.size(), size));

  std::unordered_map<std::string_view, size_t> last;
  for (size_t i = 0; i < tokens.size(); ++i) last[tokens[i]] = i;
  TrainedVocabulary out;
  for (size_t i = 0; i < tokens.size(); ++i)
    if (last[tokens[i]] == i) out.emplace_back(tokens[i], static_cast<int32_t>(i));
  return out;
}

}  // namespace gamana
