// Because, so, if, although: what is a reason for what is written down, so that the whole makes sense; who takes part,
// with what and where is drawn.
#include "tools/corpus/complex.h"

namespace gamana::corpus {
namespace {

// Verbs of the lexicon, "!" before them for the negative.
struct Link {
  std::vector<const char*> causes, effects;
  bool same_subject;
};

const std::vector<Link>& links() {
  static const std::vector<Link> all = {
      {{"have a fever", "have a headache", "have a cold"},
       {"!go", "!come", "!work", "!swim", "!ಆಡು", "!bathe", "!sing", "sleep", "rest", "!meet", "!eat", "!study",
        "!travel"},
       true},
      {{"be tired"},
       {"sleep", "rest", "sit", "drink", "!work", "!go", "!run", "!cook", "!ಆಡು", "!dance", "!sweep"},
       true},
      {{"be hungry"}, {"eat", "cook", "prepare", "!sleep", "!work"}, true},
      {{"be thirsty"}, {"drink"}, true},
      {{"be happy"}, {"sing", "dance", "laugh", "celebrate", "praise", "play"}, true},
      {{"be sad"}, {"!eat", "!sing", "!talk", "!dance", "!laugh", "!celebrate", "cry"}, true},
      {{"!have money"}, {"!buy", "!travel", "!send", "sell"}, true},
      {{"have money"}, {"buy", "build", "celebrate", "send", "travel"}, true},
      {{"!have time"},
       {"!read", "!meet", "!watch", "!write", "!help", "!cook", "!celebrate", "!clean", "!wash", "!sew"},
       true},
      {{"have time"}, {"read", "meet", "watch", "write", "help", "cook", "listen to", "learn", "repair"}, true},
      {{"lose"}, {"be sad", "cry", "look for"}, true},
      {{"break"}, {"be sad", "cry", "buy"}, true},
      {{"win"}, {"be happy", "laugh", "dance"}, true},
      {{"fall"}, {"cry", "!run", "!ಆಟವಾಡು"}, true},
      {{"finish"}, {"be happy", "rest", "return", "ಆಡು", "watch"}, true},
      {{"rain"},
       {"!go", "!ಆಡು", "!walk", "!plough the field", "!come", "!harvest", "return", "!swim", "!climb", "!travel"},
       false},
      {{"!rain"}, {"!plant", "!grow", "!plough the field", "water", "walk", "dig"}, false},
      {{"blow"}, {"close", "!walk", "!swim", "return", "!light"}, false},
      {{"be closed"}, {"!buy", "return"}, false},
      {{"be a holiday"},
       {"ಆಡು", "sleep", "watch", "rest", "read", "!work", "clean", "travel", "ಆಟವಾಡು", "sweep"},
       false},
  };
  return all;
}

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
  if (verb == "be closed") np.kannada.nominative = "ಅಂಗಡಿ";  // ಮಳೆ and ಗಾಳಿ are part of their verbs
  return np;
}

Clause said(Random& r, const Chosen& c, const NounPhrase& subject, Tense tense, const Detail& d) {
  Clause clause = make_clause(r, *c.action, subject, tense, d);
  clause.negative = c.negative;
  if (c.negative) clause.drop(Role::manner);
  return clause;
}

// "I lost my key, so I looked for it."
void look_for_it(Reasoned& whole) {
  if (string(whole.effect.action->verb.english) != "look for") return;
  for (const Piece& lost : whole.cause.pieces) {
    if (lost.role != Role::object) continue;
    const bool many = ends_with(lost.kannada, "ಗಳನ್ನು");
    whole.effect.drop(Role::object);
    whole.effect.pieces.push_back({Role::object, many ? "them" : "it", many ? "ಅವುಗಳನ್ನು" : "ಅದನ್ನು"});
    whole.cause.time_first = true;  // what "it" means has to be said first
    return;
  }
}

}  // namespace

Detail timeless(Detail d) {
  d.time = 0;
  return d;
}

