#include "gamana/cli/pretraining.h"

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/progress.h"
#include "gamana/cli/run.h"
#include "gamana/data/records.h"
#include "gamana/jobs/distil_words.h"
#include "gamana/jobs/electra.h"
#include "gamana/jobs/generate_text.h"
#include "gamana/jobs/lm.h"

namespace gamana {
namespace {

using Kind = TextFormat::Kind;

bool has_ending(const std::string& file, const char* ending) {
  const std::string_view name(file);
  return name.ends_with(ending) || (name.ends_with(".gz") && name.substr(0, name.size() - 3).ends_with(ending));
}

Kind kind_of(const std::string& file) {
  if (!is_record_file(file)) return Kind::lines;
  return has_ending(file, ".csv") || has_ending(file, ".tsv") ? Kind::table : Kind::json_lines;
}

MaskedTextRule rule_of(const TextJobSettings& s) {
  MaskedTextRule rule{
      .rate = s.mlm_probability, .whole_words = s.whole_word, .by_line = s.line_by_line, .pairs = {}, .seed = s.seed};
  if (s.objective == "mlm+nsp") rule.pairs = PairTask::next_sentence;
  if (s.objective == "mlm+sop") rule.pairs = PairTask::sentence_order;
  return rule;
}

}  // namespace

TextFormat text_format(const std::vector<std::string>& files, const std::vector<std::string>& columns, bool header) {
  TextFormat format;
  format.keep_line_ends = false, format.header = header;
  format.kind = kind_of(files[0]);
  const bool tabs = has_ending(files[0], ".tsv");
  for (const std::string& file : files)
    if (kind_of(file) != format.kind || has_ending(file, ".tsv") != tabs)
      throw Error(
          fmt::format("expected files of one kind (lines, .csv, .tsv or .jsonl), found {} and {}", files[0], file),
          "give those of one kind");
  if (format.kind == Kind::lines && (!columns.empty() || !header))
    fail("--text-column and --no-header are for tables, and {} is none (.csv, .tsv, .jsonl)", files[0]);
  if (tabs) format.table = {.separator = '\t', .quotes = false};
  if (format.kind == Kind::table)
    format.columns = !columns.empty() ? columns : header ? std::vector<std::string>{"text"} : format.columns;
  if (format.kind == Kind::json_lines && columns.size() > 1)
    fail("--text-column: expected one key of JSON lines, found {}", columns.size());
  if (format.kind == Kind::json_lines && !columns.empty()) format.key = columns[0];
  return format;
}

std::function<void(int64_t, int64_t)> tokenizing_bar() {
  const auto bar = std::make_shared<std::unique_ptr<Progress>>();
  return [bar](int64_t done, int64_t total) {
    if (!*bar) *bar = std::make_unique<Progress>("tokenizing", "bytes", total);
    (*bar)->update(done);
    if (done == total) (*bar)->clear();
  };
}

TextFormat plain_text_format(const TextJobSettings& s) {
  std::vector<std::string> files = s.train_files;
  if (!s.valid.empty()) files.push_back(s.valid);
  TextFormat format = text_format(files, s.text_columns, !s.no_header);
  if (s.job == "lm" && format.kind == Kind::lines) format.kind = Kind::whole;
  return format;
}

std::unique_ptr<TextJob> make_pretraining_job(const TextJobSettings& s, const TextEncoder& encoder,
                                              const Json& config) {
  make_directory(s.out), remove_temporary_files(s.out);
  const bool begun = file_exists(join_path(s.out, "training.json"));
  const TextFiles files{s.train_files, s.valid, plain_text_format(s), s.out, tokenizing_bar(), begun};
  if (s.job == "lm") {
    const std::string& from = s.model.empty() ? s.tokenizer : s.model;
    const std::string note = compare_vocabularies(encoder.tokenizer(), model_config(config).vocabulary, from);
    if (!note.empty()) say("{}\n", note);
    return std::make_unique<LmJob>(files, encoder, end_token(config), s.seed);
  }
  if (s.objective == "electra")
    return std::make_unique<ElectraJob>(files, encoder, rule_of(s), s.generator_size, s.seed);
  if (s.job == "distil")
    return std::make_unique<WordDistilJob>(files, encoder, rule_of(s),
                                           WordDistilJob::Settings{s.model, s.student, s.temperature, s.alpha_ce, s.alpha_task,
                                                                   s.alpha_cos, choose_precision(s.precision)});
  return std::make_unique<MlmJob>(files, encoder, rule_of(s));
}

}  // namespace gamana
