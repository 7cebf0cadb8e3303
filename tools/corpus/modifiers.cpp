// Adjectives, adverbs and expressions of time.
#include "tools/corpus/lexicon.h"

namespace gamana::corpus {
namespace {

constexpr Adjective kAdjectives[] = {
    {"big", "ದೊಡ್ಡ", "ದೊಡ್ಡದಾಗಿ+ಇರು", kBig},
    {"small", "ಚಿಕ್ಕ", "ಚಿಕ್ಕದಾಗಿ+ಇರು", kBig | kBird},
    {"new", "ಹೊಸ", "ಹೊಸದಾಗಿ+ಇರು", kWorn | kVehicle | kShow | kBuilt | kReadable},
    {"old", "ಹಳೆಯ", "ಹಳೆಯದಾಗಿ+ಇರು", kVehicle | kBuilt | kSong | kShow},
    {"beautiful", "ಸುಂದರವಾದ", "ಸುಂದರವಾಗಿ+ಇರು", kFlower | kBird | kDrawn | kDecorated | kPrecious},
    {"interesting", "ಆಸಕ್ತಿದಾಯಕ", "ಆಸಕ್ತಿದಾಯಕವಾಗಿ+ಇರು", kReadable | kShow},
    {"useful", "ಉಪಯುಕ್ತವಾದ", "ಉಪಯುಕ್ತವಾಗಿ+ಇರು", kUseful},
    {"long", "ಉದ್ದವಾದ", "ಉದ್ದವಾಗಿ+ಇರು", kLong},
    {"difficult", "ಕಷ್ಟವಾದ", "ಕಷ್ಟವಾಗಿ+ಇರು", kHard},
    {"easy", "ಸುಲಭವಾದ", "ಸುಲಭವಾಗಿ+ಇರು", kHard},
    {"ripe", "ಮಾಗಿದ", "", kRipe},
    {"sweet", "ಸಿಹಿಯಾದ", "ಸಿಹಿಯಾಗಿ+ಇರು", kSweet},
    {"tasty", "ರುಚಿಯಾದ", "ರುಚಿಯಾಗಿ+ಇರು", kEdible},
    {"fresh", "ತಾಜಾ", "", kFresh},
    {"hot", "ಬಿಸಿಯಾದ", "ಬಿಸಿಯಾಗಿ+ಇರು", kWarm},
    {"cold", "ತಣ್ಣನೆಯ", "ತಣ್ಣಗೆ+ಇರು", kCold},
    {"tall", "ಎತ್ತರವಾದ", "ಎತ್ತರವಾಗಿ+ಇರು", kTall},
    {"heavy", "ಭಾರವಾದ", "ಭಾರವಾಗಿ+ಇರು", kHeavy},
    {"strong", "ಗಟ್ಟಿಯಾದ", "ಗಟ್ಟಿಯಾಗಿ+ಇರು", kStrong},
    {"sharp", "ಹರಿತವಾದ", "ಹರಿತವಾಗಿ+ಇರು", kSharp},
    {"deep", "ಆಳವಾದ", "ಆಳವಾಗಿ+ಇರು", kDeep},
    {"expensive", "ದುಬಾರಿಯಾದ", "ದುಬಾರಿಯಾಗಿ+ಇರು", kVehicle | kPrecious},
    {"clean", "ಸ್ವಚ್ಛವಾದ", "ಸ್ವಚ್ಛವಾಗಿ+ಇರು", kSewn},
    {"dirty", "ಕೊಳಕಾದ", "ಕೊಳಕಾಗಿ+ಇರು", kSewn},
    {"red", "ಕೆಂಪು", "ಕೆಂಪಾಗಿ+ಇರು", kColoured},
    {"yellow", "ಹಳದಿ", "ಹಳದಿಯಾಗಿ+ಇರು", kColoured},
    {"white", "ಬಿಳಿ", "ಬೆಳ್ಳಗೆ+ಇರು", kColoured | kFur},
    {"black", "ಕಪ್ಪು", "ಕಪ್ಪಗೆ+ಇರು", kFur | kVehicle},
    {"fat", "ದಪ್ಪವಾದ", "ದಪ್ಪವಾಗಿ+ಇರು", kFat},
};

constexpr Adjective kHumanAdjectives[] = {
    {"tall", "ಎತ್ತರದ", "ಎತ್ತರವಾಗಿ+ಇರು", kPerson},
    {"poor", "ಬಡ", "", kAdult},
    {"rich", "ಶ್ರೀಮಂತ", "", kAdult},
    {"good", "ಒಳ್ಳೆಯ", "", kPerson},
    {"honest", "ಪ್ರಾಮಾಣಿಕ", "", kAdult},
    {"healthy", "ಆರೋಗ್ಯವಂತ", "ಆರೋಗ್ಯವಾಗಿ+ಇರು", kPerson},
    {"small", "ಚಿಕ್ಕ", "", kYoung},
    {"clever", "ಜಾಣ", "", kYoung},
};

constexpr TimePhrase kTimes[] = {
    {"yesterday", "ನಿನ್ನೆ", Tense::past, Grain::day},
    {"yesterday", "ನಿನ್ನೆ", Tense::past, Grain::day},
    {"this morning", "ಇಂದು ಬೆಳಿಗ್ಗೆ", Tense::past, Grain::day},
    {"yesterday evening", "ನಿನ್ನೆ ಸಂಜೆ", Tense::past, Grain::day},
    {"last night", "ನಿನ್ನೆ ರಾತ್ರಿ", Tense::past, Grain::day},
    {"two days ago", "ಎರಡು ದಿನಗಳ ಹಿಂದೆ", Tense::past, Grain::day},
    {"last week", "ಕಳೆದ ವಾರ", Tense::past, Grain::year},
    {"last month", "ಕಳೆದ ತಿಂಗಳು", Tense::past, Grain::year},
    {"last year", "ಕಳೆದ ವರ್ಷ", Tense::past, Grain::year},
    {"on Sunday", "ಭಾನುವಾರ", Tense::past, Grain::day},
    {"on Friday", "ಶುಕ್ರವಾರ", Tense::past, Grain::day},
    {"on Wednesday", "ಬುಧವಾರ", Tense::past, Grain::day},
    {"at five o'clock", "ಐದು ಗಂಟೆಗೆ", Tense::past, Grain::hour},
    {"at eight o'clock", "ಎಂಟು ಗಂಟೆಗೆ", Tense::past, Grain::hour},
    {"every day", "ಪ್ರತಿದಿನ", Tense::present, Grain::day},
    {"every morning", "ಪ್ರತಿದಿನ ಬೆಳಿಗ್ಗೆ", Tense::present, Grain::day},
    {"every evening", "ಪ್ರತಿದಿನ ಸಂಜೆ", Tense::present, Grain::day},
    {"every Sunday", "ಪ್ರತಿ ಭಾನುವಾರ", Tense::present, Grain::day},
    {"every week", "ಪ್ರತಿ ವಾರ", Tense::present, Grain::year},
    {"every month", "ಪ್ರತಿ ತಿಂಗಳು", Tense::present, Grain::year},
    {"every year", "ಪ್ರತಿ ವರ್ಷ", Tense::present, Grain::year},
    {"now", "ಈಗ", Tense::progressive, Grain::day},
    {"yesterday evening", "ನಿನ್ನೆ ಸಂಜೆ", Tense::past_progressive, Grain::day},
    {"this morning", "ಇಂದು ಬೆಳಿಗ್ಗೆ", Tense::past_progressive, Grain::day},
    {"tomorrow", "ನಾಳೆ", Tense::future, Grain::day},
    {"tomorrow", "ನಾಳೆ", Tense::future, Grain::day},
    {"tomorrow morning", "ನಾಳೆ ಬೆಳಿಗ್ಗೆ", Tense::future, Grain::day},
    {"this evening", "ಇಂದು ಸಂಜೆ", Tense::future, Grain::day},
    {"on Monday", "ಸೋಮವಾರ", Tense::future, Grain::day},
    {"on Thursday", "ಗುರುವಾರ", Tense::future, Grain::day},
    {"on Saturday", "ಶನಿವಾರ", Tense::future, Grain::day},
    {"at six o'clock", "ಆರು ಗಂಟೆಗೆ", Tense::future, Grain::hour},
    {"at ten o'clock", "ಹತ್ತು ಗಂಟೆಗೆ", Tense::future, Grain::hour},
    {"next week", "ಮುಂದಿನ ವಾರ", Tense::future, Grain::year},
    {"next month", "ಮುಂದಿನ ತಿಂಗಳು", Tense::future, Grain::year},
    {"next year", "ಮುಂದಿನ ವರ್ಷ", Tense::future, Grain::year},
};

constexpr Phrase kManners[] = {
    {"quickly", "ಬೇಗನೆ"}, {"slowly", "ನಿಧಾನವಾಗಿ"}, {"carefully", "ಎಚ್ಚರಿಕೆಯಿಂದ"}, {"happily", "ಸಂತೋಷದಿಂದ"},
    {"well", "ಚೆನ್ನಾಗಿ"},   {"loudly", "ಜೋರಾಗಿ"},   {"quietly", "ಸದ್ದಿಲ್ಲದೆ"},
};

}  // namespace

std::span<const Adjective> adjectives() { return kAdjectives; }
std::span<const Adjective> human_adjectives() { return kHumanAdjectives; }
std::span<const TimePhrase> times() { return kTimes; }
std::span<const Phrase> manners() { return kManners; }

}  // namespace gamana::corpus
