// gamana inspect.
#include <filesystem>

#include "gamana/base/file.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/usage.h"
#include "gamana/data/labels.h"
#include "gamana/io/safetensors.h"
#include "gamana/jobs/compare.h"
#include "gamana/models/checkpoint.h"

namespace gamana {
namespace {

struct InspectOptions {
  std::string directory, reference, text;
  double tolerance = 1e-6;
  bool json = false;
};

// A model of either kind.
struct Inspected {
  Json config;
  LoadedModel encoder;                    // one of the two
  std::unique_ptr<TranslationModel> translation;

  ParameterStore& parameters() const { return encoder.model ? encoder.model->parameters() : translation->parameters(); }
  std::vector<FileTensor> tensors() const { return encoder.model ? encoder.model->file_tensors() : translation->file_tensors(); }
};

Inspected open_model(const std::string& directory) {
  Inspected m{read_model_config(directory), {}, {}};
  if (is_text_model(m.config)) m.encoder = load_text_model(directory);
  else m.translation = load_translation_model(directory);
  return m;
}

// The tokenizer's file in a directory, and its entries; empty where there is none.
Json tokenizer_of(const std::string& directory) {
  for (const char* name : {"tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spiece.model"})
    if (file_exists(join_path(directory, name))) return {{"file", name}, {"entries", Tokenizer::load(directory).size()}};
  return Json::object();
}

// Task, labels and tokenizer of an encoder.
Json encoder_facts(const Inspected& m, const std::string& directory) {
  const TextModel& model = *m.encoder.model;
  Json facts = {{"task", task_name(model.task())}};
  if (m.config.contains("id2label")) {
    const Labels labels = Labels::from_config(m.config, join_path(directory, "config.json"));
    for (int32_t i = 0; i < labels.size(); ++i) facts["labels"].push_back(labels.name(i));
  }
  facts["tokenizer"] = tokenizer_of(directory);
  if (!m.encoder.fresh.empty()) facts["missing"] = m.encoder.fresh;
  if (!m.encoder.unused.empty()) facts["unused"] = m.encoder.unused;
  return facts;
}

// Parameters of each layer; names of parameters begin "backbone.layer.3.", "head.0.", or else are embeddings.
std::vector<std::pair<std::string, int64_t>> count_by_part(const ParameterStore& store) {
  std::vector<std::pair<std::string, int64_t>> parts;
  for (const auto& e : store.entries()) {
    std::string part = "embeddings";
    if (const size_t at = e.name.find("layer."); at != std::string::npos) part = "layer " + e.name.substr(at + 6, e.name.find('.', at + 6) - at - 6);
    else if (e.name.starts_with("head.")) part = "head";
    else if (e.name.find("final_norm") != std::string::npos) part = "final norm";
    if (parts.empty() || parts.back().first != part) parts.emplace_back(part, 0);
    parts.back().second += e.parameter->size();
  }
  return parts;
}

void print_parameters(const Inspected& m) {
  if (m.encoder.model) {
    for (const auto& [part, count] : count_by_part(m.parameters())) fmt::print("  {:34} {:>29}\n", part, count);
    fmt::print("\n");
  }
  for (const auto& e : m.parameters().entries())
    fmt::print("  {:34} {:>7} x {:<7} {:>11}\n", e.name, e.parameter->rows, e.parameter->cols, e.parameter->size());
}

void inspect(const InspectOptions& o) {
  const Inspected m = open_model(o.directory);
  const std::string type = get_or(m.config, "model_type", std::string());
  const Json facts = m.encoder.model ? encoder_facts(m, o.directory) : Json::object();
  const int64_t count = m.parameters().count();
  if (o.json) {
    Json json = {{"model_type", type}, {"parameters", count}, {"config", m.config}};
    json.update(facts);
    json["tensors"] = Json::array();
    for (const auto& e : m.parameters().entries())
      json["tensors"].push_back({{"name", e.name}, {"shape", {e.parameter->rows, e.parameter->cols}}, {"parameters", e.parameter->size()}});
    return fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  }
  fmt::print("{}: {}, {} parameters ({:.1f} MiB in f32)\n\n", o.directory, type, count, double(count) * 4 / 1048576);
  for (const Json* list : {&facts, &m.config}) {
    for (const auto& [key, value] : list->items()) fmt::print("  {:34} {}\n", key, value.dump(-1, ' ', false, Json::error_handler_t::replace));
    if (!list->empty()) fmt::print("\n");
  }
  print_parameters(m);
}

// Prints what leaves each layer of both, up to the first that differs, and why it may. True if all are the same.
bool verify_text(const InspectOptions& o, const Inspected& own, const Inspected& reference, const std::vector<TensorDifference>& differences) {
  if (!own.encoder.model || !reference.encoder.model) fail("--text: expected two encoders, {} and {} are not", o.directory, o.reference);
  const TextEncoder encoder(o.directory, 0, own.encoder.model->settings().max_positions);
  const EncodedText text = encoder.encode(o.text);
  const auto parts = compare_parts(*own.encoder.model, *reference.encoder.model, text);
  fmt::print("\n{} tokens; what leaves each part differs by up to\n", text.length());
  for (size_t i = 0; i < parts.size(); ++i) {
    // Errors of f32 grow with the numbers and a little with the layers.
    const bool same = parts[i].largest <= 1e-4 * std::max(1.0, parts[i].size);
    fmt::print("  {:12} {:<10.3g} of {:.3g}\n", parts[i].name, parts[i].largest, parts[i].size);
    if (same) continue;
    fmt::print("{} is the first that differs\n", parts[i].name);
    const auto causes = likely_causes(*own.encoder.model, *reference.encoder.model, static_cast<int>(i), differences);
    for (const std::string& cause : causes) fmt::print("  likely: {}\n", cause);
    if (causes.empty()) fmt::print("  no tensor and no setting of it does: the forward is another\n");
    return false;
  }
  return true;
}

void verify(const InspectOptions& o) {
  const Inspected own = open_model(o.directory);
  const bool file = !std::filesystem::is_directory(o.reference);
  if (file && !o.text.empty()) throw Error("--text: expected a model directory as --verify, to run both", "leave it out to compare tensors");
  const Inspected other = file ? Inspected{} : open_model(o.reference);
  const ModelTensors mine = tensors_of(own.tensors());
  ModelTensors theirs = file ? tensors_of(Safetensors(o.reference), o.reference) : tensors_of(other.tensors());
  if (own.encoder.model) align_names(theirs, mine, own.encoder.model->backbone().prefix());
  const auto differences = compare_tensors(mine, theirs, o.tolerance);
  for (const TensorDifference& d : differences) fmt::print("{} {}\n", d.name, d.what);
  fmt::print("{} tensors, {} differ from {}\n", mine.views.size(), differences.size(), o.reference);
  const bool same = o.text.empty() || verify_text(o, own, other, differences);
  if (!same || !differences.empty()) fail("{} is not the same as {}", o.directory, o.reference);
}

}  // namespace

void add_inspect_command(CLI::App& app) {
  auto o = std::make_shared<InspectOptions>();
  auto* c = app.add_subcommand("inspect", "What is in a model directory, and whether it is the same as another");
  c->add_option("DIR", o->directory, "Model directory")->required();
  auto* json = c->add_flag("--json", o->json, "One JSON object");
  auto* verify_option =
      c->add_option("--verify", o->reference, "Compare with this .safetensors file or model directory; exit code 0 if all is the same")
          ->excludes(json);
  c->add_option("--text", o->text, "With --verify DIRECTORY: compare what leaves each layer for this text")->needs(verify_option);
  c->add_option("--tolerance", o->tolerance, "Of numbers of tensors")
      ->capture_default_str()
      ->check(from_zero())
      ->needs(verify_option);
  c->footer("Examples:\n"
            "  gamana inspect en-de\n"
            "  gamana inspect model --verify original/model.safetensors\n"
            "  gamana inspect model --verify original --text \"A text.\"");
  c->callback([o] { o->reference.empty() ? inspect(*o) : verify(*o); });
}

}  // namespace gamana
