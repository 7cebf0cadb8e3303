// People, their names, and places.
#include "tools/corpus/lexicon.h"

namespace gamana::corpus {
namespace {

constexpr Person kPeople[] = {
    {"boy", "boys", "ಹುಡುಗ", "ಹುಡುಗರು", Agree::he, 'm', kYoung, Class::human_a},
    {"girl", "girls", "ಹುಡುಗಿ", "ಹುಡುಗಿಯರು", Agree::she, 'f', kYoung},
    {"child", "children", "ಮಗು", "ಮಕ್ಕಳು", Agree::it, 'n', kYoung, Class::v},
    {"student", "students", "ವಿದ್ಯಾರ್ಥಿ", "ವಿದ್ಯಾರ್ಥಿಗಳು", Agree::he, 'm', kYoung},
    {"man", "men", "ಮನುಷ್ಯ", "ಮನುಷ್ಯರು", Agree::he, 'm', kAdult, Class::human_a},
    {"woman", "women", "ಮಹಿಳೆ", "ಮಹಿಳೆಯರು", Agree::she, 'f', kAdult},
    {"farmer", "farmers", "ರೈತ", "ರೈತರು", Agree::he, 'm', kAdult | kFarmer, Class::human_a},
    {"teacher", "", "ಶಿಕ್ಷಕರು", "", Agree::they, 'm', kAdult, Class::plural},
    {"doctor", "", "ವೈದ್ಯರು", "", Agree::they, 'f', kAdult, Class::plural},
    {"worker", "workers", "ಕೆಲಸಗಾರ", "ಕೆಲಸಗಾರರು", Agree::he, 'm', kAdult | kBuilder, Class::human_a},
    {"driver", "drivers", "ಚಾಲಕ", "ಚಾಲಕರು", Agree::he, 'm', kAdult | kDriver, Class::human_a},
    {"carpenter", "carpenters", "ಬಡಗಿ", "ಬಡಗಿಗಳು", Agree::he, 'm', kAdult | kBuilder},
    {"tailor", "tailors", "ದರ್ಜಿ", "ದರ್ಜಿಗಳು", Agree::he, 'm', kAdult | kTailor},
    {"fisherman", "fishermen", "ಮೀನುಗಾರ", "ಮೀನುಗಾರರು", Agree::he, 'm', kAdult | kFisher, Class::human_a},
    {"soldier", "soldiers", "ಸೈನಿಕ", "ಸೈನಿಕರು", Agree::he, 'm', kAdult, Class::human_a},
    {"poet", "poets", "ಕವಿ", "ಕವಿಗಳು", Agree::he, 'm', kAdult},
    {"guest", "guests", "ಅತಿಥಿ", "ಅತಿಥಿಗಳು", Agree::he, 'm', kAdult},
    {"merchant", "merchants", "ವ್ಯಾಪಾರಿ", "ವ್ಯಾಪಾರಿಗಳು", Agree::he, 'm', kAdult},
    {"old man", "old men", "ಮುದುಕ", "ಮುದುಕರು", Agree::he, 'm', kAdult, Class::human_a},
    {"old woman", "old women", "ಮುದುಕಿ", "ಮುದುಕಿಯರು", Agree::she, 'f', kAdult},
};

constexpr Person kKin[] = {
    {"father", "", "ತಂದೆ", "", Agree::they, 'm', kAdult | kFarmer | kBuilder | kDriver | kFisher},
    {"mother", "", "ತಾಯಿ", "", Agree::they, 'f', kAdult | kTailor},
    {"grandfather", "", "ಅಜ್ಜ", "", Agree::he, 'm', kAdult | kFarmer | kBuilder | kDriver | kFisher, Class::human_a},
    {"grandmother", "", "ಅಜ್ಜಿ", "", Agree::she, 'f', kAdult},
    {"elder brother", "elder brothers", "ಅಣ್ಣ", "ಅಣ್ಣಂದಿರು", Agree::he, 'm',
     kPerson | kFarmer | kBuilder | kDriver | kFisher, Class::human_a},
    {"younger brother", "younger brothers", "ತಮ್ಮ", "ತಮ್ಮಂದಿರು", Agree::he, 'm', kYoung, Class::human_a},
    {"elder sister", "elder sisters", "ಅಕ್ಕ", "ಅಕ್ಕಂದಿರು", Agree::she, 'f', kPerson, Class::human_a},
    {"younger sister", "younger sisters", "ತಂಗಿ", "ತಂಗಿಯರು", Agree::she, 'f', kYoung},
    {"uncle", "uncles", "ಮಾವ", "ಮಾವಂದಿರು", Agree::he, 'm', kAdult | kFarmer | kBuilder | kDriver | kFisher,
     Class::human_a},
    {"aunt", "aunts", "ಅತ್ತೆ", "ಅತ್ತೆಯರು", Agree::she, 'f', kAdult | kTailor},
    {"friend", "friends", "ಸ್ನೇಹಿತ", "ಸ್ನೇಹಿತರು", Agree::he, 'm', kPerson, Class::human_a},
    {"son", "sons", "ಮಗ", "ಗಂಡುಮಕ್ಕಳು", Agree::he, 'm', kYoung, Class::human_a},
    {"daughter", "daughters", "ಮಗಳು", "ಹೆಣ್ಣುಮಕ್ಕಳು", Agree::she, 'f', kYoung, Class::plural},
};

constexpr Name kNames[] = {
    {"Ravi", "ರವಿ", false, Class::y},
    {"Rama", "ರಾಮ", false, Class::human_a},
    {"Gopala", "ಗೋಪಾಲ", false, Class::human_a},
    {"Krishna", "ಕೃಷ್ಣ", false, Class::human_a},
    {"Suresha", "ಸುರೇಶ", false, Class::human_a},
    {"Basava", "ಬಸವ", false, Class::human_a},
    {"Lakshmi", "ಲಕ್ಷ್ಮಿ", true, Class::y},
    {"Rani", "ರಾಣಿ", true, Class::y},
    {"Gauri", "ಗೌರಿ", true, Class::y},
    {"Parvati", "ಪಾರ್ವತಿ", true, Class::y},
    {"Sarasvati", "ಸರಸ್ವತಿ", true, Class::y},
    {"Kaveri", "ಕಾವೇರಿ", true, Class::y},
};

constexpr Place kPlaces[] = {
    {"home", "", "at", "ಮನೆ", kHome},
    {"kitchen", "the", "in", "ಅಡುಗೆಮನೆ", kEatery},
    {"room", "the", "in", "ಕೋಣೆ", kRoom},
    {"school", "", "at", "ಶಾಲೆ", kStudy},
    {"college", "", "at", "ಕಾಲೇಜು", kStudy},
    {"library", "the", "in", "ಗ್ರಂಥಾಲಯ", kStudy | kQuiet},
    {"market", "the", "in", "ಮಾರುಕಟ್ಟೆ", kMarket | kTown | kBeside},
    {"shop", "the", "in", "ಅಂಗಡಿ", kMarket | kBeside},
    {"field", "the", "in", "ಹೊಲ", kField},
    {"garden", "the", "in", "ತೋಟ", kGarden | kNature | kOutdoors},
    {"park", "the", "in", "ಉದ್ಯಾನವನ", kNature | kOutdoors},
    {"forest", "the", "in", "ಕಾಡು", kNature},
    {"river", "the", "in", "ನದಿ", kWater},
    {"lake", "the", "in", "ಕೆರೆ", kWater},
    {"village", "the", "in", "ಹಳ್ಳಿ", kTown | kCity},
    {"city", "the", "in", "ನಗರ", kTown | kCity},
    {"street", "the", "in", "ಬೀದಿ", kOutdoors | kTown},
    {"playground", "the", "in", "ಆಟದಮೈದಾನ", kOutdoors},
    {"office", "the", "in", "ಕಚೇರಿ", kOffice},
    {"factory", "the", "in", "ಕಾರ್ಖಾನೆ", kOffice},
    {"hospital", "the", "in", "ಆಸ್ಪತ್ರೆ", kCare | kBeside},
    {"bank", "the", "in", "ಬ್ಯಾಂಕು", kOffice},
    {"temple", "the", "in", "ದೇವಸ್ಥಾನ", kHoly | kBeside},
    {"hotel", "the", "in", "ಹೋಟೆಲು", kEatery | kHotel | kBeside},
    {"Bengaluru", "", "in", "ಬೆಂಗಳೂರು", kCity},
    {"Mysuru", "", "in", "ಮೈಸೂರು", kCity},
    {"Mangaluru", "", "in", "ಮಂಗಳೂರು", kCity},
    {"Tumakuru", "", "in", "ತುಮಕೂರು", kCity},
    {"Dharwad", "", "in", "ಧಾರವಾಡ", kCity},
    {"Hampi", "", "in", "ಹಂಪಿ", kCity},
    {"Udupi", "", "in", "ಉಡುಪಿ", kCity},
    {"Hubballi", "", "in", "ಹುಬ್ಬಳ್ಳಿ", kCity},
    {"Belagavi", "", "in", "ಬೆಳಗಾವಿ", kCity},
    {"Mumbai", "", "in", "ಮುಂಬೈ", kCity},
    {"Delhi", "", "in", "ದೆಹಲಿ", kCity},
};

}  // namespace

std::span<const Person> people() { return kPeople; }
std::span<const Person> kin() { return kKin; }
std::span<const Name> names() { return kNames; }
std::span<const Place> places() { return kPlaces; }

}  // namespace gamana::corpus
