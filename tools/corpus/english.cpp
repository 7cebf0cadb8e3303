// English inflection.
#include <cstring>

#include "tools/corpus/grammar.h"

namespace gamana::corpus {
namespace {

bool vowel(char c) { return c && std::strchr("aeiou", c); }

string first_word(const string& text) { return text.substr(0, text.find(' ')); }
string after_first_word(const string& text) {
  const size_t space = text.find(' ');
  return space == string::npos ? "" : text.substr(space + 1);
}

// sit -> sitting: one short vowel between consonants, in words of one syllable or with the stress at their end.
bool doubles(const string& verb) {
  const size_t n = verb.size();
  if (n < 3 || vowel(verb[n - 1]) || !vowel(verb[n - 2]) || vowel(verb[n - 3])) return false;
  if (std::strchr("wxy", verb[n - 1])) return false;
  int vowels = 0;
  for (char c : verb) vowels += vowel(c);
  return vowels == 1 || verb == "forget" || verb == "begin" || verb == "travel";
}

bool third_singular(Agree agree) { return agree == Agree::he || agree == Agree::she || agree == Agree::it; }

string be_form(bool is_past, Agree agree) {
  if (is_past) return agree == Agree::i || third_singular(agree) ? "was" : "were";
  return agree == Agree::i ? "am" : third_singular(agree) ? "is" : "are";
}

// {auxiliary, what follows}; the auxiliary is empty for a plain present or past.
Group simple(const Verb& verb, Tense tense, Agree agree, bool supported) {
  const string base = first_word(verb.english);
  if (base == "be" && tense != Tense::future) return {be_form(tense == Tense::past, agree), ""};
  switch (tense) {
    case Tense::past:
      return supported ? Group{"did", base} : Group{"", past(verb)};
    case Tense::present:
      if (supported) return {third_singular(agree) ? "does" : "do", base};
      return {"", third_singular(agree) ? third_person(base) : base};
    case Tense::progressive:
      return {be_form(false, agree), ing(base)};
    case Tense::past_progressive:
      return {be_form(true, agree), ing(base)};
    case Tense::future:
      return {"will", base};
    case Tense::perfect:
      return {third_singular(agree) ? "has" : "have", participle(verb)};
  }
  return {};
}

}  // namespace

string plural(const string& noun) {
  if (noun.find(' ') != string::npos) {
    const size_t space = noun.rfind(' ');
    return noun.substr(0, space + 1) + plural(noun.substr(space + 1));
  }
  const size_t n = noun.size();
  if (noun.back() == 'y' && !vowel(noun[n - 2])) return noun.substr(0, n - 1) + "ies";
  for (const char* hiss : {"s", "x", "ch", "sh", "o"})
    if (ends_with(noun, hiss)) return noun + "es";
  return noun + "s";
}

string with_article(const string& phrase) {
  if (phrase.rfind("useful", 0) == 0) return "a " + phrase;
  return (vowel(phrase[0]) || phrase.rfind("honest", 0) == 0 ? "an " : "a ") + phrase;
}

string third_person(const string& verb) { return verb == "have" ? "has" : plural(verb); }

string past(const Verb& verb) {
  if (*verb.past) return verb.past;
  const string base = first_word(verb.english);
  if (base.back() == 'e') return base + "d";
  if (base.back() == 'y' && !vowel(base[base.size() - 2])) return base.substr(0, base.size() - 1) + "ied";
  return base + (doubles(base) ? string(1, base.back()) : "") + "ed";
}

string participle(const Verb& verb) { return *verb.participle ? verb.participle : past(verb); }

string ing(const string& base) {
  if (base == "be") return "being";
  if (base.back() == 'e' && base[base.size() - 2] != 'e') return base.substr(0, base.size() - 1) + "ing";
  return base + (doubles(base) ? string(1, base.back()) : "") + "ing";
}

Group verb_group(const Verb& verb, Tense tense, Agree agree, bool negative, bool inverted, const string& adverb) {
  Group group = simple(verb, tense, agree, negative || inverted);
  const string particle = after_first_word(verb.english);
  if (group.auxiliary.empty() || inverted)
    group.rest = join({negative ? "not" : "", adverb, group.rest, particle});
  else
    group = {"", join({group.auxiliary, negative ? "not" : "", adverb, group.rest, particle})};
  return group;
}

string join(const std::vector<string>& words) {
  string text;
  for (const string& word : words)
    if (!word.empty()) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace gamana::corpus
