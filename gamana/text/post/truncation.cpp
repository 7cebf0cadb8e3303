// Truncation and padding, after `tokenizers` (tokenizer/encoding.rs, utils/truncation.rs, utils/padding.rs).
#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/text/post/fields.h"
#include "gamana/text/post/post_processor.h"

namespace gamana {
namespace {

const std::vector<std::string> kStrategies = {"LongestFirst", "OnlyFirst",
                                              "OnlySecond"};     // in TruncationStrategy's order
const std::vector<std::string> kDirections = {"Left", "Right"};  // in Side's

template <class T>
std::vector<T> part(const std::vector<T>& list, size_t begin, size_t end) {
  return {list.begin() + begin, list.begin() + end};
}

Encoding window(const Encoding& from, size_t begin, size_t end) {
  Encoding out;
  out.ids = part(from.ids, begin, end);
  out.type_ids = part(from.type_ids, begin, end);
  out.offsets = part(from.offsets, begin, end);
  out.word_ids = part(from.word_ids, begin, end);
  out.special_tokens_mask = part(from.special_tokens_mask, begin, end);
  out.attention_mask = part(from.attention_mask, begin, end);
  const auto first = std::lower_bound(from.literals.begin(), from.literals.end(), begin,
                                      [](const auto& literal, size_t at) { return literal.first < at; });
  for (auto it = first; it != from.literals.end() && it->first < end; ++it)
    out.literals.emplace_back(it->first - static_cast<uint32_t>(begin), it->second);
  return out;
}

// The lengths that two sequences are cut to, which together have more than `most` tokens: the longer one gives first.
std::pair<int64_t, int64_t> share(int64_t first, int64_t second, int64_t most) {
  int64_t shorter = std::min(first, second), longer = shorter > most ? shorter : std::max(shorter, most - shorter);
  if (shorter + longer > most) {
    shorter = most / 2;
    longer = shorter + most % 2;
  }
  return first > second ? std::pair(longer, shorter) : std::pair(shorter, longer);
}

template <class T>
void pad_list(std::vector<T>& list, size_t count, T value, Side direction) {
  list.insert(direction == Side::left ? list.begin() : list.end(), count, value);
}

}  // namespace

std::optional<Truncation> read_truncation(const Json& json, const std::string& where) {
  if (json.is_null()) return std::nullopt;
  const Fields fields(json, where);
  Truncation out;
  out.max_length = fields.count("max_length");
  out.stride = fields.count("stride");
  out.strategy = static_cast<TruncationStrategy>(fields.choice("strategy", kStrategies));
  if (fields.has("direction")) out.direction = static_cast<Side>(fields.choice("direction", kDirections));
  return out;
}

std::optional<Padding> read_padding(const Json& json, const std::string& where) {
  if (json.is_null()) return std::nullopt;
  const Fields fields(json, where);
  Padding out;
  if (const Json& strategy = fields.any("strategy"); strategy.is_object() && strategy.size() == 1)
    out.fixed_length = Fields(strategy, fields.where("strategy")).count("Fixed", INT32_MAX);
  else
    fields.choice("strategy", {"BatchLongest"});
  if (fields.has("pad_to_multiple_of") && !fields.any("pad_to_multiple_of").is_null())
    out.multiple_of = fields.count("pad_to_multiple_of", INT32_MAX);
  out.direction = static_cast<Side>(fields.choice("direction", kDirections));
  out.id = static_cast<int32_t>(fields.count("pad_id", INT32_MAX));
  out.type_id = static_cast<int32_t>(fields.count("pad_type_id", INT32_MAX));
  out.token = fields.text("pad_token");
  return out;
}

Json write_truncation(const std::optional<Truncation>& truncation) {
  if (!truncation) return nullptr;
  return {{"direction", kDirections[static_cast<size_t>(truncation->direction)]},
          {"max_length", truncation->max_length},
          {"strategy", kStrategies[static_cast<size_t>(truncation->strategy)]},
          {"stride", truncation->stride}};
}

Json write_padding(const std::optional<Padding>& padding) {
  if (!padding) return nullptr;
  const Json strategy = padding->fixed_length ? Json{{"Fixed", *padding->fixed_length}} : Json("BatchLongest");
  return {{"strategy", strategy},
          {"direction", kDirections[static_cast<size_t>(padding->direction)]},
          {"pad_to_multiple_of", padding->multiple_of ? Json(*padding->multiple_of) : Json()},
          {"pad_id", padding->id},
          {"pad_type_id", padding->type_id},
          {"pad_token", padding->token}};
}

void truncate(Encoding& sequence, int64_t max_length, int64_t stride, Side direction) {
  const int64_t size = static_cast<int64_t>(sequence.size());
  if (max_length >= size) return;
  if (max_length <= 0) {
    Encoding empty;
    empty.overflowing.push_back(std::move(sequence));
    sequence = std::move(empty);
    return;
  }
  if (stride >= max_length)
    fail(
        "truncation: expected a stride below the {} tokens that are left of the length without special tokens, found "
        "{}",
        max_length, stride);
  const int64_t step = max_length - stride;
  std::vector<Encoding> windows;
  if (direction == Side::right) {
    for (int64_t begin = 0;; begin += step) {
      windows.push_back(window(sequence, begin, std::min(begin + max_length, size)));
      if (begin + max_length >= size) break;
    }
  } else {
    for (int64_t end = size;; end -= step) {
      windows.push_back(window(sequence, std::max<int64_t>(end - max_length, 0), end));
      if (end <= max_length) break;
    }
  }
  sequence = std::move(windows.front());
  windows.erase(windows.begin());
  sequence.overflowing = std::move(windows);
}

void truncate(Encoding& first, Encoding* second, const Truncation& truncation) {
  const auto cut = [&](Encoding& sequence, int64_t length) {
    truncate(sequence, length, truncation.stride, truncation.direction);
  };
  const int64_t most = truncation.max_length, n1 = first.size(), n2 = second ? second->size() : 0;
  if (most == 0) {
    cut(first, 0);
    if (second) cut(*second, 0);
    return;
  }
  if (n1 + n2 <= most) return;
  if (truncation.strategy == TruncationStrategy::longest_first) {
    if (!second) return cut(first, most);
    const auto [length1, length2] = share(n1, n2, most);
    cut(first, length1);
    cut(*second, length2);
    return;
  }
  const bool only_first = truncation.strategy == TruncationStrategy::only_first;
  if (!only_first && !second)
    fail("truncation: expected a second sequence for the strategy OnlySecond, found one sequence");
  Encoding& target = only_first ? first : *second;
  const int64_t length = static_cast<int64_t>(target.size()) - (n1 + n2 - most);
  if (length <= 0)
    fail("truncation: the {} sequence of {} tokens alone cannot be cut so that both have at most {}",
         only_first ? "first" : "second", target.size(), most);
  cut(target, length);
}

int64_t padded_length(int64_t longest, const Padding& padding) {
  const int64_t length = padding.fixed_length.value_or(longest), multiple = padding.multiple_of.value_or(0);
  return multiple > 0 && length % multiple > 0 ? length + multiple - length % multiple : length;
}

void pad(Encoding& encoding, int64_t length, const Padding& padding, const TokenNames* names) {
  for (Encoding& window : encoding.overflowing) pad(window, length, padding, names);
  const size_t size = encoding.size();
  if (length <= static_cast<int64_t>(size)) return;
  const size_t count = static_cast<size_t>(length) - size;
  const bool left = padding.direction == Side::left;
  pad_list(encoding.ids, count, padding.id, padding.direction);
  pad_list(encoding.type_ids, count, padding.type_id, padding.direction);
  pad_list(encoding.offsets, count, Span{}, padding.direction);
  pad_list(encoding.word_ids, count, -1, padding.direction);
  pad_list(encoding.special_tokens_mask, count, uint8_t{1}, padding.direction);
  pad_list(encoding.attention_mask, count, uint8_t{0}, padding.direction);
  const uint32_t shift = left ? static_cast<uint32_t>(count) : 0, first = left ? 0 : static_cast<uint32_t>(size);
  for (auto& [number, tokens] : encoding.sequences) tokens = {tokens.begin + shift, tokens.end + shift};
  for (auto& [token, text] : encoding.literals) token += shift;
  if (names && names->name(encoding, first) == padding.token) return;
  std::vector<std::pair<uint32_t, std::string>> literals;
  for (uint32_t i = 0; i < count; ++i) literals.emplace_back(first + i, padding.token);
  encoding.literals.insert(left ? encoding.literals.begin() : encoding.literals.end(), literals.begin(),
                           literals.end());
}

}  // namespace gamana
