#pragma once
// Files of torch.save (pytorch_model.bin, torch/serialization.py): a pickle that describes tensors, and their storages.
// Both forms are read: the zip archive (PyTorch 1.6 and later) and the older row of pickles with the storages behind.
#include <string>

#include "gamana/io/tensor_file.h"

namespace gamana {

// The file's dict of tensors by name. A dict inside "state_dict" or "model" is taken where the outer one has no tensors,
// and "module." is left off where all names begin with it. Nothing in the file is executed (io/pickle.h). Tensors are
// views of the mapped file; those that are not contiguous are copied into row-major order. Throws Error if the file is
// cut off, damaged, refused, or no dict of tensors.
class PytorchBin : public TensorFile {
 public:
  explicit PytorchBin(const std::string& path);
};

}  // namespace gamana
