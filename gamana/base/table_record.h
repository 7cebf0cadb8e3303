#pragma once
// One record of a comma- or tab-separated table (RFC 4180).
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gamana {

struct TableField {
  size_t begin, end;  // of the text, without the quotes around it
  bool doubled;       // holds quotes that are written twice
};

enum class RecordState {
  complete,
  incomplete,   // the text ends within it
  open_quote,   // …and no more comes: a quote is not closed
  after_quote,  // something else than a separator or the end of the line follows a closing quote
};

struct TableRecord {
  RecordState state;
  size_t end;  // behind its line end; for faults where they are: the opening quote, or what follows the closing one
};

// The record at text[begin]; `last`: no more text comes. Fills `fields` if it is complete.
TableRecord parse_record(std::string_view text, size_t begin, bool last, char separator, bool quotes,
                         std::vector<TableField>& fields);

// What a field means: doubled quotes are made single in place.
std::string_view field_value(std::string& text, const TableField& field);

}  // namespace gamana
