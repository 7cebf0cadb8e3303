#include "gamana/text/train/bpe_words.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "gamana/base/check.h"
#include "gamana/base/file.h"  // find_invalid_utf8
#include "gamana/base/parallel.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {

std::u32string byte_level_alphabet() {
  std::u32string out;
  char32_t next = 0x100;  // the 68 bytes that are not printable move up
  for (char32_t b = 0; b < 256; ++b) {
    const bool printable = (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
    out += printable ? b : next++;
  }
  return out;
}

namespace train {
namespace {

constexpr int64_t kWordGrain = 4096;  // words that one chunk takes

// Whether a character stands first or last in its word, or both; a bit each in the set of those that occur.
enum Place { kInside = 0, kFirst = 1, kLast = 2, kPlaces = 4 };

std::string utf8(char32_t c) {
  char bytes[4];
  return {bytes, utf8_bytes(c, bytes)};
}

template <class Body>  // body(c, place)
void for_each_character(std::string_view word, const Body& body) {
  for_each_code_point(word, [&](char32_t c, size_t begin, size_t end) {
    body(c, (begin == 0 ? kFirst : 0) | (end == word.size() ? kLast : 0));
  });
}

struct Characters {
  std::vector<int64_t> counts = std::vector<int64_t>(kCodePoints);
  std::vector<uint8_t> places = std::vector<uint8_t>(kCodePoints);  // a bit for each Place
};

Characters count_characters(const WordCounts& words) {
  Characters seen;
  for (size_t i = 0; i < words.size(); ++i) {
    check_word(words.word(i));
    const int64_t count = words.count(i);
    for_each_character(words.word(i), [&](char32_t c, int place) {
      seen.counts[c] += count;
      seen.places[c] |= static_cast<uint8_t>(1 << place);
    });
  }
  return seen;
}

// By code point. `limit`: the most frequent ones; of equally frequent ones those of lower code points.
std::vector<char32_t> choose_alphabet(const Characters& seen, const BpeTrainerOptions& options) {
  std::vector<int64_t> counts = seen.counts;
  for (char32_t c : options.initial_alphabet) counts[c] = INT64_MAX;
  std::vector<char32_t> kept;
  for (char32_t c = 0; c < kCodePoints; ++c)
    if (counts[c] > 0) kept.push_back(c);
  if (options.limit_alphabet && static_cast<int64_t>(kept.size()) > *options.limit_alphabet) {
    std::stable_sort(kept.begin(), kept.end(), [&](char32_t a, char32_t b) { return counts[a] > counts[b]; });
    kept.resize(static_cast<size_t>(*options.limit_alphabet));
    std::sort(kept.begin(), kept.end());
  }
  return kept;
}

// Symbols of the characters in words, by place.
class CharacterSymbols {
 public:
  CharacterSymbols(const Characters& seen, const BpeTrainerOptions& options, SymbolTable& symbols) {
    const std::string prefix = options.continuing_subword_prefix.value_or(""),
                      suffix = options.end_of_word_suffix.value_or("");
    const auto token = [&](char32_t c, int place) {
      std::string text = place & kFirst ? "" : prefix;
      text += utf8(c);
      if (place & kLast) text += suffix;
      return text;
    };
    std::vector<std::string> longer;
    each_seen(seen, symbols, [&](char32_t c, int place) { longer.push_back(token(c, place)); });
    std::sort(longer.begin(), longer.end());
    for (const std::string& t : longer) symbols.add(t);
    rows_.push_back({kNone, kNone, kNone, kNone});
    each_seen(seen, symbols, [&](char32_t c, int place) {
      if (row_of_[c] == 0) row_of_[c] = static_cast<uint32_t>(rows_.size()), rows_.push_back(rows_[0]);
      rows_[row_of_[c]][place] = symbols.add(token(c, place));
    });
  }

  uint32_t operator()(char32_t c, int place) const { return rows_[row_of_[c]][place]; }  // kNone: left out

 private:
  template <class Body>
  static void each_seen(const Characters& seen, const SymbolTable& symbols, const Body& body) {
    for (char32_t c = 0; c < kCodePoints; ++c)
      if (seen.places[c] != 0 && symbols.has(utf8(c)))
        for (int place = 0; place < kPlaces; ++place)
          if (seen.places[c] >> place & 1) body(c, place);
  }

  std::vector<uint32_t> row_of_ = std::vector<uint32_t>(kCodePoints);  // 0: none
  std::vector<std::array<uint32_t, kPlaces>> rows_;
};

// The first cell of each word, and the number of cells at the end; words of one symbol take none.
std::vector<uint64_t> count_cells(const WordCounts& words, const CharacterSymbols& symbol) {
  std::vector<uint64_t> begin(words.size() + 1);
  parallel_for(static_cast<int64_t>(words.size()), kWordGrain, [&](int64_t from, int64_t to) {
    for (size_t i = static_cast<size_t>(from); i < static_cast<size_t>(to); ++i) {
      uint64_t n = 0;
      for_each_character(words.word(i), [&](char32_t c, int place) { n += symbol(c, place) != kNone; });
      begin[i + 1] = n < 2 ? 0 : n;
    }
  });
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  return begin;
}

}  // namespace

void check_word(std::string_view word) {
  if (const size_t at = find_invalid_utf8(word); at != std::string_view::npos)
    fail("training words: expected UTF-8, found byte 0x{:02X} in a word", static_cast<unsigned char>(word[at]));
}

uint32_t SymbolTable::add(const std::string& token) {
  const auto [at, is_new] = ids_.try_emplace(token, static_cast<uint32_t>(tokens_.size()));
  if (is_new) tokens_.push_back(token);
  return at->second;
}

BpeWords make_bpe_words(const WordCounts& words, const BpeTrainerOptions& options, SymbolTable& symbols) {
  for (const std::string& token : options.special_tokens) symbols.add(token);
  const Characters seen = count_characters(words);
  for (char32_t c : choose_alphabet(seen, options)) symbols.add(utf8(c));
  const CharacterSymbols symbol(seen, options, symbols);
  const std::vector<uint64_t> begin = count_cells(words, symbol);
  if (begin.back() >= kNone)
    fail("training words: expected fewer than {} characters in distinct words, found {}", kNone, begin.back());

  BpeWords out;
  out.cells.resize(begin.back());
  out.counts.resize(words.size());
  parallel_for(static_cast<int64_t>(words.size()), kWordGrain, [&](int64_t from, int64_t to) {
    for (size_t i = static_cast<size_t>(from); i < static_cast<size_t>(to); ++i) {
      out.counts[i] = words.count(i);
      const auto first = static_cast<uint32_t>(begin[i]), end = static_cast<uint32_t>(begin[i + 1]);
      if (first == end) continue;
      uint32_t at = first;
      for_each_character(words.word(i), [&](char32_t c, int place) {
        if (const uint32_t s = symbol(c, place); s != kNone) {
          out.cells[at] = {s, at == first ? kNone : at - 1, at + 1 == end ? kNone : at + 1, static_cast<uint32_t>(i)};
          ++at;
        }
      });
    }
  });
  return out;
}

}  // namespace train
}  // namespace gamana
