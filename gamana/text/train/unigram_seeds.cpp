#include "gamana/text/train/unigram_seeds.h"

#include <algorithm>
#include <numeric>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"
#include "gamana/text/train/bpe_words.h"  // check_word
#include "gamana/text/unicode/properties.h"

namespace gamana::train {
namespace {

constexpr uint32_t kLongestWord = 1 << 12;  // longer ones are cut, so that threads share them

// The most frequent characters that make up `coverage` of the text, by code point.
std::vector<char32_t> choose_characters(const std::vector<int64_t>& counts, const UnigramTrainerOptions& options) {
  std::vector<char32_t> kept;
  int64_t total = 0;
  for (char32_t c = 0; c < kCodePoints; ++c)
    if (counts[c] > 0) kept.push_back(c), total += counts[c];
  std::stable_sort(kept.begin(), kept.end(), [&](char32_t a, char32_t b) { return counts[a] > counts[b]; });
  size_t n = 0;
  for (int64_t covered = 0; n < kept.size(); covered += counts[kept[n++]])
    if (static_cast<double>(covered) >= options.character_coverage * static_cast<double>(total)) break;
  kept.resize(n);
  kept.insert(kept.end(), options.initial_alphabet.begin(), options.initial_alphabet.end());
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  return kept;
}

// Sorts the suffixes of one group by radix three symbols at a time, and finds the nodes of their tree on the way.
class SuffixSorter {
 public:
  SuffixSorter(const UnigramText& text, std::vector<uint32_t>& places, uint32_t longest)
      : text_(text), places_(places), longest_(longest) {}

  // places_[begin, end) have `depth` symbols in common.
  void sort(uint32_t begin, uint32_t end, uint32_t depth) {
    waiting_.push_back({begin, end, depth});
    while (!waiting_.empty()) {
      const Range range = waiting_.back();
      waiting_.pop_back();
      sort_by_key(range);
    }
  }

  std::vector<Seed> seeds;

 private:
  static constexpr int kSymbolsPerKey = 3, kSymbolBits = 21;
  struct Item {
    uint64_t key;
    uint32_t place;
  };
  struct Range {
    uint32_t begin, end, depth;
  };
  struct Group {
    uint32_t begin;  // of places_
    std::vector<uint64_t> keys;
    std::vector<int64_t> sums;  // counts of words before each item
  };

  uint64_t key(uint32_t place) const {
    uint64_t key = 0;
    for (int i = 0; i < kSymbolsPerKey; ++i) {
      const uint32_t symbol = text_.symbols[place];
      key = key << kSymbolBits | symbol;
      if (symbol != kEndOfWord) ++place;  // the end repeats
    }
    return key;
  }

  void sort_by_key(const Range& range) {
    const auto [begin, end, depth] = range;
    std::vector<Item> items(end - begin);
    for (uint32_t i = begin; i < end; ++i) items[i - begin] = {key(places_[i] + depth), places_[i]};
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.key < b.key; });
    Group group{begin, std::vector<uint64_t>(items.size()), std::vector<int64_t>(items.size() + 1)};
    for (size_t i = 0; i < items.size(); ++i) {
      places_[begin + i] = items[i].place;
      group.keys[i] = items[i].key;
      group.sums[i + 1] = group.sums[i] + text_.counts[text_.word_of[items[i].place]];
    }
    items = {};
    visit(group, 0, end - begin, depth, kSymbolsPerKey);
  }

  // Items [from, to) of a group have `depth` symbols in common and keys of which `left` symbols are still to be looked
  // at.
  void visit(const Group& group, uint32_t from, uint32_t to, uint32_t depth, int left) {
    if (to - from == 1) return add_leaf(group.begin + from, depth);
    if (left == 0) return waiting_.push_back({group.begin + from, group.begin + to, depth});
    const auto symbol = [&](uint32_t i) {
      return static_cast<uint32_t>(group.keys[i] >> (left - 1) * kSymbolBits & ((1u << kSymbolBits) - 1));
    };
    if (symbol(from) < kFirstCharacter || symbol(from) != symbol(to - 1))
      add(group.begin + from, group.begin + to, depth, group.sums[to] - group.sums[from]);
    if (depth == longest_) return;
    for (uint32_t i = from, end; i < to; i = end) {
      const uint32_t s = symbol(i);
      for (end = i + 1; end < to && symbol(end) == s;) ++end;
      if (s >= kFirstCharacter) visit(group, i, end, depth + 1, left - 1);
    }
  }

  void add(uint32_t begin, uint32_t end, uint32_t depth, int64_t count) {
    if (depth >= 2 && count >= 2) seeds.push_back({begin, end, depth, count});
  }

  // A single suffix branches at the end of its word only.
  void add_leaf(uint32_t at, uint32_t depth) {
    const uint32_t place = places_[at];
    while (depth <= longest_ && text_.symbols[place + depth] >= kFirstCharacter) ++depth;
    if (depth <= longest_) add(at, at + 1, depth, text_.counts[text_.word_of[place]]);
  }

  const UnigramText& text_;
  std::vector<uint32_t>& places_;
  const uint32_t longest_;
  std::vector<Range> waiting_;
};

