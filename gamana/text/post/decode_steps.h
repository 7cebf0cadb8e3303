#pragma once
// A decoder whose tokens become text one by one, so that this text can be kept for each id and written as tokens
// arrive.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/text/post/decoder.h"

namespace gamana {

struct Place {
  bool first = false, last = false;
};

// One part for each token, from its text and its place alone.
class TokenDecoder : public Decoder {
 public:
  virtual void map(std::string& token, Place place) const = 0;
  virtual bool needs_first() const { return false; }  // the first token becomes something else than in the middle
  virtual bool needs_last() const { return false; }

  void decode(std::vector<std::string>& tokens) const override;
  bool add_to(DecodeSteps& steps) const override;
};

struct DecodeSteps {
  bool drops_repeats = false;               // of equal tokens in a row the first alone counts
  std::vector<const TokenDecoder*> tokens;  // each token becomes a part
  bool byte_tokens = false;                 // runs of <0xNN> become characters
  std::vector<const TokenDecoder*> parts;   // what then happens to each part
  bool byte_level = false;                  // ByteLevel's characters become bytes
  bool joined = false;                      // all are one part from here on
  char32_t strip = 0;                       // up to so many of these are then taken from its begin and its end
  int64_t strip_begin = 0, strip_end = 0;
  bool needs_first = false, needs_last = false;
};

// Tokens joined by spaces: what happens without a decoder.
const TokenDecoder& space_decoder();

// The byte of <0xNN>.
std::optional<unsigned char> byte_token(std::string_view token);
// ByteLevel's characters as bytes; a token with another character stays as it is.
void unmap_bytes(std::string& token);

}  // namespace gamana
