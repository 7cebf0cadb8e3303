#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"
#include "gamana/text/models/bpe_model.h"
#include "gamana/text/models/bpe_whole.h"
#include "gamana/text/models/byte_chars.h"
#include "gamana/text/models/json_text.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

bool is_one_char(std::string_view text) { return !text.empty() && code_point(text, 0).bytes == text.size(); }

char32_t last_char(std::string_view text) {
  size_t at = text.size() - 1;
  while (at > 0 && (text[at] & 0xC0) == 0x80) --at;
  return code_point(text, at).c;
}

// The id of a merge's result. Files list merges in the order of their results, so it is mostly the last one's or the
// next.
int32_t result_of(std::string_view left, std::string_view right, int32_t last, const TokenMap& tokens) {
  for (const int32_t guess : {last, last + 1})
    if (tokens.spells(guess, left, right)) return guess;
  return tokens.id(std::string(left).append(right));
}

constexpr size_t kGroup = 64;  // merges whose sides are looked up at once

// Fills out.merges[begin …]. Returns the first merge that is none, or kFine.
constexpr size_t kFine = SIZE_MAX;
size_t read_group(std::span<const std::array<std::string_view, 2>> group, size_t cut, const TokenMap& tokens,
                  int32_t& result, MergeTable::Merge* out) {
  std::array<int32_t, 2 * kGroup> ids;
  tokens.ids({group[0].data(), 2 * group.size()}, ids.data());
  for (size_t i = 0; i < group.size(); ++i) {
    const auto& [left, right] = group[i];
    if (ids[2 * i] < 0 || ids[2 * i + 1] < 0 || right.size() < cut) return i;
    if (right.size() > cut && (right[cut] & 0xC0) == 0x80) return i;
    result = result_of(left, right.substr(cut), result, tokens);
    if (result < 0) return i;
    out[i] = {ids[2 * i], ids[2 * i + 1], result};
  }
  return kFine;
}

[[noreturn]] void complain(const BpeOptions& options, const TokenMap& tokens, size_t merge, const std::string& where) {
  const auto& [left, right] = options.merges[merge];
  const std::string_view prefix = or_empty(options.prefix);
  for (const std::string_view side : {left, right})
    if (tokens.id(side) < 0)
      fail("{}: merges: expected tokens of the vocabulary in merge {}, found '{}'", where, merge, side);
  if (right.size() < prefix.size() || (right.size() > prefix.size() && (right[prefix.size()] & 0xC0) == 0x80))
    fail("{}: merges: expected a right side behind the prefix '{}' in merge {}, found '{}'", where, prefix, merge, right);
  fail("{}: merges: expected tokens of the vocabulary in merge {}, found '{}{}'", where, merge, left,
       right.substr(prefix.size()));
}

// Limited by distant reads, which several threads wait for at once.
std::vector<MergeTable::Merge> read_merges(const BpeOptions& options, const TokenMap& tokens, const std::string& where) {
  const size_t cut = or_empty(options.prefix).size(), n = options.merges.size();
  std::vector<MergeTable::Merge> out(n);
  std::atomic<size_t> fault = kFine;  // the first one, whichever thread finds one first
  parallel_for(static_cast<int64_t>(n), 128 * kGroup, [&](int64_t from, int64_t to) {
    int32_t result = -1;
    for (size_t begin = static_cast<size_t>(from); begin < static_cast<size_t>(to); begin += kGroup) {
      const size_t size = std::min(kGroup, static_cast<size_t>(to) - begin);
      const size_t bad = read_group(std::span(options.merges).subspan(begin, size), cut, tokens, result, &out[begin]);
      if (bad == kFine) continue;
      for (size_t seen = fault; begin + bad < seen && !fault.compare_exchange_weak(seen, begin + bad);) {
      }
      return;
    }
  });
  if (fault != kFine) complain(options, tokens, fault, where);
  return out;
}

// Whether a merge always makes a longer token.
bool merges_grow(const BpeOptions& options) {
  const size_t cut = or_empty(options.prefix).size();
  return std::none_of(options.merges.begin(), options.merges.end(),
                      [&](const auto& merge) { return merge[1].size() == cut; });
}

}  // namespace

Bpe::Bpe(const BpeOptions& options, const std::string& where)
    : MapModel(options.vocabulary, options.unknown, where),
      unknown_(options.unknown),
      prefix_(options.prefix),
      suffix_(options.suffix),
      fuse_unknown_(options.fuse_unknown),
      byte_fallback_(options.byte_fallback),
      ignore_merges_(options.ignore_merges),
      raw_bytes_(options.raw_bytes),
      merges_({}),
      joins_(options.merges.size()) {
  if (options.dropout) {
    if (!(*options.dropout >= 0 && *options.dropout <= 1))
      fail("{}: dropout: expected a number from 0 to 1, found {}", where, *options.dropout);
    dropout_ = static_cast<float>(*options.dropout);
  }
  std::vector<MergeTable::Merge> merges = read_merges(options, tokens_, where);
  regular_ = merges_grow(options) && tokens_.ids_are_distinct() && merges.size() <= kShortMerges;
  may_split_ = regular_ && or_empty(prefix_).empty() && or_empty(suffix_).empty();
  parallel_for(3, 1, [&](int64_t part, int64_t) {
    if (part == 0) merges_ = MergeTable(std::move(merges));
    if (part == (ignore_merges_ ? 1 : 0)) find_whole_words();  // with ignore_merges they are all tokens
    if (part != 2) return;
    map_characters();
    if (may_split_) find_joins(options);
  });
  for (size_t b = 0; b < 256; ++b) fallback_ids_[b] = byte_fallback_ ? tokens_.id(fmt::format("<0x{:02X}>", b)) : -1;
  if (raw_bytes_) {
    byte_ranks_.resize(1 << 16);
    for (size_t i = 0; i < byte_ranks_.size(); ++i)
      byte_ranks_[i] = merges_.rank(byte_ids_[i >> 8], byte_ids_[i & 0xFF]);
  }
}

