#include "gamana/text/encoding.h"

namespace gamana {

int Encoding::sequence_of(size_t token) const {
  for (const auto& [number, tokens] : sequences)
    if (token >= tokens.begin && token < tokens.end) return number;
  return -1;
}

}  // namespace gamana
