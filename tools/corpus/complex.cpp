// Sentences of several clauses. What one clause is a reason, a condition or an occasion for is written down, so that the
// whole makes sense; who takes part, with what and where is drawn.
#include <algorithm>

#include "tools/corpus/sentences.h"

namespace gamana::corpus {
namespace {

// A verb of the lexicon, "!" before it for the negative.
struct Link {
  std::vector<const char*> causes, effects;
  bool same_subject;
};

const std::vector<Link>& reasons() {
  static const std::vector<Link> links = {
      {{"have a fever", "have a headache", "have a cold"},
       {"!go", "!come", "!work", "!swim", "!ಆಡು", "!bathe", "!sing", "sleep", "rest", "!meet", "!eat"}, true},
      {{"be tired"}, {"sleep", "rest", "sit", "drink", "!work", "!go", "!run", "!cook", "!ಆಡು", "!dance"}, true},
      {{"be hungry"}, {"eat", "cook", "prepare", "!sleep", "!work"}, true},
      {{"be thirsty"}, {"drink"}, true},
      {{"be happy"}, {"sing", "dance", "laugh", "celebrate"}, true},
      {{"be sad"}, {"!eat", "!sing", "!talk", "!dance", "!laugh", "!celebrate"}, true},
      {{"!have money"}, {"!buy", "!go", "!send", "sell"}, true},
      {{"have money"}, {"buy", "build", "celebrate", "send"}, true},
      {{"!have time"}, {"!read", "!meet", "!watch", "!write", "!help", "!cook", "!celebrate", "!clean", "!wash"}, true},
      {{"have time"}, {"read", "meet", "watch", "write", "help", "cook", "listen to", "learn"}, true},
      {{"lose"}, {"be sad", "look for"}, true},
      {{"finish"}, {"be happy", "rest", "return", "ಆಡು", "watch"}, true},
      {{"rain"}, {"!go", "!ಆಡು", "!walk", "!plough the field", "!come", "!harvest", "return", "!swim", "!climb"}, false},
      {{"!rain"}, {"!plant", "!grow", "!plough the field", "go", "walk"}, false},
      {{"blow"}, {"close", "!walk", "!swim", "return", "!light"}, false},
      {{"be closed"}, {"!buy", "return"}, false},
      {{"be a holiday"}, {"!go", "ಆಡು", "sleep", "watch", "rest", "read", "!work", "clean", "!teach"}, false},
  };
  return links;
}

const char* const kEarlier[] = {"finish", "bathe", "get up", "eat", "return", "come", "read", "wash", "pray", "buy", "meet",
                                "get off"};
const char* const kLater[] = {"go", "eat", "drink", "sleep", "read", "watch", "work", "talk", "cook", "rest", "write",
                              "clean", "listen to", "sing", "board"};
// A day in the order in which it passes; chains take a few of these in this order.
const char* const kDay[] = {"get up", "bathe", "wear", "pray", "prepare", "eat", "drink", "go", "work", "buy", "meet", "return",
                            "wash", "cook", "read", "write", "listen to", "watch", "sleep"};

struct Chosen {
  const Action* action;
  bool negative;
};
Chosen chosen(const char* verb) { return {&action(*verb == '!' ? verb + 1 : verb), *verb == '!'}; }

NounPhrase event_subject(const Action& a) {
  const string verb = a.verb.english;
  NounPhrase np;
  np.agree = np.english_agree = Agree::it;
  np.english = verb == "blow" ? "the wind" : verb == "be closed" ? "the shop" : "it";
  np.kannada.nominative = verb == "blow" ? "ಗಾಳಿ" : verb == "be closed" ? "ಅಂಗಡಿ" : verb == "rain" ? "ಮಳೆ" : "";
  return np;
}

NounPhrase lasting_human(Random& r, uint64_t tags) {  // one that a pronoun can take up
  for (;;) {
    NounPhrase np = human(r, tags);
    if (!np.pronoun.empty()) return np;
  }
}

uint64_t subject_tags(const Action& a) { return a.subject & (kAdult | kYoung | kFarmer); }

// Both actions allow a person of these tags.
uint64_t common_tags(const Action& a, const Action& b) {
  const uint64_t both_tags = subject_tags(a) & subject_tags(b);
  return both_tags ? both_tags : kFarmer;
}

Clause with(Random& r, const Chosen& c, const NounPhrase& subject, Tense tense, const Detail& d) {
  Clause clause = make_clause(r, *c.action, subject, tense, d);
  clause.negative = c.negative;
  if (c.negative) clause.drop(Role::manner);
  return clause;
}

// A clause that only asserts: both languages with its subject, or with the subject taken up from the other clause.
struct Main {
  Clause clause;
  string english_full, english_taken_up, kannada_full, kannada_taken_up;
};

NounPhrase taken_up(const NounPhrase& np) {
  NounPhrase p = np.pronoun == "I" ? pronoun(Agree::i) : np;
  p.english = np.pronoun;
  if (np.agree == Agree::he || np.agree == Agree::she || np.agree == Agree::they) p.kannada = pronoun(np.agree).kannada;
  return p;
}

// Joins a clause that comes first in Kannada (its verb form given) with the main one.
// English says it in either order; with the same subject Kannada drops the second subject, or, where the case
// differs (ನನಗೆ ಜ್ವರ ಇದ್ದ ಕಾರಣ ನಾನು …), says it as a pronoun.
Pair subordinate(Random& r, const string& conjunction, const Clause& first, const string& kannada_verb, const Clause& main,
                 bool same) {
  const string kannada_first = kannada_with(first, kannada_verb);
  Clause second = main;
  if (same) second.subject = taken_up(main.subject);
  const bool zero = same && !oblique_subject(first) && !oblique_subject(main);
  const string kannada_text = kannada_first + " " + kannada(second, !zero);
  const bool fronted = first.time_first || main.time_first;
  if (fronted || r.chance(0.5)) return {conjunction + " " + english(first) + ", " + english(second), kannada_text};
  Clause later = first;
  if (same) later.subject = taken_up(first.subject);
  return {english(main) + " " + conjunction + " " + english(later), kannada_text};
}

Pair reason_pair(Random& r, const Detail& d) {
  const Link& link = r.pick(reasons());
  const Chosen cause = chosen(r.pick(link.causes)), effect = chosen(r.pick(link.effects));
  const NounPhrase who = lasting_human(r, link.same_subject ? common_tags(*cause.action, *effect.action)
                                                            : subject_tags(*effect.action));
  const NounPhrase subject = link.same_subject ? who : event_subject(*cause.action);
  Detail light = d;
  light.time = 0;
  Clause first = with(r, cause, subject, Tense::past, light);
  first.drop(Role::companion);
  Clause main = with(r, effect, who, Tense::past, d);
  main.time_first = false;
  return subordinate(r, "because", first, relative(cause.action->verb, Tense::past, cause.negative) + " ಕಾರಣ", main,
                     link.same_subject);
}

Pair condition_pair(Random& r, const Detail& d) {
  const Link& link = r.pick(reasons());
  const Chosen cause = chosen(r.pick(link.causes)), effect = chosen(r.pick(link.effects));
  const bool although = r.chance(0.35);
  if (effect.action->flags & (kDativeSubject | kNearSubject)) return condition_pair(r, d);
  const NounPhrase who = lasting_human(r, link.same_subject ? common_tags(*cause.action, *effect.action)
                                                            : subject_tags(*effect.action));
  const NounPhrase subject = link.same_subject ? who : event_subject(*cause.action);
  Detail light = d;
  light.time = 0;
  Clause first = with(r, cause, subject, although ? Tense::past : Tense::present, light);
  first.drop(Role::companion);
  Clause main = with(r, effect, who, although ? Tense::past : Tense::future, d);
  main.time_first = false;
  if (although) main.negative = !main.negative;
  if (main.negative) main.drop(Role::manner);
  return subordinate(r, although ? "although" : "if", first,
                     conditional(cause.action->verb, cause.negative, although ? "ರೂ" : "ರೆ"), main, link.same_subject);
}

Pair sequence_pair(Random& r, const Detail& d) {
  const int kind = r.below(4);
  Detail light = d;
  light.time = 0;
  if (kind <= 1) {  // after, before: one person
    const Action &early = action(r.pick(kEarlier)), &late = action(r.pick(kLater));
    if (&early == &late) return sequence_pair(r, d);
    const bool before = kind == 1, future = r.chance(0.3);
    const NounPhrase who = lasting_human(r, common_tags(early, late));
    const Tense tense = future ? Tense::future : Tense::past;
    Clause first = make_clause(r, before ? late : early, who, future ? Tense::present : Tense::past, light);
    Clause main = make_clause(r, before ? early : late, who, tense, d);
    main.time_first = false;
    const Verb& v = first.action->verb;
    return subordinate(r, before ? "before" : "after", first, before ? nonpast(v, "ವ ಮೊದಲು") : conditional(v, false, " ನಂತರ"),
                       main, true);
  }
  // when, while: two people, one of them in the middle of something
  const Action& point = action(r.pick(std::initializer_list<const char*>{"come", "return", "go", "get up"}));
  const Action& middle = human_action(r, Tense::past_progressive);
  if (&middle == &point || middle.flags & kGoal) return sequence_pair(r, d);
  const NounPhrase a = human(r, kPerson), b = human(r, middle.subject);
  if (a.head == b.head || (a.pronoun == b.pronoun && !a.pronoun.empty())) return sequence_pair(r, d);
  Clause event = make_clause(r, point, a, Tense::past, light);
  Clause going_on = make_clause(r, middle, b, Tense::past_progressive, light);
  if (kind == 2)
    return subordinate(r, "when", event, conditional(point.verb, false, "ಾಗ"), going_on, false);
  return subordinate(r, "while", going_on, nonpast(middle.verb, "ತ್ತಿದ್ದಾಗ"), event, false);
}

// What one person does one after the other, in the order of a day. With `occasion` the first of it is a clause of its own:
// "after Ravi finished his work, he returned home, ate rice and slept".
Pair chain_pair(Random& r, const Detail& d, int links, const Action* occasion = nullptr) {
  std::vector<int> picks;
  while (static_cast<int>(picks.size()) < links) {
    const int p = r.below(static_cast<int>(std::size(kDay)));
    if (&action(kDay[p]) != occasion && std::find(picks.begin(), picks.end(), p) == picks.end()) picks.push_back(p);
  }
  std::sort(picks.begin(), picks.end());
  uint64_t tags = occasion ? subject_tags(*occasion) : kPerson;
  for (int p : picks) tags &= subject_tags(action(kDay[p]));
  const NounPhrase who = lasting_human(r, tags ? tags : kFarmer);
  constexpr Tense kTenses[] = {Tense::past, Tense::past, Tense::future, Tense::present};
  const Tense tense = occasion ? Tense::past : r.pick(kTenses);
  Detail light = d;
  light.time = 0;
  Pair p;
  if (occasion) {
    const Clause first = make_clause(r, *occasion, who, Tense::past, light);
    p = {"after " + english(first) + ",", kannada_with(first, conditional(occasion->verb, false, " ನಂತರ"))};
  }
  for (int i = 0; i < links; ++i) {
    const bool last = i + 1 == links;
    Clause c = make_clause(r, action(kDay[picks[i]]), occasion ? taken_up(who) : who, tense, i == 0 ? d : light);
    if (occasion) c.time_first = false;
    const string verb = last ? kannada_finite(c) : gerund(c.action->verb);
    if (i == 0) {
      p = {join({p.english, english(c)}), join({p.kannada, kannada_with(c, verb, !occasion)})};
      continue;
    }
    p.english += (last ? " and " : ", ") + (tense == Tense::future ? english_base(c) : english_predicate(c));
    p.kannada += ", " + kannada_with(c, verb, false);
  }
  return p;
}

// The book that Ravi bought: ರವಿ ಖರೀದಿಸಿದ ಪುಸ್ತಕ; the boy who bought the book: ಪುಸ್ತಕವನ್ನು ಖರೀದಿಸಿದ ಹುಡುಗ.
bool relative_object(Random& r, Clause& c) {
  for (Piece& p : c.pieces) {
    if (p.role != Role::object || p.english.rfind("the ", 0) != 0 || c.action->object & kPerson) continue;
    for (int tries = 0; tries < 40; ++tries) {
      const Action& a = human_action(r, Tense::past);
      if (&a == c.action || !(a.object & c.action->object & ~kPerson) || a.object_case != Case::accusative) continue;
      const NounPhrase who = human(r, a.subject);
      if (who.head == c.subject.head || (!who.pronoun.empty() && who.pronoun == c.subject.pronoun)) continue;
      Clause inner = make_clause(r, a, who, Tense::past, {.time = 0.3, .place = 0.4, .manner = 0, .companion = 0});
      inner.drop(Role::object);
      inner.time_first = false;
      p.english += " that " + english(inner);
      p.kannada = kannada_with(inner, relative(a.verb, Tense::past, false)) + " " + p.kannada;
      return true;
    }
  }
  return false;
}

bool relative_subject(Random& r, Clause& c) {
  const Action& a = human_action(r, Tense::past);
  if (a.flags & (kDativeSubject | kNearSubject | kStative) || &a == c.action) return false;
  const NounPhrase who = person(r, subject_tags(a));
  if (who.english.rfind("the ", 0) != 0) return false;
  const bool now = !(a.flags & kNoProgressive) && r.chance(0.3);
  const Tense tense = now ? Tense::progressive : Tense::past;
  Clause inner = make_clause(r, a, who, tense, {.time = now ? 0.0 : 0.4, .place = 0.4, .manner = 0, .companion = 0.1});
  inner.time_first = false;
  c.subject.english = who.english + " who " + english_predicate(inner);
  c.subject.kannada = who.kannada;
  c.subject.kannada.nominative = kannada_with(inner, relative(a.verb, tense, false), false) + " " + who.kannada.nominative;
  c.subject.agree = who.agree;
  c.subject.english_agree = who.english_agree;
  return true;
}

Pair related_pair(Random& r, const Detail& d) {
  for (;;) {
    const Action& a = human_action(r, Tense::past);
    if (a.flags & (kDativeSubject | kNearSubject)) continue;
    if (r.chance(0.45)) {
      const NounPhrase who = person(r, subject_tags(a));
      Clause c = make_clause(r, a, who, r.chance(0.6) ? Tense::past : Tense::future, d);
      c.time_first = false;
      if (english_rest(c).find(who.own) == string::npos && relative_subject(r, c)) return {english(c), kannada(c)};
    } else {
      Clause c = any_clause(r, r.chance(0.7) ? Tense::past : Tense::future, d);
      if (relative_object(r, c)) return {english(c), kannada(c)};
    }
  }
}

Pair contrast_pair(Random& r, const Detail& d) {
  const int kind = r.below(3);
  const Tense tense = r.chance(0.7) ? Tense::past : Tense::future;
  if (kind == 2) {  // so
    const Link& link = r.pick(reasons());
    const Chosen cause = chosen(r.pick(link.causes)), effect = chosen(r.pick(link.effects));
    const NounPhrase who = lasting_human(r, link.same_subject ? common_tags(*cause.action, *effect.action)
                                                              : subject_tags(*effect.action));
    Detail light = d;
    light.time = 0;
    Clause a = with(r, cause, link.same_subject ? who : event_subject(*cause.action), Tense::past, d);
    Clause b = with(r, effect, link.same_subject ? taken_up(who) : who, Tense::past, light);
    return {english(a) + ", so " + english(b), kannada(a) + ", ಆದ್ದರಿಂದ " + kannada(b)};
  }
  // but: two people, the second one does not do what the first does; and: two people, two things
  const Action& x = human_action(r, tense);
  const Action& y = kind == 0 ? x : human_action(r, tense);
  if ((kind == 1 && &x == &y) || (x.flags | y.flags) & (kDativeSubject | kNearSubject | kStative)) return contrast_pair(r, d);
  const NounPhrase a = human(r, subject_tags(x)), b = human(r, subject_tags(y));
  if (a.head == b.head || (!a.pronoun.empty() && a.pronoun == b.pronoun)) return contrast_pair(r, d);
  Clause first = make_clause(r, x, a, tense, d);
  Detail light = d;
  light.time = 0;
  Clause second = make_clause(r, y, b, tense, light);
  if (kind == 1) return {english(first) + " and " + english(second), kannada(first) + " ಮತ್ತು " + kannada(second)};
  second.negative = true;
  second.drop(Role::manner);
  return {english(first) + ", but " + english(second), kannada(first) + ", ಆದರೆ " + kannada(second)};
}

// Ravi says that …: … ಎಂದು ರವಿ ಹೇಳುತ್ತಾನೆ; he knows that …: … ಎಂದು ಅವನಿಗೆ ಗೊತ್ತು.
Pair reported_by(Random& r, const NounPhrase& who, const Pair& what) {
  const Verb say{"say", "said", "said", "ಹೇಳು", ""}, know{"know", "knew", "known", "", ""};
  const bool knows = r.chance(0.4);
  const string verb = verb_group(knows ? know : say, Tense::present, who.english_agree, false, false).rest;
  const string end = knows ? who.kannada.dative + " ಗೊತ್ತು"
                           : who.kannada.nominative + " " + finite(say, Tense::present, who.agree, false);
  return {who.english + " " + verb + " that " + what.english, what.kannada + " ಎಂದು " + end};
}

Pair reported_pair(Random& r, const Detail& d) {
  constexpr Tense kTenses[] = {Tense::past, Tense::future, Tense::progressive};
  const Clause inner = any_clause(r, r.pick(kTenses), d);
  const NounPhrase who = r.chance(0.5) ? human(r, kPerson) : pronoun(Agree::i);
  if (who.head == inner.subject.head || (!who.pronoun.empty() && who.pronoun == inner.subject.pronoun))
    return reported_pair(r, d);
  return reported_by(r, who, {english(inner), kannada(inner)});
}

constexpr Detail kPlain{.time = 0.35, .place = 0.3, .manner = 0.12, .companion = 0.12};
constexpr Detail kRich{.time = 0.7, .place = 0.7, .manner = 0.3, .companion = 0.4};

Pair end(const Pair& p) { return finished(p.english, p.kannada); }

}  // namespace

Pair because(Random& r) { return end(reason_pair(r, kPlain)); }
Pair condition(Random& r) { return end(condition_pair(r, kPlain)); }
Pair sequence(Random& r) { return end(sequence_pair(r, kPlain)); }
Pair chain(Random& r) { return end(chain_pair(r, kPlain, 2 + r.below(2))); }
Pair related(Random& r) { return end(related_pair(r, kPlain)); }
Pair contrast(Random& r) { return end(contrast_pair(r, kPlain)); }
Pair reported(Random& r) { return end(reported_pair(r, kPlain)); }

Pair long_sentence(Random& r) {
  for (;;) {
    Pair p;
    switch (r.below(9)) {
      case 0: p = chain_pair(r, kRich, 3 + r.below(3)); break;
      case 1: p = chain_pair(r, kRich, 2 + r.below(3), &action(r.pick(kEarlier))); break;
      case 2: p = reason_pair(r, kRich); break;
      case 3: p = sequence_pair(r, kRich); break;
      case 4: p = related_pair(r, kRich); break;
      case 5: p = contrast_pair(r, kRich); break;
      case 6: p = reported_by(r, pronoun(Agree::i), r.chance(0.5) ? reason_pair(r, kRich) : chain_pair(r, kPlain, 3)); break;
      case 7: {
        const Pair a = related_pair(r, kPlain), b = related_pair(r, kPlain);
        p = {a.english + ", but " + b.english, a.kannada + ", ಆದರೆ " + b.kannada};
        break;
      }
      default: {
        const Pair a = r.chance(0.5) ? reason_pair(r, kPlain) : sequence_pair(r, kPlain), b = chain_pair(r, kPlain, 2);
        p = {a.english + ", and " + b.english, a.kannada + " ಮತ್ತು " + b.kannada};
      }
    }
    const auto words = std::count(p.english.begin(), p.english.end(), ' ') + 1;
    if (words > 20 && words <= 40) return end(p);
  }
}

}  // namespace gamana::corpus
