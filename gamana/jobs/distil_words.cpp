#include "gamana/jobs/distil_words.h"

#include "gamana/ops/losses.h"

namespace gamana {

bool guesses_words(const std::string& directory) {
  const Task task = task_of(read_text_config(directory));
  return task == Task::masked_word || task == Task::pretraining;
}

WordDistilJob::WordDistilJob(const TextFiles& files, const TextEncoder& encoder, const MaskedTextRule& rule,
                             const Settings& settings)
    : PretrainingJob(files, encoder, rule),
      settings_(settings),
      student_(settings.student, settings.teacher, read_text_config(settings.teacher), true),
      teacher_(settings.teacher, Task::masked_word, 0, settings.precision) {
  student_.check(encoder, settings.alpha_cos > 0);
}

LoadedModel WordDistilJob::load(const std::string&, const Json& config, uint64_t seed) const {
  LoadedModel student = TextJob::load(student_.directory(), config, seed);
  student_.begin(*student.model, task());
  return student;
}

LossSum WordDistilJob::loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) {
  batch_ = texts_.train.batch(examples);
  if (batch_.rows.empty()) return {};
  const TextModel& teacher = teacher_.model();
  Context t{.kernels = c.kernels, .arena = c.arena, .precision = teacher_.precision()};
  const Tensor states = teacher.hidden(t, batch_.batch), hidden = model.hidden(c, batch_.batch);
  const double words = static_cast<double>(batch_.rows.size()), share = words / static_cast<double>(hidden.rows());
  // Whatever they count, hidden words say how well the student does.
  const auto alpha_task = static_cast<float>(settings_.alpha_task);
  LossSum sum = projected_cross_entropy(c, model.read(c, 0, hidden, batch_.batch, batch_.rows), model.output_weight(0),
                                        model.output_bias(0), batch_.labels, 0, scale * alpha_task);
  sum.loss *= alpha_task;
  if (settings_.alpha_ce > 0) {
    const auto alpha = static_cast<float>(settings_.alpha_ce * share);
    const Tensor own = model.read(c, 0, hidden, batch_.batch), other = teacher.read(t, 0, states, batch_.batch);
    sum.loss += alpha * projected_distillation(c, {own, model.output_weight(0), model.output_bias(0)},
                                               {other, teacher.output_weight(0), teacher.output_bias(0)},
                                               static_cast<float>(settings_.temperature), scale * alpha).loss;
  }
  if (settings_.alpha_cos > 0) {
    const auto alpha = static_cast<float>(settings_.alpha_cos * share);
    sum.loss += alpha * cosine_loss(c, hidden, states, scale * alpha).loss;
  }
  return sum;
}

}  // namespace gamana
