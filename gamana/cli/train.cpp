// gamana train translation, classify, regress…; gamana train --resume.
#include "gamana/base/file.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/text_job_run.h"
#include "gamana/cli/translation_run.h"

namespace gamana {
namespace {

// A job of models that read text: `gamana train JOB`.
void add_text_job(CLI::App& train, const char* job, const char* what, const char* footer) {
  auto settings = std::make_shared<TextJobSettings>(TextJobSettings::of(job));
  auto* command = train.add_subcommand(job, what);
  OptionList options = settings->options();
  for (Option& option : options)
    if (!belongs_to(option, job)) option.group = "";  // not shown; check_settings says whose it is
    else if (option.group.starts_with("train ")) option.group = "Task";
  add_options(*command, options);
  command->footer(footer);
  command->callback([settings, command] {
    settings->given = given_options(*command);
    train_text_model(*settings, false);
  });
}

void add_text_jobs(CLI::App& train) {
  add_text_job(train, "classify", "Fine-tune an encoder to tell labels of texts or pairs",
                  "Examples:\n"
                  "  gamana train classify -m minilm --train train.csv --valid valid.csv --out model\n"
                  "  gamana train classify -m minilm --train news.csv --valid valid.csv --no-header --label-column 1 \\\n"
                  "    --text-column 2 --text-column 3 --out news\n"
                  "  gamana train classify --preset bert-mini --train … --valid … --epochs 10 --out scratch");
  add_text_job(train, "regress", "Fine-tune an encoder to give a number for a text or pair",
                  "Example:\n"
                  "  gamana train regress -m minilm --train sts.tsv --valid dev.tsv --label-column score --out sts");
  add_text_job(
      train, "embed", "Fine-tune an encoder to give alike vectors for texts that belong together",
      "Columns: a text, one like it and perhaps others that are not; or two texts and a score or a label.\n"
      "Examples:\n"
      "  gamana train embed -m minilm --train pairs.csv --valid sts-dev.csv --out model\n"
      "  gamana train embed -m minilm --train triplets.jsonl --valid valid.jsonl --loss triplet --out model");
  add_text_job(train, "distil", "Train a smaller encoder to tell labels, or guess words, as a larger one does",
                  "Examples:\n"
                  "  gamana train distil --teacher news --train train.csv --valid valid.csv --out small\n"
                  "  gamana train distil --teacher news --student 0,5 --train … --valid … --out smaller\n"
                  "  gamana train distil --teacher bert --train-file wiki.txt --max-length 128 --out distilbert");
  add_text_job(train, "tag", "Fine-tune an encoder to tag words: names, parts of speech",
                  "Example:\n"
                  "  gamana train tag -m minilm --train train.conll --valid valid.conll --out names");
  add_text_job(train, "qa", "Fine-tune an encoder to find answers to questions in texts",
                  "Examples:\n"
                  "  gamana train qa -m minilm --train train-v1.1.json --valid dev-v1.1.json --out squad\n"
                  "  gamana train qa -m minilm --train train-v2.0.json --valid dev-v2.0.json --version-2-with-negative --out squad2");
  add_text_job(train, "choice", "Fine-tune an encoder to choose the ending that fits a text",
                  "Example:\n"
                  "  gamana train choice -m minilm --train train.csv --valid val.csv --out swag");
  add_text_job(train, "mlm", "Train an encoder on plain text to guess hidden words",
                  "Examples:\n"
                  "  gamana train mlm --preset bert-mini --train-file wiki.txt --max-length 128 --epochs 10 --out mini\n"
                  "  gamana train mlm -m bert --train-file mails.csv --text-column body --line-by-line --out mails\n"
                  "  gamana train mlm --preset electra-small --objective electra --train-file a.txt.gz b.txt.gz --out electra");
  add_text_job(train, "lm", "Train a language model on plain text, or fine-tune one",
               "Examples:\n"
               "  gamana train lm --preset gpt-nano --train-file book.txt --max-steps 2000 --sample-every 500 --out nano\n"
               "  gamana train lm --preset gpt2 --tokenizer train:16000 --context 512 --train-file *.txt --epochs 3 --out own\n"
               "  gamana train lm -m gpt2 --train-file mails.jsonl --context 256 --epochs 1 --lora-rank 8 --out mails");
}

void resume_run(const std::string& out) {
  const std::string path = join_path(out, "training.json");
  if (!file_exists(path)) fail("--resume: {} is no run of gamana: it has no training.json", out);
  const Json json = read_json(path);
  const std::string job = get_or(json, "job", std::string(), path);
  if (job.empty()) {
    TranslationSettings saved;
    read_options(json, saved.options(), path);
    saved.out = out;
    return train_translation(saved, true);
  }
  TextJobSettings saved = TextJobSettings::of(job);
  read_options(json, saved.options(), path);
  saved.out = out;
  train_text_model(saved, true);
}

}  // namespace

void add_train_command(CLI::App& app) {
  auto* train = app.add_subcommand("train", "Train a model, or go on with a run");
  auto resume = std::make_shared<std::string>();
  auto* resume_option = train->add_option("--resume", *resume, "Go on with the run in this directory, whose settings it holds");
  train->require_subcommand(0, 1);
  train->footer("Examples:\n"
                "  gamana train translation --train-source train.en --train-target train.de --valid-source val.en \\\n"
                "    --valid-target val.de --epochs 20 --out model\n"
                "  gamana train --resume model");

  auto settings = std::make_shared<TranslationSettings>();
  auto* translation = train->add_subcommand("translation", "Train an encoder-decoder on sentence pairs");
  add_options(*translation, settings->options());
  translation->footer("Examples:\n"
                      "  gamana train translation --train-source train.en --train-target train.de \\\n"
                      "    --valid-source val.en --valid-target val.de --lowercase --epochs 28 --out en-de\n"
                      "  gamana train translation … --model rnn --attention additive --epochs 10 --out rnn\n"
                      "Stop with Ctrl-C at any time; `gamana train --resume DIR` goes on to the same weights.");
  translation->callback([settings, translation] {
    settings->given = given_options(*translation);
    train_translation(*settings, false);
  });
  add_text_jobs(*train);
  for (CLI::App* job : train->get_subcommands([](const CLI::App*) { return true; })) job->excludes(resume_option);
  train->callback([train, resume] {
    if (!train->get_subcommands().empty()) return;
    if (resume->empty()) throw Error("what to train is not said", "see `gamana train --help`");
    resume_run(*resume);
  });
}

}  // namespace gamana
