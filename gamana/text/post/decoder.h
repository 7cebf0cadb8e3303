#pragma once
// The fifth stage of a tokenizer.json: tokens back to text. All are immutable and may be shared by threads.
#include <memory>
#include <string>
#include <vector>

#include "gamana/base/json.h"

namespace gamana {

struct DecodeSteps;

class Decoder {
 public:
  virtual ~Decoder() = default;
  // The parts of text that the tokens become; joined they are the text.
  virtual void decode(std::vector<std::string>& tokens) const = 0;
  // Appends itself to a chain that is followed token by token (post/decode_steps.h). False if it needs the whole list.
  virtual bool add_to(DecodeSteps& steps) const;
};

// Of the "decoder" of a tokenizer.json: ByteLevel, WordPiece, Metaspace, BPEDecoder, ByteFallback, Fuse, Strip,
// Replace, CTC, Sequence. Null for null (tokens are then joined by spaces). Throws Error naming `where`, the key, what
// was expected and found.
std::unique_ptr<Decoder> make_decoder(const Json& json, const std::string& where);

}  // namespace gamana
