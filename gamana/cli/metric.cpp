// gamana metric bleu, chrf, ter: scores of translations against references.
#include <algorithm>
#include <functional>
#include <memory>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/options.h"
#include "gamana/cli/usage.h"
#include "gamana/metric/bleu.h"
#include "gamana/metric/by_length.h"
#include "gamana/metric/chrf.h"
#include "gamana/metric/ter.h"

namespace gamana {
namespace {

struct MetricSettings {
  std::vector<std::string> references;
  std::string hypotheses, compare, source;
  int width = 1;
  bool json = false;
};

// What a metric has to say beside its score, from the sums of its statistics.
using Fields = std::function<Json(std::span<const double> sums)>;

std::string rounded(double value, const MetricSettings& s) { return fmt::format("{:.{}f}", value, s.width); }
double rounded_number(double value, const MetricSettings& s) { return std::stod(rounded(value, s)); }

Lines read_as_long(const std::string& path, const MetricSettings& s, const Lines& hypotheses) {
  Lines lines = read_lines(path);
  if (lines.size() != hypotheses.size())
    fail("{} has {} lines, {} has {}: line i of one is compared with line i of the other", s.hypotheses,
         hypotheses.size(), path, lines.size());
  return lines;
}

void check_inputs(const MetricSettings& s) {
  std::vector<std::string> paths = s.references;
  paths.insert(paths.end(), {s.hypotheses, s.compare, s.source});
  if (std::count(paths.begin(), paths.end(), "-") > 1)
    fail("metric: expected - (standard input) for one file, found it for several");
}

// As sacreBLEU's JSON: rounded to the width asked for, the parts of the signature again as fields.
Json score_json(const Metric& metric, double score, const std::string& signature, const MetricSettings& s) {
  Json out{{"name", metric.name()}, {"score", rounded_number(score, s)}, {"signature", signature}};
  for (size_t begin = 0; begin < signature.size();) {
    const size_t end = std::min(signature.find('|', begin), signature.size()), colon = signature.find(':', begin);
    out[signature.substr(begin, colon - begin)] = signature.substr(colon + 1, end - colon - 1);
    begin = end + 1;
  }
  return out;
}

Json interval_json(double score, const Interval& interval) {
  return {{"score", score}, {"mean", interval.mean}, {"ci", interval.margin()}, {"low", interval.low},
          {"high", interval.high}};
}

Json comparison_json(const Comparison& c, const MetricSettings& s, const Bootstrap& bootstrap) {
  const auto system = [](const std::string& file, double score, const Interval& interval) {
    Json out = interval_json(score, interval);
    out["file"] = file;
    return out;
  };
  return {{"system", system(s.hypotheses, c.score, c.system)},
          {"baseline", system(s.compare, c.baseline_score, c.baseline)},
          {"difference", interval_json(c.score - c.baseline_score, c.difference)},
          {"p_value", c.p_value},
          {"samples", bootstrap.samples},
          {"seed", bootstrap.seed}};
}

void print_comparison(const Metric& metric, const Comparison& c, const MetricSettings& s, const Bootstrap& bootstrap) {
  const size_t column = std::max({s.hypotheses.size(), s.compare.size(), std::string_view("difference").size()});
  const auto row = [&](const std::string& name, const std::string& score, const std::string& mean,
                       const std::string& bounds) {
    fmt::print("{:<{}}  {:>8}  {:>8}  {:>20}\n", name, column, score, mean, bounds);
  };
  const auto result = [&](const std::string& name, double score, const Interval& i) {
    row(name, rounded(score, s), rounded(i.mean, s), fmt::format("{} to {}", rounded(i.low, s), rounded(i.high, s)));
  };
  fmt::print("\n");
  row("", metric.name(), "mean", "95 % interval");
  result(s.hypotheses, c.score, c.system);
  result(s.compare, c.baseline_score, c.baseline);
  result("difference", c.score - c.baseline_score, c.difference);
  // sacreBLEU gives the smallest p to systems that do not differ.
  const char* const meaning = c.score == c.baseline_score ? "there is no difference"
                              : c.p_value < 0.05          ? "the difference is unlikely to be chance"
                                                          : "the difference may be chance";
  fmt::print("p = {:.4f}: {} (paired bootstrap, {} samples, seed {})\n", c.p_value, meaning, bootstrap.samples, bootstrap.seed);
}

std::string words_of(const LengthScore& l) {
  return l.longest == 0 ? fmt::format("{}+", l.shortest) : fmt::format("{}-{}", l.shortest, l.longest);
}

void print_by_length(const Metric& metric, const std::vector<LengthScore>& scores, const MetricSettings& s) {
  fmt::print("\n{:<8}  {:>8}  {:>8}  {:>20}\n", "words", "lines", metric.name(), "95 % interval");
  for (const LengthScore& l : scores)
    fmt::print("{:<8}  {:>8}  {:>8}  {:>20}\n", words_of(l), l.lines, rounded(l.score, s),
               fmt::format("{} to {}", rounded(l.interval.low, s), rounded(l.interval.high, s)));
}

Json by_length_json(const std::vector<LengthScore>& scores) {
  Json out = Json::array();
  for (const LengthScore& l : scores) {
    Json bucket{{"words", words_of(l)}, {"lines", l.lines}};
    bucket.update(interval_json(l.score, l.interval));
    out.push_back(std::move(bucket));
  }
  return out;
}

void run_metric(const Metric& metric, const MetricSettings& s, const Fields& fields) {
  check_inputs(s);
  const Lines hypotheses = read_lines(s.hypotheses);
  std::vector<Lines> references;
  for (const std::string& path : s.references) references.push_back(read_as_long(path, s, hypotheses));
  Lines others, sources;
  if (!s.compare.empty()) others = read_as_long(s.compare, s, hypotheses);
  if (!s.source.empty()) sources = read_as_long(s.source, s, hypotheses);

  const Statistics statistics = metric.statistics(hypotheses, references);
  const std::vector<double> sums = statistics.sum();
  const double score = metric.score(sums);
  const std::string signature = metric.signature(references.size());
  Json json = score_json(metric, score, signature, s);
  json.update(fields(sums));
  if (!s.json) {
    const std::string verbose = json.value("verbose_score", "");
    fmt::print("{}|{} = {}{}{}\n", metric.name(), signature, rounded(score, s), verbose.empty() ? "" : " ", verbose);
  }
  if (!others.empty()) {
    const Bootstrap bootstrap;
    const Comparison comparison = compare(metric, statistics, metric.statistics(others, references), bootstrap);
    if (s.json)
      json["comparison"] = comparison_json(comparison, s, bootstrap);
    else
      print_comparison(metric, comparison, s, bootstrap);
  }
  if (!sources.empty()) {
    const std::vector<LengthScore> scores = score_by_length(metric, statistics, sources);
    if (s.json)
      json["by_length"] = by_length_json(scores);
    else
      print_by_length(metric, scores, s);
  }
  if (s.json) fmt::print("{}\n", json.dump(1, ' ', false, Json::error_handler_t::replace));
}

void add_metric_options(CLI::App& command, MetricSettings& s) {
  command.add_option("HYPOTHESES", s.hypotheses, "The translations, a sentence a line; - is standard input")
      ->required();
  command.add_option("-r,--reference", s.references, "What they should be; may be given several times")
      ->required()
      ->allow_extra_args(false);
  command.add_option("--compare", s.compare, "Another system's sentences: is the difference more than chance?");
  command.add_option("--source", s.source, "What was to be translated: also scores by the length of the source");
  command.add_option("--width", s.width, "Digits behind the point")->capture_default_str()->check(CLI::Range(0, 15));
  command.add_flag("--json", s.json, "One JSON object, with sacreBLEU's fields");
}

void add_bleu(CLI::App& metric) {
  struct Settings : MetricSettings {
    std::string tokenize = "13a", smooth = "exp";
    double smooth_value = -1;
    bool lowercase = false;
  };
  auto s = std::make_shared<Settings>();
  auto* command = metric.add_subcommand("bleu", "BLEU: n-grams of words that stand in a reference; 100 is best");
  add_metric_options(*command, *s);
  command->add_option("--tokenize", s->tokenize, "13a, intl, char, zh or none")->capture_default_str();
  command->add_option("--smooth", s->smooth, "exp, floor, add-k or none")->capture_default_str();
  auto* value = command->add_option("--smooth-value", s->smooth_value, "Of floor (0.1) and add-k (1)")
                    ->check(from_zero());
  command->add_flag("--lowercase", s->lowercase, "Case does not count");
  command->footer("Examples:\n"
                  "  gamana metric bleu --reference test.de output.de\n"
                  "  gamana translate -m model < test.en | gamana metric bleu -r test.de - --json --width 4\n"
                  "  gamana metric bleu -r test.de output.de --compare baseline.de --source test.en\n"
                  "  gamana metric bleu -r one.zh -r two.zh output.zh --tokenize zh");
  command->callback([=] {
    check_meanings(given_options(*command), {{"--smooth-value", s->smooth == "floor" || s->smooth == "add-k", "--smooth floor or add-k"}});
    BleuOptions o{bleu_tokenizer(s->tokenize), s->lowercase, bleu_smoothing(s->smooth), {}, false};
    if (value->count() > 0) o.smooth_value = s->smooth_value;
    const Bleu bleu(o);
    run_metric(bleu, *s, [&](std::span<const double> sums) {
      const BleuScore score = bleu.details(sums);
      return Json{{"verbose_score", score.verbose()}, {"precisions", score.precisions}, {"correct", score.correct},
                  {"total", score.total}, {"bp", score.brevity_penalty}, {"ratio", score.ratio()},
                  {"hyp_len", score.hypothesis_length}, {"ref_len", score.reference_length}};
    });
  });
}

void add_chrf(CLI::App& metric) {
  struct Settings : MetricSettings {
    ChrfOptions options;
  };
  auto s = std::make_shared<Settings>();
  auto* command = metric.add_subcommand("chrf", "chrF: F-score of character n-grams; 100 is best");
  add_metric_options(*command, *s);
  command->add_option("--word-order", s->options.word_order, "Longest n-gram of words; 2 is chrF++")
      ->capture_default_str()
      ->check(CLI::Range(0, 2));
  command->add_flag("--lowercase", s->options.lowercase, "Case does not count");
  command->footer("Examples:\n"
                  "  gamana metric chrf --reference test.de output.de\n"
                  "  gamana metric chrf -r test.de output.de --word-order 2 --compare baseline.de");
  command->callback([=] { run_metric(Chrf(s->options), *s, [](auto) { return Json::object(); }); });
}

void add_ter(CLI::App& metric) {
  struct Settings : MetricSettings {
    TercomOptions options;
  };
  auto s = std::make_shared<Settings>();
  auto* command = metric.add_subcommand("ter", "TER: edits and shifts by words of the reference; 0 is best");
  add_metric_options(*command, *s);
  command->add_flag("--case-sensitive", s->options.case_sensitive, "Case counts");
  command->add_flag("--normalized", s->options.normalized, "Separate punctuation from words");
  command->add_flag("--no-punct", s->options.no_punct, "Remove punctuation");
  command->add_flag("--asian-support", s->options.asian_support,
                    "With --normalized and --no-punct: CJK characters and full-width punctuation too");
  command->footer("Examples:\n"
                  "  gamana metric ter --reference test.de output.de\n"
                  "  gamana metric ter -r test.ja output.ja --normalized --asian-support");
  command->callback([=] {
    run_metric(Ter(s->options), *s, [](std::span<const double> sums) {
      return Json{{"num_edits", static_cast<int64_t>(sums[0])}, {"ref_length", sums[1]}};
    });
  });
}

}  // namespace

void add_metric_command(CLI::App& app) {
  auto* metric = app.add_subcommand("metric", "Score translations: BLEU, chrF and TER, equal to sacreBLEU's");
  metric->require_subcommand(1);
  add_bleu(*metric);
  add_chrf(*metric);
  add_ter(*metric);
  metric->footer("Example:\n  gamana metric bleu --reference test.de output.de");
}

}  // namespace gamana
