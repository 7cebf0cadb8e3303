#include "gamana/data/words.h"

#include "gamana/base/check.h"

namespace gamana {
namespace {

constexpr std::string_view kDocument = "-DOCSTART-";  // where a document begins; no word

// At tabs if there are any, since words may then hold spaces; else at white space.
std::vector<std::string_view> columns_of(std::string_view line) {
  const bool tabs = line.find('\t') != std::string_view::npos;
  std::vector<std::string_view> columns;
  for (size_t begin = 0; begin < line.size();) {
    const size_t end = std::min(line.find_first_of(tabs ? "\t" : " ", begin), line.size());
    if (tabs || end > begin) columns.push_back(trimmed(line.substr(begin, end - begin)));
    begin = end + 1;
  }
  if (tabs && line.ends_with('\t')) columns.emplace_back();
  return columns;
}

}  // namespace

TaggedWordsReader::TaggedWordsReader(const std::string& path, bool tagged) : tagged_(tagged) {
  if (!is_record_file(path)) {
    file_ = std::make_unique<TextFile>(path);
    return;
  }
  records_ = std::make_unique<RecordReader>(path, true);
  const auto words = records_->column({"tokens", "words"}), tags = records_->column({"ner_tags", "tags", "labels"});
  if (!records_->is_json()) fail("{}: expected words in columns as in CoNLL-2003, or JSON lines (.jsonl)", path);
  if (!words) fail("{}: expected a list of words as \"tokens\" or \"words\", found {}", path, records_->columns_text());
  if (tagged && !tags)
    fail("{}: expected a list of tags as \"ner_tags\", \"tags\" or \"labels\", found {}", path,
         records_->columns_text());
  words_ = *words;
  if (tagged) tags_ = *tags;
}

bool TaggedWordsReader::next(TaggedWords& sentence) {
  sentence.words.clear(), sentence.tags.clear();
  return file_ ? next_of_columns(sentence) : next_of_json(sentence);
}

bool TaggedWordsReader::next_of_columns(TaggedWords& sentence) {
  for (;;) {
    std::string_view line;
    if (!file_->take_line(line)) {
      if (file_->fill()) continue;
      return !sentence.words.empty();
    }
    check_no_nul(line, *file_);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    const auto columns = trimmed(line).empty() ? std::vector<std::string_view>{} : columns_of(line);
    if (columns.empty() || columns[0] == kDocument) {
      if (sentence.words.empty()) continue;
      return true;
    }
    if (columns_ == 0) columns_ = columns.size();
    if (columns.size() != columns_ || columns_ < (tagged_ ? 2u : 1u))
      fail("{}, line {}: expected {}, found {} columns", file_->path(), file_->line(),
           tagged_ && columns_ < 2 ? "a word and its tag" : fmt::format("{} columns as in the first line", columns_),
           columns.size());
    if (columns[0].empty() || columns.back().empty())
      fail("{}, line {}: expected a word first and its tag last, found an empty column", file_->path(), file_->line());
    if (sentence.words.empty()) sentence.line = file_->line();
    sentence.words.emplace_back(columns[0]);
    if (tagged_) sentence.tags.emplace_back(columns.back());
  }
}

bool TaggedWordsReader::next_of_json(TaggedWords& sentence) {
  if (!records_->next()) return false;
  sentence.line = records_->line();
  const auto list = [&](const RecordReader::Column& column) -> const Json& {
    const Json& value = records_->value(column);
    if (!value.is_array())
      fail("{}, line {}: expected a list as \"{}\", found {}", records_->path(), sentence.line, column.name,
           value.type_name());
    return value;
  };
  for (const Json& word : list(words_)) {
    if (!word.is_string())
      fail("{}, line {}: expected strings in \"{}\", found {}", records_->path(), sentence.line, words_.name,
           word.type_name());
    sentence.words.push_back(word.get<std::string>());
  }
  if (!tagged_) return true;
  for (const Json& tag : list(tags_)) sentence.tags.push_back(records_->label(tag));
  if (sentence.tags.size() != sentence.words.size())
    fail("{}, line {}: expected as many tags as words, found {} and {}", records_->path(), sentence.line,
         sentence.tags.size(), sentence.words.size());
  return true;
}

}  // namespace gamana
