#include "gamana/jobs/pair_classifier.h"

#include <algorithm>
#include <sstream>

#include "gamana/models/layers.h"
#include "gamana/ops/rows.h"

namespace gamana {

PairParts pair_parts(const std::string& names) {
  PairParts parts{false, false, false};
  std::istringstream list(names);
  for (std::string name; std::getline(list, name, ',');) {
    bool* const part = name == "rep"              ? &parts.rep
                       : name == "difference"     ? &parts.difference
                       : name == "multiplication" ? &parts.multiplication
                                                  : nullptr;
    if (!part) fail("--concatenation: expected some of rep, difference, multiplication, found \"{}\"", name);
    *part = true;
  }
  if (parts.count() == 0) fail("--concatenation: expected some of rep, difference, multiplication, found none");
  return parts;
}

PairClassifier::PairClassifier(Json config, SentenceSettings settings, const PairParts& parts, int labels)
    : SentenceModel(std::move(config), std::move(settings)),
      parts_(parts),
      classifier_(make_linear(parts.count() * dimension(), labels)) {}

void PairClassifier::visit(const ParameterVisitor& v) {
  SentenceModel::visit(v);
  gamana::visit(v, "classifier", classifier_);
}

bool PairClassifier::learns_alone() {
  const auto& entries = parameters().entries();
  return std::all_of(entries.begin(), entries.end(), [](const auto& e) {
    return e.parameter->frozen || e.name.starts_with("classifier.");
  });
}

Tensor PairClassifier::classify(Context& c, const Tensor& vectors) const {
  const int64_t n = vectors.rows() / 2;
  return linear(c, pair_features(c, rows_of(c, vectors, 0, n), rows_of(c, vectors, n, n), parts_), classifier_);
}

}  // namespace gamana
