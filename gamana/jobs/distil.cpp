#include "gamana/jobs/distil.h"

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/ops/losses.h"

namespace gamana {
namespace {

Json teacher_config(const std::string& directory) {
  const Json config = read_text_config(directory);
  if (const Problem problem = problem_of(config); problem != Problem::single_label)
    fail("{}: expected a teacher that gives each text one label, found one for {}", directory, problem_name(problem));
  return config;
}

ClassifyJob::Settings with_labels(ClassifyJob::Settings data, const std::string& teacher) {
  if (data.problem != Problem::single_label)
    throw Error("--label-separator: expected one label for each text, as the teacher gives it", "leave it out");
  data.labels = Labels::from_config(teacher_config(teacher), join_path(teacher, "config.json"));
  return data;
}

}  // namespace

DistilJob::DistilJob(const Settings& settings, const TextEncoder& encoder)
    : ClassifyJob(with_labels(settings.data, settings.teacher), encoder),
      settings_(settings),
      student_(settings.student, settings.teacher, teacher_config(settings.teacher), false) {
  student_.check(encoder, settings.alpha_cos > 0);
  const EncoderPipeline teacher(settings.teacher, Task::sequence, 0, settings.precision);
  width_ = teacher.model().settings().width;
  ask(teacher.model());
}

void DistilJob::ask(const TextModel& teacher) {
  const Lengths& lengths = this->lengths();
  const int64_t classes = labels().size();
  starts_.assign(1, 0);
  for (const int32_t length : lengths) starts_.push_back(starts_.back() + length);
  logits_.resize(lengths.size() * classes);
  if (settings_.alpha_cos > 0) hidden_.resize(starts_.back() * width_);
  Arena arena;
  in_batches(train().texts, [&](const std::vector<int32_t>& batch, const std::vector<const EncodedText*>& texts) {
    in_parts(texts, settings_.precision, [&](size_t first, const std::vector<const EncodedText*>& part) {
      Context c{.kernels = cpu_kernels(), .arena = arena, .precision = settings_.precision, .packs = true};
      const Batch b = batch_of(part);
      const Tensor hidden = teacher.hidden(c, b), logits = teacher.project(c, 0, teacher.read(c, 0, hidden, b));
      for (size_t i = 0; i < part.size(); ++i) {
        const int64_t example = batch[first + i];
        std::copy_n(logits.data() + i * classes, classes, logits_.data() + example * classes);
        if (!hidden_.empty())
          c.kernels.to_bf16(part[i]->length() * width_, hidden.data() + b.offsets[i] * width_, hidden_.data() + starts_[example] * width_);
      }
    });
  });
}

Json DistilJob::configure(Json) const { return ClassifyJob::configure(student_.config()); }

LoadedModel DistilJob::load(const std::string&, const Json& config, uint64_t seed) const {
  LoadedModel student = ClassifyJob::load(student_.directory(), config, seed);
  student_.begin(*student.model, task());
  return student;
}

// alpha_ce T^2 KL(teacher || student) + alpha_task CE(labels), of each text, + alpha_cos (1 - cos), mean over the tokens of
// the batch (Sanh et al. 2019, section 2: L_ce, the task's loss in place of L_mlm, L_cos).
LossSum DistilJob::loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) {
  const Forward f = settings_.alpha_cos > 0 ? forward(c, model, examples) : Forward{{}, logits(c, model, examples)};
  const auto n = static_cast<int64_t>(examples.size()), classes = f.logits.cols();
  LossSum sum;
  const auto add = [&](double alpha, const LossSum& part) { sum.loss += alpha * part.loss; };
  // Whatever they count, the labels say how well the student does, and the head has a gradient.
  const auto alpha_task = static_cast<float>(settings_.alpha_task);
  const LossSum task = loss_of(c, f.logits, train().targets, examples, scale * alpha_task);
  add(alpha_task, task), sum.nll = task.nll, sum.correct = task.correct;
  if (settings_.alpha_ce > 0) {
    const auto alpha = static_cast<float>(settings_.alpha_ce);
    const Tensor teacher = c.tensor(n, classes, false);
    for (int64_t i = 0; i < n; ++i) std::copy_n(logits_.data() + examples[i] * classes, classes, teacher.data() + i * classes);
    add(alpha, distillation_loss(c, f.logits, teacher, static_cast<float>(settings_.temperature), scale * alpha));
  }
  if (settings_.alpha_cos > 0) {
    const auto alpha = static_cast<float>(settings_.alpha_cos * static_cast<double>(n) / static_cast<double>(f.hidden.rows()));
    const Tensor teacher = c.tensor(f.hidden.rows(), width_, false);
    int64_t row = 0;
    for (const int32_t i : examples) {
      c.kernels.from_bf16((starts_[i + 1] - starts_[i]) * width_, hidden_.data() + starts_[i] * width_, teacher.data() + row * width_);
      row += starts_[i + 1] - starts_[i];
    }
    add(alpha, cosine_loss(c, f.hidden, teacher, scale * alpha));
  }
  return sum;
}

}  // namespace gamana
