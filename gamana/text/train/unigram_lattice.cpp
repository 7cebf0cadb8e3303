#include "gamana/text/train/unigram_lattice.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>

#include "gamana/base/parallel.h"

namespace gamana::train {
namespace {

constexpr uint32_t kChunkSymbols = 1 << 15;
constexpr uint32_t kIdBits = 24, kIdMask = (1u << kIdBits) - 1;
constexpr uint32_t kLongest = 255;
constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

// Buffers that chunks use one after the other: as many as threads at most.
template <class T>
class Pool {
 public:
  std::unique_ptr<T> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<T>();
    std::unique_ptr<T> item = std::move(free_.back());
    free_.pop_back();
    return item;
  }
  void give(std::unique_ptr<T> item) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(item));
  }
  const std::vector<std::unique_ptr<T>>& all() const { return free_; }  // when none is taken

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;
};

}  // namespace

int64_t UnigramPieces::count_alive() const {
  return static_cast<int64_t>(size()) - std::count(dead.begin(), dead.end(), true);
}

void UnigramPieces::score_unknown() {
  double lowest = 0;
  for (uint32_t id = 0; id < size(); ++id)
    if (alive(id)) lowest = std::min(lowest, score[id]);
  for (uint32_t id = 0; id < dead.size(); ++id)
    if (dead[id]) score[id] = lowest - 10;
}

// Sums over all splits of a word, scaled whenever they become small, so that words of any length stay within doubles.
class UnigramLattice::ForwardBackward {
 public:
  std::vector<int64_t> sums;

  void prepare(size_t pieces) { sums.resize(pieces); }

  // `arcs` and `arcs_at` begin at the word; `weight` is its count in units of `sums`.
  void add(const uint32_t* symbols, uint32_t n, const Arc* arcs, const uint8_t* arcs_at, const std::vector<double>& p,
           double weight) {
    forward(symbols, n, arcs, arcs_at, p);
    beta_.assign(n + 1, 0);
    beta_[n] = 1 / alpha_[n];
    size_t arc = weights_.size();
    for (uint32_t i = n; i-- > 0;) {
      if (!scalings_.empty() && scalings_.back().at == i + 1) {
        scale(beta_, scalings_.back());
        scalings_.pop_back();
      }
      const double a = alpha_[i] * weight;
      double q = p[symbols[i]] * beta_[i + 1], b = q;
      sums[symbols[i]] += static_cast<int64_t>(a * q + 0.5);
      for (uint32_t k = 0; k < arcs_at[i]; ++k) {
        --arc;
        q = weights_[arc] * beta_[i + (arcs[arc] >> kIdBits)];
        b += q;
        sums[arcs[arc] & kIdMask] += static_cast<int64_t>(a * q + 0.5);
      }
      beta_[i] = b;
    }
  }

 private:
  struct Scaling {
    uint32_t at;
    double factor;
  };
  static constexpr double kSmall = 1e-100;

  void forward(const uint32_t* symbols, uint32_t n, const Arc* arcs, const uint8_t* arcs_at,
               const std::vector<double>& p) {
    alpha_.assign(n + 1, 0);
    weights_.clear(), scalings_.clear();
    alpha_[0] = 1;
    const Arc* arc = arcs;
    for (uint32_t i = 0; i < n; ++i) {
      if (alpha_[i] < kSmall) {
        scalings_.push_back({i, 1 / alpha_[i]});
        scale(alpha_, scalings_.back());
      }
      const double a = alpha_[i];
      alpha_[i + 1] += a * p[symbols[i]];
      for (const Arc* const end = arc + arcs_at[i]; arc != end; ++arc) {
        const double weight = p[*arc & kIdMask];
        weights_.push_back(weight);
        alpha_[i + (*arc >> kIdBits)] += a * weight;
      }
    }
  }

  static void scale(std::vector<double>& sums, const Scaling& scaling) {
    const size_t end = std::min<size_t>(sums.size(), scaling.at + kLongest + 1);
    for (size_t j = scaling.at; j < end; ++j) sums[j] *= scaling.factor;
  }

  std::vector<double> alpha_, beta_, weights_;  // weights_: probability of each arc of the word
  std::vector<Scaling> scalings_;
};

// The most probable split of a stretch of symbols.
class UnigramLattice::Viterbi {
 public:
  std::vector<int64_t> uses;
  std::vector<uint32_t> offsets;  // of the arcs of each symbol of the word

  void prepare(size_t pieces) { uses.resize(pieces); }

