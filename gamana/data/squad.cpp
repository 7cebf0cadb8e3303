#include "gamana/data/squad.h"

#include <optional>

#include "gamana/base/check.h"
#include "gamana/data/records.h"

namespace gamana {
namespace {

const Json& member(const Json& json, const char* key, Json::value_t type, const std::string& where) {
  if (!json.is_object()) fail("{}: expected a JSON object, found {}", where, json.type_name());
  const auto found = json.find(key);
  if (found == json.end()) fail("{}: expected the key \"{}\", found none", where, key);
  if (found->type() != type)
    fail("{}: expected {} as \"{}\", found {}", where, Json(type).type_name(), key, found->type_name());
  return *found;
}

const std::string& string_of(const Json& json, const char* key, const std::string& where) {
  return member(json, key, Json::value_t::string, where).get_ref<const std::string&>();
}

const Json& list_of(const Json& json, const char* key, const std::string& where) {
  return member(json, key, Json::value_t::array, where);
}

// The byte where a character begins; none: the text has fewer.
std::optional<size_t> byte_of(const std::string& text, int64_t character) {
  size_t at = 0;
  for (; at < text.size() && character > 0; --character)
    while (++at < text.size() && (text[at] & 0xC0) == 0x80) {
    }
  return character == 0 ? std::optional(at) : std::nullopt;
}

void add_answer(SquadData& data, SquadQuestion& question, const Json& text, const Json& start,
                const std::string& where) {
  if (!text.is_string() || !start.is_number_integer())
    fail("{}: expected a string and the number of its first character as an answer, found {} and {}", where,
         text.type_name(), start.dump());
  SquadAnswer answer{text.get<std::string>(), start.get<int64_t>()};
  const std::string& context = data.contexts[question.context];
  const auto byte = answer.start < 0 ? std::nullopt : byte_of(context, answer.start);
  if (!byte)
    fail("{}: expected an answer within the context of {} bytes, found one at character {}", where, context.size(),
         answer.start);
  if (context.compare(*byte, answer.text.size(), answer.text) != 0) answer.start = -1, ++data.misplaced;
  question.answers.push_back(std::move(answer));
}

void add_question(SquadData& data, const Json& json, const std::string& path) {
  SquadQuestion question;
  question.id = string_of(json, "id", fmt::format("{}, question {}", path, data.questions.size() + 1));
  const std::string where = fmt::format("{}, question \"{}\"", path, question.id);
  question.question = string_of(json, "question", where);
  question.context = data.contexts.size() - 1;
  question.impossible = get_or(json, "is_impossible", false, where);
  if (json.contains("answers"))
    for (const Json& answer : list_of(json, "answers", where)) {
      const Json& text = member(answer, "text", Json::value_t::string, where);
      add_answer(data, question, text, answer.value("answer_start", Json()), where);
    }
  if (question.impossible && !question.answers.empty())
    fail("{}: expected no answers where \"is_impossible\" is true, found {}", where, question.answers.size());
  data.questions.push_back(std::move(question));
}

void read_lines_of(const std::string& path, SquadData& data) {
  RecordReader records(path, true);
  while (records.next()) {
    const std::string where = fmt::format("{}, line {}", path, records.line());
    const Json& json = records.object();
    const std::string& context = string_of(json, "context", where);
    if (data.contexts.empty() || data.contexts.back() != context) data.contexts.push_back(context);
    SquadQuestion question{
        string_of(json, "id", where), string_of(json, "question", where), data.contexts.size() - 1, {}, false};
    const Json& answers = member(json, "answers", Json::value_t::object, where);
    const Json &texts = list_of(answers, "text", where), &starts = list_of(answers, "answer_start", where);
    if (texts.size() != starts.size())
      fail("{}: expected as many \"answer_start\" as \"text\", found {} and {}", where, starts.size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) add_answer(data, question, texts[i], starts[i], where);
    question.impossible = texts.empty();
    data.questions.push_back(std::move(question));
  }
}

std::string whole_text(const std::string& path) {
  TextFile file(path);
  std::string text;
  while (file.fill())
    for (std::string_view line; file.take_line(line);) text += line;
  return text;
}

}  // namespace

SquadData read_squad(const std::string& path) {
  SquadData data;
  if (path.ends_with(".jsonl") || path.ends_with(".jsonl.gz")) {
    read_lines_of(path, data);
  } else {
    const Json json = parse_json(whole_text(path), path);
    for (const Json& article : list_of(json, "data", path)) {
      for (const Json& paragraph : list_of(article, "paragraphs", path)) {
        data.contexts.push_back(string_of(paragraph, "context", path));
        for (const Json& question : list_of(paragraph, "qas", path)) add_question(data, question, path);
      }
    }
  }
  if (data.questions.empty()) fail("{}: expected questions, found none", path);
  return data;
}

}  // namespace gamana
