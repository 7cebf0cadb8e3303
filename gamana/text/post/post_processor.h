#pragma once
// The fourth stage of a tokenizer.json: truncation, special tokens around the sequences, padding.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/text/encoding.h"

namespace gamana {

enum class Side { left, right };
enum class TruncationStrategy { longest_first, only_first, only_second };

struct Truncation {
  int64_t max_length = 512, stride = 0;  // tokens
  TruncationStrategy strategy = TruncationStrategy::longest_first;
  Side direction = Side::right;
  bool operator==(const Truncation&) const = default;
};

struct Padding {
  std::optional<int64_t> fixed_length;  // none: to the longest of a batch
  std::optional<int64_t> multiple_of;
  Side direction = Side::right;
  int32_t id = 0, type_id = 0;
  std::string token = "[PAD]";
  bool operator==(const Padding&) const = default;
};

std::optional<Truncation> read_truncation(const Json& json, const std::string& where);  // none for null
std::optional<Padding> read_padding(const Json& json, const std::string& where);
Json write_truncation(const std::optional<Truncation>& truncation);
Json write_padding(const std::optional<Padding>& padding);

// What a processor needs to know of the tokens: their text, as tokens() of `tokenizers` shows it.
class TokenNames {
 public:
  virtual ~TokenNames() = default;
  virtual std::string name(const Encoding& encoding, size_t token) const = 0;
};

// Cuts one sequence to `max_length`; what is cut becomes windows in `overflowing` that share `stride` tokens with the
// one before. At length 0 the whole sequence becomes the only window. Error if the stride is not smaller than another
// length.
void truncate(Encoding& sequence, int64_t max_length, int64_t stride, Side direction);
// Cuts one or two sequences so that together they have at most `truncation.max_length` tokens. Error if the strategy's
// sequence is missing or would have nothing left.
void truncate(Encoding& first, Encoding* second, const Truncation& truncation);
// Pads an encoding and its windows that are shorter. The tokens get literals, unless `names` says that the vocabulary
// has the padding's text for its id.
void pad(Encoding& encoding, int64_t length, const Padding& padding, const TokenNames* names = nullptr);
// The length of all encodings of a batch whose longest has `longest` tokens. An encoding padded alone is such a batch.
int64_t padded_length(int64_t longest, const Padding& padding);
// Appends `other`, as Encoding::merge_with(…, growing_offsets = false) does: each window of one with all of the other.
void append(Encoding& encoding, const Encoding& other);

class PostProcessor {
 public:
  virtual ~PostProcessor() = default;
  virtual int added_tokens(bool pair) const = 0;
  // One or two sequences become one encoding.
  virtual std::vector<Encoding> process(std::vector<Encoding> sequences, bool add_special_tokens,
                                        const TokenNames& names) const = 0;
};

// Of the "post_processor" of a tokenizer.json: TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel,
// Sequence. Null for null. Throws Error naming `where`, the key, what was expected and found.
std::unique_ptr<PostProcessor> make_post_processor(const Json& json, const std::string& where);

// A TemplateProcessing as a tokenizer.json has it, from templates as `tokenizers`' Python class reads them: items
// between single spaces, each a sequence ($A, $B, $ for $A, $1 for $A:1) or the name of a special token, and :2 for
// type id 2. Throws Error if an item cannot be read, the second template lacks a sequence or a special token is not
// listed.
Json template_processing(const std::string& single, const std::string& pair,
                         const std::vector<std::pair<std::string, int32_t>>& special_tokens);

// The stage without padding: truncation to what the processor (may be null) leaves, special tokens, one encoding. As in
// `tokenizers`, nothing is cut where the special tokens alone are more than the length.
Encoding post_process(Encoding first, std::optional<Encoding> second, const PostProcessor* processor,
                      const std::optional<Truncation>& truncation, bool add_special_tokens, const TokenNames& names);

}  // namespace gamana
