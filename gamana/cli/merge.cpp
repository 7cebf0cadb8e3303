// gamana merge.
#include "gamana/base/file.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/run.h"
#include "gamana/jobs/generation_config.h"
#include "gamana/models/sentence_model.h"
#include "gamana/text/tokenizer.h"

namespace gamana {
namespace {

struct MergeOptions {
  std::string adapter, out;
};

void merge(const MergeOptions& o) {
  if (!is_adapter(o.adapter)) fail("--adapter: {} has no adapter_config.json", o.adapter);
  check_new_directory(o.out);
  const bool sentence = file_exists(join_path(o.adapter, "modules.json"));
  const LoadedModel loaded = sentence ? load_sentence_model(o.adapter) : load_text_model(o.adapter);
  if (!loaded.fresh.empty()) fail("{}: neither the adapter nor its model has {}", o.adapter, first_names(loaded.fresh));
  make_directory(o.out);
  Tokenizer::load(tokenizer_directory(o.adapter)).save(o.out);
  keep_generation_config(o.adapter, o.out);
  loaded.model->save_weights(o.out);
  loaded.model->save_settings(o.out);
}

}  // namespace

void add_merge_command(CLI::App& app) {
  auto o = std::make_shared<MergeOptions>();
  CLI::App* command = app.add_subcommand("merge", "Add an adapter (LoRA) to the weights of its model");
  command->add_option("--adapter", o->adapter, "Directory with adapter_config.json, which names the model")->required();
  command->add_option("--output-dir,--out", o->out, "Directory of the plain model")->required();
  command->footer("Example:\n  gamana merge --adapter run --out model");
  command->callback([o] { merge(*o); });
}

}  // namespace gamana
