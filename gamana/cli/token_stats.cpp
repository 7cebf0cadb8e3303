#include "gamana/cli/token_stats.h"

#include <algorithm>

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

constexpr size_t kLongest = 10;

int64_t count_characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

// "" for text of no script, such as digits.
std::string script_of_text(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint character = code_point(text, at);
    UErrorCode error = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(static_cast<UChar32>(character.c), &error);
    if (U_SUCCESS(error) && script > USCRIPT_INHERITED && script != USCRIPT_UNKNOWN) return uscript_getName(script);
    at += character.bytes;
  }
  return "";
}

// The word at text[at], after white space; empty at the end.
Span next_word(std::string_view text, size_t at) {
  const auto skip = [&](size_t from, bool space) {
    while (from < text.size()) {
      const CodePoint c = code_point(text, from);
      if (static_cast<bool>(u_isUWhiteSpace(static_cast<UChar32>(c.c))) != space) break;
      from += c.bytes;
    }
    return from;
  };
  const size_t begin = skip(at, true);
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(skip(begin, false))};
}

// Without the punctuation at its ends; a word of nothing else is left as it is.
Span without_punctuation(std::string_view text, Span word) {
  Span inner{word.end, word.end};
  for (uint32_t at = word.begin; at < word.end;) {
    const CodePoint c = code_point(text, at);
    if (!u_ispunct(static_cast<UChar32>(c.c))) inner = {std::min(inner.begin, at), at + c.bytes};
    at += c.bytes;
  }
  return inner.begin < inner.end ? inner : word;
}

void count_words(std::string_view line, const Encoding& encoding, int32_t unknown, TokenStats& stats) {
  size_t first = 0;
  for (Span word = next_word(line, 0); word.begin < word.end; word = next_word(line, word.end)) {
    ++stats.words;
    const Span inner = without_punctuation(line, word);
    while (first < encoding.size() && encoding.offsets[first].end <= inner.begin) ++first;
    int64_t tokens = 0;
    bool known = true;
    for (size_t i = first; i < encoding.size() && encoding.offsets[i].begin < inner.end && tokens < 2; ++i)
      if (encoding.offsets[i].begin < encoding.offsets[i].end) ++tokens, known &= encoding.ids[i] != unknown;
    stats.whole_words += tokens == 1 && known;
  }
}

void keep_longest(std::vector<LongToken>& list, int32_t id, int64_t characters, std::string_view text) {
  if (list.size() == kLongest && characters <= list.back().characters) return;
  const auto same = std::find_if(list.begin(), list.end(), [&](const LongToken& t) { return t.id == id; });
  if (same != list.end()) {
    if (same->characters >= characters) return;
    list.erase(same);
  }
  const auto at = std::find_if(list.begin(), list.end(), [&](const LongToken& t) { return t.characters < characters; });
  list.insert(at, {id, characters, std::string(text)});
  if (list.size() > kLongest) list.pop_back();
}

}  // namespace

void TokenStats::add(const Tokenizer& tokenizer, std::string_view line) {
  EncodeOptions options;
  options.add_special_tokens = false, options.truncate = false;
  const Encoding encoding = tokenizer.encode(line, options);
  const int32_t unknown_id = tokenizer.unknown_id().value_or(-1);
  ++lines, bytes += static_cast<int64_t>(line.size()), characters += count_characters(line);
  tokens += static_cast<int64_t>(encoding.size());
  ids.insert(ids.end(), encoding.ids.begin(), encoding.ids.end());
  count_words(line, encoding, unknown_id, *this);
  uint32_t covered = 0;
  for (size_t i = 0; i < encoding.size(); ++i) {
    const Span span = encoding.offsets[i];
    const std::string_view text = line.substr(span.begin, span.end - span.begin);
    const bool is_unknown = encoding.ids[i] == unknown_id;
    ScriptCounts& script = scripts[script_of_text(text)];
    ++script.tokens, script.unknown += is_unknown, unknown += is_unknown;
    if (span.end > covered) {
      const std::string_view new_text = line.substr(std::max(span.begin, covered), span.end - std::max(span.begin, covered));
      script.characters += count_characters(new_text), script.bytes += static_cast<int64_t>(new_text.size());
      covered = span.end;
    }
    if (!is_unknown && !text.empty()) keep_longest(longest, encoding.ids[i], count_characters(text), text);
  }
}

void TokenStats::merge(const TokenStats& later) {
  lines += later.lines, characters += later.characters, bytes += later.bytes, words += later.words;
  whole_words += later.whole_words, tokens += later.tokens, unknown += later.unknown;
  for (const auto& [name, counts] : later.scripts) {
    ScriptCounts& s = scripts[name];
    s.tokens += counts.tokens, s.characters += counts.characters, s.bytes += counts.bytes, s.unknown += counts.unknown;
  }
  for (const LongToken& t : later.longest) keep_longest(longest, t.id, t.characters, t.text);
}

}  // namespace gamana
