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
constexpr const char* kTextNames = "\"text\", \"sentence\", \"sentence1\" and \"sentence2\", \"question1\" and \"question2\", "
                                   "\"premise\" and \"hypothesis\", or \"question\" and \"sentence\"";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

[[noreturn]] void fail_about_columns(const RecordReader& records, const std::string& expected) {
  const bool named = records.is_json() || records.has_header();
  throw Error(fmt::format("{}: expected {}, found {}{}", records.path(), expected,
                          named ? "" : fmt::format("no header, and {} columns that begin with ", records.columns().size()),
                          records.columns_text()),
              records.is_json() ? "name the key"
              : named           ? "name the column; if the first record is no header, say so and give numbers from 1"
                                : "give the column's number, from 1");
}

// A label as text: JSON has numbers and truth values as well.
std::string label_text(const Json& value, const RecordReader& records) {
  if (value.is_string()) return std::string(trimmed(value.get_ref<const std::string&>()));
  if (value.is_number() || value.is_boolean()) return value.dump();
  fail("{}, line {}: expected a label (a string or a number), found {}", records.path(), records.line(), value.type_name());
}

}  // namespace

TableReader::TableReader(const std::string& path, const TableColumns& columns)
    : records_(path, columns.header), labelled_(columns.labelled), label_separator_(columns.label_separator) {
  for (const std::string& name : columns.text) text_.push_back(require(name, "the text"));
  for (const std::string& name : columns.pair) pair_.push_back(require(name, "the second text"));
  if (text_.empty() && !pair_.empty()) fail("{}: expected a column of the text beside that of the second text", path);
  if (labelled_) find_label(columns.label);
  if (text_.empty()) find_texts();
}

TableReader::Column TableReader::require(const std::string& name, const char* what) const {
  const auto place = records_.column(name);
  if (!place) fail_about_columns(records_, fmt::format("a column \"{}\" with {}", name, what));
  return {name, *place};
}

bool TableReader::find(const char* name, std::vector<Column>& to) const {
  const auto place = records_.column(name);
  if (place) to.push_back({name, *place});
  return place.has_value();
}

void TableReader::find_label(const std::string& name) {
  std::vector<Column> found;
  if (!name.empty()) {
    label_ = require(name, "the label");
  } else if (find("label", found) || find("labels", found)) {
    label_ = found[0];
  } else {
    fail_about_columns(records_, "a column \"label\" or \"labels\"");
  }
}

// Without known names, a file that has one column beside the label has its text there.
void TableReader::find_texts() {
  for (const Names& names : kTexts) {
    if (!records_.column(names.text) || (names.pair != nullptr && !records_.column(names.pair))) continue;
    find(names.text, text_);
    if (names.pair != nullptr) find(names.pair, pair_);
    return;
  }
  const std::vector<std::string>& all = records_.columns();
  const bool named = records_.is_json() || records_.has_header();
  for (size_t i = 0; i < all.size(); ++i)
    if (labelled_ ? i != label_.second : !named || (all[i] != "label" && all[i] != "labels")) text_.push_back({all[i], i});
  if (text_.size() != 1) fail_about_columns(records_, fmt::format("a column of texts ({})", kTextNames));
}

bool TableReader::next(Row& row) {
  if (!records_.next()) return false;
  row.line = records_.line();
  join(text_, row.text);
  join(pair_, row.pair);
  row.label.clear(), row.labels.clear();
  if (labelled_) read_labels(row);
  return true;
}

void TableReader::join(const std::vector<Column>& columns, std::string& text) const {
  text.clear();
  for (const auto& [name, place] : columns) {
    if (&name != &columns[0].first) text += ' ';
    if (!records_.is_json()) {
      text += records_.fields()[place];
      continue;
    }
    const auto value = records_.object().find(name);
    if (value == records_.object().end())
      fail("{}, line {}: expected the key \"{}\", found none", path(), records_.line(), name);
    if (!value->is_string())
      fail("{}, line {}: expected a string as \"{}\", found {}", path(), records_.line(), name, value->type_name());
    text += value->get_ref<const std::string&>();
  }
}

void TableReader::read_labels(Row& row) const {
  std::string text;
  if (records_.is_json()) {
    const auto value = records_.object().find(label_.first);
    if (value == records_.object().end())
      fail("{}, line {}: expected the key \"{}\", found none", path(), row.line, label_.first);
    if (value->is_array()) {
      for (const Json& one : *value) row.labels.push_back(label_text(one, records_));
      return;
    }
    text = label_text(*value, records_);
  } else {
    text = records_.fields()[label_.second];
  }
  if (label_separator_ == 0) {
    row.label = trimmed(text);
    if (row.label.empty()) fail("{}, line {}: expected a label, found an empty column", path(), row.line);
    row.labels.push_back(row.label);
    return;
  }
  for (size_t begin = 0, end; begin <= text.size(); begin = end + 1) {
    end = std::min(text.find(label_separator_, begin), text.size());
    if (const auto one = trimmed(std::string_view(text).substr(begin, end - begin)); !one.empty()) row.labels.emplace_back(one);
  }
}

}  // namespace gamana
