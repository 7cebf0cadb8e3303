// Files of any bytes, as tables, JSON lines, words in columns, choices and questions, are read or refused with an
// Error; what was read is UTF-8, and lines go on. The first byte chooses the reader, the second options.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/data/choices.h"
#include "gamana/data/labels.h"
#include "gamana/data/squad.h"
#include "gamana/data/table.h"
#include "gamana/data/words.h"

namespace {

using namespace gamana;

void check(bool condition) {
  if (!condition) std::abort();
}

void check_text(const std::string& text) { check(find_invalid_utf8(text) == std::string::npos); }

void read_table(const std::string& path, uint8_t options) {
  TableColumns columns{.header = (options & 1) != 0, .labelled = (options & 2) != 0};
  if (options & 4) columns.text = {"1", "text"};
  if (options & 8) columns.label = "2";
  if (options & 16) columns.label_separator = '|';
  TableReader reader(path, columns);
  int64_t line = 0;
  std::set<std::string> seen;
  for (Row row; reader.next(row); line = row.line) {
    check(row.line > line);
    check_text(row.text), check_text(row.pair);
    for (const std::string& label : row.labels) check(!label.empty()), seen.insert(label);
  }
  const Labels labels(seen, path);
  for (const std::string& label : seen) check(labels.name(labels.id(label, path, 1)) == label);
}

void read_words(const std::string& path, bool tagged) {
  TaggedWordsReader reader(path, tagged);
  int64_t line = 0;
  for (TaggedWords sentence; reader.next(sentence); line = sentence.line) {
    check(sentence.line > line && sentence.tags.size() == (tagged ? sentence.words.size() : 0));
    for (const std::string& word : sentence.words) check_text(word);
  }
}

void read_choices(const std::string& path, bool labelled) {
  ChoiceReader reader(path, labelled);
  for (Choices choice; reader.next(choice);) {
    check_text(choice.text);
    check(choice.endings.size() >= 2 && choice.right < static_cast<int32_t>(choice.endings.size()));
  }
}

void read_questions(const std::string& path) {
  for (const SquadQuestion& question : read_squad(path).questions) check_text(question.question);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const char* const kNames[] = {".csv", ".tsv", ".jsonl", ".txt", ".jsonl", ".csv", ".jsonl", ".json", ".jsonl"};
  if (size < 2) return 0;
  const size_t kind = data[0] % std::size(kNames);
  const std::string path = fmt::format("/dev/shm/records_fuzz{}{}", ::getpid(), kNames[kind]);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data) + 2, static_cast<std::streamsize>(size - 2));
  try {
    if (kind < 3) read_table(path, data[1]);
    if (kind == 3 || kind == 4) read_words(path, data[1] & 1);
    if (kind == 5 || kind == 6) read_choices(path, data[1] & 1);
    if (kind > 6) read_questions(path);
  } catch (const Error&) {
  }
  ::unlink(path.c_str());
  return 0;
}
