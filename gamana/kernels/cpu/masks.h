#pragma once
#include <cstdint>

namespace gamana::cpu {

// A mask of the first `count` of up to 32 numbers.
constexpr uint32_t first_bits(int64_t count) { return count >= 32 ? ~0u : count > 0 ? (1u << count) - 1 : 0u; }

}  // namespace gamana::cpu
