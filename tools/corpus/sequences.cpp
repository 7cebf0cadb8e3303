// When, while, after, before; chains; what somebody goes somewhere for.
#include <algorithm>

#include "tools/corpus/complex.h"

namespace gamana::corpus {
namespace {

constexpr const char* kEarlier[] = {"finish", "bathe", "get up", "eat",  "return",  "come",  "read",
                                    "wash",   "pray",  "buy",    "meet", "get off", "sweep", "study"};
constexpr const char* kLater[] = {"go",   "eat",  "drink", "sleep", "read",      "watch", "work", "talk",
                                  "cook", "rest", "write", "clean", "listen to", "sing",  "board"};
// A day in the order in which it passes; chains take a few of these in this order.
constexpr const char* kDay[] = {"get up", "bathe", "wear", "pray",  "sweep",     "prepare", "eat",
                                "drink",  "go",    "work", "study", "buy",       "meet",    "return",
                                "wash",   "cook",  "read", "write", "listen to", "watch",   "sleep"};

// Where one goes to do something there.
struct Errand {
  uint32_t where;
  const char* verb;
};
constexpr Errand kErrands[] = {{kMarket, "buy"},
                               {kMarket, "sell"},
                               {kStudy, "learn"},
                               {kStudy, "study"},
                               {kQuiet, "read"},
                               {kField, "harvest"},
                               {kField, "plough the field"},
                               {kGarden, "pluck"},
                               {kGarden, "water"},
                               {kHoly, "pray"},
                               {kHoly, "sing"},
                               {kCare, "meet"},
                               {kWater, "bathe"},
                               {kWater, "swim"},
                               {kWater, "wash"},
                               {kHome, "eat"},
                               {kHome, "rest"},
                               {kOffice, "work"},
                               {kCity, "watch"},
                               {kCity, "buy"},
                               {kHotel, "eat"},
                               {kHotel, "drink"},
                               {kCity, "celebrate"},
                               {kOutdoors, "ಆಟವಾಡು"},
                               {kCity, "meet"}};

// The goal of one movement, but not with its own place ("went to the market to buy fruits in the market").
Clause errand_clause(Random& r, const Action& go, const Errand& errand, const NounPhrase& who, Tense tense,
                     const Detail& d) {
  Clause c = make_clause(r, go, who, tense, d);
  c.drop(Role::goal);
  c.pieces.push_back(goal_piece(r, errand.where));
  const Action& a = action(errand.verb);
  Clause purpose = make_clause(r, a, who, tense, kBare);
  purpose.drop(Role::place);
  c.pieces.push_back(
      {Role::purpose, "to " + english_base(purpose), kannada_with(purpose, infinitive(a.verb, "ಲು"), false)});
  return c;
}

Tense chain_tense(Random& r) {
  constexpr Tense kTenses[] = {Tense::past, Tense::past, Tense::future, Tense::present};
  return r.pick(kTenses);
}

// With an occasion the morning is over.
std::vector<int> day_picks(Random& r, int links, const Action* without) {
  const int first = without ? 5 : 0, count = static_cast<int>(std::size(kDay)) - first;
  std::vector<int> picks;
  while (static_cast<int>(picks.size()) < links) {
    const int p = first + r.below(count);
    if (&action(kDay[p]) != without && std::find(picks.begin(), picks.end(), p) == picks.end()) picks.push_back(p);
  }
  std::sort(picks.begin(), picks.end());
  return picks;
}

}  // namespace

Pair sequence_pair(Random& r, const Detail& d) {
  const int kind = r.below(4);
  if (kind <= 1) {  // after, before: one person
    const Action &early = action(r.pick(kEarlier)), &late = action(r.pick(kLater));
    if (&early == &late) return sequence_pair(r, d);
    const bool before = kind == 1, future = r.chance(0.3);
    const NounPhrase who = lasting_human(r, needs_of(early, late));
    Clause first = make_clause(r, before ? late : early, who, future ? Tense::present : Tense::past, timeless(d));
    Clause main = make_clause(r, before ? early : late, who, future ? Tense::future : Tense::past, d);
    main.time_first = false;
    const Verb& v = first.action->verb;
    return subordinate(r, before ? "before" : "after", first,
                       before ? nonpast(v, "ವ ಮೊದಲು") : conditional(v, false, " ನಂತರ"), main, true);
  }
  // when, while: two people, one of them in the middle of something
  constexpr const char* kPoints[] = {"come", "return", "go", "get up"};
  const Action &point = action(r.pick(kPoints)), &middle = human_action(r, Tense::past_progressive);
  if (middle.flags & kGoal) return sequence_pair(r, d);
  const NounPhrase a = human(r, kPerson), b = human(r, needs_of(middle));
  if (same_person(a, b)) return sequence_pair(r, d);
  const Clause event = make_clause(r, point, a, Tense::past, timeless(d));
  const Clause going_on = make_clause(r, middle, b, Tense::past_progressive, timeless(d));
  if (kind == 2) return subordinate(r, "when", event, conditional(point.verb, false, "ಾಗ"), going_on, false);
  return subordinate(r, "while", going_on, nonpast(middle.verb, "ತ್ತಿದ್ದಾಗ"), event, false);
}

Pair purpose_pair(Random& r, const Detail& d) {
  const Errand& errand = r.pick(kErrands);
  const Action& a = action(errand.verb);
  constexpr const char* kMoves[] = {"go", "go", "come"};
  constexpr Tense kTenses[] = {Tense::past, Tense::past, Tense::future, Tense::present, Tense::progressive};
  const char* move = errand.where == kHome ? "return" : r.pick(kMoves);
  Clause c = errand_clause(r, action(move), errand, human(r, needs_of(a)), r.pick(kTenses), d);
  c.drop(Role::manner);
  if (c.tense == Tense::progressive) c.drop(Role::time);
  return {english(c), kannada(c)};
}

Pair chain_pair(Random& r, const Detail& d, int links, const NounPhrase& who, const Needs& needs, Tense tense,
                const Action* occasion) {
  std::vector<int> picks = day_picks(r, links, occasion);
  for (int p : picks)  // somebody who is both old and young enough for all of it
    for (const Tags need : needs_of(action(kDay[p])))
      if (!needs.empty() && !(need & needs.front())) return chain_pair(r, d, links, who, needs, tense, occasion);
  Pair p;
  std::vector<string> said_places;
  if (occasion) {
    const Clause first = make_clause(r, *occasion, who, Tense::past, timeless(d));
    p = {"after " + english(first) + ",", kannada_with(first, conditional(occasion->verb, false, " ನಂತರ"))};
  }
  for (int i = 0; i < links; ++i) {
    const bool last = i + 1 == links;
    Clause c = make_clause(r, action(kDay[picks[i]]), occasion ? taken_up(who) : who, tense, i == 0 ? d : timeless(d));
    if (occasion) c.time_first = false;
    std::erase_if(c.pieces, [&](const Piece& piece) {
      if (piece.role != Role::place) return false;
      const bool repeated = std::find(said_places.begin(), said_places.end(), piece.english) != said_places.end();
      said_places.push_back(piece.english);
      return repeated && !(c.action->flags & kMustPlace);
    });
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

Pair chain_pair(Random& r, const Detail& d, int links) {
  const Tags age = r.chance(0.7) ? kAdult : kYoung;
  const NounPhrase who = lasting_human(r, age);
  return chain_pair(r, d, links, who, age, chain_tense(r));
}

Pair occasion_pair(Random& r, const Detail& d, int links) {
  const Action& occasion = action(r.pick(kEarlier));
  const Tags age = (occasion.subject & kAdult) ? kAdult : kYoung;
  const NounPhrase who = lasting_human(r, age);
  return chain_pair(r, d, links, who, age, Tense::past, &occasion);
}

}  // namespace gamana::corpus
