// Kannada inflection. Rules and names of the forms follow S. N. Sridhar, "Kannada" (1990), and Kittel's grammar (1903).
#include <array>

#include "tools/corpus/grammar.h"

namespace gamana::corpus {
namespace {

constexpr size_t kLetter = 3;  // bytes of one Kannada code point in UTF-8

string last(const string& text) { return text.size() < kLetter ? "" : text.substr(text.size() - kLetter); }

bool any_of(const string& letter, std::initializer_list<const char*> set) {
  for (const char* s : set)
    if (letter == s) return true;
  return false;
}

bool front_vowel(const string& word) { return any_of(last(word), {"ಿ", "ೀ", "ೆ", "ೇ", "ೈ"}); }

// "ಸಹಾಯ ಮಾಡು" -> ಮಾಡು, "ದೊಡ್ಡದಾಗಿ+ಇರು" -> ಇರು
string head(const Verb& verb) {
  const string all = verb.kannada;
  const size_t border = all.find_last_of(" +");
  return border == string::npos ? all : all.substr(border + 1);
}

// Where the lexicon says +, ಇರು 'be' melts into the word before: ದೊಡ್ಡದಾಗಿ + ಇದೆ = ದೊಡ್ಡದಾಗಿದೆ.
string with_prefix(const Verb& verb, const string& form) {
  const string all = verb.kannada;
  const size_t border = all.find_last_of(" +");
  if (border == string::npos) return form;
  const string prefix = all.substr(0, border);
  return all[border] == '+' ? drop_last(prefix) + "ಿ" + form.substr(kLetter) : prefix + " " + form;
}

bool is_be(const Verb& verb) { return head(verb) == "ಇರು"; }

// ಮಾಡ, ಹೋಗ, ಕುಡಿಯ: what -ಲು, -ಬೇಕು, -ದ are put behind.
string a_form(const Verb& verb) {
  const string h = head(verb);
  return front_vowel(h) ? h + "ಯ" : drop_last(h);
}
string u_form(const Verb& verb) { return a_form(verb) + "ು"; }

string past_stem(const Verb& verb) {
  if (*verb.stem) return verb.stem;
  const string h = head(verb);
  return front_vowel(h) ? h + "ದ" : a_form(verb) + "ಿದ";
}

bool is_become(const Verb& verb) { return ends_with(head(verb), "ಾಗು") || ends_with(head(verb), "ಆಗು"); }
bool gerund_in_i(const Verb& verb) {
  return head(verb) == "ಹೋಗು" || is_become(verb) || (!*verb.stem && !front_vowel(head(verb)));
}

string gerund_form(const Verb& verb) { return gerund_in_i(verb) ? a_form(verb) + "ಿ" : past_stem(verb) + "ು"; }

string past_neuter(const Verb& verb) {
  if (head(verb) == "ಹೋಗು" || is_become(verb)) return drop_last(past_stem(verb)) + "ಯಿತು";
  if (!*verb.stem || front_vowel(head(verb))) return a_form(verb) + "ಿತು";
  return past_stem(verb) + "ಿತು";
}

using Endings = std::array<const char*, 9>;  // in the order of Agree
constexpr Endings kPast{"ೆನು", "ೆವು", "ೆ", "ಿರಿ", "ನು", "ಳು", "ರು", "", "ವು"};
constexpr Endings kPresent{"ೇನೆ", "ೇವೆ", "ೀಯ", "ೀರಿ", "ಾನೆ", "ಾಳೆ", "ಾರೆ", "ದೆ", "ವೆ"};
constexpr Endings kFuture{"ೆನು", "ೆವು", "ೆ", "ಿರಿ", "ನು", "ಳು", "ರು", "ುದು", "ುವು"};

// base + forms of ಇರು: ...ಿದ್ದಾನೆ, ...ಿದೆ, ...ಿವೆ.
string be_present(const string& base, Agree agree) {
  if (agree == Agree::it) return base + "ದೆ";
  if (agree == Agree::those) return base + "ವೆ";
  return base + "ದ್ದ" + kPresent[static_cast<size_t>(agree)];
}
string be_past(const string& base, Agree agree) {
  return agree == Agree::it ? base + "ತ್ತು" : base + "ದ್ದ" + kPast[static_cast<size_t>(agree)];
}

string be(Tense tense, Agree agree, bool negative) {
  if (tense == Tense::past) return negative ? "ಇರಲಿಲ್ಲ" : be_past("ಇ", agree);
  if (tense == Tense::future) return negative ? "ಇರುವುದಿಲ್ಲ" : string("ಇರುವ") + kFuture[static_cast<size_t>(agree)];
  return negative ? "ಇಲ್ಲ" : be_present("ಇ", agree);
}

string affirmative(const Verb& verb, Tense tense, Agree agree) {
  const size_t a = static_cast<size_t>(agree);
  switch (tense) {
    case Tense::past:
      return agree == Agree::it ? past_neuter(verb) : past_stem(verb) + kPast[a];
    case Tense::present:
      return u_form(verb) + "ತ್ತ" + kPresent[a];
    case Tense::progressive:
      return be_present(u_form(verb) + "ತ್ತಿ", agree);
    case Tense::past_progressive:
      return be_past(u_form(verb) + "ತ್ತಿ", agree);
    case Tense::future:
      return u_form(verb) + "ವ" + kFuture[a];
    case Tense::perfect:
      return be_present(drop_last(gerund_form(verb)) + "ಿ", agree);
  }
  return "";
}

string negated(const Verb& verb, Tense tense) {
  switch (tense) {
    case Tense::past:
      return a_form(verb) + "ಲಿಲ್ಲ";
    case Tense::present:
    case Tense::future:
      return u_form(verb) + "ವುದಿಲ್ಲ";
    case Tense::progressive:
      return u_form(verb) + "ತ್ತಿಲ್ಲ";
    case Tense::past_progressive:
      return u_form(verb) + "ತ್ತಿರಲಿಲ್ಲ";
    case Tense::perfect:
      return drop_last(gerund_form(verb)) + "ಿಲ್ಲ";
  }
  return "";
}

}  // namespace

string drop_last(const string& kannada) { return kannada.substr(0, kannada.size() - kLetter); }

bool ends_with(const string& text, const string& suffix) {
  return text.size() >= suffix.size() && text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

string Cases::comparative() const { return drop_last(dative) + "ಿಂತ"; }
string Cases::benefactive() const {
  // ನನಗೆ, ಬಸ್ಸಿಗೆ end in the sign of e, which gives way.
  return drop_last(dative) + "ಾಗಿ";
}

Cases decline(const string& n, Class how) {
  if (how == Class::automatic) how = front_vowel(n) ? Class::y : last(n) == "ು" ? Class::u : Class::neuter_a;
  switch (how) {
    case Class::human_a:
      return {n, n + "ನನ್ನು", n + "ನಿಗೆ", n + "ನ"};
    case Class::y:
      return {n, n + "ಯನ್ನು", n + "ಗೆ", n + "ಯ"};
    case Class::u:
      return {n, drop_last(n) + "ನ್ನು", drop_last(n) + "ಿಗೆ", drop_last(n) + "ಿನ"};
    case Class::v:
      return {n, n + "ವನ್ನು", n + "ವಿಗೆ", n + "ವಿನ"};
    case Class::plural:
      return {n, drop_last(n) + "ನ್ನು", drop_last(n) + "ಿಗೆ", drop_last(n)};
    default:
      return {n, n + "ವನ್ನು", n + "ಕ್ಕೆ", n + "ದ"};
  }
}

string finite(const Verb& verb, Tense tense, Agree agree, bool negative) {
  if (is_be(verb)) return with_prefix(verb, be(tense, agree, negative));
  return with_prefix(verb, negative ? negated(verb, tense) : affirmative(verb, tense, agree));
}

string relative(const Verb& verb, Tense tense, bool negative) {
  if (is_be(verb)) return with_prefix(verb, negative ? "ಇಲ್ಲದ" : tense == Tense::past ? "ಇದ್ದ" : "ಇರುವ");
  if (negative) return with_prefix(verb, a_form(verb) + "ದ");
  if (tense == Tense::past || tense == Tense::perfect) return with_prefix(verb, past_stem(verb));
  return with_prefix(verb, u_form(verb) + (tense == Tense::progressive ? "ತ್ತಿರುವ" : "ವ"));
}

string infinitive(const Verb& verb, const string& ending) { return with_prefix(verb, a_form(verb) + ending); }

string gerund(const Verb& verb) { return with_prefix(verb, is_be(verb) ? "ಇದ್ದು" : gerund_form(verb)); }

string conditional(const Verb& verb, bool negative, const string& ending) {
  if (is_be(verb)) return with_prefix(verb, (negative ? "ಇಲ್ಲದಿದ್ದ" : "ಇದ್ದ") + ending);
  return with_prefix(verb, (negative ? a_form(verb) + "ದಿದ್ದ" : past_stem(verb)) + ending);
}

string nonpast(const Verb& verb, const string& ending) { return with_prefix(verb, u_form(verb) + ending); }

string imperative(const Verb& verb, bool polite, bool negative) {
  if (negative) return infinitive(verb, polite ? "ಬೇಡಿ" : "ಬೇಡ");
  const string h = head(verb);
  if (h == "ಬರು") return with_prefix(verb, polite ? "ಬನ್ನಿ" : "ಬಾ");
  if (h == "ತರು") return with_prefix(verb, polite ? "ತನ್ನಿ" : "ತಾ");
  if (polite) return with_prefix(verb, a_form(verb) + (front_vowel(h) ? "ಿರಿ" : "ಿ"));
  if (ends_with(h, "ಕೊಳ್ಳು")) return with_prefix(verb, h.substr(0, h.size() - string("ಳ್ಳು").size()));
  return with_prefix(verb, h);
}

string hortative(const Verb& verb) { return with_prefix(verb, a_form(verb) + "ೋಣ"); }

string question(const string& form) {
  for (const char* ending : {"ಾನೆ", "ಾಳೆ", "ಾರೆ", "ೇನೆ", "ೇವೆ"})
    if (ends_with(form, ending)) return drop_last(form) + "ಾ";  // ಹೋಗುತ್ತಾನೆ -> ಹೋಗುತ್ತಾನಾ
  const string letter = last(form);
  if (letter == "ು" || letter == "ಿ") return drop_last(form) + "ಾ";  // ಹೋದನು -> ಹೋದನಾ, ಹೋದಿರಿ -> ಹೋದಿರಾ
  if (letter == "ೆ") return form + "ಯಾ";   // ಹೋದೆ -> ಹೋದೆಯಾ, ಇದೆ -> ಇದೆಯಾ
  if (letter == "ಲ") return form + "ವಾ";  // ಇಲ್ಲ -> ಇಲ್ಲವಾ
  return form + "ಾ";                      // ಹೋಗುತ್ತೀಯ -> ಹೋಗುತ್ತೀಯಾ
}

}  // namespace gamana::corpus
