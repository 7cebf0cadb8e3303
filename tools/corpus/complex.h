#pragma once
// What sentences of several clauses are made of; each function says the whole in both languages, without a final mark.
#include "tools/corpus/sentences.h"

namespace gamana::corpus {

constexpr Detail kPlain{.time = 0.35, .place = 0.3, .manner = 0.12, .companion = 0.12};
constexpr Detail kRich{.time = 0.7, .place = 0.7, .manner = 0.3, .companion = 0.4};

Detail timeless(Detail d);        // the same without times
Needs needs_of(const Action& a);  // of a person who does it
Needs needs_of(const Action& a, const Action& b);
NounPhrase lasting_human(Random& r, const Needs& needs);     // one that a pronoun can take up
NounPhrase taken_up(const NounPhrase& np);                   // that pronoun: he, ಅವನು
bool same_person(const NounPhrase& a, const NounPhrase& b);  // or one that could be taken for it

// A reason and what follows from it, for "because", "so", "if", "although".
struct Reasoned {
  Clause cause, effect;
  bool same_subject;
};
Reasoned reasoned(Random& r, const Detail& d, Tense cause_tense, Tense effect_tense,
                  const NounPhrase* subject = nullptr);

// Joins a clause that comes first in Kannada, with its verb in the form given, and the main clause. English says them
// in either order; with the same subject Kannada leaves out the second one, or, where the cases differ (ನನಗೆ ಜ್ವರ ಇದ್ದ
// ಕಾರಣ ನಾನು …), says it as a pronoun.
Pair subordinate(Random& r, const string& conjunction, const Clause& first, const string& kannada_verb,
                 const Clause& main, bool same_subject);

Pair reason_pair(Random& r, const Detail& d);
Pair condition_pair(Random& r, const Detail& d);
Pair sequence_pair(Random& r, const Detail& d);
Pair purpose_pair(Random& r, const Detail& d);
Pair related_pair(Random& r, const Detail& d);
Pair contrast_pair(Random& r, const Detail& d);
Pair reported_by(Random& r, const NounPhrase& who, const Pair& what);

// What one person does one after the other, in the order of a day. With `occasion` the first of it is a clause of its
// own: "after Ravi finished his work, he returned home, ate rice and slept".
Pair chain_pair(Random& r, const Detail& d, int links, const NounPhrase& who, const Needs& needs, Tense tense,
                const Action* occasion = nullptr);
Pair chain_pair(Random& r, const Detail& d, int links);
Pair occasion_pair(Random& r, const Detail& d, int links);

}  // namespace gamana::corpus
