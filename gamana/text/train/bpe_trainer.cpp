// The trainer of byte-pair encoding. What it does is defined by tokenizers/src/models/bpe/trainer.rs; how it does it is
// not: words are linked cells, a pair has a list of its places, and the changes that a merge makes to the counts of
// other pairs are summed by neighbour before the table of pairs is touched.
#include <algorithm>
#include <limits>
#include <memory>
#include <unordered_map>

#include "gamana/base/parallel.h"
#include "gamana/text/train/bpe_words.h"
#include "gamana/text/train/pair_counts.h"
#include "gamana/text/train/pair_queue.h"
#include "gamana/text/train/trainers.h"

namespace gamana {
namespace train {
namespace {

constexpr int64_t kPlaceGrain = 4096;  // places of a pair that one chunk merges
constexpr size_t kProgressStep = 256;  // merges between two calls of progress

// Cells, ascending, where a pair was seen: its left symbol. Some may be outdated.
struct PlaceList {
  uint32_t* places;
  uint32_t size;
  uint32_t next;  // another list of the same pair that waits as well
};

// Memory of the lists, given back all at once: there are never more than two places for each merge of two cells.
class PlaceArena {
 public:
  uint32_t* allocate(size_t n) {
    if (n > left_) {
      left_ = std::max<size_t>(n, 1 << 20);
      blocks_.push_back(std::make_unique_for_overwrite<uint32_t[]>(left_));
      next_ = blocks_.back().get();
    }
    next_ += n, left_ -= n;
    return next_ - n;
  }

 private:
  std::vector<std::unique_ptr<uint32_t[]>> blocks_;
  uint32_t* next_ = nullptr;
  size_t left_ = 0;
};

// A symbol beside a merged pair, and the place of the pair that the two now form.
struct Neighbour {
  uint32_t symbol, place;
  int64_t count;
};
struct Changes {
  std::vector<Neighbour> left, right;
};

// Neighbours of one side, summed by symbol.
class Side {
 public:
  void resize(size_t symbols) { sums_.resize(symbols); }
  void add(const std::vector<Neighbour>& neighbours) {
    for (const Neighbour& n : neighbours) {
      Sum& sum = sums_[n.symbol];
      if (sum.number++ == 0) symbols_.push_back(n.symbol);
      sum.count += n.count;
    }
  }
  void place(const std::vector<Neighbour>& neighbours) {
    for (const Neighbour& n : neighbours)
      if (uint32_t*& next = sums_[n.symbol].next; next != nullptr) *next++ = n.place;
  }
  void clear() {
    for (uint32_t s : symbols_) sums_[s] = {};
    symbols_.clear();
  }

  struct Sum {
    int64_t count = 0;
    uint32_t number = 0;
    uint32_t pair = kNone;     // the new pair, if it may be merged
    uint32_t* next = nullptr;  // where its next place goes
  };
  const std::vector<uint32_t>& symbols() const { return symbols_; }
  Sum& operator[](uint32_t symbol) { return sums_[symbol]; }

 private:
  std::vector<Sum> sums_;
  std::vector<uint32_t> symbols_;
};

class BpeTrainer {
 public:
  BpeTrainer(const WordCounts& words, const BpeTrainerOptions& options)
      : options_(options), words_(make_bpe_words(words, options, symbols_)), lengths_(symbols_.size(), 1) {
    longest_ = options.max_token_length.value_or(std::numeric_limits<int64_t>::max());
  }

  TrainedBpe train() {
    count_pairs();
    WaitingPair top;
    while (static_cast<int64_t>(symbols_.size()) < options_.vocab_size && queue_.pop(top)) {
      const int64_t count = std::max<int64_t>(pairs_[top.pair].count, 0);
      if (top.count != count) {
        top.count = count;
        queue_.push(top);
        continue;
      }
      if (count < 1 || count < options_.min_frequency) break;
      merge(top);
      if (merges_.size() % kProgressStep == 0) report();
    }
    report();
    return result();
  }

 private:
  void report() const {
    if (options_.progress)
      options_.progress("merging pairs", static_cast<int64_t>(symbols_.size()), options_.vocab_size);
  }

  // Calls body(pair, cell) for each two symbols that stand side by side.
  template <class Body>
  void each_pair(const Body& body) {
    const std::vector<Cell>& cells = words_.cells;
    for (uint32_t c = 0; c < cells.size(); ++c)
      if (cells[c].next != kNone) body(pairs_.find(cells[c].symbol, cells[cells[c].next].symbol), c);
  }

