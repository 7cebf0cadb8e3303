#include "gamana/jobs/choose.h"

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/jobs/pipeline.h"
#include "gamana/ops/losses.h"

namespace gamana {

ChoiceTexts read_choices(const std::string& path, const TextEncoder& encoder) {
  ChoiceTexts out;
  ChoiceReader reader(path);
  for (Choices choice; reader.next(choice);) {
    for (const std::string& ending : choice.endings) {
      out.texts.push_back(encoder.encode(choice.text, ending));
      out.lengths.push_back(out.texts.back().length());
    }
    out.offsets.push_back(static_cast<int32_t>(out.texts.size()));
    out.right.push_back(choice.right);
  }
  if (out.right.empty()) fail("{}: expected texts with endings to choose from, found none", path);
  return out;
}

std::vector<float> choice_logits(const TextModel& model, Precision precision, const ChoiceTexts& choices) {
  std::vector<float> logits(choices.texts.size());
  run_head_on_all(model, precision, choices.texts, 0, [&](size_t i, const TextResult& result) { logits[i] = *result.row(0); });
  return logits;
}

double choice_accuracy(const ChoiceTexts& choices, std::span<const float> logits) {
  int64_t hits = 0;
  for (int64_t e = 0; e < choices.examples(); ++e) {
    const auto begin = logits.begin() + choices.offsets[e], end = logits.begin() + choices.offsets[e + 1];
    hits += std::max_element(begin, end) - begin == choices.right[e];
  }
  return static_cast<double>(hits) / static_cast<double>(choices.examples());
}

ChoiceJob::ChoiceJob(const Settings& s, const TextEncoder& encoder)
    : train_(read_choices(s.train, encoder)), valid_(read_choices(s.valid, encoder)) {
  for (int64_t e = 0; e < train_.examples(); ++e) {
    int32_t sum = 0;
    for (int32_t i = train_.offsets[e]; i < train_.offsets[e + 1]; ++i) sum += train_.lengths[i];
    lengths_.push_back(sum);
  }
}

// A score for each text, whatever the labels were that the model told apart before.
Json ChoiceJob::configure(Json config) const {
  for (const char* key : {"id2label", "label2id", "problem_type"}) config.erase(key);
  return config;
}

LossSum ChoiceJob::loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) {
  std::vector<const EncodedText*> texts;
  std::vector<int32_t> groups = {0}, targets;
  for (const int32_t e : examples) {
    for (int32_t i = train_.offsets[e]; i < train_.offsets[e + 1]; ++i) texts.push_back(&train_.texts[i]);
    groups.push_back(static_cast<int32_t>(texts.size()));
    targets.push_back(train_.right[e]);
  }
  batch_ = batch_of(texts);
  const Tensor logits = model.project(c, 0, model.read(c, 0, batch_));
  return group_cross_entropy(c, logits, groups, targets, scale);
}

std::map<std::string, double> ChoiceJob::validate(const TextModel& model, Precision precision) {
  std::vector<float> logits = choice_logits(model, precision, valid_);
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  const Tensor column = Tensor::borrow(logits.data(), static_cast<int64_t>(logits.size()), 1);
  const double loss = group_cross_entropy(c, column, valid_.offsets, valid_.right, 1).loss;
  return {{"loss", loss / static_cast<double>(valid_.examples())}, {"accuracy", choice_accuracy(valid_, logits)}};
}

}  // namespace gamana
