#pragma once
// First values of parameters.
#include <string>

#include "gamana/tensor/parameters.h"

namespace gamana {

// Draws one parameter as its `init` says; element i depends on (seed, name, i) only.
void draw(const std::string& name, const Parameter& parameter, uint64_t seed);

}  // namespace gamana
