#pragma once
// Clauses: an action with its subject, objects and circumstances, and the ways to say it in either language.
#include "tools/corpus/phrases.h"

namespace gamana::corpus {

enum class Role { object, recipient, place, goal, companion, means, manner, purpose, time };

struct Piece {
  Role role;
  string english, kannada;
};

struct Clause {
  const Action* action;
  NounPhrase subject;
  std::vector<Piece> pieces;
  Tense tense = Tense::past;
  bool negative = false;
  bool time_first = false;         // "Yesterday Ravi …", ನಿನ್ನೆ ರವಿ …
  const Phrase* adverb = nullptr;  // always, already

  bool has(Role role) const;
  void drop(Role role);
};

struct Detail {
  double time = 0.5, place = 0.35, manner = 0.2, companion = 0.2;
};
constexpr Detail kBare{0, 0, 0, 0};

Clause make_clause(Random& r, const Action& action, const NounPhrase& subject, Tense tense, const Detail& detail = {});
Piece goal_piece(Random& r, uint32_t where);  // "to the market", ಮಾರುಕಟ್ಟೆಗೆ
// Any action that a person does, that can stand in `tense`.
const Action& human_action(Random& r, Tense tense);
Clause any_clause(Random& r, Tense tense, const Detail& detail = {});
Tense any_tense(Random& r);

string english_subject(const Clause& c);                             // with the time where it comes first
string english_rest(const Clause& c);                                // what follows the verb
string english(const Clause& c);                                     // "Ravi went to school yesterday"
string english_predicate(const Clause& c);                           // "went to school yesterday"
string english_question(const Clause& c, const string& asked = "");  // "Did Ravi go …", asked: "Where"
bool says_own(const Clause& c);  // "his book", ತನ್ನ ಪುಸ್ತಕ: with another subject it would not say whose
string english_base(const Clause& c);  // "go to school"

string kannada_subject(const Clause& c);                         // ರವಿ, ರವಿಗೆ, ರವಿಯ ಬಳಿ
bool oblique_subject(const Clause& c);                           // the two last
string kannada_body(const Clause& c, bool with_subject = true);  // all but the verb
string kannada(const Clause& c, bool with_subject = true);       // with the finite verb
string kannada_with(const Clause& c, const string& verb, bool with_subject = true, const string& asked = "");
string kannada_finite(const Clause& c);

}  // namespace gamana::corpus
