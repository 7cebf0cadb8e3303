// gamana tokenizer stats.
#include <cstdio>
#include <functional>

#include "gamana/base/check.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/lines.h"
#include "gamana/cli/token_stats.h"
#include "gamana/cli/run.h"  // choose_threads
#include "gamana/view/text.h"

namespace gamana {
namespace {

struct StatsArguments {
  std::vector<std::string> models;
  std::string file;
  int threads = 0;
  bool json = false;
};

struct Measured {
  std::string model;
  TokenStats stats;
  int64_t entries = 0, unused = 0;
  std::vector<std::string> spellings;  // of the longest tokens
};

Measured measure(const std::string& model, const std::string& file) {
  const Tokenizer tokenizer = Tokenizer::load(model);
  Measured m{model, {}, tokenizer.size(), 0, {}};
  std::vector<bool> used;
  map_lines<TokenStats>(
      file, [&](std::string_view line, TokenStats& stats) { stats.add(tokenizer, line); },
      [&](const TokenStats& stats) {
        m.stats.merge(stats);
        for (const int32_t id : stats.ids) {
          if (static_cast<size_t>(id) >= used.size()) used.resize(static_cast<size_t>(id) + 1);
          used[static_cast<size_t>(id)] = true;
        }
      });
  if (m.stats.tokens == 0) fail("{}: expected text to be tokenized, found none", file);
  m.unused = m.entries - std::count(used.begin(), used.end(), true);
  for (const LongToken& token : m.stats.longest) m.spellings.push_back(tokenizer.token(token.id).value_or(""));
  return m;
}

double share(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

Json json_of(const Measured& m) {
  const TokenStats& s = m.stats;
  Json scripts = Json::array(), longest = Json::array();
  for (const auto& [name, c] : s.scripts)
    scripts.push_back({{"script", name.empty() ? Json() : Json(name)},
                       {"tokens", c.tokens},
                       {"characters", c.characters},
                       {"bytes", c.bytes},
                       {"characters_per_token", share(c.characters, c.tokens)},
                       {"unknown_rate", share(c.unknown, c.tokens)}});
  for (size_t i = 0; i < s.longest.size(); ++i)
    longest.push_back({{"id", s.longest[i].id},
                       {"token", m.spellings[i]},
                       {"text", s.longest[i].text},
                       {"characters", s.longest[i].characters}});
  return {{"model", m.model},
          {"lines", s.lines},
          {"words", s.words},
          {"characters", s.characters},
          {"bytes", s.bytes},
          {"tokens", s.tokens},
          {"characters_per_token", share(s.characters, s.tokens)},
          {"bytes_per_token", share(s.bytes, s.tokens)},
          {"words_per_token", share(s.words, s.tokens)},
          {"unknown_tokens", s.unknown},
          {"unknown_rate", share(s.unknown, s.tokens)},
          {"whole_words", s.whole_words},
          {"whole_word_rate", share(s.whole_words, s.words)},
          {"vocabulary_size", m.entries},
          {"unused_entries", m.unused},
          {"scripts", scripts},
          {"longest_tokens", longest}};
}

// A table whose first column is text and whose others are numbers.
void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<int> widths(rows[0].size());
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], view::display_width(row[i]));
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      line += (i ? "  " : "") + view::fit(row[i], widths[i], i ? view::Align::right : view::Align::left);
    fmt::print("{}\n", line);
  }
}

