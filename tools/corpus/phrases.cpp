#include "tools/corpus/phrases.h"

#include "gamana/base/check.h"

namespace gamana::corpus {
namespace {

struct Pronoun {
  const char *subject, *object, *own;
  const char *nominative, *accusative, *dative, *genitive, *kannada_own;
};
constexpr Pronoun kPronouns[] = {
    {"I", "me", "my", "ನಾನು", "ನನ್ನನ್ನು", "ನನಗೆ", "ನನ್ನ", "ನನ್ನ"},
    {"we", "us", "our", "ನಾವು", "ನಮ್ಮನ್ನು", "ನಮಗೆ", "ನಮ್ಮ", "ನಮ್ಮ"},
    {"you", "you", "your", "ನೀನು", "ನಿನ್ನನ್ನು", "ನಿನಗೆ", "ನಿನ್ನ", "ನಿನ್ನ"},
    {"you", "you", "your", "ನೀವು", "ನಿಮ್ಮನ್ನು", "ನಿಮಗೆ", "ನಿಮ್ಮ", "ನಿಮ್ಮ"},
    {"he", "him", "his", "ಅವನು", "ಅವನನ್ನು", "ಅವನಿಗೆ", "ಅವನ", "ತನ್ನ"},
    {"she", "her", "her", "ಅವಳು", "ಅವಳನ್ನು", "ಅವಳಿಗೆ", "ಅವಳ", "ತನ್ನ"},
    {"they", "them", "their", "ಅವರು", "ಅವರನ್ನು", "ಅವರಿಗೆ", "ಅವರ", "ತಮ್ಮ"},
};

constexpr Phrase kNumbers[] = {{"two", "ಎರಡು"}, {"three", "ಮೂರು"}, {"four", "ನಾಲ್ಕು"}, {"five", "ಐದು"}};
constexpr Phrase kHumanNumbers[] = {{"two", "ಇಬ್ಬರು"}, {"three", "ಮೂವರು"}, {"four", "ನಾಲ್ವರು"}, {"five", "ಐವರು"}};

Cases before(const string& words, Cases c) {
  if (words.empty()) return c;
  for (string* form : {&c.nominative, &c.accusative, &c.dative, &c.genitive}) *form = words + " " + *form;
  return c;
}

NounPhrase third(const string& english, Cases kannada, Agree agree, Agree english_agree, const void* head) {
  NounPhrase np;
  np.english = np.english_object = english;
  np.possessive = english + (english_agree == Agree::they && english.back() == 's' ? "'" : "'s");
  np.kannada = std::move(kannada);
  np.agree = agree;
  np.english_agree = english_agree;
  np.kannada_own = agree == Agree::they ? "ತಮ್ಮ" : "ತನ್ನ";
  np.head = head;
  if (english_agree == Agree::he || english_agree == Agree::she || english_agree == Agree::they) {
    np.pronoun = kPronouns[static_cast<size_t>(english_agree)].subject;
    np.own = kPronouns[static_cast<size_t>(english_agree)].own;
  }
  return np;
}

Agree english_agreement(const Person& p) {
  return p.gender == 'm' ? Agree::he : p.gender == 'f' ? Agree::she : Agree::it;
}

template <class List>
const auto& tagged(Random& r, const List& list, const Needs& needs) {
  int fitting = 0;
  for (const auto& item : list) fitting += needs.met_by(item.tags);
  if (!fitting) fail("corpus: no word for the tags {:x}, {:x}", needs.front().uses, needs.front().qualities);
  int choice = r.below(fitting);
  for (const auto& item : list)
    if (needs.met_by(item.tags) && choice-- == 0) return item;
  return list.front();
}

}  // namespace

bool Needs::met_by(Tags tags) const {
  for (const Tags need : *this)
    if (!(need & tags)) return false;
  return true;
}

bool known_person(const Needs& needs) {
  for (const Person& p : people())
    if (needs.met_by(p.tags)) return true;
  return false;
}

NounPhrase pronoun(Agree agree) {
  const Pronoun& p = kPronouns[static_cast<size_t>(agree)];
  NounPhrase np;
  np.english = np.pronoun = p.subject;
  np.english_object = p.object;
  np.possessive = np.own = p.own;
  np.kannada = {p.nominative, p.accusative, p.dative, p.genitive};
  np.kannada_own = p.kannada_own;
  np.agree = np.english_agree = agree;
  np.head = &p;
  return np;
}

NounPhrase name(Random& r) {
  const Name& n = r.pick(names());
  const Agree agree = n.female ? Agree::she : Agree::he;
  return third(n.english, decline(n.kannada, n.how), agree, agree, &n);
}

NounPhrase kin_of(Random& r, const NounPhrase& owner, const Needs& needs) {
  const Person& p = tagged(r, kin(), needs);
  return third(owner.possessive + " " + p.english, before(owner.kannada.genitive, decline(p.kannada, p.how)), p.agree,
               english_agreement(p), &p);
}

NounPhrase person(Random& r, const Needs& needs) {
  const Person& p = tagged(r, people(), needs);
  if (*p.english_plural && r.chance(0.3)) {
    const int kind = r.below(4);
    const Cases many = decline(p.kannada_plural, Class::plural);
    if (kind == 0) return third(string("the ") + p.english_plural, many, Agree::they, Agree::they, &p);
    if (kind == 1) return third(string("many ") + p.english_plural, before("ಅನೇಕ", many), Agree::they, Agree::they, &p);
    const Phrase& n = r.pick(kHumanNumbers);
    return third(string(n.english) + " " + p.english_plural, before(n.kannada, many), Agree::they, Agree::they, &p);
  }
  string english = p.english, kannada;
  const bool modified = english.find(' ') == string::npos && p.agree != Agree::they && r.chance(0.2);
  if (modified) {
    const Adjective& a = tagged(r, human_adjectives(), p.tags & kPerson);
    english = string(a.english) + " " + english;
    kannada = a.kannada;
  }
  const int det = r.below(10);
  if (det == 0 && p.agree != Agree::they) {
    english = "that " + english;
    kannada = join({"ಆ", kannada});
  } else if (det <= 2 && p.agree != Agree::they && !modified) {
    english = with_article(english);
    kannada = join({p.agree == Agree::it ? "ಒಂದು" : "ಒಬ್ಬ", kannada});
  } else {
    english = "the " + english;
  }
  return third(english, before(kannada, decline(p.kannada, p.how)), p.agree, english_agreement(p), &p);
}

NounPhrase human(Random& r, const Needs& needs) {
  const int kind = r.below(known_person(needs) ? 100 : 76);
  if (kind < 30) {
    constexpr Agree kWho[] = {Agree::i, Agree::i, Agree::we, Agree::he, Agree::she, Agree::they};
    return pronoun(r.pick(kWho));
  }
  if (kind < 48) return name(r);
  if (kind < 52) {
    const NounPhrase a = name(r), b = name(r);
    return a.head == b.head ? a : both(a, b);
  }
  if (kind < 76) {
    constexpr Agree kWhose[] = {Agree::i, Agree::i, Agree::we, Agree::he, Agree::she};
    return kin_of(r, r.chance(0.3) ? name(r) : pronoun(r.pick(kWhose)), needs);
  }
  return person(r, needs);
}

NounPhrase both(const NounPhrase& a, const NounPhrase& b) {
  const string k = a.kannada.nominative + " ಮತ್ತು ";
  const Cases c{k + b.kannada.nominative, k + b.kannada.accusative, k + b.kannada.dative, k + b.kannada.genitive};
  return third(a.english + " and " + b.english, c, Agree::they, Agree::they, a.head);
}

const Noun& noun_with(Random& r, Tags tags) { return tagged(r, nouns(), tags); }

string english_plural(const Noun& n) { return *n.english_plural ? n.english_plural : plural(n.english); }
Cases plural_cases(const Noun& n) { return decline(string(n.kannada) + "ಗಳು", Class::plural); }

const Adjective* adjective_for(Random& r, Tags tags) {
  const std::span<const Adjective> list = adjectives();
  bool any = false;
  for (const Adjective& a : list) any |= static_cast<bool>(a.tags & tags);
  return any ? &tagged(r, list, tags) : nullptr;
}

NounPhrase the(const Noun& n, const string& english_before, const string& kannada_before) {
  return third(join({"the", english_before, n.english}), before(kannada_before, decline(n.kannada, n.how)), Agree::it,
               Agree::it, &n);
}

NounPhrase counted(const Noun& n, int count) {
  const Phrase& number = kNumbers[count - 2];
  return third(string(number.english) + " " + english_plural(n), before(number.kannada, plural_cases(n)), Agree::those,
               Agree::those, &n);
}

NounPhrase thing(Random& r, Tags tags, const NounPhrase* owner, bool specific) {
  const Noun& n = noun_with(r, tags);
  const bool mass = string(n.english_plural) == "-";
  const bool proper = static_cast<bool>(n.tags & (kFestival | kSubject | kGame));
  Cases one = decline(n.kannada, n.how);
  if (proper) return third(n.english, one, Agree::it, Agree::it, &n);

  string english = n.english, kannada;
  const Adjective* a = r.chance(0.28) ? adjective_for(r, n.tags) : nullptr;
  if (a) {
    english = string(a->english) + " " + english;
    kannada = a->kannada;
  }
  const int det = r.below(100);
  const bool can_own = owner && !owner->own.empty() && (n.tags & (kLost | kWorn | kTask | kVehicle | kSwept));
  if (can_own && (det < 20 || n.tags & kWorn)) {
    const bool several =
        !mass && n.tags & kWorn && (owner->english_agree == Agree::they || owner->english_agree == Agree::we);
    const string owned = several ? join({a ? a->english : "", english_plural(n)}) : english;
    const Agree agree = several ? Agree::those : Agree::it;
    return third(owner->own + " " + owned, before(join({owner->kannada_own, kannada}), several ? plural_cases(n) : one),
                 agree, agree, &n);
  }
  if (mass) {
    if (specific || det > 75 || n.tags & kTold) english = "the " + english;
    return third(english, before(kannada, one), Agree::it, Agree::it, &n);
  }
  const bool several = static_cast<bool>(tags & kCounted);
  if (several) return third("the " + english_plural(n), plural_cases(n), Agree::those, Agree::those, &n);
  if (specific || det < 45) return third("the " + english, before(kannada, one), Agree::it, Agree::it, &n);
  if (det < 65) return third(with_article(english), before(join({"ಒಂದು", kannada}), one), Agree::it, Agree::it, &n);
  if (det < 70) return third("this " + english, before(join({"ಈ", kannada}), one), Agree::it, Agree::it, &n);
  if (det < 75) return third("that " + english, before(join({"ಆ", kannada}), one), Agree::it, Agree::it, &n);
  const string many = join({a ? a->english : "", english_plural(n)});
  const Cases cases = before(kannada, plural_cases(n));
  if (det < 90) return third(many, cases, Agree::those, Agree::those, &n);
  if (det < 93) return third("many " + many, before("ಅನೇಕ", cases), Agree::those, Agree::those, &n);
  if (det < 95) return third("these " + many, before("ಈ", cases), Agree::those, Agree::those, &n);
  const Phrase& number = r.pick(kNumbers);
  return third(string(number.english) + " " + many, before(number.kannada, cases), Agree::those, Agree::those, &n);
}

}  // namespace gamana::corpus
