#include "gamana/text/encoding.h"

namespace gamana {

int Encoding::sequence_of(size_t token) const {
  if (sequences.empty()) return token < size() ? 0 : -1;
  for (const auto& [number, tokens] : sequences)
    if (token >= tokens.begin && token < tokens.end) return number;
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
