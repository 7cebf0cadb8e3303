#pragma once
// What a target word looks at in the source: pictures of attention weights for a terminal, as PNG or SVG, as a page.
//   draw(merge_words({source, target, weights, "Cross attention, layer 6"}), "alignment.png");
#include <cstdint>
#include <string>
#include <vector>

namespace gamana::view {

struct Alignment {
  std::vector<std::string> source, target;  // pieces or words
  std::vector<float> weights;               // [target, source]
  std::string title;
};

// Throws Error (named after the title) unless there are words on both sides and a finite weight, not negative, for each
// pair.
void check(const Alignment& alignment);

// Joins runs of neighbours. The weight on a group of sources is the sum of theirs, the row of a group of targets the
// mean of theirs: rows that sum to 1 still do.
struct Groups {
  std::vector<std::string> names;
  std::vector<int32_t> of;  // [words] the group of each, ascending from 0
};
Alignment merge(const Alignment& alignment, const Groups& source, const Groups& target);

// Words from the pieces of SentencePiece ("▁" begins a word, "<0xE0>" is a byte) or, where no piece has a "▁", of
// WordPiece ("##" goes on). Marks such as </s> and [SEP] stay alone.
Groups group_pieces(const std::vector<std::string>& pieces);
Alignment merge_words(const Alignment& alignment);

// At most so many columns and rows, by joining runs of equal length: "first … last". Small ones come back as they are.
Alignment shrink(const Alignment& alignment, int64_t most_sources, int64_t most_targets);

// The upper end of a colour scale for these weights: 1 when any is above one half, else their greatest, rounded up.
double scale_end(const std::vector<float>& weights);

// Block characters (shades, or colours of 24 bits when `color`), every line `width` columns or less and all of the same
// display width. Fewer than 24 columns count as 24. Source words stand on steps above their columns.
std::string draw_terminal(const Alignment& alignment, int width, bool color);

// As figure 3 of Bahdanau et al. 2015: source words above, target words at the left, one hue, a colour bar. Above 400
// words a side neighbours are joined, which the picture says.
void draw_png(const Alignment& alignment, const std::string& path);
void draw_svg(const Alignment& alignment, const std::string& path);

// One page that works offline; page.h makes it of many sentences, layers and heads.
void write_html(const Alignment& alignment, const std::string& path);

// One of the three by the ending of `path`; Error on another ending.
void draw(const Alignment& alignment, const std::string& path);

}  // namespace gamana::view
