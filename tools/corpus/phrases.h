#pragma once
// Noun phrases in both languages at once: pronouns, names, kin, people and things with their determiners and
// adjectives.
#include "tools/corpus/lexicon.h"

namespace gamana::corpus {

struct NounPhrase {
  string english, english_object;  // he, him
  string pronoun;                  // he, when it is said a second time; empty: never
  string possessive;               // my, Ravi's
  string own;                      // his: what belongs to it, in the same clause
  Cases kannada;
  string kannada_own;          // ತನ್ನ
  Agree agree, english_agree;  // ತಂದೆ ಬಂದರು: they; father comes: he
  const void* head = nullptr;  // the word of the lexicon, so that it is not used twice
};

// Each of these sets has to share a tag with the word: {kAdult, kFarmer} is an adult who farms.
struct Needs : std::vector<Tags> {
  Needs(Tags one) : std::vector<Tags>{one} {}  // NOLINT: a single set is said as it is
  using std::vector<Tags>::vector;
  bool met_by(Tags tags) const;
};

struct Pair {
  string english, kannada;
};

NounPhrase pronoun(Agree agree);
NounPhrase name(Random& r);
bool known_person(const Needs& needs);  // whether person() can find one
NounPhrase kin_of(Random& r, const NounPhrase& possessor, const Needs& needs);
NounPhrase person(Random& r, const Needs& needs);  // the old man, two boys, a farmer
NounPhrase human(Random& r, const Needs& needs);   // any of the above
NounPhrase both(const NounPhrase& a, const NounPhrase& b);

// A thing as an object; `owner` (may be null) allows "his book". `specific`: only the, this, that, his.
NounPhrase thing(Random& r, Tags tags, const NounPhrase* owner, bool specific = false);
NounPhrase the(const Noun& noun, const string& english_before = "", const string& kannada_before = "");
NounPhrase counted(const Noun& noun, int count);  // 2..5
const Noun& noun_with(Random& r, Tags tags);

// ಪುಸ್ತಕಗಳು
Cases plural_cases(const Noun& noun);
string english_plural(const Noun& noun);
const Adjective* adjective_for(Random& r, Tags tags);  // null where none fits

}  // namespace gamana::corpus
