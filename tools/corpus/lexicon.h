#pragma once
// The words of the built-in corpus with what they may be combined with.
#include <span>

#include "tools/corpus/grammar.h"

namespace gamana::corpus {

// A set of tags. An action names those of its subject and object, an adjective those of its noun.
struct Tags {
  uint64_t uses = 0;
  uint32_t qualities = 0;
  constexpr Tags operator|(Tags o) const { return {uses | o.uses, qualities | o.qualities}; }
  constexpr Tags operator&(Tags o) const { return {uses & o.uses, qualities & o.qualities}; }
  constexpr Tags operator~() const { return {~uses, ~qualities}; }
  constexpr explicit operator bool() const { return uses || qualities; }
};
constexpr Tags use(int bit) { return {1ull << bit, 0}; }
constexpr Tags quality(int bit) { return {0, 1u << bit}; }

// people
constexpr Tags kAdult = use(0), kYoung = use(1), kPerson = kAdult | kYoung, kFarmer = use(2), kBuilder = use(3),
               kDriver = use(4), kTailor = use(5), kFisher = use(6),
               kWorkers = kFarmer | kBuilder | kDriver | kTailor | kFisher;
// animals
constexpr Tags kAnimal = use(7), kGrazer = use(8), kBarker = use(9), kClimber = use(10), kBird = use(11);
// what one does with a thing
constexpr Tags kDriven = use(12), kRidden = use(13);
constexpr Tags kEdible = use(14), kDrink = use(15), kCooked = use(16), kPrepared = use(17), kCut = use(18),
               kReadable = use(19), kWritten = use(20), kTold = use(21), kSong = use(22), kHeard = use(23),
               kShow = use(24), kGame = use(25), kSubject = use(26), kInstrument = use(27), kDrawn = use(28),
               kTask = use(29), kGoods = use(30), kCarried = use(31), kSent = use(32), kLost = use(33),
               kShown = use(34), kWashed = use(35), kWorn = use(36), kSewn = use(37), kCleaned = use(38),
               kSwept = use(39), kRepaired = use(40), kBuilt = use(41), kOpened = use(42), kVehicle = use(43),
               kTransit = use(44), kCrop = use(45), kPlanted = use(46), kWatered = use(47), kPlucked = use(48),
               kFestival = use(49), kDecorated = use(50), kLit = use(51), kClimbed = use(52), kThrown = use(53),
               kCaught = use(54), kBroken = use(55), kCounted = use(56), kLoved = use(57), kSurface = use(58),
               kBox = use(59), kFlower = use(60), kDug = use(61), kWon = use(62);
// what adjectives say of it
constexpr Tags kBig = quality(0), kTall = quality(1), kLong = quality(2), kHard = quality(3), kColoured = quality(4),
               kWarm = quality(5), kCold = quality(6), kRipe = quality(7), kSweet = quality(8), kFresh = quality(9),
               kUseful = quality(10), kHeavy = quality(11), kSharp = quality(12), kStrong = quality(13),
               kDeep = quality(14), kPrecious = quality(15), kFur = quality(16), kFat = quality(17);

// Where something is done; a place may be several of them.
enum Where : uint32_t {
  kHome = 1,
  kStudy = 2,
  kMarket = 4,
  kField = 8,
  kNature = 16,
  kTown = 32,
  kOffice = 64,
  kHoly = 128,
  kEatery = 256,
  kWater = 512,
  kCity = 1024,
  kRoom = 2048,
  kOutdoors = 4096,
  kCare = 8192,
  kGarden = 16384,
  kHotel = 32768,
  kQuiet = 65536,
  kBeside = 1 << 17,  // one can be near, in front of and behind it
};

struct Noun {
  const char* english;
  const char* english_plural;  // "" is regular, "-" has none
  const char* kannada;
  Tags tags;
  Class how = Class::automatic;
};

struct Person {
  const char* english;
  const char* english_plural;
  const char* kannada;
  const char* kannada_plural;
  Agree agree;  // they: an honorific plural (ತಂದೆ ಬಂದರು)
  char gender;  // of the English pronoun: m, f; n where none is used (a child)
  Tags tags;
  Class how = Class::automatic;
};

struct Name {
  const char* english;
  const char* kannada;
  bool female;
  Class how;
};

struct Place {
  const char* english;      // "market"
  const char* article;      // "the"; "" for Mysuru and school
  const char* preposition;  // "in", "at"
  const char* kannada;
  uint32_t where;
};

struct Adjective {
  const char* english;
  const char* kannada;    // before a noun: ದೊಡ್ಡ
  const char* predicate;  // verb with ಇರು: "ದೊಡ್ಡದಾಗಿ+ಇರು"; "" where it is not said so
  Tags tags;              // of the nouns it goes with
};

// A part of a sentence in both languages.
struct Phrase {
  const char* english;
  const char* kannada;
};

enum class Grain { hour, day, year };  // five o'clock; yesterday; last year

struct TimePhrase {
  const char* english;
  const char* kannada;
  Tense tense;
  Grain grain;
};

enum Flag : uint32_t {
  kDaily = 1,  // not with the times of years
  kNoProgressive = 2,
  kRecipient = 4,        // "to Ravi", dative
  kGoal = 8,             // "to the market", dative
  kSource = 16,          // "from the market", ablative
  kWith = 32,            // may have a companion
  kTransport = 64,       // by bus
  kPutOn = 128,          // on the table, in the box
  kDativeSubject = 256,  // ನನಗೆ ಜ್ವರ ಇದೆ
  kNearSubject = 512,    // ನನ್ನ ಬಳಿ ಹಣ ಇದೆ
  kMustPlace = 1024,
  kTool = 2048,       // with a knife
  kTalk = 4096,       // always with a companion
  kStative = 8192,    // past and present only; ವಾಸಿಸುತ್ತಿದ್ದನು for "lived"
  kCommand = 16384,   // good in commands
  kDefinite = 32768,  // the, this, his book rather than a book
};

enum class Case { none, accusative, dative, benefactive, ablative };

enum Manner : uint32_t {
  kQuickly = 1,
  kSlowly = 2,
  kCarefully = 4,
  kHappily = 8,
  kWell = 16,
  kLoudly = 32,
  kQuietly = 64
};

struct Action {
  Verb verb;
  Tags subject;  // none: the subject belongs to the verb (it rains)
  Tags object;   // none: no object
  Case object_case;
  uint32_t where;  // places where it is done, or gone to
  uint32_t manner;
  uint32_t flags;
};

std::span<const Noun> nouns();
std::span<const Person> people();
std::span<const Person> kin();
std::span<const Name> names();
std::span<const Place> places();
std::span<const Adjective> adjectives();
std::span<const Adjective> human_adjectives();
std::span<const TimePhrase> times();
std::span<const Action> actions();
std::span<const Phrase> manners();         // in the order of the bits of Manner
const Action& action(const string& verb);  // by its English or Kannada verb; the first one where there are several

}  // namespace gamana::corpus
