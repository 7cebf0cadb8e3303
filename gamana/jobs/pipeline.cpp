#include "gamana/jobs/pipeline.h"

#include <algorithm>

#include "gamana/base/check.h"

namespace gamana {
namespace {

// Tokens that go through a model at once: few enough that what one operation leaves is still in the second cache when the
// next one reads it, which weighs more the faster products are; enough for both threads.
constexpr int64_t tokens_at_once(Precision precision) { return precision == Precision::bf16 ? 640 : 2048; }

void run_part(const TextModel& model, Precision precision, const std::vector<const EncodedText*>& texts, int head,
              const std::function<void(size_t, const TextResult&)>& use) {
  thread_local Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena, .precision = precision, .packs = true};
  const Batch batch = batch_of(texts);
  const Tensor values = model.project(c, head, model.read(c, head, batch));
  const bool tokens = model.head(head).reads == Reads::tokens;
  for (size_t i = 0; i < texts.size(); ++i) {
    const int64_t first = tokens ? batch.offsets[i] : static_cast<int64_t>(i);
    use(i, {values, first, tokens ? batch.offsets[i + 1] - first : 1});
  }
}

}  // namespace

void in_parts(const std::vector<const EncodedText*>& texts, Precision precision,
              const std::function<void(size_t, const std::vector<const EncodedText*>&)>& run) {
  for (size_t begin = 0; begin < texts.size();) {
    std::vector<const EncodedText*> part;
    int64_t tokens = 0;
    for (size_t i = begin; i < texts.size() && (part.empty() || tokens + texts[i]->length() <= tokens_at_once(precision)); ++i)
      part.push_back(texts[i]), tokens += texts[i]->length();
    run(begin, part);
    begin += part.size();
  }
}

namespace {

// Heads of these tasks are tensors of the same names, and some have the same shapes.
constexpr Task kAlike[] = {Task::sequence, Task::token, Task::choice};

LoadedModel load_for(const std::string& directory, Task task) {
  const Json config = read_text_config(directory);
  const auto list = get_or(config, "architectures", std::vector<std::string>());
  const Family family = model_config(config).family;
  const bool alike = !is_decoder(family) && std::find(std::begin(kAlike), std::end(kAlike), task) != std::end(kAlike);
  for (const Task other : kAlike)
    if (alike && other != task && !list.empty() && list[0] == architecture(family, other))
      throw Error(fmt::format("{}: the model has no head for {}, but one for {}", directory, task_name(task), task_name(other)),
                  "fine-tune it first, see `gamana train --help`");
  return load_text_model(directory, task);
}

}  // namespace

EncoderPipeline::EncoderPipeline(const std::string& directory, Task task, int max_length, Precision precision)
    : loaded_(load_for(directory, task)),
      encoder_(directory, max_length, model().settings().max_positions),
      precision_(precision) {
  loaded_.model->parameters().give_up_packed();
  if (!loaded_.fresh.empty())
    throw Error(fmt::format("{}: the model has no head for {}: {} tensors are missing: {}", directory, task_name(task),
                            loaded_.fresh.size(), first_names(loaded_.fresh)),
                task == Task::masked_word ? "train one on plain text first, see `gamana train mlm --help`"
                : task == Task::next_word ? "train one on plain text first, see `gamana train lm --help`"
                                          : "fine-tune it first, see `gamana train --help`");
}

void run_head(const TextModel& model, Precision precision, const std::vector<const EncodedText*>& texts, int head,
              const std::function<void(size_t, const TextResult&)>& use) {
  in_parts(texts, precision, [&](size_t first, const std::vector<const EncodedText*>& part) {
    run_part(model, precision, part, head, [&](size_t i, const TextResult& result) { use(first + i, result); });
  });
}

void in_batches(const std::vector<EncodedText>& texts,
                const std::function<void(const std::vector<int32_t>&, const std::vector<const EncodedText*>&)>& run) {
  Lengths lengths;
  for (const EncodedText& text : texts) lengths.push_back(text.length());
  BatchRule rule = kInferenceBatches;
  rule.window = static_cast<int64_t>(texts.size());
  for (const std::vector<int32_t>& batch : plan_in_order(lengths, rule)) {
    std::vector<const EncodedText*> chosen;
    for (const int32_t i : batch) chosen.push_back(&texts[i]);
    run(batch, chosen);
  }
}

void run_head_on_all(const TextModel& model, Precision precision, const std::vector<EncodedText>& texts, int head,
                     const std::function<void(size_t, const TextResult&)>& use) {
  in_batches(texts, [&](const std::vector<int32_t>& batch, const std::vector<const EncodedText*>& chosen) {
    run_head(model, precision, chosen, head, [&](size_t i, const TextResult& result) { use(batch[i], result); });
  });
}

void EncoderPipeline::run(const std::vector<const EncodedText*>& texts, int head,
                          const std::function<void(size_t, const TextResult&)>& use) const {
  run_head(model(), precision_, texts, head, use);
}

}  // namespace gamana
