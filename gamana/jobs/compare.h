#pragma once
// A model held against a reference: tensor by tensor, and by what leaves each layer for one text.
#include <map>
#include <string>
#include <vector>

#include "gamana/jobs/text_encoder.h"
#include "gamana/models/text_model.h"

namespace gamana {

struct TensorView {
  std::vector<int64_t> shape;
  const float* data;
};

// Tensors by their names in files.
struct ModelTensors {
  std::map<std::string, TensorView> views;
  std::vector<std::vector<float>> storage;  // of those that are nobody else's
};
ModelTensors tensors_of(const std::vector<FileTensor>& parameters);  // as long as the parameters live
ModelTensors tensors_of(const TensorFile& file, const std::string& where);  // without those of integers, which are no weights

// Calls tensors of the reference as the model does where files of one have what stands before the backbone's names in
// classes with heads ("bert.") and those of the other have not.
void align_names(ModelTensors& reference, const ModelTensors& own, const std::string& prefix);

// What is wrong with a tensor: "differs by up to 0.31", "is the reference's, transposed", "is the reference's
// layer.0.attention.self.key.weight", "has the shape [2, 3], the reference's [2, 4]", "is not in the reference"…
struct TensorDifference {
  std::string name, what;
};
// In order of the names. Numbers may differ by `tolerance`.
std::vector<TensorDifference> compare_tensors(const ModelTensors& own, const ModelTensors& reference, double tolerance);

// How far apart what leaves each part is: the embeddings, then each layer (a norm after the last belongs to it).
struct PartDifference {
  std::string name;     // "embeddings", "layer 0"
  double largest, size; // largest difference, and largest magnitude in the reference
};
// As many parts as both have. Throws Error where the widths differ.
std::vector<PartDifference> compare_parts(const TextModel& own, const TextModel& reference, const EncodedText& text);

// What may be why part `part` (0: the embeddings, i + 1: layer i) differs: its tensors that do, and settings of the
// forward that do.
std::vector<std::string> likely_causes(const TextModel& own, const TextModel& reference, int part,
                                       const std::vector<TensorDifference>& tensors);

}  // namespace gamana
