#pragma once
// Grapheme clusters (UAX 29) as the peer's library unicode-segmentation finds them, but for pairs of regional indicators:
// they are taken one by one, which no cluster below six bytes shows.
#include <cstddef>
#include <string_view>

namespace gamana {

// The end of the cluster that begins at `begin`, an end of the one before it. The text has to be valid UTF-8.
size_t cluster_end(std::string_view text, size_t begin);

}  // namespace gamana
