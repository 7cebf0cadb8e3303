#pragma once
// Files whose beginning is known last, such as one that says how many rows follow.
#include "gamana/base/file.h"

namespace gamana {

// As write_file, for a plain file: the first `head` bytes are what `write` gives when the sink has all others. Throws Error for
// what is no plain file as well.
void write_file_with_head(const std::string& path, size_t head, const std::function<std::string(const Sink&)>& write);

}  // namespace gamana
