// The trainer of unigram language models: Kudo 2018, section 3.2, with the choices of SentencePiece's
// unigram_model_trainer.cc.
#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "gamana/base/check.h"
#include "gamana/text/train/unigram_lattice.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace train {
namespace {

constexpr double kFewestUses = 0.5;      // a piece of fewer expected uses goes
constexpr double kSurplus = 1.1;         // pieces that are left to choose from at the end, by vocab_size
constexpr double kPenaltyStep = 0.0001;  // between required characters that are no pieces

// The logarithmic derivative of the gamma function, by recurrence and an asymptotic series around x - 1/2.
double digamma(double x) {
  double result = 0;
  for (; x < 7; ++x) result -= 1 / x;
  const double y = x - 0.5, r = 1 / (y * y);
  return result + std::log(y) + r * (1.0 / 24 + r * (-7.0 / 960 + r * (31.0 / 8064 - r * 127.0 / 30720)));
}

class UnigramTrainer {
 public:
  UnigramTrainer(const WordCounts& words, const UnigramTrainerOptions& options)
      : options_(options), text_(make_unigram_text(words, options)), lattice_(begin()) {}

  TrainedUnigram train() {
    const auto enough = static_cast<int64_t>(static_cast<double>(options_.vocab_size) * kSurplus);
    for (;;) {
      estimate(kFewestUses);
      report(enough);
      const int64_t size = pieces_.count_alive();
      if (size <= enough) break;
      const auto shrunk = static_cast<int64_t>(options_.shrinking_factor * static_cast<double>(size));
      prune(std::max(enough, shrunk) - (size - longer_pieces()));
    }
    // SentencePiece takes the pieces of highest score at last, and leaves scores as they are; pruning once more and
    // scoring what is left makes the text more probable.
    const auto room = options_.vocab_size - static_cast<int64_t>(text_.characters.size() + first_tokens().size());
    if (longer_pieces() > room) prune(room);
    estimate(0);
    return result();
  }

 private:
  int64_t longer_pieces() const { return static_cast<int64_t>(pieces_.size()) - lattice_.first_longer(); }

  void report(int64_t enough) const {
    if (options_.progress) options_.progress("pieces left to prune", pieces_.count_alive(), enough);
  }

  // Pieces to begin with, scored by the share of the text that they cover.
  UnigramLattice begin() {
    const auto special = static_cast<int64_t>(first_tokens().size());
    if (static_cast<int64_t>(text_.characters.size()) + special > options_.vocab_size)
      throw Error(fmt::format("vocab_size: expected at least {} for {} characters and {} special tokens, found {}",
                              text_.characters.size() + static_cast<size_t>(special), text_.characters.size(), special,
                              options_.vocab_size),
                  "raise it, or let rare characters be unknown by a lower character_coverage");
    if (options_.progress) options_.progress("finding frequent substrings", 0, 1);
    const Seeds seeds = find_seeds(text_, options_);
    pieces_.dead.assign(kFirstCharacter, true);
    std::vector<double> covered(kFirstCharacter, 0);
    for (int64_t count : text_.character_counts) {
      covered.push_back(static_cast<double>(count));
      pieces_.dead.push_back(count == 0);
    }
    pieces_.place.resize(covered.size()), pieces_.length.resize(covered.size());
    for (const Seed& s : seeds.seeds) {
      covered.push_back(static_cast<double>(s.count * s.length));
      pieces_.place.push_back(seeds.places[s.begin]);
      pieces_.length.push_back(s.length);
    }
    double sum = 0;
    for (double c : covered) sum += c;
    for (double c : covered) pieces_.score.push_back(std::log(c / sum));
    pieces_.score_unknown();
    return UnigramLattice(text_, seeds);
  }

  // Expectation maximisation; pieces of fewer uses go. Scores are those of a Dirichlet process, which favours few
  // pieces (Liang and Klein 2007, a tutorial of ACL).
  void estimate(double fewest_uses) {
    for (int64_t i = 0; i < options_.n_sub_iterations; ++i) {
      const std::vector<double> uses = lattice_.expected_uses(pieces_);
      std::vector<bool> keep(pieces_.size());
      double sum = 0;
      for (uint32_t id = 0; id < pieces_.size(); ++id)
        if ((keep[id] = pieces_.alive(id) && uses[id] >= fewest_uses)) sum += uses[id];
      const double all = digamma(sum);
      for (uint32_t id = 0; id < pieces_.size(); ++id)
        if (keep[id]) pieces_.score[id] = digamma(std::max(uses[id], kFewestUses)) - all;
      keep_only(keep);
    }
  }

  void keep_only(const std::vector<bool>& keep) {
    const uint32_t first = lattice_.first_longer();
    for (uint32_t id = 0; id < first; ++id) pieces_.dead[id] = !keep[id];
    std::vector<uint32_t> new_id(pieces_.size() - first);
    uint32_t kept = first;
    for (uint32_t id = first; id < pieces_.size(); ++id) {
      if (!keep[id]) continue;
      pieces_.place[kept] = pieces_.place[id], pieces_.length[kept] = pieces_.length[id],
      pieces_.score[kept] = pieces_.score[id];
      new_id[id - first] = kept++;
    }
    pieces_.place.resize(kept), pieces_.length.resize(kept), pieces_.score.resize(kept);
    pieces_.score_unknown();
    lattice_.renumber(new_id);
  }

