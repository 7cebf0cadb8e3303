#include "gamana/metric/edit_distance.h"

#include <algorithm>
#include <cmath>

#include "gamana/base/check.h"

namespace gamana::metric {
namespace {

constexpr int64_t kBeam = 25;
constexpr int32_t kFar = 1 << 30;  // cells outside of the beam

}  // namespace

BeamEditDistance::BeamEditDistance(std::span<const uint32_t> reference, size_t hypothesis_length)
    : reference_(reference) {
  const auto columns = static_cast<int64_t>(reference.size()) + 1;
  const double slope = hypothesis_length == 0
                           ? 1.0
                           : static_cast<double>(reference.size()) / static_cast<double>(hypothesis_length);
  // Wide enough for neighbouring rows to overlap, however long the reference is.
  const int64_t beam = kBeam < slope / 2 ? static_cast<int64_t>(std::ceil(slope / 2 + kBeam)) : kBeam;
  size_t offset = 0;
  for (size_t i = 0; i <= hypothesis_length; ++i) {
    const auto diagonal = static_cast<int64_t>(std::floor(static_cast<double>(i) * slope));
    Row row{std::max<int64_t>(0, diagonal - beam), std::min(columns, diagonal + beam), offset};
    if (i == 0) row.begin = 0;
    if (i == 0 || i == hypothesis_length) row.end = columns;
    rows_.push_back(row);
    offset += static_cast<size_t>(row.end - row.begin);
  }
  cells_.resize(offset), variant_.resize(offset);
  for (int64_t j = 0; j < columns; ++j) cells_[j] = {static_cast<int32_t>(j), Edit::insert};
}

int32_t BeamEditDistance::operator()(std::span<const uint32_t> hypothesis) { return fill(cells_, hypothesis, 0); }

int32_t BeamEditDistance::variant(std::span<const uint32_t> hypothesis, size_t common) {
  const Row& last = rows_[common];
  const auto begin = cells_.begin() + static_cast<int64_t>(last.offset);
  std::copy(begin, begin + (last.end - last.begin), variant_.begin() + static_cast<int64_t>(last.offset));
  return fill(variant_, hypothesis, common);
}

BeamEditDistance::Cell BeamEditDistance::cell(const std::vector<Cell>& cells, size_t row, int64_t column) const {
  const Row& r = rows_[row];
  if (column < r.begin || column >= r.end) return {kFar, Edit::none};
  return cells[r.offset + static_cast<size_t>(column - r.begin)];
}

// Fills the rows behind row `from`. Of edits that cost the same the first wins: keep or substitute, remove, insert.
int32_t BeamEditDistance::fill(std::vector<Cell>& cells, std::span<const uint32_t> hypothesis, size_t from) const {
  GAMANA_DCHECK(hypothesis.size() + 1 == rows_.size());
  for (size_t i = from + 1; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    Cell* out = cells.data() + row.offset;
    const uint32_t word = hypothesis[i - 1];
    int32_t diagonal = cell(cells, i - 1, row.begin - 1).cost, left = kFar;
    for (int64_t j = row.begin; j < row.end; ++j, ++out) {
      const int32_t above = cell(cells, i - 1, j).cost;
      const bool same = j > 0 && reference_[j - 1] == word;
      Cell best{kFar, Edit::none};
      if (diagonal + !same < best.cost) best = {diagonal + !same, same ? Edit::keep : Edit::substitute};
      if (above + 1 < best.cost) best = {above + 1, Edit::remove};
      if (left + 1 < best.cost) best = {left + 1, Edit::insert};
      *out = best;
      diagonal = above, left = best.cost;
    }
  }
  return cell(cells, rows_.size() - 1, static_cast<int64_t>(reference_.size())).cost;
}

std::vector<Edit> BeamEditDistance::trace() const {
  std::vector<Edit> out;
  size_t i = rows_.size() - 1, j = reference_.size();
  while (i > 0 || j > 0) {
    const Edit edit = cell(cells_, i, static_cast<int64_t>(j)).edit;
    GAMANA_DCHECK(edit != Edit::none);
    out.push_back(edit);
    if (edit != Edit::insert) --i;
    if (edit != Edit::remove) --j;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace gamana::metric
