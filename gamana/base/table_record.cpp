#include "gamana/base/table_record.h"

#include <algorithm>

namespace gamana {
namespace {

constexpr size_t kEnd = std::string_view::npos;

// The closing quote of a field whose content begins at `at`, or npos.
size_t find_closing_quote(std::string_view text, size_t at, bool& doubled) {
  for (;; at += 2) {
    at = text.find('"', at);
    if (at == kEnd || at + 1 == text.size() || text[at + 1] != '"') return at;
    doubled = true;
  }
}

}  // namespace

TableRecord parse_record(std::string_view text, size_t begin, bool last, char separator, bool quotes,
                         std::vector<TableField>& fields) {
  fields.clear();
  const char ends[] = {separator, '\n', '\0'};
  const std::string_view stops(ends, 2);
  for (size_t at = begin;; ++at) {
    TableField field{at, at, false};
    if (quotes && at < text.size() && text[at] == '"') {
      field.end = find_closing_quote(text, ++field.begin, field.doubled);
      if (field.end == kEnd) return {last ? RecordState::open_quote : RecordState::incomplete, at};
      at = field.end + 1;
      const bool returns =
          at + 1 < text.size() ? text[at] == '\r' && text[at + 1] == '\n' : at < text.size() && text[at] == '\r';
      if (returns) ++at;
      if (at < text.size() && stops.find(text[at]) == kEnd) return {RecordState::after_quote, at};
    } else {
      at = std::min(text.find_first_of(stops, at), text.size());
      field.end = at;
    }
    if (at == text.size() && !last) return {RecordState::incomplete, begin};
    const bool ends_record = at == text.size() || text[at] == '\n';
    if (ends_record && field.end == at && field.end > field.begin && text[field.end - 1] == '\r') --field.end;
    fields.push_back(field);
    if (ends_record) return {RecordState::complete, std::min(at + 1, text.size())};
  }
}

std::string_view field_value(std::string& text, const TableField& field) {
  size_t to = field.begin;
  if (!field.doubled) return std::string_view(text).substr(field.begin, field.end - field.begin);
  for (size_t from = field.begin; from < field.end; ++from) {
    if (text[from] == '"') ++from;
    text[to++] = text[from];
  }
  return std::string_view(text).substr(field.begin, to - field.begin);
}

}  // namespace gamana
