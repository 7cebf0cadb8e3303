// gamana inspect.
#include "gamana/base/file.h"
#include "gamana/cli/commands.h"
#include "gamana/models/checkpoint.h"

namespace gamana {
namespace {

void inspect(const std::string& directory, bool as_json) {
  const auto model = load_translation_model(directory);
  const Json config = read_json(join_path(directory, "config.json"));
  const std::string type = config.value("model_type", "");
  Json tensors = Json::array();
  for (const auto& e : model->parameters().entries())
    tensors.push_back({{"name", e.name},
                       {"shape", {e.parameter->rows, e.parameter->cols}},
                       {"parameters", e.parameter->size()}});
  const int64_t count = model->parameters().count();
  if (as_json) {
    const Json json = {{"model_type", type}, {"parameters", count}, {"config", config}, {"tensors", tensors}};
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
    return;
  }
  fmt::print("{}: {}, {} parameters ({:.1f} MiB in f32)\n\n", directory, type, count, double(count) * 4 / 1048576);
  for (const auto& [key, value] : config.items()) fmt::print("  {:34} {}\n", key, value.dump());
  fmt::print("\n");
  for (const auto& e : model->parameters().entries())
    fmt::print("  {:34} {:>7} x {:<7} {:>10}\n", e.name, e.parameter->rows, e.parameter->cols, e.parameter->size());
}

}  // namespace

void add_inspect_command(CLI::App& app) {
  auto directory = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  auto* c = app.add_subcommand("inspect", "What is in a model directory: settings, parameters by name");
  c->add_option("DIR", *directory, "Model directory")->required();
  c->add_flag("--json", *json, "");
  c->footer("Example:\n  gamana inspect en-de");
  c->callback([=] { inspect(*directory, *json); });
}

}  // namespace gamana