  void count_pairs() {
    std::vector<uint32_t> sizes;
    each_pair([&](uint32_t pair, uint32_t cell) {
      if (pair == sizes.size()) sizes.push_back(0);
      ++sizes[pair];
      pairs_[pair].count += words_.counts[words_.cells[cell].word];
    });
    std::vector<uint32_t*> next(sizes.size());
    for (uint32_t p = 0; p < sizes.size(); ++p) {
      next[p] = arena_.allocate(sizes[p]);
      wait(p, next[p], sizes[p]);
    }
    each_pair([&](uint32_t pair, uint32_t cell) { *next[pair]++ = cell; });
  }

  void wait(uint32_t pair, uint32_t* places, uint32_t size) {
    PairCount& known = pairs_[pair];
    if (known.count <= 0) return;
    lists_.push_back({places, size, known.waiting});
    known.waiting = static_cast<uint32_t>(lists_.size() - 1);
    queue_.push({known.count, known.symbols, pair, known.waiting});
  }

  void merge(const WaitingPair& top) {
    const auto left = static_cast<uint32_t>(top.symbols >> 32), right = static_cast<uint32_t>(top.symbols);
    const uint32_t made = make_symbol(left, right);
    merges_.push_back(top.symbols);
    const PlaceList list = take_places(top);
    const int64_t chunks = (list.size + kPlaceGrain - 1) / kPlaceGrain;
    if (changes_.size() < static_cast<size_t>(chunks)) changes_.resize(static_cast<size_t>(chunks));
    parallel_for(list.size, kPlaceGrain, [&](int64_t begin, int64_t end) {
      merge_places(list, begin, end, left, right, made, changes_[static_cast<size_t>(begin / kPlaceGrain)]);
    });
    count_changes(std::span(changes_).first(static_cast<size_t>(chunks)), left, right, made);
  }

  uint32_t make_symbol(uint32_t left, uint32_t right) {
    std::string_view rest = symbols_[right];
    if (const auto& prefix = options_.continuing_subword_prefix; prefix && rest.starts_with(*prefix))
      rest.remove_prefix(prefix->size());
    const uint32_t made = symbols_.add(symbols_[left] + std::string(rest));
    lengths_.resize(symbols_.size());
    lengths_[made] = lengths_[left] + lengths_[right];
    return made;
  }

  // Places [begin, end) that are not outdated become one cell. A word is merged from left to right by one chunk: the
  // one that its first place falls into.
  void merge_places(const PlaceList& list, int64_t begin, int64_t end, uint32_t left, uint32_t right, uint32_t made,
                    Changes& changes) {
    Cell* const cells = words_.cells.data();
    const uint32_t* const places = list.places;
    const auto starts_word = [&](int64_t i) { return i == 0 || cells[places[i]].word != cells[places[i - 1]].word; };
    changes.left.clear(), changes.right.clear();
    while (begin < end && !starts_word(begin)) ++begin;
    if (begin == end) return;
    while (end < list.size && !starts_word(end)) ++end;
    constexpr int64_t kAhead = 8;
    for (int64_t i = begin; i < end; ++i) {
      if (i + kAhead < list.size) __builtin_prefetch(&cells[places[i + kAhead]]);
      const uint32_t at = places[i];
      Cell& cell = cells[at];
      if (cell.symbol != left || cell.next == kNone || cells[cell.next].symbol != right) continue;
      const int64_t count = words_.counts[cell.word];
      if (cell.previous != kNone) changes.left.push_back({cells[cell.previous].symbol, cell.previous, count});
      cells[cell.next].symbol = kNone;
      cell.symbol = made;
      cell.next = cells[cell.next].next;
      if (cell.next == kNone) continue;
      cells[cell.next].previous = at;
      changes.right.push_back({cells[cell.next].symbol, at, count});
    }
  }

