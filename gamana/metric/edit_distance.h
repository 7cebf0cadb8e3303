#pragma once
// Levenshtein distance of word sequences within a beam around the diagonal, for TER.
#include <cstdint>
#include <span>
#include <vector>

namespace gamana::metric {

enum class Edit : uint8_t { none, keep, substitute, remove, insert };  // what becomes of a word of the hypothesis

// For one reference and hypotheses of one length: the cells that are kept, those of the beam, are the same for all.
class BeamEditDistance {
 public:
  BeamEditDistance(std::span<const uint32_t> reference, size_t hypothesis_length);

  // Fills every row; the trace is that of this hypothesis.
  int32_t operator()(std::span<const uint32_t> hypothesis);
  // The distance of a hypothesis that begins with the first `common` words of the one filled last, whose rows stay.
  int32_t variant(std::span<const uint32_t> hypothesis, size_t common);
  // From the first edit to the last, of the hypothesis filled last.
  std::vector<Edit> trace() const;

 private:
  struct Cell {
    int32_t cost;
    Edit edit;
  };
  struct Row {
    int64_t begin, end;  // columns [begin, end) lie in the beam; column j stands behind j words of the reference
    size_t offset;       // of column `begin` in cells
  };
  Cell cell(const std::vector<Cell>& cells, size_t row, int64_t column) const;
  int32_t fill(std::vector<Cell>& cells, std::span<const uint32_t> hypothesis, size_t from) const;

  std::span<const uint32_t> reference_;
  std::vector<Row> rows_;              // [hypothesis words + 1]
  std::vector<Cell> cells_, variant_;  // of the hypothesis, of its variant
};

}  // namespace gamana::metric
