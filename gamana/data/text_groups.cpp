#include "gamana/data/text_groups.h"

#include "gamana/base/check.h"

namespace gamana {

TextGroupReader::TextGroupReader(const std::string& path, const TextGroupColumns& columns)
    : records_(path, columns.header) {
  label_ = columns.label.empty() ? records_.column({"score", "scores", "label", "labels"}) : require(columns.label);
  for (const std::string& name : columns.texts) texts_.push_back(require(name));
  const auto first = records_.column("sentence1"), second = records_.column("sentence2");
  if (texts_.empty() && first && second) texts_ = {*first, *second};
  if (texts_.empty())
    for (size_t i = 0; i < records_.columns().size(); ++i)
      if (!label_ || i != label_->place) texts_.push_back({records_.columns()[i], i});
  if (texts_.size() < 2)
    throw Error(fmt::format("{}: expected columns with a text, one like it and perhaps others that are not, found {}",
                            path, records_.columns_text()),
                "name them in this order");
}

RecordReader::Column TextGroupReader::require(const std::string& name) const {
  const auto column = records_.column(name);
  if (!column) fail("{}: expected a column \"{}\", found {}", records_.path(), name, records_.columns_text());
  return *column;
}

bool TextGroupReader::next(TextGroup& group) {
  if (!records_.next()) return false;
  group.line = records_.line();
  group.texts.clear();
  for (const RecordReader::Column& column : texts_) group.texts.emplace_back(records_.text(column));
  if (label_) group.label = records_.label(*label_);
  return true;
}

}  // namespace gamana