Needs needs_of(const Action& a) { return Needs(a.subject & (kPerson | kWorkers)); }
Needs needs_of(const Action& a, const Action& b) {
  return {a.subject & (kPerson | kWorkers), b.subject & (kPerson | kWorkers)};
}

NounPhrase lasting_human(Random& r, const Needs& needs) {
  for (;;) {
    NounPhrase np = human(r, needs);
    if (!np.pronoun.empty()) return np;
  }
}

NounPhrase taken_up(const NounPhrase& np) {
  NounPhrase p = np;
  p.english = np.pronoun;
  if (np.agree == Agree::he || np.agree == Agree::she || np.agree == Agree::they) p.kannada = pronoun(np.agree).kannada;
  return p;
}

bool same_person(const NounPhrase& a, const NounPhrase& b) {
  const auto speaker = [](const NounPhrase& np) { return np.agree == Agree::i || np.agree == Agree::we; };
  return a.head == b.head || (speaker(a) && speaker(b)) || (!a.pronoun.empty() && a.pronoun == b.pronoun);
}

Reasoned reasoned(Random& r, const Detail& d, Tense cause_tense, Tense effect_tense, const NounPhrase* subject) {
  const Link& link = r.pick(links());
  const Chosen cause = chosen(r.pick(link.causes)), effect = chosen(r.pick(link.effects));
  const Needs needs = link.same_subject ? needs_of(*cause.action, *effect.action) : needs_of(*effect.action);
  const NounPhrase who = subject ? *subject : lasting_human(r, needs);
  Reasoned whole{said(r, cause, link.same_subject ? who : event_subject(*cause.action), cause_tense, timeless(d)),
                 said(r, effect, who, effect_tense, d), link.same_subject};
  whole.cause.drop(Role::companion);
  whole.effect.time_first = false;
  look_for_it(whole);
  return whole;
}

Pair subordinate(Random& r, const string& conjunction, const Clause& first, const string& kannada_verb,
                 const Clause& main, bool same) {
  Clause second = main, later = first;
  if (same) second.subject = taken_up(main.subject), later.subject = taken_up(first.subject);
  const bool zero = same && !oblique_subject(first) && !oblique_subject(main);
  const string kannada_text = kannada_with(first, kannada_verb) + " " + kannada(second, !zero);
  if (first.time_first || main.time_first || r.chance(0.5))
    return {conjunction + " " + english(first) + ", " + english(second), kannada_text};
  return {english(main) + " " + conjunction + " " + english(later), kannada_text};
}

Pair reason_pair(Random& r, const Detail& d) {
  Reasoned whole = reasoned(r, d, Tense::past, Tense::past);
  const Clause& c = whole.cause;
  return subordinate(r, "because", c, relative(c.action->verb, Tense::past, c.negative) + " ಕಾರಣ", whole.effect,
                     whole.same_subject);
}

Pair condition_pair(Random& r, const Detail& d) {
  const bool although = r.chance(0.35);
  const NounPhrase you = pronoun(Agree::you);
  const bool commanded = !although && r.chance(0.35);
  Reasoned whole = reasoned(r, d, although ? Tense::past : Tense::present, although ? Tense::past : Tense::future,
                            commanded ? &you : nullptr);
  Clause &c = whole.cause, &e = whole.effect;
  if (oblique_subject(e) || (commanded && !(e.action->flags & kCommand))) return condition_pair(r, d);
  if (although) e.negative = !e.negative;
  if (e.negative) e.drop(Role::manner);
  if (commanded) {  // if it rains, close the window
    e.drop(Role::time);
    return {"if " + english(c) + ", " + (e.negative ? "do not " : "") + english_base(e),
            kannada_with(c, conditional(c.action->verb, c.negative, "ರೆ")) + " " +
                kannada_with(e, imperative(e.action->verb, true, e.negative), false)};
  }
  return subordinate(r, although ? "although" : "if", c, conditional(c.action->verb, c.negative, although ? "ರೂ" : "ರೆ"),
                     e, whole.same_subject);
}

}  // namespace gamana::corpus
