#pragma once
// What training and translating see of an encoder-decoder model, whatever its family.
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gamana/base/batch.h"
#include "gamana/base/json.h"
#include "gamana/decode/model.h"
#include "gamana/models/weights.h"
#include "gamana/ops/ops.h"

namespace gamana {

// A sentence's alignment: weights [heads][targets][sources], row-major, of one layer.
struct SeenAttention {
  std::string name;  // as in AttentionSeen
  int heads, queries, keys;
  std::vector<float> weights;
};

class TranslationModel {
 public:
  virtual ~TranslationModel() = default;

  virtual void visit(const ParameterVisitor& v) = 0;
  // Label-smoothed cross-entropy summed over the labels; gradients are those of `scale` times the sum. Runs forward
  // only where c has no tape. nll_by_row, if given: [labels].
  virtual LossSum loss(Context& c, const PairBatch& batch, float smoothing, float scale, float* nll_by_row = nullptr) = 0;
  virtual std::unique_ptr<DecodeModel> decoder(Precision precision) = 0;

  virtual Json config() const = 0;        // config.json
  virtual int vocabulary() const = 0;
  virtual int start_token() const = 0;
  virtual int end_token() const = 0;
  virtual int pad_token() const = 0;
  virtual int max_length() const = 0;     // longest source or target, in tokens
  // As they stand in model.safetensors.
  virtual std::vector<FileTensor> file_tensors() = 0;
  // Names that may stand in a file beside those, each with the tensor that it is a tied copy of; "" for a table that is computed.
  virtual std::map<std::string, std::string> ignored_tensors() const { return {}; }

  ParameterStore& parameters() {
    if (!store_) store_ = std::make_unique<ParameterStore>([this](const ParameterVisitor& v) { visit(v); });
    return *store_;
  }

 private:
  std::unique_ptr<ParameterStore> store_;
};

}  // namespace gamana
