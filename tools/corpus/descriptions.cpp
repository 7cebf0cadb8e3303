// What things and people are, where they are, what animals do, the weather.
#include "tools/corpus/sentences.h"

namespace gamana::corpus {
namespace {

constexpr Verb kBe{"be", "", "", "ಇರು", ""};

bool countable(const Noun& n) { return string(n.english_plural) != "-"; }

// "the house is big", ಮನೆ ದೊಡ್ಡದಾಗಿದೆ
Pair quality(Random& r) {
  for (;;) {
    const Adjective& a = r.pick(adjectives());
    if (!*a.predicate) continue;
    const Noun& n = noun_with(r, a.tags);
    if (n.how == Class::plural) continue;
    const bool near = r.below(4) == 0 && countable(n);
    const string english_np = string(near ? "this " : "the ") + n.english;
    const string kannada_np = string(near ? "ಈ " : "") + n.kannada;
    const Verb english_be{"be", "", "", a.predicate, ""};
    const Tense tense = r.chance(0.25) ? Tense::past : Tense::present;
    const bool negative = r.chance(0.2), very = !negative && r.chance(0.25);
    const Group g = verb_group(english_be, tense, Agree::it, negative, false);
    return finished(join({english_np, g.rest, very ? "very" : "", a.english}),
                    join({kannada_np, very ? "ತುಂಬಾ" : "", finite(english_be, tense, Agree::it, negative)}));
  }
}

// "Ravi is very tall", ರವಿ ತುಂಬಾ ಎತ್ತರವಾಗಿದ್ದಾನೆ
Pair human_quality(Random& r) {
  for (;;) {
    const Adjective& a = r.pick(human_adjectives());
    if (!*a.predicate) continue;
    const NounPhrase who = human(r, kPerson);
    const Verb be{"be", "", "", a.predicate, ""};
    const Tense tense = r.chance(0.25) ? Tense::past : Tense::present;
    const bool negative = r.chance(0.25), very = !negative && r.chance(0.3);
    return finished(join({who.english, verb_group(be, tense, who.english_agree, negative, false).rest,
                          very ? "very" : "", a.english}),
                    join({who.kannada.nominative, very ? "ತುಂಬಾ" : "", finite(be, tense, who.agree, negative)}));
  }
}

// "my father is in the field", ನನ್ನ ತಂದೆ ಹೊಲದಲ್ಲಿ ಇದ್ದಾರೆ; "where is Ravi?", ರವಿ ಎಲ್ಲಿ ಇದ್ದಾನೆ?
Pair whereabouts(Random& r) {
  const Place& p = r.pick(places());
  const NounPhrase who = human(r, kPerson);
  const bool was = r.chance(0.3), negative = r.chance(0.2);
  const Tense tense = was ? Tense::past : Tense::present;
  if (p.where & kWater) return whereabouts(r);
  if (r.chance(0.25) && who.agree != Agree::i && who.agree != Agree::we) {
    const Group g = verb_group(kBe, tense, who.english_agree, false, true);
    return finished("where " + g.auxiliary + " " + who.english,
                    who.kannada.nominative + " ಎಲ್ಲಿ " + finite(kBe, tense, who.agree, false), '?');
  }
  return finished(
      join({who.english, verb_group(kBe, tense, who.english_agree, negative, false).rest, p.preposition, p.article,
            p.english}),
      join({who.kannada.nominative, decline(p.kannada).locative(), finite(kBe, tense, who.agree, negative)}));
}

// "he is a farmer", ಅವನು ರೈತ; "he is not a farmer", ಅವನು ರೈತನಲ್ಲ
Pair profession(Random& r) {
  struct Job {
    const char *english, *he, *she;
  };
  constexpr Job kJobs[] = {{"farmer", "ರೈತ", ""},
                           {"worker", "ಕೆಲಸಗಾರ", ""},
                           {"merchant", "ವ್ಯಾಪಾರಿ", "ವ್ಯಾಪಾರಿ"},
                           {"student", "ವಿದ್ಯಾರ್ಥಿ", "ವಿದ್ಯಾರ್ಥಿನಿ"},
                           {"teacher", "ಶಿಕ್ಷಕ", "ಶಿಕ್ಷಕಿ"},
                           {"doctor", "ವೈದ್ಯ", "ವೈದ್ಯೆ"}};
  for (;;) {
    NounPhrase who = r.chance(0.4) ? name(r)
                     : r.chance(0.5)
                         ? pronoun(r.chance(0.5) ? Agree::he : Agree::she)
                         : kin_of(r, pronoun(r.pick(std::initializer_list<Agree>{Agree::i, Agree::we})), kAdult);
    if (who.agree == Agree::they) continue;
    const Job& job = r.pick(kJobs);
    const string kannada_job = who.agree == Agree::he ? job.he : job.she;
    if (kannada_job.empty()) continue;
    const bool negative = r.chance(0.3);
    const Cases c =
        decline(kannada_job, who.agree == Agree::he && kannada_job.find("ಿ", kannada_job.size() - 3) == string::npos
                                 ? Class::human_a
                                 : Class::automatic);
    return finished(who.english + (negative ? " is not " : " is ") + with_article(job.english),
                    who.kannada.nominative + " " + (negative ? c.genitive + "ಲ್ಲ" : c.nominative));
  }
}

// "this is my book", ಇದು ನನ್ನ ಪುಸ್ತಕ
Pair pointing(Random& r) {
  const Noun& n = noun_with(r, kCarried | kVehicle | kWorn | kGrazer | kSwept);
  if (!countable(n)) return pointing(r);
  const NounPhrase owner =
      r.chance(0.3) ? name(r)
      : r.chance(0.5)
          ? kin_of(r, pronoun(Agree::i), kPerson)
          : pronoun(r.pick(std::initializer_list<Agree>{Agree::i, Agree::we, Agree::you, Agree::he, Agree::she}));
  const bool near = r.chance(0.6), asked = r.chance(0.15), negative = r.chance(0.2);
  const string kannada_this = near ? "ಇದು " : "ಅದು ", english_this = near ? "this" : "that";
  if (asked)
    return finished(string("whose ") + n.english + " is " + english_this, kannada_this + "ಯಾರ " + n.kannada, '?');
  const Cases c = decline(n.kannada, n.how);
  // ಪುಸ್ತಕ + ಅಲ್ಲ = ಪುಸ್ತಕವಲ್ಲ, ಮನೆ + ಅಲ್ಲ = ಮನೆಯಲ್ಲ, ಕಾರು + ಅಲ್ಲ = ಕಾರಲ್ಲ: the accusative without -ನ್ನು.
  const string ending = "ನ್ನು";
  const string without = c.accusative.substr(0, c.accusative.size() - ending.size());
  return finished(english_this + (negative ? " is not " : " is ") + owner.possessive + " " + n.english,
                  kannada_this + owner.kannada.genitive + " " + (negative ? without + "ಲ್ಲ" : n.kannada));
}

NounPhrase animal_phrase(Random& r, Tags tags) {
  const Noun& n = noun_with(r, tags);
  if (r.chance(0.25)) return counted(n, 2 + r.below(4));
  if (r.chance(0.25)) {
    NounPhrase np = counted(n, 2);
    np.english = "the " + english_plural(n);
    np.kannada = plural_cases(n);
    return np;
  }
  const Adjective* a =
      r.chance(0.3) ? adjective_for(r, n.tags & (kColoured | kBig | kBird | kFur | kFat | kFlower)) : nullptr;
  return a ? the(n, a->english, a->kannada) : the(n);
}

Pair clause_of_event(const string& english_subject, const char* kannada_subject, const Verb& verb, Tense tense,
                     const Phrase& time, bool negative) {
  const Group g = verb_group(verb, tense, Agree::it, negative, false);
  return finished(join({english_subject, g.rest, time.english}),
                  join({time.kannada, kannada_subject, finite(verb, tense, Agree::it, negative)}));
}

}  // namespace

Pair description(Random& r) {
  const int kind = r.below(12);
  return kind < 4 ? quality(r) : kind < 6 ? human_quality(r) : kind < 8 ? profession(r) : pointing(r);
}

Pair comparison(Random& r) {
  struct Degree {
    const char *english, *predicate;
    Tags tags;
  };
  constexpr Degree kDegrees[] = {{"bigger", "ದೊಡ್ಡದಾಗಿ+ಇರು", kAnimal},
                                 {"smaller", "ಚಿಕ್ಕದಾಗಿ+ಇರು", kAnimal | kBird},
                                 {"bigger", "ದೊಡ್ಡದಾಗಿ+ಇರು", kBox | kSurface},
                                 {"smaller", "ಚಿಕ್ಕದಾಗಿ+ಇರು", kBox | kSurface},
                                 {"taller", "ಎತ್ತರವಾಗಿ+ಇರು", kTall},
                                 {"sweeter", "ಸಿಹಿಯಾಗಿ+ಇರು", kSweet},
                                 {"tastier", "ರುಚಿಯಾಗಿ+ಇರು", kEdible},
                                 {"more expensive", "ದುಬಾರಿಯಾಗಿ+ಇರು", kVehicle},
                                 {"more beautiful", "ಸುಂದರವಾಗಿ+ಇರು", kFlower | kBird}};
  if (r.chance(0.35)) {
    const NounPhrase a = human(r, kPerson), b = r.chance(0.5) ? name(r) : kin_of(r, pronoun(Agree::i), kPerson);
    if (a.head == b.head) return comparison(r);
    const Verb tall{"be taller", "", "", "ಎತ್ತರವಾಗಿ+ಇರು", ""};
    return finished(
        a.english + " " + verb_group(tall, Tense::present, a.english_agree, false, false).rest + " than " + b.english,
        a.kannada.nominative + " " + b.kannada.comparative() + " " + finite(tall, Tense::present, a.agree, false));
  }
  const Degree& d = r.pick(kDegrees);
  const Noun &a = noun_with(r, d.tags), &b = noun_with(r, d.tags);
  if (&a == &b || a.how == Class::plural || b.how == Class::plural) return comparison(r);
  const string be = finite({"be", "", "", d.predicate, ""}, Tense::present, Agree::it, false);
  return finished(string("the ") + a.english + " is " + d.english + " than the " + b.english,
                  string(a.kannada) + " " + decline(b.kannada, b.how).comparative() + " " + be);
}

Pair location(Random& r) {
  if (r.chance(0.4)) return whereabouts(r);
  const Noun& at = noun_with(r, kSurface | kBox);
  const NounPhrase what = thing(r, kCarried, nullptr);
  if (what.head == &at) return location(r);
  const Cases c = decline(at.kannada, at.how);
  const bool box = static_cast<bool>(at.tags & kBox), under = !box && r.chance(0.3);
  const string english_place = string(box ? "in" : under ? "under" : "on") + " the " + at.english;
  const string kannada_place = box ? c.locative() : c.genitive + (under ? " ಕೆಳಗೆ" : " ಮೇಲೆ");
  const Tense tense = r.chance(0.25) ? Tense::past : Tense::present;
  const bool definite = what.english.rfind("th", 0) == 0 && what.english.rfind("three", 0) != 0;
  const bool negative = definite && r.chance(0.2);
  const string be = finite(kBe, tense, what.agree, negative);
  const string english_be = verb_group(kBe, tense, what.english_agree, negative, false).rest;
  if (!definite)
    return finished("there " + english_be + " " + what.english + " " + english_place,
                    kannada_place + " " + what.kannada.nominative + " " + be);
  if (!negative && r.chance(0.35))
    return finished("where " + english_be + " " + what.english, what.kannada.nominative + " ಎಲ್ಲಿ " + be, '?');
  return finished(what.english + " " + english_be + " " + english_place,
                  what.kannada.nominative + " " + kannada_place + " " + be);
}

Pair animal(Random& r) {
  for (;;) {
    const Action& a = r.pick(actions());
    if (!a.subject || a.subject & (kPerson | kWorkers)) continue;
    NounPhrase np = animal_phrase(r, a.subject);
    constexpr Tense kTenses[] = {Tense::past, Tense::progressive, Tense::present, Tense::past_progressive,
                                 Tense::future};
    Clause c = make_clause(r, a, np, r.pick(kTenses), {.time = 0.4, .place = 0.5, .manner = 0.3, .companion = 0});
    if (c.tense == Tense::present) c.drop(Role::time);
    if (!c.has(Role::manner)) c.negative = r.chance(0.15);
    if (c.tense == Tense::future && np.agree == Agree::those) c.tense = Tense::past, c.drop(Role::time);
    return finished(english(c), kannada(c));
  }
}

Pair weather(Random& r) {
  const Tense tense =
      r.pick(std::initializer_list<Tense>{Tense::past, Tense::progressive, Tense::future, Tense::present});
  std::vector<Phrase> when;
  for (const TimePhrase& t : times())
    if (t.tense == tense && t.grain == Grain::day) when.push_back({t.english, t.kannada});
  const Phrase time = r.pick(when);
  const bool negative = r.chance(0.25);
  if (r.chance(0.5)) {
    const Place& p = r.pick(places());
    if (!(p.where & kCity) || string(p.english) == "city") return weather(r);
    const Verb rain{"rain", "", "", "ಮಳೆ ಬರು", "ಬಂದ"};
    const string place = string(p.preposition) + " " + join({p.article, p.english});
    const Group g = verb_group(rain, tense, Agree::it, negative, false);
    return finished(join({"it", g.rest, place, time.english}),
                    join({time.kannada, decline(p.kannada).locative(), finite(rain, tense, Agree::it, negative)}));
  }
  if (r.chance(0.4)) return clause_of_event("it", "", {"rain", "", "", "ಮಳೆ ಬರು", "ಬಂದ"}, tense, time, negative);
  return clause_of_event("the wind", "ಗಾಳಿ", {"blow", "blew", "blown", "ಬೀಸು", ""}, tense, time, negative);
}

}  // namespace gamana::corpus
