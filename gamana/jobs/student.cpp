#include "gamana/jobs/student.h"

#include <algorithm>
#include <charconv>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/models/trained_parts.h"

namespace gamana {
namespace {

// A DistilBERT of as many layers, with BERT's sizes.
Json distilbert_config(const Json& bert, size_t layers) {
  Json config = {{"model_type", "distilbert"}, {"n_layers", layers}};
  for (const auto& [from, to] : {std::pair{"vocab_size", "vocab_size"}, {"hidden_size", "dim"}, {"num_attention_heads", "n_heads"},
                                 {"intermediate_size", "hidden_dim"}, {"max_position_embeddings", "max_position_embeddings"},
                                 {"hidden_act", "activation"}, {"hidden_dropout_prob", "dropout"},
                                 {"attention_probs_dropout_prob", "attention_dropout"}, {"initializer_range", "initializer_range"},
                                 {"pad_token_id", "pad_token_id"}})
    if (bert.contains(from)) config[to] = bert[from];
  return config;
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
  const ParameterStore::Entry* types = teacher.parameters().find("backbone.segment_embedding");
  const ParameterStore::Entry* positions = student.parameters().find("backbone.position_embedding");
  if (types && positions && !student.parameters().find("backbone.segment_embedding")) {
    const float* first = types->parameter->tensor.data();
    float* row = positions->parameter->tensor.data();
    for (int64_t i = 0; i < positions->parameter->size(); ++i) row[i] += first[i % positions->parameter->cols];
  }
  student.parameters().weights_changed();
}

// The preset's configuration, for the teacher's tokens.
Json preset_config(const std::string& name, const Json& teacher) {
  Json config;
  try {
    config = model_preset(name);
  } catch (const Error& error) {
    throw Error(fmt::format("--student: expected \"half\", a list of layers, a model directory or a preset, found \"{}\"", name),
                error.what());
  }
  for (const char* key : {"vocab_size", "pad_token_id", "bos_token_id", "cls_token_id", "eos_token_id", "sep_token_id"})
    if (teacher.contains(key)) config[key] = teacher[key];
  return config;
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

Student::Student(const std::string& what, const std::string& teacher, const Json& teacher_config, bool distilbert)
    : teacher_(teacher),
      teacher_config_(model_config(teacher_config)),
      layers_(student_layers(what, teacher_config_.layers)) {
  if (!layers_.empty()) {
    config_ = distilbert && teacher_config_.family == Family::bert ? distilbert_config(teacher_config, layers_.size())
                                                                   : shortened(teacher_config, layers_, teacher);
  } else if (file_exists(join_path(what, "config.json"))) {
    directory_ = what, config_ = read_text_config(what);
  } else {
    config_ = preset_config(what, teacher_config);
  }
}

void Student::check(const TextEncoder& encoder, bool compares_states) const {
  const ModelConfig student = model_config(config_);
  const ModelConfig& teacher = teacher_config_;
  if (student.vocabulary != teacher.vocabulary)
    fail("--student: expected a model with the teacher's vocabulary of {} tokens, found {}", teacher.vocabulary, student.vocabulary);
  if (compares_states && student.width != teacher.width)
    throw Error(fmt::format("hidden states of the student have {} numbers, those of the teacher {}: they cannot be compared",
                            student.width, teacher.width),
                "give --alpha-cos 0");
  if (encoder.max_length() > std::min(student.max_positions, teacher.max_positions))
    throw Error(fmt::format("texts may have {} tokens, the student reads {} and the teacher {}", encoder.max_length(),
                            student.max_positions, teacher.max_positions),
                "give a smaller --max-length");
}

void Student::begin(TextModel& student, Task task) const {
  if (!layers_.empty()) copy_layers(*load_text_model(teacher_, task).model, layers_, student);
}

}  // namespace gamana
