#pragma once
// The second stage of a tokenizer.json: pieces that the model sees one by one. All are immutable and may be shared by
// threads.
#include <memory>
#include <string>

#include "gamana/base/json.h"
#include "gamana/text/aligned_text.h"

namespace gamana {

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  // Splits each piece that is no added token, and may rewrite its text.
  virtual void split(PieceText& text) const = 0;
};

// Of the "pre_tokenizer" of a tokenizer.json: BertPreTokenizer, Whitespace, WhitespaceSplit, Punctuation, Digits,
// CharDelimiterSplit, UnicodeScripts, FixedLength, Split, ByteLevel, Metaspace, Sequence. Null for null. Throws Error naming
// `where`, the key, what was expected and found.
//
// `raw_bytes`: a ByteLevel that ends the sequence leaves bytes as they are instead of writing each as its printable
// character; only for a model whose vocabulary was turned into bytes likewise. Set to false here where there is none.
std::unique_ptr<PreTokenizer> make_pre_tokenizer(const Json& json, const std::string& where, bool& raw_bytes);

}  // namespace gamana
