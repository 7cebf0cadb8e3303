#include "gamana/cli/encoding_text.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace gamana {
namespace {

void append_string(std::string& out, const std::string& text) {
  const auto plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c != 0x7F; };
  if (std::all_of(text.begin(), text.end(), plain))
    out += '"', out += text, out += '"';
  else
    out += Json(text).dump();
}

// "name":[…] with one item for each of `items`.
template <class Items, class Append>
void append_list(std::string& out, const char* name, const Items& items, const Append& append) {
  out += '"', out += name, out += "\":[";
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    append(item);
  }
  out += ']';
}

}  // namespace

void append_tokens_with_offsets(std::string& out, const Tokenizer& tokenizer, const Encoding& encoding) {
  const std::vector<std::string> tokens = tokenizer.tokens(encoding);
  for (size_t i = 0; i < tokens.size(); ++i)
    fmt::format_to(std::back_inserter(out), "{}{}({},{})", i ? " " : "", tokens[i], encoding.offsets[i].begin,
                   encoding.offsets[i].end);
}

void append_json(std::string& out, const Tokenizer& tokenizer, const Encoding& encoding, bool windows) {
  const auto to = std::back_inserter(out);
  const auto number = [&](int64_t n) { fmt::format_to(to, "{}", n); };
  out += '{';
  append_list(out, "ids", encoding.ids, number);
  append_list(out += ',', "tokens", tokenizer.tokens(encoding), [&](const std::string& t) { append_string(out, t); });
  append_list(out += ',', "offsets", encoding.offsets,
              [&](const Span& span) { fmt::format_to(to, "[{},{}]", span.begin, span.end); });
  append_list(out += ',', "type_ids", encoding.type_ids, number);
  append_list(out += ',', "special_tokens_mask", encoding.special_tokens_mask, number);
  append_list(out += ',', "attention_mask", encoding.attention_mask, number);
  append_list(out += ',', "word_ids", encoding.word_ids, [&](int32_t word) {
    if (word < 0) out += "null";
    else number(word);
  });
  if (windows)
    append_list(out += ',', "overflowing", encoding.overflowing,
                [&](const Encoding& window) { append_json(out, tokenizer, window, false); });
  out += '}';
}

}  // namespace gamana
