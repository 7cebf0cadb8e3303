#pragma once
// What teaches a sentence model to tell how one text relates to another (natural language inference).
#include <span>
#include <string>

#include "gamana/models/sentence_model.h"
#include "gamana/ops/similarity.h"

namespace gamana {

// "rep,difference,multiplication": some of them, with commas between. Throws Error for another word and for none.
PairParts pair_parts(const std::string& names);

// A sentence model and a classifier of pairs on its vectors: softmax(W [u; v; |u - v|] + b) (Reimers and Gurevych 2019,
// section 3, "classification objective"). The classifier is there to train: checkpoints hold it, and the model is saved
// without it, as by sentence-transformers.
class PairClassifier : public SentenceModel {
 public:
  // A model without values that tells `labels` labels apart.
  PairClassifier(Json config, SentenceSettings settings, const PairParts& parts, int labels);

  void visit(const ParameterVisitor& v) override;
  // Is there nothing to train but the classifier? The saved model would be the one that training began with.
  bool learns_alone();
  // Vectors [2 n, D], the second texts of the pairs after the first ones -> logits [n, labels].
  Tensor classify(Context& c, const Tensor& vectors) const;

 private:
  PairParts parts_;
  Linear classifier_;  // [labels, count D]
};

}  // namespace gamana