  // Returns its score; `split` calls body(id) from the last piece to the first. No piece of `without` symbols is taken.
  double best(const uint32_t* symbols, uint32_t n, const Arc* arcs, const uint32_t* offsets,
              const std::vector<double>& score, uint32_t without) {
    best_.assign(n + 1, {kMinusInfinity, 0, 0});
    best_[0].score = 0;
    for (uint32_t i = 0; i < n; ++i) {
      const double s = best_[i].score;
      reach(i + 1, s + score[symbols[i]], symbols[i], 1);
      for (uint32_t k = offsets[i]; k < offsets[i + 1]; ++k) {
        const uint32_t length = arcs[k] >> kIdBits, id = arcs[k] & kIdMask;
        if (i + length <= n && length != without) reach(i + length, s + score[id], id, length);
      }
    }
    return best_[n].score;
  }
  template <class Body>
  void split(uint32_t n, const Body& body) const {
    for (; n > 0; n -= best_[n].length) body(best_[n].id);
  }

 private:
  struct Best {
    double score;
    uint32_t id, length;
  };
  void reach(uint32_t at, double score, uint32_t id, uint32_t length) {
    if (score > best_[at].score) best_[at] = {score, id, length};
  }
  std::vector<Best> best_;
};

UnigramLattice::UnigramLattice(const UnigramText& text, const Seeds& seeds)
    : text_(text),
      first_longer_(kFirstCharacter + static_cast<uint32_t>(text.characters.size())),
      arcs_at_(text.symbols.size()) {
  for (const Seed& s : seeds.seeds)
    for (uint32_t i = s.begin; i < s.end; ++i) ++arcs_at_[seeds.places[i]];
  std::vector<uint32_t> next(text.symbols.size());  // within the chunk
  for (uint32_t begin = 0, i = 0; begin < next.size(); begin = i) {
    uint32_t arcs = 0;
    for (; i < next.size() && (i - begin < kChunkSymbols || text.symbols[i - 1] != kEndOfWord); ++i)
      next[i] = arcs, arcs += arcs_at_[i];
    chunks_.push_back({begin, i, std::vector<Arc>(arcs)});
  }
  std::vector<uint32_t> chunk_of(text.symbols.size() / kChunkSymbols +
                                 1);  // the chunk of every kChunkSymbols-th symbol
  for (uint32_t c = 0; c < chunks_.size(); ++c)
    for (uint32_t k = (chunks_[c].begin + kChunkSymbols - 1) / kChunkSymbols; k * kChunkSymbols < chunks_[c].end; ++k)
      chunk_of[k] = c;
  for (uint32_t s = 0; s < seeds.seeds.size(); ++s) {
    const Seed& seed = seeds.seeds[s];
    const Arc arc = seed.length << kIdBits | (first_longer_ + s);
    for (uint32_t i = seed.begin; i < seed.end; ++i) {
      const uint32_t place = seeds.places[i];
      uint32_t c = chunk_of[place / kChunkSymbols];
      while (chunks_[c].end <= place) ++c;
      chunks_[c].arcs[next[place]++] = arc;
    }
  }
}

// Calls body(first symbol, number of symbols, first arc) for each word of a chunk.
template <class Body>
void UnigramLattice::each_word(const Chunk& chunk, const Body& body) const {
  uint32_t arc = 0;
  for (uint32_t begin = chunk.begin, end; begin < chunk.end; begin = end + 1) {
    for (end = begin; text_.symbols[end] != kEndOfWord;) ++end;
    body(begin, end - begin, arc);
    for (uint32_t i = begin; i < end; ++i) arc += arcs_at_[i];
  }
}

std::vector<double> UnigramLattice::expected_uses(const UnigramPieces& pieces) const {
  std::vector<double> p(pieces.size());
  for (uint32_t id = 0; id < pieces.size(); ++id) p[id] = std::exp(pieces.score[id]);
  uint64_t most = 1;  // uses of all pieces together cannot be more
  for (uint32_t w : text_.word_of) most += static_cast<uint64_t>(text_.counts[w]);
  const double unit = std::ldexp(1.0, 61 - static_cast<int>(std::bit_width(most)));

  Pool<ForwardBackward> pool;
  parallel_for(static_cast<int64_t>(chunks_.size()), 1, [&](int64_t from, int64_t to) {
    std::unique_ptr<ForwardBackward> sums = pool.take();
    sums->prepare(pieces.size());
    for (int64_t c = from; c < to; ++c) {
      const Chunk& chunk = chunks_[static_cast<size_t>(c)];
      each_word(chunk, [&](uint32_t begin, uint32_t n, uint32_t arc) {
        const double weight = static_cast<double>(text_.counts[text_.word_of[begin]]) * unit;
        sums->add(&text_.symbols[begin], n, chunk.arcs.data() + arc, &arcs_at_[begin], p, weight);
      });
    }
    pool.give(std::move(sums));
  });
  std::vector<int64_t> total(pieces.size());
  for (const auto& part : pool.all())
    for (uint32_t id = 0; id < pieces.size(); ++id) total[id] += part->sums[id];
  std::vector<double> expected(pieces.size());
  for (uint32_t id = 0; id < pieces.size(); ++id) expected[id] = static_cast<double>(total[id]) / unit;
  return expected;
}