void Bpe::map_characters() {
  const std::string_view prefix = or_empty(prefix_), suffix = or_empty(suffix_);
  tokens_.each_token([&](std::string_view token, int32_t id) {
    if (token.size() > 4 + prefix.size() + suffix.size()) return;
    for (size_t kind = 0; kind < 4; ++kind) {
      std::string_view rest = token;
      if ((kind & 1 && prefix.empty()) || (kind & 2 && suffix.empty())) continue;
      if (kind & 1) {
        if (!rest.starts_with(prefix)) continue;
        rest.remove_prefix(prefix.size());
      }
      if (kind & 2) {
        if (!rest.ends_with(suffix)) continue;
        rest.remove_suffix(suffix.size());
      }
      if (is_one_char(rest)) characters_[kind].set(code_point(rest, 0).c, id);
    }
  });
  for (size_t b = 0; b < 256; ++b) byte_ids_[b] = characters_[0].find(kByteChars[b]);
}

void Bpe::find_whole_words() {
  if (dropout_.value_or(0) > 0) return;
  std::string bytes;
  const auto add = [&](std::string_view token, int32_t id) {
    if (!raw_bytes_) return whole_words_.add(token, id);
    bytes.clear();
    for (size_t at = 0; at < token.size() && bytes.size() <= WordCache::kShort;) {
      const CodePoint character = code_point(token, at);
      const int byte = byte_of_char(character.c);
      if (byte < 0) return;  // never in a piece
      bytes += static_cast<char>(byte);
      at += character.bytes;
    }
    whole_words_.add(bytes, id);
  };
  if (ignore_merges_) {
    whole_words_ = WholeWords(static_cast<size_t>(tokens_.distinct_tokens()));
    return tokens_.each_token(add);
  }
  if (!regular_ || !tokens_.is_dense() || !or_empty(prefix_).empty() || !or_empty(suffix_).empty()) return;
  std::vector<uint8_t> is_character;
  tokens_.each([&](std::string_view token, int32_t id) {
    is_character.resize(static_cast<size_t>(id) + 1);
    is_character[static_cast<size_t>(id)] = is_one_char(token);
  });
  const std::vector<uint8_t> whole = whole_results(merges_, is_character);
  whole_words_ = WholeWords(static_cast<size_t>(std::count(whole.begin(), whole.end(), 1)));
  for (size_t rank = 0; rank < whole.size(); ++rank)
    if (whole[rank]) add(tokens_.token(merges_.merges()[rank].result), merges_.merges()[rank].result);
}

void Bpe::find_joins(const BpeOptions& options) {
  for (const auto& [left, right] : options.merges) {
    if (left.empty() || right.empty()) continue;
    const char32_t before = last_char(left), after = code_point(right, 0).c;
    if (!raw_bytes_)
      joins_.add(before, after);
    else if (byte_of_char(before) >= 0 && byte_of_char(after) >= 0)
      joins_.add(static_cast<char32_t>(byte_of_char(before)), static_cast<char32_t>(byte_of_char(after)));
  }
}

void Bpe::write_json(std::string& out) const {
  out += R"({"type":"BPE","dropout":)";
  append_json(out, dropout_);
  out += R"(,"unk_token":)";
  append_json(out, unknown_);
  out += R"(,"continuing_subword_prefix":)";
  append_json(out, prefix_);
  out += R"(,"end_of_word_suffix":)";
  append_json(out, suffix_);
  out += R"(,"fuse_unk":)";
  append_json(out, fuse_unknown_);
  out += R"(,"byte_fallback":)";
  append_json(out, byte_fallback_);
  out += R"(,"ignore_merges":)";
  append_json(out, ignore_merges_);
  out += R"(,"vocab":)";
  append_json(out, tokens_);
  out += R"(,"merges":[)";
  bool first = true;
  for (const auto& [left, right, result] : merges_.merges()) {
    if (left < 0) continue;
    out += first ? "[" : ",[";
    first = false;
    append_json(out, tokens_.token(left));
    out += ',';
    append_json(out, tokens_.token(right));
    out += ']';
  }
  out += "]}";
}

bool bpe_may_read_raw_bytes(const BpeOptions& options) {
  if (!or_empty(options.prefix).empty() || !or_empty(options.suffix).empty()) return false;
  std::array<bool, 256> seen{};
  for (const auto& [token, id] : options.vocabulary)
    if (token.size() <= 2 && is_one_char(token))
      if (const int byte = byte_of_char(code_point(token, 0).c); byte >= 0) seen[static_cast<size_t>(byte)] = true;
  return std::all_of(seen.begin(), seen.end(), [](bool has) { return has; });
}

std::unique_ptr<TokenModel> make_bpe(const BpeOptions& options, const std::string& where) {
  return std::make_unique<Bpe>(options, where);
}

}  // namespace gamana
