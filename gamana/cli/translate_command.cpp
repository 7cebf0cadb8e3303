// gamana translate.
#include <cstdio>
#include <iostream>

#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "gamana/base/progress.h"
#include "gamana/cli/attention_file.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/lines.h"
#include "gamana/cli/options.h"
#include "gamana/cli/translate.h"
#include "gamana/cli/run.h"
#include "gamana/cli/translation_run.h"
#include "gamana/cli/usage.h"

namespace gamana {
namespace {

struct TranslateCommandOptions {
  std::vector<std::string> models;
  std::string input = "-", output = "-", prefix, attention;
  std::string early_stopping = "false", normalization = "hf", mean = "probabilities", precision = "f32";
  TranslateOptions translate;
  int threads = 0;
  bool scores = false, json = false;
  GivenOptions given;
};

// What is not given is as the model asks for. A choice between search and sampling is one choice.
void take_from_model(const RequestOptions& model, TranslateCommandOptions& o) {
  GenerateOptions& g = o.translate.generate;
  RequestOptions chosen = model;
  const auto take = [&](const char* name, auto RequestOptions::* field) {
    if (o.given.contains(name)) chosen.*field = g.*field;
  };
  using R = RequestOptions;
  take("--n-best", &R::num_return_sequences), take("--max-new-tokens", &R::max_new_tokens), take("--min-length", &R::min_length);
  take("--length-penalty", &R::length_penalty), take("--length-normalization", &R::length_normalization);
  take("--early-stopping", &R::early_stopping), take("--patience", &R::patience);
  take("--no-repeat-ngram-size", &R::no_repeat_ngram_size), take("--repetition-penalty", &R::repetition_penalty);
  take("--temperature", &R::temperature), take("--top-k", &R::top_k), take("--top-p", &R::top_p), take("--seed", &R::seed);
  if (o.given.contains("--do-sample")) chosen.do_sample = true, chosen.num_beams = 1;
  else if (o.given.contains("--beam")) chosen.do_sample = false;
  take("--beam", &R::num_beams);
  if (chosen.max_new_tokens > 0) chosen.max_length = 0;  // as in transformers, this one counts
  chosen.output_scores = o.scores || o.json;
  static_cast<RequestOptions&>(g) = chosen;
}

// Options that say something only together with others.
void check_meanings(const TranslateCommandOptions& o) {
  const GenerateOptions& g = o.translate.generate;
  const bool searches = g.num_beams > 1, compares = searches || o.scores || o.json;
  std::vector<Meaning> meanings = {{"--ensemble-mean", o.models.size() > 1, "several models"},
                                   {"--early-stopping", searches, "--beam above 1"},
                                   {"--patience", searches, "--beam above 1"},
                                   {"--length-penalty", compares, "--beam above 1, --scores or --json"},
                                   {"--length-normalization", compares, "--beam above 1, --scores or --json"}};
  if (searches && g.do_sample)
    throw Error(fmt::format("--do-sample draws and --beam {} searches: expected one of them", g.num_beams), "leave one out");
  for (const char* name : {"--temperature", "--top-k", "--top-p", "--seed"}) meanings.push_back({name, g.do_sample, "--do-sample"});
  check_meanings(o.given, meanings);
}

void add_line(std::string& out, const TranslateCommandOptions& o, size_t line, const std::vector<Translation>& list) {
  if (o.json) {
    Json hypotheses = Json::array();
    for (const Translation& t : list)
      hypotheses.push_back({{"translation_text", t.text}, {"score", t.score}, {"tokens", t.tokens}});
    const Json json = {{"line", line + 1}, {"hypotheses", hypotheses}};
    out += json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    return;
  }
  for (const Translation& t : list) {
    if (o.translate.generate.num_return_sequences > 1) out += fmt::format("{} ||| ", line);
    out += t.text;
    if (o.scores) out += fmt::format(" ||| {:.4f}", t.score);
    out += "\n";
  }
}

void translate_interactively(const TranslateCommandOptions& o, const Ensemble& ensemble) {
  std::fprintf(stderr, "one sentence a line; Ctrl-D ends\n");
  for (std::string line; std::fputs("> ", stderr), std::fflush(stderr), std::getline(std::cin, line);) {
    if (find_invalid_utf8(line) != std::string_view::npos) {
      std::fprintf(stderr, "this line is not valid UTF-8\n");
      continue;
    }
    std::string out;
    add_line(out, o, 0, translate_lines(ensemble.models, ensemble.tokenizer, {line}, o.translate).front());
    print_now(out);
  }
}

// The best hypotheses beside their lines.
std::vector<TranslatedPair> best_pairs(const Ensemble& ensemble, const std::vector<std::string>& lines,
                                       const std::vector<std::vector<Translation>>& results) {
  std::vector<TranslatedPair> pairs(lines.size());
  for (size_t i = 0; i < lines.size(); ++i)
    if (const std::vector<int>& target = results[i].front().tokens; !target.empty())
      pairs[i] = {encode_line(ensemble.models, ensemble.tokenizer, lines[i]), target};
  return pairs;
}

void translate(TranslateCommandOptions o) {
  choose_threads(o.threads);
  o.translate.precision = choose_precision(o.precision);
  GenerateOptions& g = o.translate.generate;
  g.early_stopping = parse_early_stopping(o.early_stopping);
  g.ensemble_mean = parse_ensemble_mean(o.mean);
  g.length_normalization = parse_length_normalization(o.normalization);
  if (o.output != "-") check_writable(o.output);
  const Ensemble ensemble = open_ensemble(o.models);
  take_from_model(ensemble.generation, o);
  check_meanings(o);
  if (!o.attention.empty()) {
    if (o.models.size() > 1) fail("--attention: expected one model, whose attention it is, found {}", o.models.size());
    if (o.attention == o.output) fail("--attention: expected another file than the translations', found {}", o.attention);
    check_attention_file(o.attention, *ensemble.models[0], ensemble.tokenizer);
  }
  if (o.attention.empty()) give_up_packed(ensemble.models);
  if (o.input == "-" && o.output == "-" && o.attention.empty() && is_terminal(0))
    return translate_interactively(o, ensemble);
  const auto lines = read_lines(o.input);
  if (!o.prefix.empty()) {
    o.translate.prefixes = read_lines(o.prefix);
    if (o.translate.prefixes.size() != lines.size())
      fail("--prefix: expected a line for each of the {} lines to translate, found {}", lines.size(),
           o.translate.prefixes.size());
  }
  const bool prints = o.output == "-";
  o.translate.progress = !prints || !is_terminal(1);
  int64_t cut = 0;
  std::string out;  // what is not printed yet
  o.translate.finished = [&](size_t line, const std::vector<Translation>& list) {
    add_line(out, o, line, list);
    if (prints) print_now(out), out.clear();
  };
  const auto results = translate_lines(ensemble.models, ensemble.tokenizer, lines, o.translate, &cut);
  say_cut(ensemble.models, cut);
  if (!prints) write_file(o.output, out);
  if (!o.attention.empty())
    write_attention(o.attention, *ensemble.models[0], ensemble.tokenizer, best_pairs(ensemble, lines, results));
}

}  // namespace

void add_translate_command(CLI::App& app) {
  auto o = std::make_shared<TranslateCommandOptions>();
  GenerateOptions& g = o->translate.generate;
  auto* c = app.add_subcommand("translate", "Translate lines of text");
  add_ensemble_options(*c, o->models, o->mean);
  c->add_option("FILE", o->input, "One sentence a line; - or nothing: standard input");
  c->add_option("-o,--output", o->output, "Where to write, once all is translated; default: standard output, each line as soon as it and those before are");
  c->add_option("--beam,--num-beams", g.num_beams, "Beams; 1 is greedy; as the model says, else 5")
      ->check(CLI::Range(1, 1000));
  c->add_option("--n-best,--num-return-sequences", g.num_return_sequences, "Translations of each line, best first")
      ->capture_default_str();
  c->add_flag("--scores", o->scores, "Append ||| and the normalised log-probability");
  c->add_flag("--json", o->json, "One JSON object a line");
  c->add_option("--prefix", o->prefix, "File: what each translation has to begin with");
  c->add_option("--attention", o->attention,
                "File (.json, .npy): what each piece of the best translations looks at in the source");
  c->add_option("--max-new-tokens", g.max_new_tokens, "Tokens of a translation at most; 0: twice the source and 30");
  c->add_option("--min-length", g.min_length, "No end before so many tokens");
  c->add_option("--length-penalty", g.length_penalty, "Exponent of the length that --length-normalization divides by; above 1 favours long translations")->capture_default_str();
  c->add_option("--length-normalization", o->normalization, "How log-probabilities of different lengths compare: hf, gnmt, marian or none")->capture_default_str();
  c->add_option("--early-stopping", o->early_stopping, "When a search ends: true (enough are finished), false (better ones are unlikely) or never (before none can be better), as in transformers")
      ->capture_default_str();
  c->add_option("--patience", g.patience, "Finish so many times --beam hypotheses (Kasai et al. 2022)")
      ->capture_default_str();
  c->add_option("--no-repeat-ngram-size", g.no_repeat_ngram_size, "No n-gram of this size twice");
  c->add_option("--repetition-penalty", g.repetition_penalty, "Above 1 makes tokens less likely that stand in the translation already (Keskar et al. 2019)")->capture_default_str();
  c->add_flag("--do-sample", g.do_sample, "Draw instead of searching");
  c->add_option("--temperature", g.temperature, "Of --do-sample: below 1 keeps to what is likely, above 1 dares more")->capture_default_str();
  c->add_option("--top-k", g.top_k, "Of --do-sample: draw from so many tokens; 0: from all")->capture_default_str();
  c->add_option("--top-p", g.top_p, "Of --do-sample: draw from the likeliest tokens that have so much probability together")->capture_default_str();
  c->add_option("--seed", g.seed, "Of --do-sample: the same seed gives the same text")->check(from_zero());
  c->add_option("--batch-size", g.max_rows, "Hypotheses that advance together")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 16));
  c->add_option("--precision", o->precision, kPrecisionHelp)->capture_default_str();
  c->add_option("--threads", o->threads, "0: all cores");
  c->footer("What is not given is as generation_config.json of the model says.\n"
            "Examples:\n  gamana translate -m en-de news.en -o news.de --beam 4\n"
            "  echo 'two dogs play in the snow .' | gamana translate -m en-de --n-best 3 --scores\n"
            "  gamana translate -m en-de news.en -o news.de --attention news.json\n"
            "  gamana translate -m first -m second -m third news.en -o news.de");
  c->callback([o, c] {
    o->given = given_options(*c);
    translate(*o);
  });
}

}  // namespace gamana
