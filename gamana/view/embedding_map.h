#pragma once
// Texts as points of a plane, coloured by label, such as embeddings that projection.h made flat.
//   draw_embedding_map({"SST-2", project_tsne(rows, 384).points, texts, labels, {"negative", "positive"}}, "map.html");
#include <string>
#include <vector>

#include "gamana/view/canvas.h"

namespace gamana::view {

struct EmbeddingMap {
  std::string title;
  std::vector<Point> points;
  std::vector<std::string> texts = {};   // of each point; may be empty
  std::vector<int> labels = {};          // of each point, a place in `names` or -1; may be empty
  std::vector<std::string> names = {};
};

// .png or .svg; .html: a page that loads nothing from anywhere, with the text of the point under the pointer, labels that
// are shown or hidden, zoom; fluid with 20,000 points. Throws Error without points, for lists of other lengths, labels
// without a name and points that are not finite, and on another ending.
void draw_embedding_map(const EmbeddingMap& map, const std::string& path);

}  // namespace gamana::view
