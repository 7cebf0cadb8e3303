// Adjectives and expressions of time.
#include "tools/corpus/lexicon.h"

namespace gamana::corpus {
namespace {

constexpr Adjective kAdjectives[] = {
    {"big", "ದೊಡ್ಡ", "ದೊಡ್ಡದಾಗಿ+ಇರು", kBig},
    {"small", "ಚಿಕ್ಕ", "ಚಿಕ್ಕದಾಗಿ+ಇರು", kBig | kBird | kCoop},
    {"new", "ಹೊಸ", "ಹೊಸದಾಗಿ+ಇರು", kWorn | kVehicle | kRepaired | kShow | kSong | kBuilt | kReadable | kOpened},
    {"old", "ಹಳೆಯ", "ಹಳೆಯದಾಗಿ+ಇರು", kVehicle | kRepaired | kBuilt | kSong | kShow | kBox},
    {"beautiful", "ಸುಂದರವಾದ", "ಸುಂದರವಾಗಿ+ಇರು", kFlower | kBird | kDrawn | kDecorated | kWorn},
    {"interesting", "ಆಸಕ್ತಿದಾಯಕ", "ಆಸಕ್ತಿದಾಯಕವಾಗಿ+ಇರು", kReadable | kTold | kShow},
    {"long", "ಉದ್ದವಾದ", "ಉದ್ದವಾಗಿ+ಇರು", kLong},
    {"difficult", "ಕಷ್ಟವಾದ", "ಕಷ್ಟವಾಗಿ+ಇರು", kHard},
    {"easy", "ಸುಲಭವಾದ", "ಸುಲಭವಾಗಿ+ಇರು", kHard},
    {"ripe", "ಮಾಗಿದ", "", kRipe},
    {"sweet", "ಸಿಹಿಯಾದ", "ಸಿಹಿಯಾಗಿ+ಇರು", kSweetTaste},
    {"tasty", "ರುಚಿಯಾದ", "ರುಚಿಯಾಗಿ+ಇರು", kEdible},
    {"hot", "ಬಿಸಿಯಾದ", "ಬಿಸಿಯಾಗಿ+ಇರು", kWarm},
    {"tall", "ಎತ್ತರವಾದ", "ಎತ್ತರವಾಗಿ+ಇರು", kTall},
    {"expensive", "ದುಬಾರಿಯಾದ", "ದುಬಾರಿಯಾಗಿ+ಇರು", kVehicle | kWorn},
    {"clean", "ಸ್ವಚ್ಛವಾದ", "ಸ್ವಚ್ಛವಾಗಿ+ಇರು", kWashed | kCleaned},
    {"red", "ಕೆಂಪು", "ಕೆಂಪಾಗಿ+ಇರು", kColoured},
    {"white", "ಬಿಳಿ", "ಬೆಳ್ಳಗಿ+ಇರು", kColoured},
    {"black", "ಕಪ್ಪು", "ಕಪ್ಪಾಗಿ+ಇರು", kColoured},
};

constexpr Adjective kHumanAdjectives[] = {
    {"tall", "ಎತ್ತರದ", "ಎತ್ತರವಾಗಿ+ಇರು", kPerson},
    {"poor", "ಬಡ", "", kAdult},
    {"rich", "ಶ್ರೀಮಂತ", "", kAdult},
    {"good", "ಒಳ್ಳೆಯ", "", kPerson},
    {"small", "ಚಿಕ್ಕ", "ಚಿಕ್ಕದಾಗಿ+ಇರು", kYoung},
    {"clever", "ಜಾಣ", "", kYoung},
};

constexpr TimePhrase kTimes[] = {
    {"yesterday", "ನಿನ್ನೆ", Tense::past, false},
    {"this morning", "ಇಂದು ಬೆಳಿಗ್ಗೆ", Tense::past, false},
    {"yesterday evening", "ನಿನ್ನೆ ಸಂಜೆ", Tense::past, false},
    {"last night", "ನಿನ್ನೆ ರಾತ್ರಿ", Tense::past, false},
    {"two days ago", "ಎರಡು ದಿನಗಳ ಹಿಂದೆ", Tense::past, false},
    {"last week", "ಕಳೆದ ವಾರ", Tense::past, true},
    {"last month", "ಕಳೆದ ತಿಂಗಳು", Tense::past, true},
    {"last year", "ಕಳೆದ ವರ್ಷ", Tense::past, true},
    {"on Sunday", "ಭಾನುವಾರ", Tense::past, false},
    {"every day", "ಪ್ರತಿದಿನ", Tense::present, false},
    {"every morning", "ಪ್ರತಿದಿನ ಬೆಳಿಗ್ಗೆ", Tense::present, false},
    {"every evening", "ಪ್ರತಿದಿನ ಸಂಜೆ", Tense::present, false},
    {"every week", "ಪ್ರತಿ ವಾರ", Tense::present, true},
    {"every year", "ಪ್ರತಿ ವರ್ಷ", Tense::present, true},
    {"now", "ಈಗ", Tense::progressive, false},
    {"yesterday evening", "ನಿನ್ನೆ ಸಂಜೆ", Tense::past_progressive, false},
    {"this morning", "ಇಂದು ಬೆಳಿಗ್ಗೆ", Tense::past_progressive, false},
    {"tomorrow", "ನಾಳೆ", Tense::future, false},
    {"tomorrow morning", "ನಾಳೆ ಬೆಳಿಗ್ಗೆ", Tense::future, false},
    {"this evening", "ಇಂದು ಸಂಜೆ", Tense::future, false},
    {"on Monday", "ಸೋಮವಾರ", Tense::future, false},
    {"next week", "ಮುಂದಿನ ವಾರ", Tense::future, true},
    {"next month", "ಮುಂದಿನ ತಿಂಗಳು", Tense::future, true},
    {"next year", "ಮುಂದಿನ ವರ್ಷ", Tense::future, true},
};

}  // namespace

std::span<const Adjective> adjectives() { return kAdjectives; }
std::span<const Adjective> human_adjectives() { return kHumanAdjectives; }
std::span<const TimePhrase> times() { return kTimes; }

}  // namespace gamana::corpus
