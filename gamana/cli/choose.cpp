// gamana choose, gamana evaluate choice.
#include <algorithm>
#include <cmath>

#include "gamana/base/check.h"
#include "gamana/base/clock.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/encoder_stream.h"
#include "gamana/jobs/choose.h"

namespace gamana {
namespace {

struct ChooseOptions {
  EncoderUse use;
  std::string file;
};

// A text with one of its endings; the example comes with the last one.
struct ChoiceInput {
  EncodedText text;
  std::string ending;
  bool last = false;
};

// The endings of examples, one after the other.
class ChoiceInputs {
 public:
  ChoiceInputs(const std::string& path, const TextEncoder& encoder) : reader_(path, false), encoder_(encoder) {}

  bool next(ChoiceInput& out) {
    if (at_ == choice_.endings.size()) {
      if (!reader_.next(choice_)) return false;
      at_ = 0;
    }
    out.ending = choice_.endings[at_++], out.last = at_ == choice_.endings.size();
    out.text = encoder_.encode(choice_.text, out.ending);
    return true;
  }

 private:
  ChoiceReader reader_;
  const TextEncoder& encoder_;
  Choices choice_;
  size_t at_ = 0;
};

// {"choice": number, "score": its probability, "scores": those of all}.
void print_choice(const std::vector<double>& logits, const std::vector<std::string>& endings, JsonArray* json) {
  const size_t best = std::max_element(logits.begin(), logits.end()) - logits.begin();
  std::vector<double> p;
  double sum = 0;
  for (const double z : logits) p.push_back(std::exp(z - logits[best])), sum += p.back();
  for (double& value : p) value /= sum;
  if (json) return json->add({{"choice", best}, {"score", p[best]}, {"scores", p}});
  fmt::print("{}\t{:.4f}\t{}\n", best, p[best], endings[best]);
}

void choose(const ChooseOptions& o) {
  const EncoderPipeline pipeline = open_encoder(o.use, Task::choice);
  ChoiceInputs inputs(o.file, pipeline.encoder());
  JsonArray array;
  std::vector<double> logits;  // of the example so far
  std::vector<std::string> endings;
  stream_inputs<ChoiceInput, float>(
      pipeline, [&](ChoiceInput& input) { return inputs.next(input); },
      [](const ChoiceInput&, const TextResult& result) { return *result.row(0); },
      [&](const ChoiceInput& input, float logit) {
        logits.push_back(logit), endings.push_back(input.ending);
        if (!input.last) return;
        print_choice(logits, endings, o.use.json ? &array : nullptr);
        logits.clear(), endings.clear();
      });
  if (o.use.json) array.end();
  say_truncated(pipeline.encoder());
}

void evaluate_choice(const ChooseOptions& o) {
  const EncoderPipeline pipeline = open_encoder(o.use, Task::choice);
  const ChoiceTexts choices = read_choices(o.file, pipeline.encoder());
  const double begin = now();
  const double accuracy = choice_accuracy(choices, choice_logits(pipeline.model(), pipeline.precision(), choices));
  const double seconds = now() - begin;
  say_truncated(pipeline.encoder());
  const Json json = {{"model", o.use.model}, {"data", o.file}, {"samples", choices.examples()}, {"accuracy", accuracy}, {"seconds", seconds}};
  if (o.use.json) return fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  fmt::print("{}: {} examples in {:.1f} s\n  accuracy {:.4f}\n", o.file, choices.examples(), seconds, accuracy);
}

}  // namespace

void add_choose_command(CLI::App& app) {
  auto o = std::make_shared<ChooseOptions>();
  CLI::App* command = app.add_subcommand("choose", "Choose the ending that fits a text");
  add_encoder_options(*command, o->use);
  command->add_option("file", o->file, "Texts with endings: sent1, sent2, ending0, ending1… of a table, or .jsonl with context, question, choices")
      ->type_name("FILE")->required();
  command->footer("Example:\n  gamana choose -m swag examples.csv --json");
  command->callback([o] { choose(*o); });
}

void add_evaluate_choice_command(CLI::App& evaluate) {
  auto o = std::make_shared<ChooseOptions>();
  CLI::App* command = evaluate.add_subcommand("choice", "Accuracy of choices");
  add_encoder_options(*command, o->use);
  command->add_option("--data", o->file, "The same with the number of the right ending as label")->required();
  command->footer("Example:\n  gamana evaluate choice -m swag --data valid.csv");
  command->callback([o] { evaluate_choice(*o); });
}

}  // namespace gamana
