#pragma once
// Scores by the length of the source, as figure 2 of Bahdanau et al. 2015.
#include <cstdint>
#include <string>
#include <vector>

namespace gamana::view {

struct LengthPoint {
  int64_t shortest = 0, longest = 0;  // words of the sources; longest is 0 for "and more"
  int64_t sentences = 0;
  double score = 0, low = 0, high = 0;  // low, high: its confidence interval
};

struct LengthCurve {
  std::string model;
  std::vector<LengthPoint> points;  // ascending
};

// One line with intervals a model, over faint bars of how many sentences are that long. `measure` names the scores:
// "BLEU". Throws Error without points or for numbers that are not finite, and as save_picture does (.png or .svg).
void draw_by_length(const std::vector<LengthCurve>& curves, const std::string& measure, const std::string& title,
                    const std::string& path);

}  // namespace gamana::view