  // What stood beside the old symbols now stands beside the new one.
  void count_changes(std::span<const Changes> changes, uint32_t left, uint32_t right, uint32_t made) {
    left_.resize(symbols_.size()), right_.resize(symbols_.size());
    for (const Changes& c : changes) left_.add(c.left), right_.add(c.right);
    const auto may_merge = [&](uint32_t symbol) { return lengths_[symbol] + lengths_[made] < longest_; };
    for (uint32_t s : left_.symbols()) {
      pairs_[pairs_.find(s, left)].count -= left_[s].count;
      if (may_merge(s)) pairs_[left_[s].pair = pairs_.find(s, made)].count += left_[s].count;
    }
    for (uint32_t s : right_.symbols()) {
      pairs_[pairs_.find(right, s)].count -= right_[s].count;
      if (may_merge(s)) pairs_[right_[s].pair = pairs_.find(made, s)].count += right_[s].count;
    }
    for (Side* side : {&left_, &right_})
      for (uint32_t s : side->symbols())
        if (Side::Sum& sum = (*side)[s]; sum.pair != kNone) sum.next = arena_.allocate(sum.number);
    for (const Changes& c : changes) left_.place(c.left), right_.place(c.right);
    const bool twice = left_[made].next != nullptr && right_[made].next != nullptr;
    if (twice) join(left_[made], right_[made]);
    for (Side* side : {&left_, &right_})
      for (uint32_t s : side->symbols())
        if (Side::Sum& sum = (*side)[s]; sum.next != nullptr) wait(sum.pair, sum.next - sum.number, sum.number);
    left_.clear(), right_.clear();
  }

  // The pair of the new symbol with itself, if it was found on both sides, is one list.
  void join(Side::Sum& a, Side::Sum& b) {
    uint32_t* const places = arena_.allocate(a.number + b.number);
    uint32_t* const end = std::merge(a.next - a.number, a.next, b.next - b.number, b.next, places);
    a.next = end, a.number += b.number;
    b.next = nullptr;
  }

  // The places of `top`, which waits no longer. Where other lists of the pair have places in the same words, these go
  // with it, because whole words are merged there.
  PlaceList take_places(const WaitingPair& top) {
    PlaceList taken = lists_[top.places];
    uint32_t* link = &pairs_[top.pair].waiting;
    while (*link != top.places) link = &lists_[*link].next;
    *link = taken.next;
    if (pairs_[top.pair].waiting == kNone) return taken;

    const auto word = [&](uint32_t place) { return words_.cells[place].word; };
    std::vector<uint32_t> places(taken.places, taken.places + taken.size);
    const auto in_a_word = [&](uint32_t place) {
      const uint32_t* const end = taken.places + taken.size;
      const uint32_t* const at = std::lower_bound<const uint32_t*>(taken.places, end, word(place),
                                                                   [&](uint32_t p, uint32_t w) { return word(p) < w; });
      return at != end && word(*at) == word(place);
    };
    for (uint32_t l = pairs_[top.pair].waiting; l != kNone; l = lists_[l].next) {
      PlaceList& other = lists_[l];
      uint32_t* const kept =
          std::stable_partition(other.places, other.places + other.size, [&](uint32_t p) { return !in_a_word(p); });
      places.insert(places.end(), kept, other.places + other.size);
      other.size = static_cast<uint32_t>(kept - other.places);
    }
    std::sort(places.begin(), places.end());
    taken.places = arena_.allocate(places.size());
    taken.size = static_cast<uint32_t>(std::copy(places.begin(), places.end(), taken.places) - taken.places);
    return taken;
  }

  // A pair that was merged in two goes keeps its last rank, as there.
  TrainedBpe result() const {
    TrainedBpe out;
    for (uint32_t id = 0; id < symbols_.size(); ++id)
      out.vocabulary.emplace_back(symbols_[id], static_cast<int32_t>(id));
    std::unordered_map<uint64_t, size_t> last;
    for (size_t i = 0; i < merges_.size(); ++i) last[merges_[i]] = i;
    for (size_t i = 0; i < merges_.size(); ++i)
      if (last[merges_[i]] == i)
        out.merges.emplace_back(symbols_[static_cast<uint32_t>(merges_[i] >> 32)],
                                symbols_[static_cast<uint32_t>(merges_[i])]);
    return out;
  }

  const BpeTrainerOptions& options_;
  SymbolTable symbols_;
  BpeWords words_;
  std::vector<int64_t> lengths_;  // characters of each symbol
  int64_t longest_;
  PairCounts pairs_;
  PairQueue queue_;
  std::vector<PlaceList> lists_;
  PlaceArena arena_;
  std::vector<Changes> changes_;
  Side left_, right_;
  std::vector<uint64_t> merges_;
};

}  // namespace
}  // namespace train

TrainedBpe train_bpe(const WordCounts& words, const BpeTrainerOptions& options) {
  return train::BpeTrainer(words, options).train();
}

TrainedVocabulary train_wordpiece(const WordCounts& words, BpeTrainerOptions options) {
  if (!options.continuing_subword_prefix) options.continuing_subword_prefix = "##";
  return train_bpe(words, options).vocabulary;
}

}  // namespace gamana
