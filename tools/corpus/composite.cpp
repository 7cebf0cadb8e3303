// Relative clauses, contrasts, reports, and the long sentences built of all this.
#include <algorithm>

#include "tools/corpus/complex.h"

namespace gamana::corpus {
namespace {

// The book that Ravi bought: ರವಿ ಖರೀದಿಸಿದ ಪುಸ್ತಕ.
bool relative_object(Random& r, Clause& c) {
  for (Piece& p : c.pieces) {
    if (p.role != Role::object || p.english.rfind("the ", 0) != 0 || c.action->object & kPerson) continue;
    for (int tries = 0; tries < 40; ++tries) {
      const Action& a = human_action(r, Tense::past);
      if (&a == c.action || !(a.object & c.action->object & ~kPerson) || a.object_case != Case::accusative) continue;
      const NounPhrase who = human(r, needs_of(a));
      if (same_person(who, c.subject) || who.english.rfind("that ", 0) == 0) continue;
      Clause inner = make_clause(r, a, who, Tense::past,
                                 {.time = c.has(Role::time) ? 0 : 0.3, .place = 0.4, .manner = 0, .companion = 0});
      inner.drop(Role::object);
      inner.time_first = false;
      p.english += " that " + english(inner);
      p.kannada = kannada_with(inner, relative(a.verb, Tense::past, false)) + " " + p.kannada;
      // Behind the relative clause these would be taken for parts of it.
      for (Role role : {Role::manner, Role::place, Role::companion, Role::means}) c.drop(role);
      c.time_first = true;
      return true;
    }
  }
  return false;
}

// The boy who bought the book: ಪುಸ್ತಕವನ್ನು ಖರೀದಿಸಿದ ಹುಡುಗ.
bool relative_subject(Random& r, Clause& c) {
  const Action& a = human_action(r, Tense::past);
  const Needs needs = needs_of(a, *c.action);
  if (oblique_subject({.action = &a, .subject = {}, .pieces = {}}) || a.flags & kStative || &a == c.action)
    return false;
  if (!known_person(needs)) return false;
  const NounPhrase who = person(r, needs);
  if (who.english.rfind("the ", 0) != 0) return false;
  const bool now = !(a.flags & kNoProgressive) && r.chance(0.3), never = !now && r.chance(0.15);
  const Tense tense = now ? Tense::progressive : Tense::past;
  Clause inner = make_clause(
      r, a, who, tense, {.time = now || c.has(Role::time) ? 0.0 : 0.4, .place = 0.4, .manner = 0, .companion = 0.1});
  inner.time_first = false;
  inner.negative = never;
  c.subject.english = who.english + " who " + english_predicate(inner);
  c.subject.kannada.nominative =
      kannada_with(inner, relative(a.verb, tense, never), false) + " " + who.kannada.nominative;
  c.subject.agree = who.agree;
  c.subject.english_agree = who.english_agree;
  return true;
}

}  // namespace

Pair related_pair(Random& r, const Detail& d) {
  for (;;) {
    const Action& a = human_action(r, Tense::past);
    const Tense tense = r.chance(0.65) ? Tense::past : Tense::future;
    Clause c = make_clause(r, a, human(r, needs_of(a)), tense, d);
    if (oblique_subject(c)) continue;
    if (r.chance(0.55)) {
      if (relative_object(r, c)) return {english(c), kannada(c)};
      continue;
    }
    c.time_first = false;
    if (!says_own(c) && relative_subject(r, c)) return {english(c), kannada(c)};
  }
}

Pair contrast_pair(Random& r, const Detail& d) {
  const int kind = r.below(3);
  if (kind == 2) {  // so
    const Reasoned whole = reasoned(r, d, Tense::past, Tense::past);
    Clause effect = whole.effect;
    if (whole.same_subject) effect.subject = taken_up(effect.subject);
    return {english(whole.cause) + ", so " + english(effect), kannada(whole.cause) + ", ಆದ್ದರಿಂದ " + kannada(effect)};
  }
  // but: the second one does not do what the first does; and: two people, two things
  const Tense tense = r.chance(0.7) ? Tense::past : Tense::future;
  const Action& x = human_action(r, tense);
  const Action& y = kind == 0 ? x : human_action(r, tense);
  if ((kind == 1 && &x == &y) || (x.flags | y.flags) & (kDativeSubject | kNearSubject | kStative))
    return contrast_pair(r, d);
  const NounPhrase a = human(r, needs_of(x)), b = human(r, needs_of(y));
  if (same_person(a, b)) return contrast_pair(r, d);
  const Clause first = make_clause(r, x, a, tense, d);
  Clause second = make_clause(r, y, b, tense, timeless(d));
  if (kind == 1) return {english(first) + " and " + english(second), kannada(first) + " ಮತ್ತು " + kannada(second)};
  second.negative = true;
  second.drop(Role::manner);
  return {english(first) + ", but " + english(second), kannada(first) + ", ಆದರೆ " + kannada(second)};
}

// Ravi says that …: … ಎಂದು ರವಿ ಹೇಳುತ್ತಾನೆ; I think …: … ಎಂದು ನಾನು ಭಾವಿಸುತ್ತೇನೆ; he knows …: … ಎಂದು ಅವನಿಗೆ ಗೊತ್ತು.
Pair reported_by(Random& r, const NounPhrase& who, const Pair& what) {
  constexpr Verb kSay{"say", "said", "said", "ಹೇಳು", ""}, kThink{"think", "thought", "", "ಭಾವಿಸು", ""},
      kKnow{"know", "knew", "known", "", ""};
  const bool first_person = who.agree == Agree::i || who.agree == Agree::we;
  const Verb& v = r.chance(0.4) ? kKnow : first_person ? kThink : kSay;
  const string kannada_end = &v == &kKnow ? who.kannada.dative + " ಗೊತ್ತು"
                                          : who.kannada.nominative + " " + finite(v, Tense::present, who.agree, false);
  return {
      who.english + " " + verb_group(v, Tense::present, who.english_agree, false, false).rest + " that " + what.english,
      what.kannada + " ಎಂದು " + kannada_end};
}

namespace {

Pair reported_pair(Random& r, const Detail& d) {
  constexpr Tense kTenses[] = {Tense::past, Tense::future, Tense::progressive};
  const Clause inner = any_clause(r, r.pick(kTenses), d);
  const NounPhrase who = r.chance(0.6) ? human(r, kPerson) : pronoun(Agree::i);
  if (same_person(who, inner.subject)) return reported_pair(r, d);
  return reported_by(r, who, {english(inner), kannada(inner)});
}

// Somebody who does not occur in the text, and is not a pronoun that could.
NounPhrase newcomer(Random& r, const string& text) {
  for (;;) {
    const NounPhrase who = lasting_human(r, kAdult);
    if (who.pronoun != who.english && text.find(who.english) == string::npos) return who;
  }
}

Pair two_parts(Random& r) {
  const Pair a = r.chance(0.5) ? reason_pair(r, kPlain) : sequence_pair(r, kPlain);
  const Pair b = chain_pair(r, timeless(kPlain), 2, newcomer(r, a.english), kAdult, Tense::past);
  if (a.english.find("will") != string::npos) return two_parts(r);
  return {a.english + ", and " + b.english, a.kannada + " ಮತ್ತು " + b.kannada};
}

Pair two_related(Random& r) {
  const Pair a = related_pair(r, kPlain), b = related_pair(r, kPlain);
  return {a.english + ", but " + b.english, a.kannada + ", ಆದರೆ " + b.kannada};
}

Pair end(const Pair& p) { return finished(p.english, p.kannada); }

}  // namespace

Pair because(Random& r) { return end(reason_pair(r, kPlain)); }
Pair condition(Random& r) { return end(condition_pair(r, kPlain)); }
Pair sequence(Random& r) { return end(sequence_pair(r, kPlain)); }
Pair purpose(Random& r) { return end(purpose_pair(r, kPlain)); }
Pair chain(Random& r) { return end(chain_pair(r, kPlain, 2 + r.below(2))); }
Pair related(Random& r) { return end(related_pair(r, kPlain)); }
Pair contrast(Random& r) { return end(contrast_pair(r, kPlain)); }
Pair reported(Random& r) { return end(reported_pair(r, kPlain)); }

Pair long_sentence(Random& r) {
  for (;;) {
    Pair p;
    switch (r.below(10)) {
      case 0:
        p = chain_pair(r, kRich, 3 + r.below(3));
        break;
      case 1:
        p = occasion_pair(r, kRich, 2 + r.below(3));
        break;
      case 2:
        p = reason_pair(r, kRich);
        break;
      case 3:
        p = sequence_pair(r, kRich);
        break;
      case 4:
        p = related_pair(r, kRich);
        break;
      case 5:
        p = contrast_pair(r, kRich);
        break;
      case 6:
        p = reported_by(r, pronoun(Agree::i), r.chance(0.5) ? reason_pair(r, kRich) : chain_pair(r, kPlain, 3));
        break;
      case 7:
        p = two_related(r);
        break;
      case 8:
        p = condition_pair(r, kRich);
        break;
      default:
        p = two_parts(r);
    }
    const auto words = std::count(p.english.begin(), p.english.end(), ' ') + 1;
    if (words > 20 && words <= 40) return end(p);
  }
}

}  // namespace gamana::corpus
