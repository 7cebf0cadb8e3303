#include "gamana/metric/ter.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <tuple>

#include "gamana/base/check.h"
#include "gamana/metric/edit_distance.h"
#include "gamana/metric/ngrams.h"
#include "gamana/metric/unicode.h"

namespace gamana {
namespace metric {
namespace {

using Words = std::vector<uint32_t>;

// Tercom's limits, and sacreBLEU's on the number of shifts tried for one sentence.
constexpr int64_t kLongestShift = 10, kFarthestShift = 50, kMostShifts = 1000;

// Which words are wrong, and where each word of the reference belongs in the hypothesis.
struct Alignment {
  std::vector<int64_t> position;  // [reference words]
  std::vector<bool> reference_wrong, hypothesis_wrong;
};

Alignment align(const std::vector<Edit>& trace) {
  Alignment out;
  int64_t position = -1;
  for (const Edit edit : trace) {
    const bool wrong = edit != Edit::keep;
    if (edit != Edit::insert) ++position, out.hypothesis_wrong.push_back(wrong);
    if (edit != Edit::remove) out.position.push_back(position), out.reference_wrong.push_back(wrong);
  }
  return out;
}

bool any(const std::vector<bool>& flags, int64_t begin, int64_t length) {
  return std::find(flags.begin() + begin, flags.begin() + begin + length, true) != flags.begin() + begin + length;
}

// Words [start, start + length) moved before word `target`; a target within them counts from their beginning.
Words moved(const Words& words, int64_t start, int64_t length, int64_t target) {
  Words out = words;
  const auto at = out.begin();
  if (target < start)
    std::rotate(at + target, at + start, at + start + length);
  else
    std::rotate(at + start, at + start + length,
                at + (target > start + length ? target : std::min(length + target, std::ssize(out))));
  return out;
}

struct Shift {
  // The largest wins: distance saved, length, -start, -target, the ranking of Tercom.
  std::tuple<int64_t, int64_t, int64_t, int64_t> rank;
  Words words;
};

// One sentence pair.
class ShiftSearch {
 public:
  ShiftSearch(Words hypothesis, std::span<const uint32_t> reference)
      : words_(std::move(hypothesis)), reference_(reference), distance_(reference, words_.size()) {}

  int64_t edits() {
    int64_t shifts = 0;
    for (;;) {
      cost_ = distance_(words_);
      if (cost_ == 0) break;
      best_.reset();
      alignment_ = align(distance_.trace());
      search();
      if (tried_ >= kMostShifts || !best_ || std::get<0>(best_->rank) <= 0) break;
      words_ = std::move(best_->words);
      ++shifts;
    }
    return shifts + cost_;
  }

 private:
  // Every run of words that stands in both, unless it is right already, until enough have been tried.
  void search() {
    const auto length_h = std::ssize(words_), length_r = std::ssize(reference_);
    for (int64_t h = 0; h < length_h; ++h) {
      const int64_t end = std::min(length_r, h + kFarthestShift + 1);
      for (int64_t r = std::max<int64_t>(0, h - kFarthestShift); r < end; ++r) {
        for (int64_t n = 0; n < kLongestShift && h + n < length_h && r + n < length_r; ++n) {
          if (words_[h + n] != reference_[r + n]) break;
          if (try_targets(h, r, n + 1) && tried_ >= kMostShifts) return;
        }
      }
    }
  }

  // False where nothing was to be tried: the run is right on one of the sides, or would move into itself.
  bool try_targets(int64_t start_h, int64_t start_r, int64_t length) {
    if (!any(alignment_.hypothesis_wrong, start_h, length) || !any(alignment_.reference_wrong, start_r, length))
      return false;
    const int64_t now = alignment_.position[start_r];
    if (start_h <= now && now < start_h + length) return false;
    int64_t previous = -1;
    for (int64_t r = start_r - 1; r < start_r + length; ++r) {
      const int64_t target = r < 0 ? 0 : alignment_.position[r] + 1;
      if (target == previous) continue;
      previous = target;
      Words shifted = moved(words_, start_h, length, target);
      const auto common = std::mismatch(shifted.begin(), shifted.end(), words_.begin()).first - shifted.begin();
      const int64_t saved = cost_ - distance_.variant(shifted, static_cast<size_t>(common));
      const std::tuple rank{saved, length, -start_h, -target};
      if (!best_ || rank > best_->rank) best_ = Shift{rank, std::move(shifted)};
      ++tried_;
    }
    return true;
  }

  Words words_;
  std::span<const uint32_t> reference_;
  BeamEditDistance distance_;
  int64_t cost_ = 0, tried_ = 0;
  Alignment alignment_;
  std::optional<Shift> best_;
};

}  // namespace

int64_t translation_edits(std::span<const uint32_t> hypothesis, std::span<const uint32_t> reference) {
  if (reference.empty()) return std::ssize(hypothesis);
  return ShiftSearch(Words(hypothesis.begin(), hypothesis.end()), reference).edits();
}

}  // namespace metric

std::string Ter::signature(size_t references) const {
  const auto yes = [](bool value) { return value ? "yes" : "no"; };
  return fmt::format("nrefs:{}|case:{}|tok:tercom|norm:{}|punct:{}|asian:{}|version:{}", references,
                     options_.case_sensitive ? "mixed" : "lc", yes(options_.normalized), yes(!options_.no_punct),
                     yes(options_.asian_support), kSacrebleuVersion);
}

double Ter::score(std::span<const double> sums) const {
  if (sums[1] > 0) return 100 * (sums[0] / sums[1]);
  return sums[0] > 0 ? 100 : 0;
}

void Ter::collect(const Lines& hypotheses, const std::vector<Lines>& references, int64_t begin, int64_t end,
                  Statistics& out) const {
  metric::WordIds ids;
  const auto words_of = [&](const std::string& text) {
    std::vector<uint32_t> words;
    for (const std::string_view word : metric::split_words(text)) words.push_back(ids(word));
    return words;
  };
  const auto tokens_of = [&](const std::string& line) {
    return metric::tokenize_tercom(metric::strip_end(line), options_);
  };
  // sacreBLEU tokenizes references twice, which changes them where they are normalized ("the dog's." becomes
  // "the dog's ." and then "the dog 's .").
  const auto reference_of = [&](const std::string& line) {
    const std::string once = tokens_of(line);
    return options_.normalized ? tokens_of(fmt::format("{}", fmt::join(metric::split_words(once), " "))) : once;
  };
  for (int64_t line = begin; line < end; ++line) {
    const std::vector<uint32_t> hypothesis = words_of(tokens_of(hypotheses[line]));
    int64_t least = INT64_MAX, length = 0;
    for (const Lines& lines : references) {
      const std::vector<uint32_t> reference = words_of(reference_of(lines[line]));
      least = std::min(least, metric::translation_edits(hypothesis, reference));
      length += std::ssize(reference);
    }
    out.row(line)[0] = static_cast<double>(least);
    out.row(line)[1] = static_cast<double>(length) / static_cast<double>(references.size());
  }
}

}  // namespace gamana