// Places of characters, grouped by character; where each group begins is returned.
std::vector<uint32_t> group_places(const UnigramText& text, std::vector<uint32_t>& places) {
  std::vector<uint32_t> begin(text.characters.size() + 1);
  for (uint32_t s : text.symbols)
    if (s >= kFirstCharacter) ++begin[s - kFirstCharacter + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  places.resize(begin.back());
  std::vector<uint32_t> next(begin.begin(), begin.end() - 1);
  for (uint32_t p = 0; p < text.symbols.size(); ++p)
    if (const uint32_t s = text.symbols[p]; s >= kFirstCharacter) places[next[s - kFirstCharacter]++] = p;
  return begin;
}

// For each symbol a number of its script; kScriptAny for what may stand beside any.
std::vector<int> scripts_of(const UnigramText& text) {
  std::vector<int> scripts(kFirstCharacter, kScriptAny);
  for (char32_t c : text.characters) scripts.push_back(c == 0x2581 ? kScriptAny : script_of(c));
  return scripts;
}

bool has_one_script(const UnigramText& text, const std::vector<int>& scripts, uint32_t begin, uint32_t length) {
  int script = kScriptAny;
  for (uint32_t i = begin; i < begin + length; ++i) {
    const int s = scripts[text.symbols[i]];
    if (s == kScriptAny) continue;
    if (script != kScriptAny && s != script) return false;
    script = s;
  }
  return true;
}

}  // namespace

std::string UnigramText::string(uint32_t begin, uint32_t length) const {
  std::string out;
  for (uint32_t i = begin; i < begin + length; ++i) {
    char bytes[4];
    out.append(bytes, utf8_bytes(characters[symbols[i] - kFirstCharacter], bytes));
  }
  return out;
}

UnigramText make_unigram_text(const WordCounts& words, const UnigramTrainerOptions& options) {
  std::vector<int64_t> counts(kCodePoints);
  uint64_t length = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    check_word(words.word(i));
    for_each_code_point(words.word(i), [&](char32_t c, size_t, size_t) { counts[c] += words.count(i), ++length; });
    length += 1 + words.word(i).size() / kLongestWord;
  }
  if (length >= UINT32_MAX)
    fail("training words: expected fewer than {} characters in distinct words, found {}", UINT32_MAX, length);

  UnigramText text;
  text.characters = choose_characters(counts, options);
  std::vector<uint32_t> symbol_of(kCodePoints, kUnknown);
  for (size_t i = 0; i < text.characters.size(); ++i) {
    symbol_of[text.characters[i]] = kFirstCharacter + static_cast<uint32_t>(i);
    text.character_counts.push_back(counts[text.characters[i]]);
  }
  text.symbols.reserve(length), text.word_of.reserve(length);
  const auto end_word = [&](int64_t count) {
    text.symbols.push_back(kEndOfWord);
    text.word_of.resize(text.symbols.size(), static_cast<uint32_t>(text.counts.size()));
    text.counts.push_back(count);
  };
  for (size_t i = 0; i < words.size(); ++i) {
    uint32_t n = 0;
    for_each_code_point(words.word(i), [&](char32_t c, size_t, size_t) {
      if (++n % kLongestWord == 0) end_word(words.count(i));
      text.symbols.push_back(symbol_of[c]);
    });
    if (n > 0) end_word(words.count(i));
  }
  return text;
}

Seeds find_seeds(const UnigramText& text, const UnigramTrainerOptions& options) {
  Seeds out;
  const std::vector<uint32_t> begin = group_places(text, out.places);
  const size_t groups = text.characters.size();
  std::vector<uint32_t> order(groups);  // the largest first, so that no thread is left with it at the end
  std::iota(order.begin(), order.end(), 0u);
  const auto size = [&](uint32_t g) { return begin[g + 1] - begin[g]; };
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return size(a) > size(b); });
  const std::vector<int> scripts = scripts_of(text);
  std::vector<std::vector<Seed>> found(groups);
  parallel_for(static_cast<int64_t>(groups), 1, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; ++i) {
      const uint32_t g = order[static_cast<size_t>(i)];
      if (size(g) == 0) continue;
      SuffixSorter sorter(text, out.places, static_cast<uint32_t>(options.max_piece_length));
      sorter.sort(begin[g], begin[g + 1], 1);
      found[g] = std::move(sorter.seeds);
      if (options.single_script)
        std::erase_if(found[g],
                      [&](const Seed& s) { return !has_one_script(text, scripts, out.places[s.begin], s.length); });
    }
  });
  for (std::vector<Seed>& list : found) {
    out.seeds.insert(out.seeds.end(), list.begin(), list.end());
    list = {};
  }
  const auto score = [](const Seed& s) { return s.count * s.length; };
  std::stable_sort(out.seeds.begin(), out.seeds.end(),
                   [&](const Seed& a, const Seed& b) { return score(a) > score(b); });
  out.seeds.resize(std::min(out.seeds.size(), static_cast<size_t>(options.seed_size)));
  return out;
}

}  // namespace gamana::train
