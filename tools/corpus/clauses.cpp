#include "tools/corpus/clauses.h"

#include <algorithm>
#include <bit>

namespace gamana::corpus {
namespace {

// The order of what surrounds the verb. English: he bought a book for … at the market with Ravi yesterday.
constexpr Role kEnglishOrder[] = {Role::object,    Role::recipient, Role::goal,    Role::manner, Role::place,
                                  Role::companion, Role::means,     Role::purpose, Role::time};
// Kannada: ಅವನು ನಿನ್ನೆ ರವಿಯೊಂದಿಗೆ ಮಾರುಕಟ್ಟೆಯಲ್ಲಿ … ಪುಸ್ತಕವನ್ನು ಬೇಗನೆ ಖರೀದಿಸಿದನು.
constexpr Role kKannadaOrder[] = {Role::time,      Role::companion, Role::place, Role::means, Role::purpose,
                                  Role::recipient, Role::object,    Role::goal,  Role::manner};

const Place& any_place(Random& r, uint32_t where) {
  std::vector<const Place*> fitting;
  for (const Place& p : places())
    if (p.where & where) fitting.push_back(&p);
  return *r.pick(fitting);
}

Piece place_piece(Random& r, const Action& a) {
  if (a.flags & kGoal) return goal_piece(r, a.where);
  const Place& p = any_place(r, a.where);
  const string name = join({p.article, p.english});
  const Cases c = decline(p.kannada);
  if (a.flags & kSource) return {Role::place, "from " + name, c.ablative()};
  if (p.where & kBeside && a.where & (kOutdoors | kNature | kTown | kHoly) && r.chance(0.5)) {
    constexpr Phrase kRelations[] = {{"near", "ಹತ್ತಿರ"}, {"in front of", "ಮುಂದೆ"}, {"behind", "ಹಿಂದೆ"}};
    const Phrase& b = r.pick(kRelations);
    return {Role::place, string(b.english) + " " + name, c.genitive + " " + b.kannada};
  }
  return {Role::place, string(p.preposition) + " " + name, c.locative()};
}

Piece put_piece(Random& r) {
  const Noun& n = noun_with(r, kSurface | kBox);
  const Cases c = decline(n.kannada, n.how);
  const string name = string("the ") + n.english;
  if (n.tags & kBox) return {Role::goal, "in " + name, c.locative()};
  if (r.chance(0.7)) return {Role::goal, "on " + name, c.genitive + " ಮೇಲೆ"};
  return {Role::goal, "under " + name, c.genitive + " ಕೆಳಗೆ"};
}

NounPhrase other_human(Random& r, const NounPhrase& subject, Tags tags) {
  // Somebody else: the subject's own kin, a name or a person; not a pronoun that might mean the subject.
  for (;;) {
    NounPhrase np;
    const int kind = r.below(10);
    if (kind < 3 && !subject.own.empty()) {
      NounPhrase owner = subject;
      owner.possessive = subject.own;
      owner.kannada.genitive = subject.kannada_own;
      np = kin_of(r, owner, tags);
    } else if (kind < 5) {
      np = name(r);
    } else if (kind < 6 && subject.agree != Agree::i && subject.agree != Agree::we) {
      np = pronoun(Agree::i);
    } else {
      np = person(r, tags);
    }
    // Nor "Basava's mother met Basava".
    if (np.head != subject.head && subject.english.find(np.english) == string::npos) return np;
  }
}

string object_case(const NounPhrase& np, Case how) {
  switch (how) {
    case Case::dative:
      return np.kannada.dative;
    case Case::benefactive:
      return np.kannada.benefactive();
    case Case::ablative:
      return np.kannada.ablative();
    default:
      return np.kannada.accusative;
  }
}

void add_object(Random& r, Clause& c) {
  const Action& a = *c.action;
  if (!a.object) return;
  const Tags people = a.object & kPerson, things = a.object & ~kPerson;
  const bool human_object = people && (!things || r.chance(0.6));
  const NounPhrase np =
      human_object ? other_human(r, c.subject, people) : thing(r, things, &c.subject, a.flags & kDefinite);
  Piece p{Role::object, np.english_object, object_case(np, a.object_case)};
  const bool bare = np.head && !human_object && np.agree == Agree::those &&
                    np.english == english_plural(*static_cast<const Noun*>(np.head));
  if (bare && r.chance(0.5)) {  // mangoes and bananas
    const Noun& other = noun_with(r, things);
    if (&other != np.head && string(other.english_plural) != "-") {
      NounPhrase second;
      second.kannada = plural_cases(other);
      p.english += " and " + english_plural(other);
      p.kannada += " ಮತ್ತು " + object_case(second, a.object_case);
    }
  }
  c.pieces.push_back(p);
}

bool fits(Grain grain, uint32_t flags) {
  if (flags & kStative) return grain == Grain::year;
  return grain != (flags & kDaily ? Grain::year : Grain::hour);
}

void add_time(Random& r, Clause& c) {
  std::vector<const TimePhrase*> fitting;
  for (const TimePhrase& t : times())
    if (t.tense == c.tense && fits(t.grain, c.action->flags)) fitting.push_back(&t);
  if (fitting.empty()) return;
  const TimePhrase& t = *r.pick(fitting);
  c.pieces.push_back({Role::time, t.english, t.kannada});
  c.time_first = r.chance(0.3);
}

void add_adverb(Random& r, Clause& c) {
  static constexpr Phrase kHabits[] = {{"always", "ಯಾವಾಗಲೂ"}, {"often", "ಆಗಾಗ್ಗೆ"}, {"sometimes", "ಕೆಲವೊಮ್ಮೆ"}};
  static constexpr Phrase kDone[] = {{"already", "ಈಗಾಗಲೇ"}, {"just", "ಈಗ ತಾನೇ"}};
  if (c.has(Role::time) || c.negative) return;
  if (c.tense == Tense::present) c.adverb = &r.pick(kHabits);
  if (c.tense == Tense::perfect) c.adverb = &r.pick(kDone);
}

void add_manner(Random& r, Clause& c) {
  const int count = std::popcount(c.action->manner);
  if (!count || c.negative) return;
  int choice = r.below(count);
  for (size_t bit = 0; bit < manners().size(); ++bit)
    if (c.action->manner >> bit & 1 && choice-- == 0)
      c.pieces.push_back({Role::manner, manners()[bit].english, manners()[bit].kannada});
}

void add_means(Random& r, Clause& c) {
  constexpr Phrase kBy[] = {{"by bus", "ಬಸ್ಸಿನಲ್ಲಿ"}, {"by train", "ರೈಲಿನಲ್ಲಿ"}, {"by car", "ಕಾರಿನಲ್ಲಿ"}};
  if (c.action->flags & kTransport && r.chance(0.2)) {
    const Phrase& p = r.pick(kBy);
    c.pieces.push_back({Role::means, p.english, p.kannada});
  }
  if (c.action->flags & kTool && r.chance(0.3)) c.pieces.push_back({Role::means, "with a knife", "ಚಾಕುವಿನಿಂದ"});
}

const Piece* find(const Clause& c, Role role) {
  for (const Piece& p : c.pieces)
    if (p.role == role) return &p;
  return nullptr;
}

}  // namespace

bool Clause::has(Role role) const { return find(*this, role) != nullptr; }
void Clause::drop(Role role) {
  std::erase_if(pieces, [&](const Piece& p) { return p.role == role; });
}

Piece goal_piece(Random& r, uint32_t where) {
  const Place& p = any_place(r, where);
  const bool home = string(p.english) == "home";
  return {Role::goal, home ? "home" : "to " + join({p.article, p.english}), decline(p.kannada).dative};
}

Clause make_clause(Random& r, const Action& a, const NounPhrase& subject, Tense tense, const Detail& d) {
  Clause c{&a, subject, {}, tense};
  add_object(r, c);
  if (a.flags & kRecipient && (string(a.verb.english) != "teach" || r.chance(0.6))) {
    const NounPhrase to = other_human(r, subject, kPerson);
    c.pieces.push_back({Role::recipient, "to " + to.english_object, to.kannada.dative});
  }
  if (a.flags & kPutOn) c.pieces.push_back(put_piece(r));
  if (a.where && (a.flags & kMustPlace || r.chance(d.place))) c.pieces.push_back(place_piece(r, a));
  if (a.flags & kTalk || (a.flags & kWith && r.chance(d.companion))) {
    const NounPhrase with = other_human(r, subject, kPerson);
    c.pieces.push_back({Role::companion, "with " + with.english_object, with.kannada.comitative()});
  }
  if (r.chance(d.manner)) add_manner(r, c);
  if (d.place > 0) add_means(r, c);
  if (r.chance(d.time)) add_time(r, c);
  return c;
}

const Action& human_action(Random& r, Tense tense) {
  const bool progressive = tense == Tense::progressive || tense == Tense::past_progressive;
  for (;;) {
    const Action& a = r.pick(actions());
    if (!(a.subject & (kPerson | kWorkers))) continue;
    const bool oblique = a.flags & (kDativeSubject | kNearSubject);
    if (oblique && ((tense != Tense::past && tense != Tense::present) || r.chance(0.6))) continue;
    if (a.flags & (kNoProgressive | kStative) && progressive) continue;
    if (a.flags & kStative && tense != Tense::past && tense != Tense::present) continue;
    return a;
  }
}

Tense any_tense(Random& r) {
  const int t = r.below(100);
  if (t < 42) return Tense::past;
  if (t < 56) return Tense::present;
  if (t < 68) return Tense::progressive;
  if (t < 73) return Tense::past_progressive;
  if (t < 90) return Tense::future;
  return Tense::perfect;
}

Clause any_clause(Random& r, Tense tense, const Detail& detail) {
  const Action& a = human_action(r, tense);
  Detail d = detail;
  if (a.flags & (kDativeSubject | kNearSubject | kStative) && tense == Tense::present) d.time = 0;
  if (tense == Tense::progressive) d.time *= 0.6;
  Clause c = make_clause(r, a, human(r, a.subject), tense, d);
  if (r.chance(0.35) && !oblique_subject(c) && !(a.flags & kStative)) add_adverb(r, c);
  return c;
}

string english_subject(const Clause& c) {
  const Piece* time = c.time_first ? find(c, Role::time) : nullptr;
  return join({time ? time->english : "", c.subject.english});
}

string english_rest(const Clause& c) {
  std::vector<string> words;
  for (Role role : kEnglishOrder)
    if (!(role == Role::time && c.time_first))
      for (const Piece& p : c.pieces)
        if (p.role == role) words.push_back(p.english);
  return join(words);
}

string english_predicate(const Clause& c) {
  const Group g = verb_group(c.action->verb, c.tense, c.subject.english_agree, c.negative, false,
                             c.adverb ? c.adverb->english : "");
  return join({g.rest, english_rest(c)});
}

string english(const Clause& c) { return join({english_subject(c), english_predicate(c)}); }

string english_question(const Clause& c, const string& asked) {
  const Group g = verb_group(c.action->verb, c.tense, c.subject.english_agree, c.negative, true);
  Clause last = c;
  last.time_first = false;
  return join({asked, g.auxiliary, c.subject.english, g.rest, english_rest(last)});
}

bool says_own(const Clause& c) {
  const string own = c.subject.own + " ";
  for (const Piece& p : c.pieces)
    if (own.size() > 1 && (p.english.rfind(own, 0) == 0 || p.english.find(" " + own) != string::npos)) return true;
  return false;
}

string english_base(const Clause& c) {
  Clause last = c;
  last.time_first = false;
  return join({c.action->verb.english, english_rest(last)});
}

string kannada_subject(const Clause& c) {
  if (c.action->flags & kDativeSubject) return c.subject.kannada.dative;
  if (c.action->flags & kNearSubject) return c.subject.kannada.genitive + " ಬಳಿ";
  return c.subject.kannada.nominative;
}

string kannada_body(const Clause& c, bool with_subject) {
  std::vector<string> words;
  const Piece* time = find(c, Role::time);
  if (time && c.time_first) words.push_back(time->kannada);
  if (with_subject) words.push_back(kannada_subject(c));
  if (c.adverb) words.push_back(c.adverb->kannada);
  for (Role role : kKannadaOrder)
    if (!(role == Role::time && c.time_first))
      for (const Piece& p : c.pieces)
        if (p.role == role) words.push_back(p.kannada);
  return join(words);
}

bool oblique_subject(const Clause& c) { return c.action->flags & (kDativeSubject | kNearSubject); }

string kannada_finite(const Clause& c) {
  const Agree agree = oblique_subject(c) ? Agree::it : c.subject.agree;
  const bool lasted = c.action->flags & kStative && c.tense == Tense::past;
  return finite(c.action->verb, lasted ? Tense::past_progressive : c.tense, agree, c.negative);
}

string kannada_with(const Clause& c, const string& verb, bool with_subject, const string& asked) {
  return join({kannada_body(c, with_subject), asked, verb});
}

string kannada(const Clause& c, bool with_subject) { return kannada_with(c, kannada_finite(c), with_subject); }

}  // namespace gamana::corpus
