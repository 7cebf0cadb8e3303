#pragma once
// Which label was taken for which: a confusion matrix as a picture or as text.
//   draw_confusion({"SST-2", {"negative", "positive"}, {812, 98, 103, 808}}, "confusion.png");
#include <cstdint>
#include <string>
#include <vector>

namespace gamana::view {

constexpr size_t kMostConfusionLabels = 100;

struct Confusion {
  std::string title;
  std::vector<std::string> labels;
  std::vector<int64_t> counts;  // [right label, predicted label]
};

// Throws Error (named after the title) unless there are labels, kMostConfusionLabels at most, and for each pair a count of 0 or more.
void check(const Confusion& confusion);

// A row for each right label, a column for each predicted one. Colours are shares of the row; cells say count and share as
// far as there is room. .png or .svg; throws Error as check and save_picture do.
void draw_confusion(const Confusion& confusion, const std::string& path);

// Lines of `width` columns or less: counts with shares of the row, or without them where those fit; else shades of the
// shares, and under them the pairs that were confused most often. Colours of 24 bits if `color`.
std::string draw_confusion_terminal(const Confusion& confusion, int width, bool color);

}  // namespace gamana::view
