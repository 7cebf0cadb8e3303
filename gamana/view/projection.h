#pragma once
// From rows of many numbers, such as embeddings of texts, to few that can be drawn. The same rows give the same bits,
// whatever the number of threads.
#include <cstdint>
#include <span>
#include <vector>

#include "gamana/view/canvas.h"

namespace gamana::view {

// Principal components (Pearson 1901): the directions in which the rows differ most, by orthogonal iteration.
struct Pca {
  int64_t width = 0;              // of a row
  std::vector<double> mean;       // [width]
  std::vector<double> axes;       // [components, width] orthonormal, of falling variance; the largest entry is positive
  std::vector<double> variances;  // [components] of the rows along each, with a divisor of rows - 1
  std::vector<float> values;      // [rows, components] the rows along the axes
};

// `rows` [rows, width]. At most `components` axes, fewer where the rows are narrower. Throws Error without rows, for a
// width that does not divide them, and for numbers that are not finite.
Pca principal_components(std::span<const float> rows, int64_t width, int64_t components);

// The first two of them; 0 where the rows have one number only.
std::vector<Point> project_pca(std::span<const float> rows, int64_t width);

struct TsneOptions {
  double perplexity = 30;  // about how many neighbours a point has; lowered to a third of the points
  int iterations = 1000;
  double angle = 0.5;  // theta of Barnes and Hut, in [0, 0.7]; 0 adds up every pair
  uint64_t seed = 0;
};

struct TsneMap {
  std::vector<Point> points;
  double divergence = 0;  // Kullback and Leibler's, in nats: what was made small
};

// Neighbours stay neighbours: t-SNE (van der Maaten and Hinton 2008) with trees (van der Maaten 2014, "Accelerating
// t-SNE using Tree-Based Algorithms"), begun at the principal components (Kobak and Berens 2019). Distances are those of
// the first 50 components. Throws Error as principal_components does, and on options out of range.
TsneMap project_tsne(std::span<const float> rows, int64_t width, const TsneOptions& options = {});

}  // namespace gamana::view