  // Keeps characters, and the `longer` pieces without which the text would become least probable: each use of a piece
  // is thought to be replaced by its best split into others.
  void prune(int64_t longer) {
    const BestSplits best = lattice_.best_splits(pieces_);
    double sum = 0;
    for (int64_t uses : best.uses) sum += static_cast<double>(uses);
    std::vector<std::pair<double, uint32_t>> losses;
    for (const BestSplits::Chunk& chunk : best.chunks)
      for (const BestSplits::Alternative& a : chunk.alternatives)
        if (!a.better && best.uses[a.id] > 0) losses.emplace_back(loss(best, chunk, a, sum), a.id);
    std::sort(losses.begin(), losses.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    losses.resize(std::min(losses.size(), static_cast<size_t>(std::max<int64_t>(longer, 0))));
    std::vector<bool> keep(pieces_.size());
    for (uint32_t id = 0; id < lattice_.first_longer(); ++id) keep[id] = pieces_.alive(id);
    for (const auto& [_, id] : losses) keep[id] = true;
    keep_only(keep);
  }

  // How much the log likelihood falls, up to a common factor.
  double loss(const BestSplits& best, const BestSplits::Chunk& chunk, const BestSplits::Alternative& a,
              double sum) const {
    const auto uses = static_cast<double>(best.uses[a.id]);
    const double sum_without = std::log(sum + uses * (a.size - 1.0));
    double without = 0;
    for (uint32_t i = a.begin; i < a.begin + a.size; ++i)
      without += std::log(static_cast<double>(best.uses[chunk.ids[i]]) + uses) - sum_without;
    return uses * (std::log(uses) - std::log(sum) - without);
  }

  std::vector<std::string> first_tokens() const {
    std::vector<std::string> tokens = options_.special_tokens;
    if (options_.unk_token && std::find(tokens.begin(), tokens.end(), *options_.unk_token) == tokens.end())
      tokens.insert(tokens.begin(), *options_.unk_token);
    return tokens;
  }

  using Scored = std::pair<std::string, double>;

  // Every character is a piece in the end: those that had gone score as the least probable piece, and a little more the
  // less frequent they are, so that no two are equal.
  std::vector<Scored> character_pieces() const {
    std::vector<uint32_t> order;
    for (uint32_t id = kFirstCharacter; id < lattice_.first_longer(); ++id) order.push_back(id);
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return text_.character_counts[a - kFirstCharacter] > text_.character_counts[b - kFirstCharacter];
    });
    double lowest = 0, penalty = 0;
    for (uint32_t id = 0; id < pieces_.size(); ++id)
      if (pieces_.alive(id)) lowest = std::min(lowest, pieces_.score[id]);
    std::vector<Scored> out;
    for (uint32_t id : order) {
      double score = pieces_.score[id];
      if (!pieces_.alive(id)) score = lowest + penalty, penalty += kPenaltyStep;
      char bytes[4];
      out.emplace_back(std::string(bytes, utf8_bytes(text_.characters[id - kFirstCharacter], bytes)), score);
    }
    return out;
  }

  TrainedUnigram result() const {
    TrainedUnigram out;
    for (const std::string& token : first_tokens()) {
      if (token == options_.unk_token) out.unknown = static_cast<int32_t>(out.pieces.size());
      out.pieces.emplace_back(token, 0.0);
    }
    std::unordered_set<std::string> special;
    for (const Scored& token : out.pieces) special.insert(token.first);
    std::vector<Scored> chosen = character_pieces();
    for (uint32_t id = lattice_.first_longer(); id < pieces_.size(); ++id)
      chosen.emplace_back(text_.string(pieces_.place[id], pieces_.length[id]), pieces_.score[id]);
    std::erase_if(chosen, [&](const Scored& piece) { return special.contains(piece.first); });
    std::sort(chosen.begin(), chosen.end(), [](const Scored& a, const Scored& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    out.pieces.insert(out.pieces.end(), chosen.begin(), chosen.end());
    return out;
  }

  const UnigramTrainerOptions& options_;
  const UnigramText text_;
  UnigramPieces pieces_;
  UnigramLattice lattice_;
};

template <class T>
void check_range(const char* name, T value, T least, T most) {
  if (!(value >= least && value <= most)) fail("{}: expected {} to {}, found {}", name, least, most, value);
}

}  // namespace
}  // namespace train

TrainedUnigram train_unigram(const WordCounts& words, const UnigramTrainerOptions& options) {
  train::check_range<int64_t>("vocab_size", options.vocab_size, 1, 8000000);
  train::check_range<int64_t>("max_piece_length", options.max_piece_length, 1, 255);
  train::check_range<int64_t>("n_sub_iterations", options.n_sub_iterations, 1, 100);
  train::check_range<int64_t>("seed_size", options.seed_size, 1, 8000000);
  train::check_range("shrinking_factor", options.shrinking_factor, 0.01, 0.99);
  train::check_range("character_coverage", options.character_coverage, 0.0, 1.0);
  return train::UnigramTrainer(words, options).train();
}

}  // namespace gamana