BestSplits UnigramLattice::best_splits(const UnigramPieces& pieces) const {
  std::vector<uint32_t> by_place(pieces.size() - first_longer_);
  std::iota(by_place.begin(), by_place.end(), first_longer_);
  std::sort(by_place.begin(), by_place.end(), [&](uint32_t a, uint32_t b) {
    return pieces.place[a] != pieces.place[b] ? pieces.place[a] < pieces.place[b] : a < b;
  });
  BestSplits out{std::vector<int64_t>(pieces.size()), std::vector<BestSplits::Chunk>(chunks_.size())};
  Pool<Viterbi> pool;
  parallel_for(static_cast<int64_t>(chunks_.size()), 1, [&](int64_t from, int64_t to) {
    std::unique_ptr<Viterbi> viterbi = pool.take();
    viterbi->prepare(pieces.size());
    for (int64_t c = from; c < to; ++c) {
      const Chunk& chunk = chunks_[static_cast<size_t>(c)];
      BestSplits::Chunk& result = out.chunks[static_cast<size_t>(c)];
      const Arc* const arcs = chunk.arcs.data();
      auto piece = std::lower_bound(by_place.begin(), by_place.end(), chunk.begin,
                                    [&](uint32_t id, uint32_t place) { return pieces.place[id] < place; });
      each_word(chunk, [&](uint32_t begin, uint32_t n, uint32_t arc) {
        std::vector<uint32_t>& offsets = viterbi->offsets;
        offsets.assign(1, arc);
        for (uint32_t i = 0; i < n; ++i) offsets.push_back(offsets[i] + arcs_at_[begin + i]);
        viterbi->best(&text_.symbols[begin], n, arcs, offsets.data(), pieces.score, 0);
        viterbi->split(n, [&](uint32_t id) { viterbi->uses[id] += text_.counts[text_.word_of[begin]]; });
        for (; piece != by_place.end() && pieces.place[*piece] < begin + n; ++piece) {
          const uint32_t at = pieces.place[*piece], length = pieces.length[*piece];
          const double score =
              viterbi->best(&text_.symbols[at], length, arcs, offsets.data() + (at - begin), pieces.score, length);
          BestSplits::Alternative alternative{*piece, score > pieces.score[*piece],
                                              static_cast<uint32_t>(result.ids.size()), 0};
          if (!alternative.better) viterbi->split(length, [&](uint32_t id) { result.ids.push_back(id); });
          alternative.size = static_cast<uint32_t>(result.ids.size()) - alternative.begin;
          result.alternatives.push_back(alternative);
        }
      });
    }
    pool.give(std::move(viterbi));
  });
  for (const auto& part : pool.all())
    for (uint32_t id = 0; id < pieces.size(); ++id) out.uses[id] += part->uses[id];
  return out;
}

void UnigramLattice::renumber(const std::vector<uint32_t>& new_id) {
  parallel_for(static_cast<int64_t>(chunks_.size()), 1, [&](int64_t from, int64_t to) {
    for (int64_t c = from; c < to; ++c) {
      Chunk& chunk = chunks_[static_cast<size_t>(c)];
      size_t kept = 0, at = 0;
      for (uint32_t i = chunk.begin; i < chunk.end; ++i) {
        const size_t end = at + arcs_at_[i], first = kept;
        for (; at < end; ++at) {
          const uint32_t id = new_id[(chunk.arcs[at] & kIdMask) - first_longer_];
          chunk.arcs[kept] = (chunk.arcs[at] & ~kIdMask) | id;
          kept += id != 0;
        }
        arcs_at_[i] = static_cast<uint8_t>(kept - first);
      }
      chunk.arcs.resize(kept);
    }
  });
}

}  // namespace gamana::train
