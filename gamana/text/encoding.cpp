#include "gamana/text/encoding.h"

#include <algorithm>

namespace gamana {

// As there: the numbers below the count of sequences that have none of the tokens named for them stand for all tokens, and the
// highest number counts.
int Encoding::sequence_of(size_t token) const {
  for (int number = std::max(1, static_cast<int>(sequences.size())) - 1; number >= 0; --number) {
    Span tokens{0, static_cast<uint32_t>(size())};
    for (const auto& [known, range] : sequences)
      if (known == number) tokens = range;
    if (token >= tokens.begin && token < tokens.end) return number;
  }
  return -1;
}

void Encoding::set_sequence(int32_t number, Span tokens) {
  for (auto& [known, range] : sequences)
    if (known == number) {
      range = tokens;
      return;
    }
  sequences.emplace_back(number, tokens);
}

}  // namespace gamana