void print_counts(const std::vector<Measured>& all) {
  std::vector<std::vector<std::string>> rows = {{""}};
  for (const Measured& m : all) rows[0].push_back(view::printable(m.model));
  const auto row = [&](const char* name, const std::function<std::string(const Measured&)>& value) {
    rows.push_back({name});
    for (const Measured& m : all) rows.back().push_back(value(m));
  };
  const auto count = [&](const char* name, int64_t TokenStats::*member) {
    row(name, [member](const Measured& m) { return fmt::format("{}", m.stats.*member); });
  };
  const auto ratio = [&](const char* name, int64_t TokenStats::*member) {
    row(name, [member](const Measured& m) { return fmt::format("{:.3f}", share(m.stats.*member, m.stats.tokens)); });
  };
  const auto percent = [](double x) { return fmt::format("{:.2f} %", 100 * x); };
  count("lines", &TokenStats::lines), count("words", &TokenStats::words), count("characters", &TokenStats::characters);
  count("bytes", &TokenStats::bytes), count("tokens", &TokenStats::tokens);
  ratio("characters per token", &TokenStats::characters), ratio("bytes per token", &TokenStats::bytes);
  ratio("words per token", &TokenStats::words);
  row("unknown tokens", [&](const Measured& m) { return percent(share(m.stats.unknown, m.stats.tokens)); });
  row("words that stay whole", [&](const Measured& m) { return percent(share(m.stats.whole_words, m.stats.words)); });
  row("entries of the vocabulary", [](const Measured& m) { return fmt::format("{}", m.entries); });
  row("entries never used", [](const Measured& m) { return fmt::format("{}", m.unused); });
  print_table(rows);
}

void print_details(const Measured& m) {
  fmt::print("\n{}\n", view::printable(m.model));
  std::vector<std::vector<std::string>> rows = {{"script", "tokens", "share", "characters per token", "unknown"}};
  for (const auto& [name, c] : m.stats.scripts)
    rows.push_back({name.empty() ? "(no letters)" : name, fmt::format("{}", c.tokens),
                    fmt::format("{:.2f} %", 100 * share(c.tokens, m.stats.tokens)),
                    fmt::format("{:.3f}", share(c.characters, c.tokens)),
                    fmt::format("{:.2f} %", 100 * share(c.unknown, c.tokens))});
  std::stable_sort(rows.begin() + 1, rows.end(),
                   [](const auto& a, const auto& b) { return std::stoll(a[1]) > std::stoll(b[1]); });
  print_table(rows);
  fmt::print("longest tokens:");
  for (const LongToken& t : m.stats.longest) fmt::print(" \"{}\" ({})", view::printable(t.text), t.characters);
  fmt::print("\n");
}

void print_stats(const StatsArguments& a) {
  choose_threads(a.threads);
  if (a.file == "-" && a.models.size() > 1) fail("standard input is read once: expected a file for several tokenizers");
  std::vector<Measured> all;
  for (const std::string& model : a.models) all.push_back(measure(model, a.file));
  if (a.json) {
    Json tokenizers = Json::array();
    for (const Measured& m : all) tokenizers.push_back(json_of(m));
    return fmt::print("{}\n", Json{{"file", a.file}, {"tokenizers", tokenizers}}.dump());
  }
  print_counts(all);
  for (const Measured& m : all) print_details(m);
}

}  // namespace

void add_tokenizer_stats_command(CLI::App& tokenizer) {
  auto a = std::make_shared<StatsArguments>();
  CLI::App* command = tokenizer.add_subcommand("stats", "How tokenizers split a text, in numbers, also for each script");
  command->add_option("-m,--model", a->models, "Folder of a model or tokenizer, or a tokenizer.json; may be given again")
      ->required()
      ->allow_extra_args(false)
      ->type_name("DIR");
  command->add_option("file", a->file, "Text, a line each")->required()->type_name("FILE");
  command->add_option("--threads", a->threads, "0: all cores")->type_name("N");
  command->add_flag("--json", a->json, "One JSON object");
  command->footer(
      "A word stands between white space; it stays whole if it is one token (punctuation at its ends aside). A token\n"
      "counts for the script of its first letter.\n"
      "Example:\n"
      "  gamana tokenizer stats -m gpt2 -m bert-base-uncased book.txt");
  command->callback([a] { print_stats(*a); });
}

}  // namespace gamana
