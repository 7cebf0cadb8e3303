// gamana evaluate translation, gamana score.
#include <cstdio>

#include "gamana/base/file.h"
#include "gamana/base/progress.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/options.h"
#include "gamana/cli/translate.h"
#include "gamana/cli/run.h"
#include "gamana/cli/translation_run.h"
#include "gamana/decode/score.h"
#include "gamana/metric/bleu.h"
#include "gamana/metric/by_length.h"
#include "gamana/metric/chrf.h"
#include "gamana/metric/ter.h"
#include "gamana/view/by_length.h"
#include "gamana/view/canvas.h"

namespace gamana {
namespace {

struct EvaluateTranslationOptions {
  std::vector<std::string> models;
  std::string source, reference, by_length, output, precision = "f32";
  int beams = 0, threads = 0;
  bool json = false;
};

Json evaluate_one(const EvaluateTranslationOptions& o, const std::string& directory, const PairLines& lines,
                  std::vector<LengthScore>& lengths) {
  TranslationModelFiles files = open_translation(directory);
  TranslationModel* const models[] = {files.model.get()};
  give_up_packed(models);
  TranslateOptions options;
  options.generate = generation_of(files.generation, o.beams);
  options.precision = choose_precision(o.precision), options.progress = !o.json;
  Lines hypotheses;
  int64_t cut = 0;
  for (const auto& list : translate_lines(models, files.tokenizer, lines.source, options, &cut))
    hypotheses.push_back(list.front().text);
  say_cut(models, cut);
  if (!o.output.empty()) {
    std::string text;
    for (const auto& h : hypotheses) text += h + "\n";
    write_file(o.output, text);
  }
  const bool lower = files.tokenizer.lowercase();
  BleuOptions bleu_options;
  bleu_options.lowercase = lower;
  const Bleu bleu(bleu_options);
  ChrfOptions chrf_options;
  chrf_options.lowercase = lower;
  const Chrf chrf(chrf_options);
  const Ter ter;
  const std::vector<Lines> references = {lines.target};
  const Statistics counted = bleu.statistics(hypotheses, references);
  lengths = score_by_length(bleu, counted, lines.source);
  return {{"model", directory},
          {"bleu", bleu.score(counted.sum())},
          {"bleu_signature", bleu.signature(1)},
          {"chrf", chrf.score(chrf.statistics(hypotheses, references).sum())},
          {"chrf_signature", chrf.signature(1)},
          {"ter", ter.score(ter.statistics(hypotheses, references).sum())},
          {"ter_signature", ter.signature(1)}};
}

void print_result(const Json& result, const std::vector<LengthScore>& lengths) {
  fmt::print("{}\n  BLEU {:.2f}  ({})\n  chrF {:.2f}\n  TER  {:.2f}\n", result["model"].get<std::string>(),
             result["bleu"].get<double>(), result["bleu_signature"].get<std::string>(), result["chrf"].get<double>(),
             result["ter"].get<double>());
  for (const LengthScore& l : lengths)
    fmt::print("  {:>3}–{:<3} words  {:>5} sentences  BLEU {:5.1f}  [{:.1f}, {:.1f}]\n", l.shortest,
               l.longest ? std::to_string(l.longest) : "…", l.lines, l.score, l.interval.low, l.interval.high);
}

void evaluate(const EvaluateTranslationOptions& o) {
  choose_threads(o.threads);
  if (!o.output.empty() && o.models.size() > 1)
    fail("-o: translations of one model only can be written, found {} models", o.models.size());
  if (!o.output.empty()) check_writable(o.output);
  if (!o.by_length.empty()) view::check_picture(o.by_length, {".png", ".svg"}), check_writable(o.by_length);
  const PairLines lines = read_pairs(o.source, o.reference);
  Json results = Json::array();
  std::vector<view::LengthCurve> figure;
  for (const std::string& directory : o.models) {
    std::vector<LengthScore> lengths;
    Json result = evaluate_one(o, directory, lines, lengths);
    view::LengthCurve curve{directory, {}};
    Json rows = Json::array();
    for (const LengthScore& l : lengths) {
      curve.points.push_back({l.shortest, l.longest, l.lines, l.score, l.interval.low, l.interval.high});
      rows.push_back({{"shortest", l.shortest}, {"longest", l.longest}, {"lines", l.lines}, {"bleu", l.score},
                      {"low", l.interval.low}, {"high", l.interval.high}});
    }
    result["by_length"] = rows;
    figure.push_back(curve);
    if (!o.json) print_result(result, o.by_length.empty() ? std::vector<LengthScore>() : lengths);
    results.push_back(std::move(result));
  }
  if (!o.by_length.empty()) view::draw_by_length(figure, "BLEU", "BLEU by length of the source", o.by_length);
  if (o.json) fmt::print("{}\n", (results.size() == 1 ? results[0] : results).dump(2));
}

struct ScoreOptions {
  std::vector<std::string> models;
  std::string source, target, mean = "probabilities", precision = "f32";
  int threads = 0;
  bool json = false;
};

void score_pairs(const ScoreOptions& o) {
  choose_threads(o.threads);
  const EnsembleMean mean = parse_ensemble_mean(o.mean);
  const Ensemble ensemble = open_ensemble(o.models);
  give_up_packed(ensemble.models);
  const PairLines lines = read_pairs(o.source, o.target);
  std::vector<std::vector<int>> sources, targets;
  for (size_t i = 0; i < lines.source.size(); ++i) {
    sources.push_back(ensemble.tokenizer.encode_source(lines.source[i]));
    targets.push_back(ensemble.tokenizer.encode_target(lines.target[i]));
    check_length(ensemble.models, sources[i], fmt::format("{}: line {}", o.source, i + 1));
    check_length(ensemble.models, targets[i], fmt::format("{}: line {}", o.target, i + 1));
  }
  const Decoders decoders(ensemble.models, choose_precision(o.precision));
  const auto found = score(decoders.list, sources, targets, 512, mean);
  for (size_t i = 0; i < found.size(); ++i) {
    double sum = 0;
    for (const float p : found[i]) sum += p;
    if (o.json) {
      const Json json = {{"line", i + 1},
                         {"log_probability", sum},
                         {"pieces", ensemble.tokenizer.target_pieces(targets[i])},
                         {"log_probabilities", found[i]}};
      fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
    } else {
      fmt::print("{:.4f}\t{:.4f}\t{}\n", sum, sum / double(found[i].size()), lines.target[i]);
    }
  }
}

}  // namespace

void add_evaluate_command(CLI::App& app) {
  auto* evaluate_command = app.add_subcommand("evaluate", "Measure how good a model is");
  evaluate_command->require_subcommand(1);
  auto o = std::make_shared<EvaluateTranslationOptions>();
  auto* c = evaluate_command->add_subcommand("translation", "BLEU, chrF and TER on a test set, and by source length");
  c->add_option("-m,--model", o->models, "Model directories")->required();
  c->add_option("--source", o->source, "Sentences to translate")->required();
  c->add_option("--reference", o->reference, "Their translations")->required();
  c->add_option("--by-length", o->by_length, "Picture (.png, .svg) of BLEU by source length, all models in one");
  c->add_option("-o,--output", o->output, "Write the translations here");
  c->add_option("--beam,--num-beams", o->beams, "As the model says, else 5")->check(CLI::Range(1, 1000));
  c->add_option("--precision", o->precision, kPrecisionHelp)->capture_default_str();
  c->add_option("--threads", o->threads, "0: all cores");
  c->add_flag("--json", o->json, "One JSON object, or a list of one for each model");
  c->footer("Example:\n  gamana evaluate translation -m rnn -m attention --source test.en --reference test.de \\\n"
            "    --by-length lengths.png");
  c->callback([o] { evaluate(*o); });
  add_evaluate_classify_command(*evaluate_command), add_evaluate_tag_command(*evaluate_command);
  add_evaluate_qa_command(*evaluate_command), add_evaluate_choice_command(*evaluate_command);
  add_evaluate_mlm_command(*evaluate_command);

  auto s = std::make_shared<ScoreOptions>();
  auto* score_command = app.add_subcommand("score", "Log-probability of given translations: sum, mean of tokens, text");
  add_ensemble_options(*score_command, s->models, s->mean);
  score_command->add_option("--source", s->source, "Sentences")->required();
  score_command->add_option("--target", s->target, "Their translations")->required();
  score_command->add_option("--precision", s->precision, kPrecisionHelp)->capture_default_str();
  score_command->add_option("--threads", s->threads, "0: all cores");
  score_command->add_flag("--json", s->json, "With the pieces and their log-probabilities");
  score_command->footer("Example:\n  gamana score -m en-de --source test.en --target test.de");
  score_command->callback([s, score_command] {
    check_meanings(given_options(*score_command), {{"--ensemble-mean", s->models.size() > 1, "several models"}});
    score_pairs(*s);
  });
}

}  // namespace gamana
