#pragma once
// What BLEU, chrF and TER have in common: sums over sentences decide the score, so bootstrap and subsets need the
// sentences only once. Numbers and signatures are those of sacreBLEU (Post 2018, A Call for Clarity in Reporting BLEU
// Scores).
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gamana {

// The version of sacreBLEU that scores and signatures are equal to.
inline constexpr std::string_view kSacrebleuVersion = "2.6.0";

using Lines = std::vector<std::string>;

// One row of counts for each line.
struct Statistics {
  int64_t width = 0;
  std::vector<double> values;  // [lines, width]

  int64_t lines() const { return width == 0 ? 0 : static_cast<int64_t>(values.size()) / width; }
  std::span<const double> row(int64_t line) const { return {values.data() + line * width, static_cast<size_t>(width)}; }
  std::span<double> row(int64_t line) { return {values.data() + line * width, static_cast<size_t>(width)}; }
  std::vector<double> sum() const;  // [width]
};

class Metric {
 public:
  virtual ~Metric() = default;
  virtual std::string name() const = 0;                          // "BLEU", "chrF2++", "TER"
  virtual std::string signature(size_t references) const = 0;    // nrefs:1|case:mixed|…
  virtual double score(std::span<const double> sums) const = 0;  // of a row, or of the sum of rows

  // references[r][line]: every reference is as long as the hypotheses. Throws Error where it is not, or where there is
  // nothing to compare. Lines are UTF-8; they are processed in parallel.
  Statistics statistics(const Lines& hypotheses, const std::vector<Lines>& references) const;

 private:
  virtual int64_t width() const = 0;
  // Fills the rows of lines [begin, end).
  virtual void collect(const Lines& hypotheses, const std::vector<Lines>& references, int64_t begin, int64_t end,
                       Statistics& out) const = 0;
};

}  // namespace gamana
