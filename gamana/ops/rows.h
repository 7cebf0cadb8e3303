#pragma once
// Rows and columns moved from one matrix to another.
#include <optional>
#include <span>
#include <vector>

#include "gamana/tensor/context.h"

namespace gamana {

// Matrices of equal height side by side: [N, C1], [N, C2]... -> [N, C1 + C2 + ...].
Tensor concat(Context& c, std::vector<Tensor> parts);

// Columns [column, column + cols) of the rows listed, of which one may come several times: x [N, C] -> [rows, cols].
Tensor take(Context& c, const Tensor& x, std::vector<int32_t> rows, int64_t column, int64_t cols);

// All columns of the rows listed; without a list, x.
Tensor take(Context& c, const Tensor& x, std::optional<std::vector<int32_t>> rows);

// All columns of rows [first, first + count).
Tensor rows_of(Context& c, const Tensor& x, int64_t first, int64_t count);

}  // namespace gamana
