#pragma once
// Sentences of words that have a tag each: names, parts of speech (docs/data.md has the formats).
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gamana/data/records.h"

namespace gamana {

struct TaggedWords {
  std::vector<std::string> words;
  std::vector<std::string> tags;  // one for each word; empty where they were not asked for
  int64_t line = 0;               // where the sentence begins, from 1
};

// The sentences of a file of any size, one after the other.
class TaggedWordsReader {
 public:
  // .jsonl, .ndjson, .json: an object a line, "tokens" or "words" and "ner_tags", "tags" or "labels"; .csv and .tsv are
  // refused. Other names: a word a line in columns as in CoNLL-2003 (Tjong Kim Sang and De Meulder 2003), the word
  // first and its tag last, an empty line between sentences. `tagged`: false: words alone. Throws Error for a file that
  // cannot be read, and for keys that are missing.
  explicit TaggedWordsReader(const std::string& path, bool tagged = true);

  // Throws Error naming file and line.
  bool next(TaggedWords& sentence);

 private:
  bool next_of_columns(TaggedWords& sentence);
  bool next_of_json(TaggedWords& sentence);

  bool tagged_;
  std::unique_ptr<RecordReader> records_;  // JSON lines
  RecordReader::Column words_, tags_;
  std::unique_ptr<TextFile> file_;  // columns
  size_t columns_ = 0;              // of the first word; 0: none was read
};

}  // namespace gamana
