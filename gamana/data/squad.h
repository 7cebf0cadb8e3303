#pragma once
// Questions about texts, with answers that stand in them: the files of SQuAD 1.1 and 2.0 (Rajpurkar et al. 2016, 2018).
#include <cstdint>
#include <string>
#include <vector>

namespace gamana {

struct SquadAnswer {
  std::string text;
  int64_t start = 0;  // its first character (code point) in the context; -1: the context has another text there
};

struct SquadQuestion {
  std::string id, question;
  size_t context = 0;  // an index of SquadData::contexts
  std::vector<SquadAnswer> answers;  // several annotators' in the files for evaluation; none: not known, or:
  bool impossible = false;           // the context has no answer
};

struct SquadData {
  std::vector<std::string> contexts;  // paragraphs, each with several questions
  std::vector<SquadQuestion> questions;
  int64_t misplaced = 0;  // answers whose start is -1; they can be scored, but not learnt from
};

// A SQuAD file (.json, also as .gz), or JSON lines as the datasets "squad" and "squad_v2" have them (.jsonl): "id",
// "question", "context" and "answers": {"text": […], "answer_start": […]}, where no answer means that there is none.
// Throws Error naming the file and the question, or line, for what has another form and for a start outside the
// context.
SquadData read_squad(const std::string& path);

}  // namespace gamana
