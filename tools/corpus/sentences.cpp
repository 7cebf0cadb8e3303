// Sentences of one clause.
#include "tools/corpus/sentences.h"

#include <cctype>

#include "tools/corpus/complex.h"  // needs_of

namespace gamana::corpus {
namespace {

// Who is spoken to decides between the two words for "you": a name that is called goes with ನೀನು, nobody with ನೀವು.
struct Addressed {
  NounPhrase you;
  Pair call;  // "Ravi, "
};

Addressed addressed(Random& r, double called) {
  if (!r.chance(called)) return {pronoun(Agree::you), {}};
  const NounPhrase n = name(r);
  return {pronoun(Agree::thou), {n.english + ", ", n.kannada.nominative + ", "}};
}

// A question's clause, about "you" or somebody else.
struct Asked {
  Clause clause;
  Pair call;
};

Asked asked(Random& r, Tense tense, const Detail& d) {
  const Action& a = human_action(r, tense);
  Detail detail = d;
  if (a.flags & (kDativeSubject | kNearSubject | kStative) && tense == Tense::present) detail.time = 0;
  Addressed to{human(r, needs_of(a)), {}};
  if (to.you.agree == Agree::i || to.you.agree == Agree::we || r.chance(0.35)) to = addressed(r, 0.3);
  Clause c = make_clause(r, a, to.you, tense, detail);
  c.time_first = false;
  return {c, to.call};
}

Pair finished_question(const Pair& call, const string& english, const string& kannada) {
  Pair p = finished(english, kannada, '?');
  if (call.english.empty()) return p;
  p.english[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(p.english[0])));
  return {call.english + p.english, call.kannada + p.kannada};
}

bool is_third_singular(const NounPhrase& np) {
  return np.english_agree == Agree::he || np.english_agree == Agree::she || np.english_agree == Agree::it;
}

Tense question_tense(Random& r) {
  constexpr Tense kTenses[] = {Tense::past,   Tense::past,        Tense::present,
                               Tense::future, Tense::progressive, Tense::perfect};
  return r.pick(kTenses);
}

const Action& command_action(Random& r) {
  for (;;) {
    const Action& a = r.pick(actions());
    if (a.flags & kCommand) return a;
  }
}

}  // namespace

Pair finished(const string& english, const string& kannada, char mark) {
  Pair p{english + mark, kannada + mark};
  p.english[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(p.english[0])));
  return p;
}

Pair statement(Random& r) {
  Clause c = any_clause(r, any_tense(r));
  if (!c.has(Role::manner) && !c.adverb) c.negative = r.chance(0.17);
  return finished(english(c), kannada(c));
}

Pair yes_no_question(Random& r) {
  const Asked q = asked(r, question_tense(r), {.time = 0.4, .place = 0.3, .manner = 0.05, .companion = 0.1});
  return finished_question(q.call, english_question(q.clause),
                           kannada_with(q.clause, question(kannada_finite(q.clause))));
}

namespace {

struct QuestionWord {
  Role role;
  const char *english, *kannada;
};

std::vector<QuestionWord> question_words(const Clause& c) {
  const Action& a = *c.action;
  const bool human_object = static_cast<bool>(a.object & kPerson), acc = a.object_case == Case::accusative;
  std::vector<QuestionWord> words = {{Role::manner, "Why", "ಏಕೆ"}};
  if (a.object && !human_object && acc) words.push_back({Role::object, "What", "ಏನನ್ನು"});
  if (a.object && human_object && acc) words.push_back({Role::object, "Whom", "ಯಾರನ್ನು"});
  if (a.flags & kGoal) words.push_back({Role::goal, "Where", "ಎಲ್ಲಿಗೆ"});
  if (c.has(Role::place) && !(a.flags & kSource)) words.push_back({Role::place, "Where", "ಎಲ್ಲಿ"});
  if (c.tense == Tense::past || c.tense == Tense::future) words.push_back({Role::time, "When", "ಯಾವಾಗ"});
  if (c.has(Role::companion)) words.push_back({Role::companion, "With whom", "ಯಾರೊಂದಿಗೆ"});
  if (c.has(Role::recipient)) words.push_back({Role::recipient, "To whom", "ಯಾರಿಗೆ"});
  return words;
}

// "How many mangoes did Ravi buy?", ರವಿ ಎಷ್ಟು ಮಾವಿನಹಣ್ಣುಗಳನ್ನು ಖರೀದಿಸಿದನು?; "Which book are you reading?", ಯಾವ ಪುಸ್ತಕವನ್ನು
bool question_of_object(Random& r, const Clause& c, Pair& words) {
  const Action& a = *c.action;
  if (!a.object || a.object & kPerson || a.object_case != Case::accusative || a.flags & kDefinite) return false;
  const Noun& n = noun_with(r, a.object);
  if (string(n.english_plural) == "-") return false;
  if (r.chance(0.5))
    words = {"How many " + english_plural(n), "ಎಷ್ಟು " + plural_cases(n).accusative};
  else
    words = {string("Which ") + n.english, "ಯಾವ " + decline(n.kannada, n.how).accusative};
  return true;
}

}  // namespace

