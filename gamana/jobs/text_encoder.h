#pragma once
// Texts as a model reads them.
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gamana/base/batch.h"
#include "gamana/text/tokenizer.h"

namespace gamana {

struct EncodedText {
  std::vector<int32_t> ids, segments;

  int32_t length() const { return static_cast<int32_t>(ids.size()); }
};

// An encoding and those that overflowed, in order.
std::vector<Encoding> take_windows(Encoding encoding);

// What becomes of a text that is longer than the input: it is cut, read in windows, or refused.
enum class LongText { truncate, window, error };

// A batch of texts. The pointers may come from anywhere.
Batch batch_of(const std::vector<const EncodedText*>& texts);

// A tokenizer with the longest input of a model. May be shared by threads.
class TextEncoder {
 public:
  // `directory`: the tokenizer's. `max_length`: of an input in tokens, special ones included; 0: the least of what the tokenizer's
  // files and the model (`positions`) say. Throws Error naming a file, or where max_length is more than `positions`.
  TextEncoder(const std::string& directory, int max_length, int positions);
  TextEncoder(Tokenizer tokenizer, int max_length, int positions);  // 0: positions

  // One text or, if `pair` is not empty, two. What is too long is cut (the longer text first) and counted. Throws Error where
  // there is no token.
  EncodedText encode(const std::string& text, const std::string& pair = "") const;

  // The same as inputs: one, or the windows of a text that is too long; each shares a quarter of the longest input with the
  // one before. Throws Error for a text that is too long and to be refused, and for a pair that is to have windows.
  std::vector<EncodedText> encode(const std::string& text, const std::string& pair, LongText overflow) const;

  // With offsets in characters. Without `stride` what is too long is cut and counted; with it the rest is in `overflowing`,
  // inputs that share so many tokens with the one before.
  Encoding encode_with_offsets(const std::string& text, std::optional<int> stride) const;
  // Words that were split elsewhere; word_ids are their indices. What is too long goes on in `overflowing`.
  Encoding encode_words(const std::vector<std::string>& words) const;

  int window_stride() const { return max_length_ / 4; }  // tokens that windows share
  // Throws Error for a text of more tokens than the input has.
  void check_length(const std::string& text, const std::string& pair = "") const;

  const Tokenizer& tokenizer() const { return tokenizer_; }
  int max_length() const { return max_length_; }
  int64_t truncated() const { return truncated_; }  // texts that were cut so far

 private:
  Tokenizer tokenizer_;
  int max_length_;
  EncodeOptions options_;
  mutable std::atomic<int64_t> truncated_{0};
};

}  // namespace gamana
