#include "gamana/data/labels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "gamana/base/check.h"
#include "gamana/data/records.h"  // quoted_list

namespace gamana {
namespace {

std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string text_of(const Json& name) { return name.is_string() ? name.get<std::string>() : name.dump(); }  // run_glue.py writes numbers

std::string default_name(size_t id) { return fmt::format("LABEL_{}", id); }

}  // namespace

Labels::Labels(const std::set<std::string>& seen, const std::string& path) : Labels({seen.begin(), seen.end()}) {
  if (seen.empty()) fail("{}: expected rows with labels, found none", path);
  if (!std::all_of(names_.begin(), names_.end(), is_number)) return;
  std::stable_sort(names_.begin(), names_.end(),
                   [](const std::string& a, const std::string& b) { return *number_of(a) < *number_of(b); });
  *this = Labels(std::move(names_));
}

Labels::Labels(std::vector<std::string> names) : names_(std::move(names)) {
  for (const std::string& name : names_) ids_.emplace(name, static_cast<int32_t>(ids_.size()));
}

Labels Labels::from_config(const Json& config, const std::string& where) {
  constexpr int64_t kMost = 1 << 20;
  std::vector<std::string> names;
  const auto table = config.find("id2label");
  if (table == config.end() || table->is_null()) {
    const auto count = get_or(config, "num_labels", int64_t{2}, where);
    if (count < 1 || count > kMost) fail("{}: expected \"num_labels\" from 1 to {}, found {}", where, kMost, count);
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) names.push_back(default_name(i));
    return Labels(std::move(names));
  }
  if (!table->is_object() || table->empty())
    fail("{}: expected an object of labels as \"id2label\", found {}", where, table->dump());
  for (size_t i = 0; i < table->size(); ++i) {
    const auto name = table->find(fmt::to_string(i));
    if (name == table->end())
      fail("{}: expected the ids 0 to {} in \"id2label\", found none of {}", where, table->size() - 1, i);
    if (name->is_object() || name->is_array())
      fail("{}: expected a label for id {} of \"id2label\", found {}", where, i, name->dump());
    names.push_back(text_of(*name));
  }
  Labels labels(std::move(names));
  if (labels.ids_.size() != labels.names_.size())
    fail("{}: expected different labels in \"id2label\", found {}", where, table->dump());
  return labels;
}

Labels Labels::with_ids_of(const Json& config) const {
  const auto table = config.find("id2label");
  if (table == config.end() || !table->is_object() || table->size() != names_.size()) return *this;
  std::vector<std::string> names;
  for (size_t i = 0; i < names_.size(); ++i)
    if (const auto name = table->find(fmt::to_string(i)); name != table->end() && ids_.contains(text_of(*name)))
      names.push_back(text_of(*name));
  const Labels theirs(std::move(names));
  return theirs.ids_.size() == names_.size() ? theirs : *this;
}

int32_t Labels::id(const std::string& label, const std::string& path, int64_t line) const {
  if (const auto found = ids_.find(label); found != ids_.end()) return found->second;
  bool unnamed = true;
  for (size_t i = 0; i < names_.size() && unnamed; ++i) unnamed = names_[i] == default_name(i);
  if (unnamed)
    if (const auto found = ids_.find("LABEL_" + label); found != ids_.end()) return found->second;
  throw Error(
      fmt::format("{}, line {}: expected one of the labels {}, found \"{}\"", path, line, quoted_list(names_), label),
      "the labels are those of the model, or of the file it is trained from");
}

Json Labels::id2label() const {
  Json json = Json::object();
  for (size_t i = 0; i < names_.size(); ++i) json[fmt::to_string(i)] = names_[i];
  return json;
}

Json Labels::label2id() const {
  Json json = Json::object();
  for (size_t i = 0; i < names_.size(); ++i) json[names_[i]] = i;
  return json;
}

bool is_number(const std::string& label) { return number_of(label).has_value(); }

double label_number(const std::string& label, const std::string& path, int64_t line) {
  if (const auto value = number_of(label)) return *value;
  fail("{}, line {}: expected a number as the label, found \"{}\"", path, line, label);
}

}  // namespace gamana
