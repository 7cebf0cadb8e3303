#include "gamana/jobs/text_encoder.h"

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/models/adapter.h"
#include "gamana/text/files/tokenizer_settings.h"

namespace gamana {
namespace {

int longest_input(const std::string& directory, int max_length, int positions) {
  if (max_length > 0) return max_length;
  return static_cast<int>(std::min<int64_t>(positions, read_tokenizer_settings(tokenizer_directory(directory)).model_max_length));
}

// Tokenizers of language models put nothing around a text.
void check_found(const Encoding& encoding) {
  if (encoding.size() == 0) throw Error("expected a text of at least one token, found an empty one", "leave it out");
}

}  // namespace

std::vector<Encoding> take_windows(Encoding encoding) {
  std::vector<Encoding> windows = std::move(encoding.overflowing);
  encoding.overflowing.clear();
  windows.insert(windows.begin(), std::move(encoding));
  return windows;
}

Batch batch_of(const std::vector<const EncodedText*>& texts) {
  Batch batch;
  for (const EncodedText* text : texts) batch.append(text->ids.data(), text->length(), text->segments.data());
  return batch;
}

TextEncoder::TextEncoder(const std::string& directory, int max_length, int positions)
    : TextEncoder(Tokenizer::load(tokenizer_directory(directory)), longest_input(directory, max_length, positions), positions) {}

TextEncoder::TextEncoder(Tokenizer tokenizer, int max_length, int positions)
    : tokenizer_(std::move(tokenizer)), max_length_(max_length > 0 ? max_length : positions) {
  if (max_length_ > positions)
    throw Error(fmt::format("--max-length: the model reads at most {} tokens, found {}", positions, max_length_),
                "give less, or leave it out");
  options_.truncation = Truncation{.max_length = max_length_};
}

EncodedText TextEncoder::encode(const std::string& text, const std::string& pair) const {
  Encoding encoding = pair.empty() ? tokenizer_.encode(text, options_) : tokenizer_.encode(text, pair, options_);
  check_found(encoding);
  if (!encoding.overflowing.empty()) ++truncated_;
  return {std::move(encoding.ids), std::move(encoding.type_ids)};
}

std::vector<EncodedText> TextEncoder::encode(const std::string& text, const std::string& pair, LongText overflow) const {
  if (overflow == LongText::truncate) return {encode(text, pair)};
  if (overflow == LongText::error) check_length(text, pair);
  EncodeOptions options = options_;
  options.truncation->stride = window_stride();
  Encoding encoding = pair.empty() ? tokenizer_.encode(text, options) : tokenizer_.encode(text, pair, options);
  check_found(encoding);
  std::vector<EncodedText> inputs;
  for (Encoding& e : take_windows(std::move(encoding)))
    inputs.push_back({std::move(e.ids), std::move(e.type_ids)});
  if (!pair.empty() && inputs.size() > 1)
    throw Error(fmt::format("a pair of texts has more than {} tokens; windows are for single texts", max_length_),
                "give --overflow truncate");
  return inputs;
}

void TextEncoder::check_length(const std::string& text, const std::string& pair) const {
  EncodeOptions options = options_;
  options.truncate = false;
  const size_t found = (pair.empty() ? tokenizer_.encode(text, options) : tokenizer_.encode(text, pair, options)).size();
  if (found > static_cast<size_t>(max_length_))
    throw Error(fmt::format("expected at most {} tokens, found {}", max_length_, found),
                "give --overflow truncate to cut longer texts, or --overflow window to read all of them");
}

Encoding TextEncoder::encode_with_offsets(const std::string& text, std::optional<int> stride) const {
  EncodeOptions options = options_;
  options.unit = OffsetUnit::code_points;
  options.truncation->stride = stride.value_or(0);
  Encoding encoding = tokenizer_.encode(text, options);
  if (stride || encoding.overflowing.empty()) return encoding;
  ++truncated_, encoding.overflowing.clear();
  return encoding;
}

Encoding TextEncoder::encode_words(const std::vector<std::string>& words) const {
  return tokenizer_.encode_words(words, {}, options_);
}

}  // namespace gamana
