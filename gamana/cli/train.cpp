// gamana train translation, gamana train --resume.
#include "gamana/base/file.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/translation_run.h"

namespace gamana {

void add_train_command(CLI::App& app) {
  auto* train = app.add_subcommand("train", "Train a model, or go on with a run");
  auto resume = std::make_shared<std::string>();
  train->add_option("--resume", *resume, "Go on with the run in this directory");
  train->require_subcommand(0, 1);
  train->footer("Examples:\n"
                "  gamana train translation --train-source train.en --train-target train.de --valid-source val.en \\\n"
                "    --valid-target val.de --epochs 20 --out model\n"
                "  gamana train --resume model");

  auto settings = std::make_shared<TranslationSettings>();
  auto* translation = train->add_subcommand("translation", "Train an encoder-decoder on sentence pairs");
  add_options(*translation, *settings);
  translation->footer("Examples:\n"
                      "  gamana train translation --train-source train.en --train-target train.de \\\n"
                      "    --valid-source val.en --valid-target val.de --lowercase --epochs 28 --out en-de\n"
                      "  gamana train translation … --model rnn --attention additive --epochs 10 --out rnn\n"
                      "Stop with Ctrl-C at any time; `gamana train --resume DIR` goes on to the same weights.");
  translation->callback([settings] { train_translation(*settings, false); });
  train->callback([train, resume] {
    if (!train->get_subcommands().empty()) return;
    if (resume->empty()) throw Error("what to train is not said", "see `gamana train --help`");
    const std::string path = join_path(*resume, "training.json");
    if (!file_exists(path)) fail("--resume: {} is no run of gamana: it has no training.json", *resume);
    TranslationSettings saved = settings_from_json(read_json(path), path);
    saved.out = *resume;
    train_translation(saved, true);
  });
}

}  // namespace gamana
