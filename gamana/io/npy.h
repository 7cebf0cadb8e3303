#pragma once
// NumPy's file format, version 1.0 (numpy/lib/format.py): a magic string, a header of text that says type, order and
// shape, padded so that the values begin at a multiple of 64 bytes, the values.
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "gamana/base/file.h"

namespace gamana {

// Writes an array of float32 in row-major order, by rename; `values` gives all of them to the sink, in any number of
// parts. numpy.load reads it without pickle. Throws Error as write_file does.
void write_npy(const std::string& path, std::span<const int64_t> shape, const std::function<void(const Sink&)>& values);

// The same for an array [rows, cols] with as many rows as the sink is given; `path` is a plain file.
void write_npy_rows(const std::string& path, int64_t cols, const std::function<void(const Sink&)>& values);

}  // namespace gamana
