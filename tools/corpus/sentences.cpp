// Sentences of one clause.
#include "tools/corpus/sentences.h"

#include <cctype>

namespace gamana::corpus {
namespace {

NounPhrase you() { return pronoun(Agree::you); }

// A person one can ask about or talk to.
NounPhrase somebody_asked(Random& r, uint64_t tags) {
  if (r.chance(0.45)) return you();
  for (;;) {
    NounPhrase np = human(r, tags);
    if (np.agree != Agree::i && np.agree != Agree::we) return np;
  }
}

Clause asked_clause(Random& r, Tense tense, const Detail& d) {
  const Action& a = human_action(r, tense);
  Detail detail = d;
  if (a.flags & (kDativeSubject | kStative) && tense == Tense::present) detail.time = 0;
  Clause c = make_clause(r, a, somebody_asked(r, a.subject), tense, detail);
  c.time_first = false;
  return c;
}

Tense question_tense(Random& r) {
  constexpr Tense kTenses[] = {Tense::past, Tense::past, Tense::present, Tense::future, Tense::progressive, Tense::perfect};
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
  if (!c.has(Role::manner)) c.negative = r.chance(0.15);
  return finished(english(c), kannada(c));
}

Pair yes_no_question(Random& r) {
  const Clause c = asked_clause(r, question_tense(r), {.time = 0.4, .place = 0.3, .manner = 0.05, .companion = 0.1});
  return finished(english_question(c), kannada_with(c, question(kannada_finite(c))), '?');
}

Pair wh_question(Random& r) {
  Clause c = asked_clause(r, question_tense(r), {.time = 0.35, .place = 0.3, .manner = 0, .companion = 0.1});
  struct Asked {
    Role role;
    const char *english, *kannada;
  };
  const bool human_object = c.action->object & kPerson;
  std::vector<Asked> kinds = {{Role::manner, "Why", "ಏಕೆ"}};
  if (c.action->object && !human_object && c.action->object_case == Case::accusative)
    kinds.push_back({Role::object, "What", "ಏನನ್ನು"});
  if (human_object && c.action->object_case == Case::accusative) kinds.push_back({Role::object, "Whom", "ಯಾರನ್ನು"});
  if (c.has(Role::goal) && c.action->flags & kGoal) kinds.push_back({Role::goal, "Where", "ಎಲ್ಲಿಗೆ"});
  if (c.has(Role::place) && !(c.action->flags & kSource)) kinds.push_back({Role::place, "Where", "ಎಲ್ಲಿ"});
  if (c.tense == Tense::past || c.tense == Tense::future) kinds.push_back({Role::time, "When", "ಯಾವಾಗ"});
  if (c.has(Role::companion)) kinds.push_back({Role::companion, "With whom", "ಯಾರೊಂದಿಗೆ"});
  if (c.has(Role::recipient)) kinds.push_back({Role::recipient, "To whom", "ಯಾರಿಗೆ"});
  const Asked ask = r.pick(kinds);
  c.drop(ask.role);
  if (!oblique_subject(c) && r.chance(0.2)) {
    NounPhrase who;
    who.english = "who";
    who.kannada.nominative = "ಯಾರು";
    who.agree = Agree::they;
    who.english_agree = Agree::he;
    if (c.subject.own.empty() || english_rest(c).find(c.subject.own + " ") == string::npos) {
      c.subject = who;
      // ಯಾರು stands before the verb, as every question word does.
      return finished(english(c), kannada_with(c, kannada_finite(c), false, "ಯಾರು"), '?');
    }
  }
  return finished(english_question(c, ask.english), kannada_with(c, kannada_finite(c), true, ask.kannada), '?');
}

Pair command(Random& r) {
  const Action& a = command_action(r);
  const bool called = r.chance(0.35), negative = r.chance(0.25);
  const NounPhrase subject = called ? pronoun(Agree::thou) : you();
  Clause c = make_clause(r, a, subject, Tense::future, {.time = 0.2, .place = 0.3, .manner = 0.15, .companion = 0.1});
  if (negative) c.drop(Role::manner);
  c.time_first = false;
  const string base = (negative ? "do not " : "") + english_base(c);
  const string kannada_text = kannada_with(c, imperative(a.verb, !called, negative), false);
  if (called) {
    const NounPhrase n = name(r);
    return finished(n.english + ", " + base, n.kannada.nominative + ", " + kannada_text);
  }
  if (r.chance(0.4)) return finished("please " + base, "ದಯವಿಟ್ಟು " + kannada_text);
  return finished(base, kannada_text);
}

Pair suggestion(Random& r) {
  const Action& a = command_action(r);
  Clause c = make_clause(r, a, pronoun(Agree::we), Tense::future, {.time = 0.6, .place = 0.4, .manner = 0.1, .companion = 0.1});
  c.time_first = false;
  return finished("let us " + english_base(c), kannada_with(c, hortative(a.verb), false));
}

Pair obligation(Random& r) {
  struct Modal {
    const char *english, *ending;
    bool dative;
  };
  constexpr Modal kModals[] = {{"must", "ಬೇಕು", false},          {"must not", "ಬಾರದು", false}, {"may", "ಬಹುದು", false},
                               {"should not", "ಬಾರದು", false}, {"must", "ಬೇಕು", false}};
  const Action& a = command_action(r);
  const NounPhrase subject = human(r, a.subject);
  Clause c = make_clause(r, a, subject, Tense::future, {.time = 0.3, .place = 0.3, .manner = 0.1, .companion = 0.1});
  c.time_first = false;
  if (r.chance(0.3)) {
    const bool singular = subject.english_agree == Agree::he || subject.english_agree == Agree::she ||
                          subject.english_agree == Agree::it;
    c.drop(Role::time);
    return finished(subject.english + (singular ? " likes to " : " like to ") + english_base(c),
                    subject.kannada.dative + " " + kannada_with(c, infinitive(a.verb, "ಲು"), false) + " ಇಷ್ಟ");
  }
  const Modal& m = r.pick(kModals);
  if (string(m.english).find("not") != string::npos) c.drop(Role::manner);
  return finished(subject.english + " " + m.english + " " + english_base(c), kannada_with(c, infinitive(a.verb, m.ending)));
}

Pair experience(Random& r) {
  const NounPhrase who = human(r, kPerson);
  const bool singular =
      who.english_agree == Agree::he || who.english_agree == Agree::she || who.english_agree == Agree::it;
  const bool negative = r.chance(0.2);
  const int kind = r.below(3);
  const auto verb = [&](const string& base) {
    if (negative) return string(singular ? "does not " : "do not ") + base;
    return singular ? third_person(base) : base;
  };
  if (kind == 0) {
    const NounPhrase what = thing(r, kLoved | kGame, nullptr);
    return finished(who.english + " " + verb("like") + " " + what.english,
                    who.kannada.dative + " " + what.kannada.nominative + (negative ? " ಇಷ್ಟವಿಲ್ಲ" : " ಇಷ್ಟ"));
  }
  if (kind == 1) {
    const NounPhrase what = thing(r, kSubject | kSong, nullptr, true);
    return finished(who.english + " " + verb("know") + " " + what.english,
                    who.kannada.dative + " " + what.kannada.nominative + (negative ? " ಗೊತ್ತಿಲ್ಲ" : " ಗೊತ್ತು"));
  }
  const NounPhrase what = thing(r, kEdible | kDrink | kCarried, nullptr);
  return finished(who.english + " " + verb("want") + " " + what.english,
                  who.kannada.dative + " " + what.kannada.nominative + (negative ? " ಬೇಡ" : " ಬೇಕು"));
}

Pair possession(Random& r) {
  const NounPhrase who = human(r, kPerson);
  const bool singular =
      who.english_agree == Agree::he || who.english_agree == Agree::she || who.english_agree == Agree::it;
  const bool was = r.chance(0.25);
  const string have = was ? " had " : singular ? " has " : " have ";
  const Verb be{"be", "", "", "ಇರು", ""};
  if (r.chance(0.35)) {
    constexpr Phrase kCounts[] = {{"two", "ಇಬ್ಬರು"}, {"three", "ಮೂವರು"}, {"four", "ನಾಲ್ವರು"}, {"many", "ಅನೇಕ"}};
    const Phrase& count = r.pick(kCounts);
    for (;;) {
      const Person& p = r.pick(kin());
      if (!*p.english_plural) continue;
      return finished(who.english + have + count.english + " " + p.english_plural,
                      who.kannada.dative + " " + count.kannada + " " + p.kannada_plural + " " +
                          finite(be, was ? Tense::past : Tense::present, Agree::they, false));
    }
  }
  const NounPhrase what = thing(r, kCarried | kVehicle, nullptr);
  if (what.english.rfind("the ", 0) == 0 && r.chance(0.8)) return possession(r);
  return finished(who.english + have + what.english,
                  who.kannada.genitive + " ಬಳಿ " + what.kannada.nominative + " " +
                      finite(be, was ? Tense::past : Tense::present, what.agree, false));
}

}  // namespace gamana::corpus
