#pragma once
// The first stage of a tokenizer.json: the text before it is split. All are immutable and may be shared by threads.
#include <memory>
#include <string>

#include "gamana/base/json.h"
#include "gamana/text/aligned_text.h"

namespace gamana {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void normalize(AlignedText& text) const = 0;
};

// Of the "normalizer" of a tokenizer.json: BertNormalizer, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Nmt,
// Prepend, Replace, Precompiled, ByteLevel, Sequence. Null for null. Throws Error naming `where`, the key, what was expected
// and found.
std::unique_ptr<Normalizer> make_normalizer(const Json& json, const std::string& where);

}  // namespace gamana
