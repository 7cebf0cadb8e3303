#include "gamana/data/choices.h"

#include <charconv>

#include "gamana/base/check.h"

namespace gamana {

ChoiceReader::ChoiceReader(const std::string& path, bool labelled) : records_(path, true) {
  for (;;) {
    const auto ending = records_.column(fmt::format("ending{}", endings_.size()));
    if (!ending) break;
    endings_.push_back(*ending);
  }
  if (!endings_.empty()) {
    text_ = records_.column("sent1"), beginning_ = records_.column("sent2");
  } else if (records_.is_json()) {
    text_ = records_.column("context"), beginning_ = records_.column("question");
    if (!text_) std::swap(text_, beginning_);
    list_ = records_.column({"choices", "endings"});
  }
  const auto expected = [&](const char* what) {
    fail("{}: expected {}, found {}", path, what, records_.columns_text());
  };
  if (endings_.size() < 2 && !list_)
    expected(records_.is_json() ? "\"choices\", \"endings\" or \"ending0\", \"ending1\", …"
                                : "columns \"ending0\", \"ending1\", …");
  if (!text_) expected(list_ ? "\"question\" or \"context\"" : "a column \"sent1\"");
  if (!labelled) return;
  label_ = records_.column("label");
  if (!label_) expected("a column \"label\"");
}

bool ChoiceReader::next(Choices& choice) {
  if (!records_.next()) return false;
  choice.line = records_.line();
  choice.text = records_.text(*text_);
  choice.endings.clear();
  read_endings(choice);
  choice.right = -1;
  if (!label_) return true;
  const std::string label = records_.label(*label_);
  const char* const end = label.data() + label.size();
  const auto [stop, code] = std::from_chars(label.data(), end, choice.right);
  if (stop != end || code != std::errc() || choice.right < 0 ||
      static_cast<size_t>(choice.right) >= choice.endings.size())
    fail("{}, line {}: expected the number of the right choice as the label, from 0 to {}, found \"{}\"",
         records_.path(), choice.line, choice.endings.size() - 1, label);
  return true;
}

void ChoiceReader::read_endings(Choices& choice) const {
  const std::string before = beginning_ ? std::string(records_.text(*beginning_)) + " " : "";
  for (const Column& ending : endings_) choice.endings.push_back(before + std::string(records_.text(ending)));
  if (!list_) return;
  const Json& list = records_.value(*list_);
  if (!list.is_array() || list.size() < 2)
    fail("{}, line {}: expected a list of at least 2 strings as \"{}\", found {}", records_.path(), choice.line,
         list_->name, list.is_array() ? fmt::format("{}", list.size()) : list.type_name());
  for (const Json& ending : list) {
    if (!ending.is_string())
      fail("{}, line {}: expected strings in \"{}\", found {}", records_.path(), choice.line, list_->name,
           ending.type_name());
    choice.endings.push_back(before + ending.get_ref<const std::string&>());
  }
}

}  // namespace gamana
