#include "gamana/data/table.h"

#include "gamana/base/check.h"

namespace gamana {
namespace {

// task_to_keys of run_glue.py, and the one column that files of other sources have.
struct Names {
  const char *text, *pair;
};
constexpr Names kTexts[] = {{"sentence1", "sentence2"},   {"question1", "question2"}, {"premise", "hypothesis"},
                            {"question", "sentence"},     {"text", nullptr},          {"sentence", nullptr}};
constexpr const char* kTextNames =
    "\"text\", \"sentence\", \"sentence1\" and \"sentence2\", \"question1\" and \"question2\", "
    "\"premise\" and \"hypothesis\", or \"question\" and \"sentence\"";

[[noreturn]] void fail_about_columns(const RecordReader& records, const std::string& expected) {
  const bool named = records.is_json() || records.has_header();
  throw Error(
      fmt::format("{}: expected {}, found {}{}", records.path(), expected,
                  named ? "" : fmt::format("no header, and {} columns that begin with ", records.columns().size()),
                  records.columns_text()),
      records.is_json() ? "name the key"
      : named           ? "name the column; if the first record is no header, say so and give numbers from 1"
                        : "give the column's number, from 1");
}

}  // namespace

TableReader::TableReader(const std::string& path, const TableColumns& columns)
    : records_(path, columns.header), label_separator_(columns.label_separator) {
  for (const std::string& name : columns.text) text_.push_back(require(name, "the text"));
  for (const std::string& name : columns.pair) pair_.push_back(require(name, "the second text"));
  if (text_.empty() && !pair_.empty()) fail("{}: expected a column of the text beside that of the second text", path);
  if (columns.labelled) {
    label_ = columns.label.empty() ? records_.column({"label", "labels"}) : require(columns.label, "the label");
    if (!label_) fail_about_columns(records_, "a column \"label\" or \"labels\"");
  }
  if (text_.empty()) find_texts();
}

TableReader::Column TableReader::require(const std::string& name, const char* what) const {
  const auto column = records_.column(name);
  if (!column) fail_about_columns(records_, fmt::format("a column \"{}\" with {}", name, what));
  return *column;
}

// Without known names, a file that has one column beside the label has its text there.
void TableReader::find_texts() {
  for (const Names& names : kTexts) {
    const auto text = records_.column(names.text);
    const auto pair = names.pair != nullptr ? records_.column(names.pair) : std::nullopt;
    if (!text || (names.pair != nullptr && !pair)) continue;
    text_.push_back(*text);
    if (pair) pair_.push_back(*pair);
    return;
  }
  const std::vector<std::string>& all = records_.columns();
  const auto label = label_ ? label_ : records_.column({"label", "labels"});
  for (size_t i = 0; i < all.size(); ++i)
    if (!label || i != label->place) text_.push_back({all[i], i});
  if (text_.size() != 1) fail_about_columns(records_, fmt::format("a column of texts ({})", kTextNames));
}

bool TableReader::next(Row& row) {
  if (!records_.next()) return false;
  row.line = records_.line();
  join(text_, row.text);
  join(pair_, row.pair);
  row.label.clear(), row.labels.clear();
  if (label_) read_labels(row);
  return true;
}

void TableReader::join(const std::vector<Column>& columns, std::string& text) const {
  text.clear();
  for (const Column& column : columns) {
    if (&column != &columns[0]) text += ' ';
    text += records_.text(column);
  }
}

void TableReader::read_labels(Row& row) const {
  if (records_.is_json() && records_.value(*label_).is_array()) {
    for (const Json& one : records_.value(*label_)) row.labels.push_back(records_.label(one));
    return;
  }
  if (label_separator_ == 0) {
    row.label = records_.label(*label_);
    row.labels.push_back(row.label);
    return;
  }
  const std::string_view text = records_.text(*label_);
  for (size_t begin = 0, end; begin <= text.size(); begin = end + 1) {
    end = std::min(text.find(label_separator_, begin), text.size());
    if (const auto one = trimmed(text.substr(begin, end - begin)); !one.empty()) row.labels.emplace_back(one);
  }
}

}  // namespace gamana