Pair wh_question(Random& r) {
  Asked q = asked(r, question_tense(r), {.time = 0.35, .place = 0.3, .manner = 0, .companion = 0.1});
  Clause& c = q.clause;
  Pair object_question;
  if (r.chance(0.3) && question_of_object(r, c, object_question)) {
    c.drop(Role::object);
    return finished_question(q.call, english_question(c, object_question.english),
                             kannada_with(c, kannada_finite(c), true, object_question.kannada));
  }
  if (!oblique_subject(c) && !says_own(c) && r.chance(0.2)) {
    c.subject = NounPhrase{};
    c.subject.english = "who";
    c.subject.agree = Agree::they;  // ಯಾರು ಬಂದರು
    c.subject.english_agree = Agree::he;
    return finished(english(c), kannada_with(c, kannada_finite(c), false, "ಯಾರು"), '?');
  }
  const QuestionWord ask = r.pick(question_words(c));
  c.drop(ask.role);
  return finished_question(q.call, english_question(c, ask.english),
                           kannada_with(c, kannada_finite(c), true, ask.kannada));
}

Pair command(Random& r) {
  const Action& a = command_action(r);
  const Addressed to = addressed(r, 0.35);
  const bool called = !to.call.english.empty(), negative = r.chance(0.25);
  Clause c = make_clause(r, a, to.you, Tense::future, {.time = 0.2, .place = 0.3, .manner = 0.15, .companion = 0.1});
  if (negative) c.drop(Role::manner);
  c.time_first = false;
  const string base = (negative ? "do not " : "") + english_base(c);
  const string kannada_text = kannada_with(c, imperative(a.verb, !called, negative), false);
  if (called) return finished(to.call.english + base, to.call.kannada + kannada_text);
  if (r.chance(0.4)) return finished("please " + base, "ದಯವಿಟ್ಟು " + kannada_text);
  return finished(base, kannada_text);
}

Pair suggestion(Random& r) {
  const Action& a = command_action(r);
  Clause c = make_clause(r, a, pronoun(Agree::we), Tense::future,
                         {.time = 0.6, .place = 0.4, .manner = 0.1, .companion = 0.1});
  c.time_first = false;
  return finished("let us " + english_base(c), kannada_with(c, hortative(a.verb), false));
}

Pair obligation(Random& r) {
  struct Modal {
    const char *english, *ending;
    bool negative;
  };
  constexpr Modal kModals[] = {{"must", "ಬೇಕು", false}, {"may", "ಬಹುದು", false}, {"should not", "ಬಾರದು", true}};
  const Action& a = command_action(r);
  const NounPhrase who = human(r, needs_of(a));
  Clause c = make_clause(r, a, who, Tense::future, {.time = 0.3, .place = 0.3, .manner = 0.1, .companion = 0.1});
  c.time_first = false;
  if (r.chance(0.3) && string(a.verb.english) != "get up") {
    c.drop(Role::time);
    return finished(who.english + (is_third_singular(who) ? " likes to " : " like to ") + english_base(c),
                    who.kannada.dative + " " + kannada_with(c, infinitive(a.verb, "ಲು"), false) + " ಇಷ್ಟ");
  }
  const Modal& m = r.pick(kModals);
  if (m.negative) c.drop(Role::manner);
  return finished(who.english + " " + m.english + " " + english_base(c), kannada_with(c, infinitive(a.verb, m.ending)));
}

