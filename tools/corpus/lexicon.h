#pragma once
// The words of the built-in corpus with what they may be combined with.
#include <span>

#include "tools/corpus/grammar.h"

namespace gamana::corpus {

// What a noun is good for; an action names the tags of its object, its subject and its place.
enum Tag : uint64_t {
  kEdible = 1ull << 0, kDrink = 1ull << 1, kReadable = 1ull << 2, kWritten = 1ull << 3, kTold = 1ull << 4,
  kSong = 1ull << 5, kHeard = 1ull << 6, kShow = 1ull << 7, kGame = 1ull << 8, kSubject = 1ull << 9,
  kGoods = 1ull << 10, kCooked = 1ull << 11, kWorn = 1ull << 12, kWashed = 1ull << 13, kCrop = 1ull << 14,
  kPlanted = 1ull << 15, kBuilt = 1ull << 16, kOpened = 1ull << 17, kCarried = 1ull << 18, kAnimal = 1ull << 19,
  kVehicle = 1ull << 20, kSurface = 1ull << 21, kBox = 1ull << 22, kCleaned = 1ull << 23, kRepaired = 1ull << 24,
  kPlucked = 1ull << 25, kClimbed = 1ull << 26, kCut = 1ull << 27, kTask = 1ull << 28, kFestival = 1ull << 29,
  kDecorated = 1ull << 30, kLit = 1ull << 31, kSent = 1ull << 32, kDrawn = 1ull << 33, kGrass = 1ull << 34,
  kBird = 1ull << 35, kFlower = 1ull << 36, kRipe = 1ull << 37, kTall = 1ull << 38, kSweetTaste = 1ull << 39,
  kLost = 1ull << 40, kCoop = 1ull << 41, kPlace = 1ull << 42, kLoved = 1ull << 43, kBig = 1ull << 44,
  kLong = 1ull << 45, kHard = 1ull << 46, kColoured = 1ull << 47, kWarm = 1ull << 48, kTransit = 1ull << 49,
  kAdult = 1ull << 50, kYoung = 1ull << 51, kFarmer = 1ull << 52, kGuest = 1ull << 53, kTeacher = 1ull << 54,
};
constexpr uint64_t kPerson = kAdult | kYoung;

enum Where : uint32_t {
  kHome = 1, kStudy = 2, kMarket = 4, kField = 8, kNature = 16, kTown = 32, kOffice = 64, kHoly = 128, kEatery = 256,
  kWater = 512, kCity = 1024, kHill = 2048, kSchoolyard = 4096, kCare = 8192,
};

struct Noun {
  const char* english;
  const char* english_plural;  // "" is regular, "-" has none
  const char* kannada;
  uint64_t tags;
  Class how = Class::automatic;
  const char* kannada_plural = "";  // "" is + ಗಳು
};

struct Person {
  const char* english;
  const char* english_plural;
  const char* kannada;
  const char* kannada_plural;
  Agree agree;    // they: an honorific plural (ತಂದೆ ಬಂದರು)
  char gender;    // of the English pronoun: m, f; n where none is used (a child)
  uint64_t tags;
  Class how = Class::automatic;
};

struct Place {
  const char* english;      // "market"
  const char* article;      // "the", "" (Mysuru, school)
  const char* preposition;  // "in", "at"
  const char* kannada;
  uint32_t where;
};

struct Adjective {
  const char* english;
  const char* kannada;    // before a noun: ದೊಡ್ಡ
  const char* predicate;  // verb with ಇರು: "ದೊಡ್ಡದಾಗಿ+ಇರು"
  uint64_t tags;          // of the nouns it goes with
};

// A part of a sentence said in both languages.
struct Phrase {
  const char* english;
  const char* kannada;
};

struct TimePhrase {
  const char* english;
  const char* kannada;
  Tense tense;
  bool coarse;  // weeks and years: not for what is done every day
};

enum Flag : uint32_t {
  kDaily = 1,        // only with times of a day
  kNoProgressive = 2,
  kRecipient = 4,    // "to Ravi", dative
  kAsked = 8,        // "the teacher a question", dative
  kGoal = 16,        // "to the market", dative
  kSource = 32,      // "from the market", ablative
  kWith = 64,        // may have a companion
  kTransport = 128,  // by bus
  kPutOn = 256,      // on the table, in the box
  kDativeSubject = 512,  // ನನಗೆ ಜ್ವರ ಇದೆ
  kMustPlace = 1024,
  kTool = 2048,      // with a knife
  kTalk = 4096,      // needs a companion, "to"/"with"
  kNearSubject = 8192,   // ನನ್ನ ಬಳಿ ಹಣ ಇದೆ
  kStative = 16384,
  kCommand = 32768,      // good in commands
};

enum class Case { none, accusative, dative, benefactive, ablative };

enum Manner : uint32_t { kQuickly = 1, kSlowly = 2, kCarefully = 4, kHappily = 8, kWell = 16, kLoudly = 32, kQuietly = 64 };

struct Action {
  Verb verb;
  uint64_t subject;
  uint64_t object;  // tags; 0 is none
  Case object_case;
  uint32_t where;   // places where it is done, or gone to
  uint32_t manner;
  uint32_t flags;
};


std::span<const Noun> nouns();
std::span<const Person> people();
std::span<const Person> kin();
struct Name {
  const char* english;
  const char* kannada;
  bool female;
  Class how;
};
std::span<const Name> names();
std::span<const Place> places();
std::span<const Adjective> adjectives();
std::span<const Adjective> human_adjectives();
std::span<const TimePhrase> times();
std::span<const Action> actions();
std::span<const Phrase> manners();  // in the order of the bits of Manner
const Action& action(const string& english);

}  // namespace gamana::corpus
