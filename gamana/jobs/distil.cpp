#include "gamana/jobs/distil.h"

#include <algorithm>
#include <charconv>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/ops/losses.h"

namespace gamana {
namespace {

constexpr std::string_view kLayer = "backbone.layer.";  // of the names of parameters

Json teacher_config(const std::string& directory) {
  const Json config = read_model_config(directory);
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

// The teacher's configuration, with these layers only.
Json shortened(Json config, const std::vector<int>& layers, const std::string& teacher) {
  const ModelConfig k = model_config(config);
  if (k.layer_groups)
    throw Error(fmt::format("{}: its layers share their weights, so that fewer of them are no smaller", teacher),
                "give a directory or a preset as --student");
  config[k.family == Family::distilbert ? "n_layers" : "num_hidden_layers"] = layers.size();
  if (k.family == Family::modernbert) {
    config["layer_types"] = Json::array();
    for (const int i : layers) config["layer_types"].push_back(k.local_layers[i] ? "sliding_attention" : "full_attention");
  }
  return config;
}

// Layer i of the student becomes layer layers[i] of the teacher; all else is as it is there.
void copy_layers(TextModel& teacher, const std::vector<int>& layers, TextModel& student) {
  for (const auto& entry : student.parameters().entries()) {
    std::string name = entry.name;
    if (name.starts_with(kLayer)) {
      const size_t end = name.find('.', kLayer.size());
      const int i = std::stoi(name.substr(kLayer.size(), end - kLayer.size()));
      name = std::string(kLayer) + std::to_string(layers[i]) + name.substr(end);
    }
    const ParameterStore::Entry* from = teacher.parameters().find(name);
    GAMANA_DCHECK(from && from->parameter->size() == entry.parameter->size());
    std::copy_n(from->parameter->tensor.data(), entry.parameter->size(), entry.parameter->tensor.data());
  }
  student.parameters().weights_changed();
}

}  // namespace

std::vector<int> student_layers(const std::string& student, int layers) {
  std::vector<int> chosen;
  if (student == "half") {
    const int count = std::max(1, layers / 2);
    for (int i = 0; i < count && layers > 0; ++i)  // rounded to the next; one alone is the first
      chosen.push_back(count == 1 ? 0 : (2 * i * (layers - 1) + count - 1) / (2 * (count - 1)));
    return chosen;
  }
  if (student.empty() || student.find_first_not_of("0123456789,") != std::string::npos) return chosen;
  for (size_t at = 0; at <= student.size();) {
    const size_t end = std::min(student.find(',', at), student.size());
    int layer = -1;
    const auto [rest, error] = std::from_chars(student.data() + at, student.data() + end, layer);
    if (error != std::errc() || rest != student.data() + end || layer >= layers || (!chosen.empty() && layer <= chosen.back()))
      fail("--student: expected layers from 0 to {} in ascending order with commas between, found \"{}\"", layers - 1, student);
    chosen.push_back(layer);
    at = end + 1;
  }
  return chosen;
}

DistilJob::DistilJob(const Settings& settings, const TextEncoder& encoder)
    : ClassifyJob(with_labels(settings.data, settings.teacher), encoder),
      settings_(settings),
      teacher_(teacher_config(settings.teacher)),
      layers_(student_layers(settings.student, model_config(teacher_).layers)),
      width_(model_config(teacher_).width) {
  check(encoder);
  const EncoderPipeline teacher(settings.teacher, Task::sequence, 0, settings.precision);
  ask(teacher.model());
}

// What the student is, but for its labels.
Json DistilJob::student_config() const {
  if (!layers_.empty()) return shortened(teacher_, layers_, settings_.teacher);
  if (file_exists(join_path(settings_.student, "config.json"))) return read_model_config(settings_.student);
  Json config;
  try {
    config = model_preset(settings_.student);
  } catch (const Error& error) {
    throw Error(fmt::format("--student: expected \"half\", a list of layers, a model directory or a preset, found \"{}\"", settings_.student),
                error.what());
  }
  for (const char* key : {"vocab_size", "pad_token_id", "bos_token_id", "cls_token_id", "eos_token_id", "sep_token_id"})
    if (teacher_.contains(key)) config[key] = teacher_[key];
  return config;
}

void DistilJob::check(const TextEncoder& encoder) const {
  const ModelConfig student = model_config(student_config()), teacher = model_config(teacher_);
  if (student.vocabulary != teacher.vocabulary)
    fail("--student: expected a model with the teacher's vocabulary of {} tokens, found {}", teacher.vocabulary, student.vocabulary);
  if (settings_.alpha_cos > 0 && student.width != teacher.width)
    throw Error(fmt::format("hidden states of the student have {} numbers, those of the teacher {}: they cannot be compared",
                            student.width, teacher.width),
                "give --alpha-cos 0");
  if (encoder.max_length() > std::min(student.max_positions, teacher.max_positions))
    throw Error(fmt::format("texts may have {} tokens, the student reads {} and the teacher {}", encoder.max_length(),
                            student.max_positions, teacher.max_positions),
                "give a smaller --max-length");
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

Json DistilJob::configure(Json) const { return ClassifyJob::configure(student_config()); }

LoadedModel DistilJob::load(const std::string&, const Json& config, uint64_t seed) const {
  if (layers_.empty()) return ClassifyJob::load(file_exists(settings_.student) ? settings_.student : "", config, seed);
  LoadedModel student = ClassifyJob::load("", config, seed);
  copy_layers(*load_text_model(settings_.teacher, task()).model, layers_, *student.model);
  return student;
}

// alpha_ce T^2 KL(teacher || student) + alpha_task CE(labels), of each text, + alpha_cos (1 - cos), mean over the tokens of
// the batch (Sanh et al. 2019, section 2: L_ce, the task's loss in place of L_mlm, L_cos).
LossSum DistilJob::loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) {
  const Forward f = forward(c, model, examples);
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
