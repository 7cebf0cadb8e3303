#pragma once
// The two grammars of the built-in corpus, side by side: how nouns and verbs are inflected in English and in Kannada.
// Kannada text is built by sandhi: a word that ends in a bare consonant letter ends in the vowel a, and a vowel sign
// put behind it replaces that vowel (ಮಾಡ + ಿ = ಮಾಡಿ).
#include <cstdint>
#include <string>
#include <vector>

#include "gamana/base/rng.h"

namespace gamana::corpus {

using std::string;

// Draws in a fixed order from one counter, so the same seed gives the same corpus.
class Random {
 public:
  explicit Random(uint64_t seed) : key_(mix(seed)) {}
  int below(int n) { return static_cast<int>(mix(key_ ^ mix(counter_++)) % static_cast<uint64_t>(n)); }
  bool chance(double p) { return uniform(key_, counter_++) < p; }
  template <class Container>
  const auto& pick(const Container& from) {
    return std::begin(from)[below(static_cast<int>(std::size(from)))];
  }

 private:
  uint64_t key_, counter_ = 0;
};

// What a Kannada verb agrees with: ನಾನು ನಾವು ನೀನು ನೀವು ಅವನು ಅವಳು ಅವರು ಅದು ಅವು.
enum class Agree { i, we, thou, you, he, she, they, it, those };

enum class Tense { past, present, progressive, past_progressive, future, perfect };

// How a Kannada noun takes its endings.
enum class Class {
  automatic,  // by its last letter: ಮರ -> neuter_a, ಮನೆ -> y, ಕಾಡು -> u
  neuter_a,   // ಮರ: ಮರವನ್ನು ಮರಕ್ಕೆ ಮರದ
  human_a,    // ಹುಡುಗ: ಹುಡುಗನನ್ನು ಹುಡುಗನಿಗೆ ಹುಡುಗನ
  y,          // ಮನೆ: ಮನೆಯನ್ನು ಮನೆಗೆ ಮನೆಯ
  u,          // ಕಾಡು: ಕಾಡನ್ನು ಕಾಡಿಗೆ ಕಾಡಿನ
  v,          // ಹಸು: ಹಸುವನ್ನು ಹಸುವಿಗೆ ಹಸುವಿನ
  plural,  // ಹುಡುಗರು ಮರಗಳು ಮಗಳು: ಹುಡುಗರನ್ನು ಹುಡುಗರಿಗೆ ಹುಡುಗರ
};

struct Cases {
  string nominative, accusative, dative, genitive;
  string locative() const { return genitive + "ಲ್ಲಿ"; }      // ಮನೆಯಲ್ಲಿ 'in the house'
  string ablative() const { return genitive + "ಿಂದ"; }      // ಮನೆಯಿಂದ 'from the house'
  string comitative() const { return genitive + "ೊಂದಿಗೆ"; }  // ಹುಡುಗನೊಂದಿಗೆ 'with the boy'
  string comparative() const;                              // ಮನೆಗಿಂತ 'than the house'
  string benefactive() const;                              // ಬಸ್ಸಿಗಾಗಿ 'for the bus'
};

string drop_last(const string& kannada);  // without the last letter or vowel sign
bool ends_with(const string& text, const string& suffix);
Cases decline(const string& nominative, Class how = Class::automatic);

// The verb of both languages. An English verb is its first word, the rest ("up", "hungry") follows it; a Kannada verb
// is its last word, the rest stands before it.
struct Verb {
  const char* english;     // "go", "get up", "be hungry"
  const char* past;        // "" is regular
  const char* participle;  // "" is the past
  const char* kannada;     // ಹೋಗು, ಕುಡಿ, "ಸಹಾಯ ಮಾಡು", ಇರು
  const char* stem;  // relative participle of the past, ಹೋದ; "" is regular (ಮಾಡಿದ, ಕುಡಿದ)
};

// Kannada forms.
string finite(const Verb& verb, Tense tense, Agree agree, bool negative);
string relative(const Verb& verb, Tense tense, bool negative);  // ಓದಿದ, ಓದುವ, ಓದುತ್ತಿರುವ, ಓದದ
string infinitive(const Verb& verb, const string& ending);  // ಹೋಗ + ಲು, ಬೇಕು, ಬಹುದು, ಬಾರದು
string gerund(const Verb& verb);                            // ಹೋಗಿ, ಬಂದು
string conditional(const Verb& verb, bool negative, const string& ending);  // ಬಂದ + ರೆ / ರೂ, ಬರದಿದ್ದ + ರೆ / ರೂ
string nonpast(const Verb& verb, const string& ending);  // ಹೋಗು + ವ ಮೊದಲು, ವಾಗ, ತ್ತಿದ್ದಾಗ
string imperative(const Verb& verb, bool polite, bool negative);
string hortative(const Verb& verb);          // ಹೋಗೋಣ 'let us go'
string question(const string& finite_verb);  // ಹೋದನು -> ಹೋದನಾ

// English forms.
string plural(const string& noun);
string with_article(const string& phrase);  // "a mango", "an old house"
string third_person(const string& verb);
string past(const Verb& verb);
string participle(const Verb& verb);
string ing(const string& verb);

// The English verb group, split where a subject stands in a question: {"did", "not go"}; the first part may be empty.
struct Group {
  string auxiliary, rest;
};
Group verb_group(const Verb& verb, Tense tense, Agree agree, bool negative, bool inverted, const string& adverb = "");

string join(const std::vector<string>& words);  // with spaces, leaving out empty ones

}  // namespace gamana::corpus
