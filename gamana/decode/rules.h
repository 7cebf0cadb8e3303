#pragma once
// What decoding asks of the logits of a row.
#include <cstdint>
#include <vector>

namespace gamana {

// What is wanted of a row.
struct ScanRequest {
  int best = 0;            // how many of the best tokens
  bool total = false;      // log_total
  float mass_scale = 0;    // 1 / temperature: log_mass; 0: not wanted
  bool draw = false;       // drawn (needs mass_scale)
  bool mean = false;       // mean (needs mass_scale)
};

// What is special in one row.
struct RowRules {
  std::vector<int> banned;     // ascending, distinct
  std::vector<int> set_aside;  // ascending, distinct, none of them banned: not among `best` and `drawn`
  uint64_t key = 0;            // randomness of `drawn`
  ScanRequest wants = {};
  bool forced = false;         // the only one set aside must follow
};

}  // namespace gamana
