#include "gamana/cli/text_input.h"

#include <string_view>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/cli/usage.h"
#include "gamana/data/records.h"  // is_record_file

namespace gamana {

void add_text_options(CLI::App& command, TextInputOptions& o) {
  command.add_option("file", o.file, "Texts: lines of a file (- is standard input), or rows of a .csv, .tsv or .jsonl, gzipped or not")
      ->type_name("FILE");
  command.add_option("--text", o.texts, "A text, in place of a file; may be given again")->allow_extra_args(false)->check(utf8_text());
  command.add_option("--pair", o.pair, "The second text that goes with it")->check(utf8_text());
  command.add_option("--text-column", o.text_columns, "Of a table: name, or number from 1; several are joined by a space")
      ->allow_extra_args(false);
  command.add_option("--pair-column", o.pair_columns, "Of the second text")->allow_extra_args(false);
  command.add_flag("--no-header", o.no_header, "The first record of a table is data");
}

TextInput::TextInput(const TextInputOptions& o) : options_(o) {
  if (o.file.empty() == o.texts.empty())
    throw Error(std::string("expected texts, in a file or with --text, found ") + (o.file.empty() ? "neither" : "both"), "give one of them");
  if (!o.pair.empty() && o.texts.empty()) fail("--pair: expected --text with it");
  if (is_record_file(o.file)) {
    table_.emplace(o.file, TableColumns{.text = o.text_columns, .pair = o.pair_columns, .header = !o.no_header, .labelled = false});
    return;
  }
  for (const auto& [given, name] : {std::pair{!o.text_columns.empty(), "--text-column"}, {!o.pair_columns.empty(), "--pair-column"}, {o.no_header, "--no-header"}})
    if (given) fail("{}: is for tables, and {} is none (.csv, .tsv, .jsonl)", name, o.file.empty() ? "--text" : o.file);
  if (o.file.empty()) return;
  lines_ = std::make_unique<TextFile>(o.file);
}

bool TextInput::next(TextItem& item) {
  if (table_) {
    Row row;
    if (!table_->next(row)) return false;
    item = {std::move(row.text), std::move(row.pair), row.line};
    return true;
  }
  if (lines_) {
    std::string_view line;
    while (!lines_->take_line(line))
      if (!lines_->fill()) return false;
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    item = {std::string(line), "", ++line_};
    return true;
  }
  if (given_ == options_.texts.size()) return false;
  item = {options_.texts[given_++], options_.pair};
  return true;
}

std::string TextInput::where(const TextItem& item) const {
  return item.line ? fmt::format("{}: line {}", name_of_input(options_.file), item.line) : "--text";
}

}  // namespace gamana
