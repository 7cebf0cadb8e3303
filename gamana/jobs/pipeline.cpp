#include "gamana/jobs/pipeline.h"

#include "gamana/base/check.h"

namespace gamana {

EncoderPipeline::EncoderPipeline(const std::string& directory, Task task, int max_length, Precision precision)
    : loaded_(load_encoder(directory, task)),
      encoder_(directory, max_length, model().settings().max_positions),
      precision_(precision) {
  if (!loaded_.fresh.empty())
    throw Error(fmt::format("{}: the model has no head for {}: {} tensors are missing: {}", directory, task_name(task),
                            loaded_.fresh.size(), first_names(loaded_.fresh)),
                "fine-tune it first, see `gamana train --help`");
}

void run_head(const EncoderModel& model, Precision precision, const std::vector<const EncodedText*>& texts, int head,
              const std::function<void(size_t, const TextResult&)>& use) {
  thread_local Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena, .precision = precision, .packs = true};
  const Batch batch = batch_of(texts);
  const Tensor hidden = model.hidden(c, batch);
  const Tensor values = model.project(c, head, model.read(c, head, hidden, batch));
  const bool tokens = model.head(head).reads == Reads::tokens;
  for (size_t i = 0; i < texts.size(); ++i) {
    const int64_t first = tokens ? batch.offsets[i] : static_cast<int64_t>(i);
    use(i, {values, first, tokens ? batch.offsets[i + 1] - first : 1});
  }
}

void EncoderPipeline::run(const std::vector<const EncodedText*>& texts, int head,
                          const std::function<void(size_t, const TextResult&)>& use) const {
  run_head(model(), precision_, texts, head, use);
}

}  // namespace gamana