// "Do you want tea or coffee?", ನಿಮಗೆ ಚಹಾ ಬೇಕಾ ಅಥವಾ ಕಾಫಿ ಬೇಕಾ?
Pair choice(Random& r) {
  const Noun &a = noun_with(r, kDrink | kPrepared), &b = noun_with(r, kDrink | kPrepared);
  const Addressed to = addressed(r, 0.5);
  if (&a == &b) return choice(r);
  const auto english_noun = [](const Noun& n) {
    return string(n.english_plural) == "-" ? n.english : with_article(n.english);
  };
  const auto kannada_noun = [](const Noun& n) {
    return string(n.english_plural) == "-" ? string(n.kannada) : string("ಒಂದು ") + n.kannada;
  };
  return finished_question(to.call, "do you want " + english_noun(a) + " or " + english_noun(b),
                           to.you.kannada.dative + " " + kannada_noun(a) + " ಬೇಕಾ ಅಥವಾ " + kannada_noun(b) + " ಬೇಕಾ");
}

Pair experience(Random& r) {
  if (r.chance(0.08)) return choice(r);
  struct Feeling {
    const char *english, *kannada, *kannada_negative;
    Tags what;
    bool specific;
  };
  const Feeling feelings[] = {{"like", "ಇಷ್ಟ", "ಇಷ್ಟವಿಲ್ಲ", kLoved, false},
                              {"know", "ಗೊತ್ತು", "ಗೊತ್ತಿಲ್ಲ", kSubject | kSong | kTold, true},
                              {"want", "ಬೇಕು", "ಬೇಡ", kEdible | kDrink | kCarried, false},
                              {"understand", "ಅರ್ಥವಾಗುತ್ತದೆ", "ಅರ್ಥವಾಗುವುದಿಲ್ಲ", kSubject | kTask | kWritten, true}};
  const Feeling& f = r.pick(feelings);
  const NounPhrase who = human(r, kPerson);
  const bool negative = r.chance(0.25), singular = is_third_singular(who);
  const NounPhrase what = thing(r, f.what, nullptr, f.specific);
  // Several things cannot be the subject of ಅರ್ಥವಾಗುತ್ತದೆ, and "work" is not understood.
  if (f.specific && (what.agree == Agree::those || what.english.find("work") != string::npos)) return experience(r);
  const string verb = negative   ? string(singular ? "does not " : "do not ") + f.english
                      : singular ? third_person(f.english)
                                 : f.english;
  return finished(who.english + " " + verb + " " + what.english, who.kannada.dative + " " + what.kannada.nominative +
                                                                     " " + (negative ? f.kannada_negative : f.kannada));
}

Pair possession(Random& r) {
  const NounPhrase who = human(r, kPerson);
  const Verb have{"have", "had", "had", "ಇರು", ""};
  const Tense tense = r.chance(0.25) ? Tense::past : Tense::present;
  if (r.chance(0.35)) {
    constexpr Phrase kCounts[] = {{"two", "ಇಬ್ಬರು"}, {"three", "ಮೂವರು"}, {"four", "ನಾಲ್ವರು"}, {"many", "ಅನೇಕ"}};
    const Phrase& count = r.pick(kCounts);
    const Person* relative = nullptr;
    while (!relative || !*relative->english_plural) relative = &r.pick(kin());
    return finished(
        join({who.english, verb_group(have, tense, who.english_agree, false, false).rest, count.english,
              relative->english_plural}),
        join({who.kannada.dative, count.kannada, relative->kannada_plural, finite(have, tense, Agree::they, false)}));
  }
  const NounPhrase what = thing(r, kCarried | kVehicle, nullptr);
  if (what.english.rfind("the ", 0) == 0) return possession(r);
  const bool negative = r.chance(0.2);
  return finished(
      join({who.english, verb_group(have, tense, who.english_agree, negative, false).rest, what.english}),
      who.kannada.genitive + " ಬಳಿ " + what.kannada.nominative + " " + finite(have, tense, what.agree, negative));
}

}  // namespace gamana::corpus
