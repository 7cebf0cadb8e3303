#pragma once
// The library follows the offsets inside a model's normalisation table without looking: a damaged table sends it out of
// bounds. So the table is looked at before the library sees the model.
#include <string_view>

namespace gamana {

// Whether every offset of the normalisation tables in a serialised SentencePiece model stays inside them. A model that
// cannot be parsed so far counts as invalid; one without tables is valid.
bool valid_charsmaps(std::string_view model);

}  // namespace gamana
