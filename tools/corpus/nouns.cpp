// Nouns, people and places.
#include "tools/corpus/lexicon.h"

namespace gamana::corpus {
namespace {

constexpr uint64_t kFruit = kEdible | kGoods | kCarried | kRipe | kCut | kLoved | kSweetTaste;
constexpr uint64_t kVegetable = kEdible | kGoods | kCarried | kCut | kCooked | kCrop;
constexpr uint64_t kDish = kEdible | kCooked | kLoved;
constexpr uint64_t kThing = kGoods | kCarried | kLost;

constexpr Noun kNouns[] = {
    // food
    {"mango", "mangoes", "ಮಾವಿನಹಣ್ಣು", kFruit | kPlucked},
    {"banana", "", "ಬಾಳೆಹಣ್ಣು", kFruit},
    {"apple", "", "ಸೇಬು", kFruit | kPlucked},
    {"orange", "", "ಕಿತ್ತಳೆ", kFruit | kPlucked},
    {"guava", "", "ಸೀಬೆಹಣ್ಣು", kFruit | kPlucked},
    {"coconut", "", "ತೆಂಗಿನಕಾಯಿ", kGoods | kCarried | kCut | kPlucked},
    {"fruit", "", "ಹಣ್ಣು", kFruit | kPlucked},
    {"vegetable", "", "ತರಕಾರಿ", kVegetable | kWashed},
    {"potato", "potatoes", "ಆಲೂಗಡ್ಡೆ", kVegetable | kWashed},
    {"onion", "", "ಈರುಳ್ಳಿ", kGoods | kCarried | kCut | kCrop},
    {"brinjal", "", "ಬದನೆಕಾಯಿ", kVegetable},
    {"rice", "-", "ಅನ್ನ", kDish | kWarm},
    {"bread", "-", "ರೊಟ್ಟಿ", kDish},
    {"dosa", "", "ದೋಸೆ", kDish | kWarm},
    {"idli", "", "ಇಡ್ಲಿ", kDish | kWarm},
    {"payasa", "-", "ಪಾಯಸ", kDish | kSweetTaste},
    {"food", "-", "ಊಟ", kDish | kWarm},
    {"fish", "-", "ಮೀನು", kEdible | kGoods | kCooked},
    {"sweet", "", "ಸಿಹಿತಿಂಡಿ", kEdible | kGoods | kCarried | kLoved | kCooked},
    {"milk", "-", "ಹಾಲು", kDrink | kGoods | kWarm | kLoved},
    {"water", "-", "ನೀರು", kDrink | kWarm},
    {"coffee", "-", "ಕಾಫಿ", kDrink | kWarm | kLoved},
    {"tea", "-", "ಚಹಾ", kDrink | kWarm | kLoved},
    {"buttermilk", "-", "ಮಜ್ಜಿಗೆ", kDrink | kLoved},
    {"curd", "-", "ಮೊಸರು", kEdible | kGoods},
    {"sugar", "-", "ಸಕ್ಕರೆ", kGoods},
    {"salt", "-", "ಉಪ್ಪು", kGoods},
    {"oil", "-", "ಎಣ್ಣೆ", kGoods},
    // reading, study, leisure
    {"book", "", "ಪುಸ್ತಕ", kReadable | kWritten | kThing | kLoved | kBig},
    {"story", "", "ಕಥೆ", kReadable | kWritten | kTold | kHeard | kLoved | kLong},
    {"letter", "", "ಪತ್ರ", kReadable | kWritten | kSent | kLong | kLost},
    {"newspaper", "", "ಪತ್ರಿಕೆ", kReadable | kGoods | kCarried},
    {"poem", "", "ಕವಿತೆ", kReadable | kWritten | kLoved | kLong},
    {"lesson", "", "ಪಾಠ", kReadable | kTask | kLong | kHard},
    {"question", "", "ಪ್ರಶ್ನೆ", kHard},
    {"news", "-", "ಸುದ್ದಿ", kTold | kHeard},
    {"song", "", "ಹಾಡು", kSong | kHeard | kLoved | kLong},
    {"music", "-", "ಸಂಗೀತ", kSubject | kHeard | kLoved},
    {"Kannada", "-", "ಕನ್ನಡ", kSubject},
    {"mathematics", "-", "ಗಣಿತ", kSubject},
    {"science", "-", "ವಿಜ್ಞಾನ", kSubject},
    {"dance", "-", "ನೃತ್ಯ", kSubject | kLoved},
    {"film", "", "ಚಲನಚಿತ್ರ", kShow | kLong},
    {"play", "", "ನಾಟಕ", kShow | kWritten | kLong},
    {"chess", "-", "ಚದುರಂಗ", kGame | kLoved},
    {"kabaddi", "-", "ಕಬಡ್ಡಿ", kGame | kLoved},
    {"picture", "", "ಚಿತ್ರ", kDrawn | kSent},
    {"pen", "", "ಲೇಖನಿ", kThing | kColoured},
    {"paper", "-", "ಕಾಗದ", kGoods},
    // household
    {"bag", "", "ಚೀಲ", kThing | kBox | kBig | kColoured},
    {"box", "", "ಪೆಟ್ಟಿಗೆ", kThing | kBox | kBig | kOpened},
    {"basket", "", "ಬುಟ್ಟಿ", kGoods | kCarried | kBox | kBig},
    {"pot", "", "ಮಡಕೆ", kGoods | kCarried | kBox | kBig | kWashed},
    {"plate", "", "ತಟ್ಟೆ", kGoods | kCarried | kWashed | kBig | kSurface},
    {"knife", "knives", "ಚಾಕು", kThing, Class::v},
    {"key", "", "ಬೀಗದಕೈ", kCarried | kLost},
    {"umbrella", "", "ಕೊಡೆ", kThing | kColoured},
    {"lamp", "", "ದೀಪ", kGoods | kCarried | kLit},
    {"watch", "", "ಗಡಿಯಾರ", kThing | kRepaired},
    {"toy", "", "ಆಟಿಕೆ", kThing | kLoved | kColoured},
    {"ball", "", "ಚೆಂಡು", kThing | kColoured},
    {"table", "", "ಮೇಜು", kGoods | kSurface | kBig | kCleaned},
    {"chair", "", "ಕುರ್ಚಿ", kGoods | kSurface | kRepaired},
    {"bed", "", "ಹಾಸಿಗೆ", kGoods | kSurface | kBig},
    {"door", "", "ಬಾಗಿಲು", kOpened | kRepaired | kBig},
    {"window", "", "ಕಿಟಕಿ", kOpened | kCleaned | kBig},
    {"money", "-", "ಹಣ", kLost | kSent},
    {"gift", "", "ಉಡುಗೊರೆ", kGoods | kCarried | kSent},
    // clothes
    {"shirt", "", "ಅಂಗಿ", kWorn | kGoods | kWashed | kColoured | kLost},
    {"saree", "", "ಸೀರೆ", kGoods | kWashed | kColoured},
    {"clothes", "-", "ಬಟ್ಟೆಗಳು", kWorn | kGoods | kWashed | kColoured, Class::plural},
    // farm and nature
    {"paddy", "-", "ಭತ್ತ", kCrop},
    {"ragi", "-", "ರಾಗಿ", kCrop},
    {"sugarcane", "-", "ಕಬ್ಬು", kCrop},
    {"tree", "", "ಮರ", kPlanted | kClimbed | kTall | kBig},
    {"plant", "", "ಗಿಡ", kPlanted},
    {"flower", "", "ಹೂವು", kFlower | kPlucked | kGoods | kCarried | kColoured | kLoved},
    {"grass", "-", "ಹುಲ್ಲು", kGrass},
    {"hill", "", "ಬೆಟ್ಟ", kClimbed | kTall | kBig},
    {"cow", "", "ಹಸು", kAnimal | kLoved | kGoods | kColoured, Class::v},
    {"dog", "", "ನಾಯಿ", kAnimal | kLoved | kColoured | kCoop},
    {"cat", "", "ಬೆಕ್ಕು", kAnimal | kLoved | kColoured | kCoop},
    {"horse", "", "ಕುದುರೆ", kAnimal | kColoured},
    {"elephant", "", "ಆನೆ", kAnimal | kBig},
    {"goat", "", "ಮೇಕೆ", kAnimal | kGoods | kColoured},
    {"ox", "oxen", "ಎತ್ತು", kAnimal | kGoods},
    {"bird", "", "ಹಕ್ಕಿ", kBird | kColoured},
    {"parrot", "", "ಗಿಳಿ", kBird},
    {"peacock", "", "ನವಿಲು", kBird},
    // buildings and vehicles
    {"house", "", "ಮನೆ", kBuilt | kCleaned | kDecorated | kBig},
    {"wall", "", "ಗೋಡೆ", kBuilt | kTall},
    {"bridge", "", "ಸೇತುವೆ", kBuilt | kRepaired | kLong},
    {"room", "", "ಕೋಣೆ", kCleaned | kDecorated | kBig},
    {"shop", "", "ಅಂಗಡಿ", kOpened | kBig},
    {"bus", "buses", "ಬಸ್ಸು", kTransit},
    {"train", "", "ರೈಲು", kTransit | kLong},
    {"car", "", "ಕಾರು", kVehicle | kRepaired | kGoods | kWashed | kColoured},
    {"bicycle", "", "ಸೈಕಲ್ಲು", kVehicle | kRepaired | kGoods | kWashed | kColoured},
    // work, feasts
    {"work", "-", "ಕೆಲಸ", kTask | kHard},
    {"Ugadi", "-", "ಯುಗಾದಿ", kFestival},
    {"Deepavali", "-", "ದೀಪಾವಳಿ", kFestival},
    {"Sankranti", "-", "ಸಂಕ್ರಾಂತಿ", kFestival},
};

constexpr Person kPeople[] = {
    {"boy", "boys", "ಹುಡುಗ", "ಹುಡುಗರು", Agree::he, 'm', kYoung | kGuest, Class::human_a},
    {"girl", "girls", "ಹುಡುಗಿ", "ಹುಡುಗಿಯರು", Agree::she, 'f', kYoung | kGuest},
    {"child", "children", "ಮಗು", "ಮಕ್ಕಳು", Agree::it, 'n', kYoung, Class::v},
    {"student", "students", "ವಿದ್ಯಾರ್ಥಿ", "ವಿದ್ಯಾರ್ಥಿಗಳು", Agree::he, 'm', kYoung},
    {"man", "men", "ಮನುಷ್ಯ", "ಮನುಷ್ಯರು", Agree::he, 'm', kAdult | kGuest, Class::human_a},
    {"woman", "women", "ಮಹಿಳೆ", "ಮಹಿಳೆಯರು", Agree::she, 'f', kAdult | kGuest},
    {"farmer", "farmers", "ರೈತ", "ರೈತರು", Agree::he, 'm', kAdult | kFarmer, Class::human_a},
    {"teacher", "", "ಶಿಕ್ಷಕರು", "", Agree::they, 'm', kAdult | kTeacher, Class::plural},
    {"doctor", "", "ವೈದ್ಯರು", "", Agree::they, 'f', kAdult, Class::plural},
    {"worker", "workers", "ಕೆಲಸಗಾರ", "ಕೆಲಸಗಾರರು", Agree::he, 'm', kAdult, Class::human_a},
    {"merchant", "merchants", "ವ್ಯಾಪಾರಿ", "ವ್ಯಾಪಾರಿಗಳು", Agree::he, 'm', kAdult},
    {"old man", "old men", "ಮುದುಕ", "ಮುದುಕರು", Agree::he, 'm', kAdult | kGuest, Class::human_a},
    {"old woman", "old women", "ಮುದುಕಿ", "ಮುದುಕಿಯರು", Agree::she, 'f', kAdult | kGuest},
};

constexpr Person kKin[] = {
    {"father", "", "ತಂದೆ", "", Agree::they, 'm', kAdult | kFarmer},
    {"mother", "", "ತಾಯಿ", "", Agree::they, 'f', kAdult},
    {"grandfather", "", "ಅಜ್ಜ", "", Agree::he, 'm', kAdult | kFarmer, Class::human_a},
    {"grandmother", "", "ಅಜ್ಜಿ", "", Agree::she, 'f', kAdult},
    {"elder brother", "elder brothers", "ಅಣ್ಣ", "ಅಣ್ಣಂದಿರು", Agree::he, 'm', kPerson | kFarmer, Class::human_a},
    {"younger brother", "younger brothers", "ತಮ್ಮ", "ತಮ್ಮಂದಿರು", Agree::he, 'm', kYoung, Class::human_a},
    {"elder sister", "elder sisters", "ಅಕ್ಕ", "ಅಕ್ಕಂದಿರು", Agree::she, 'f', kPerson, Class::human_a},
    {"younger sister", "younger sisters", "ತಂಗಿ", "ತಂಗಿಯರು", Agree::she, 'f', kYoung},
    {"uncle", "uncles", "ಮಾವ", "ಮಾವಂದಿರು", Agree::he, 'm', kAdult | kFarmer, Class::human_a},
    {"aunt", "aunts", "ಅತ್ತೆ", "ಅತ್ತೆಯರು", Agree::she, 'f', kAdult},
    {"friend", "friends", "ಸ್ನೇಹಿತ", "ಸ್ನೇಹಿತರು", Agree::he, 'm', kPerson | kGuest, Class::human_a},
    {"son", "sons", "ಮಗ", "ಗಂಡುಮಕ್ಕಳು", Agree::he, 'm', kYoung, Class::human_a},
    {"daughter", "daughters", "ಮಗಳು", "ಹೆಣ್ಣುಮಕ್ಕಳು", Agree::she, 'f', kYoung, Class::plural},
};

constexpr Name kNames[] = {
    {"Ravi", "ರವಿ", false, Class::y},          {"Rama", "ರಾಮ", false, Class::human_a},
    {"Gopala", "ಗೋಪಾಲ", false, Class::human_a}, {"Krishna", "ಕೃಷ್ಣ", false, Class::human_a},
    {"Suresha", "ಸುರೇಶ", false, Class::human_a}, {"Basava", "ಬಸವ", false, Class::human_a},
    {"Lakshmi", "ಲಕ್ಷ್ಮಿ", true, Class::y},      {"Rani", "ರಾಣಿ", true, Class::y},
    {"Gauri", "ಗೌರಿ", true, Class::y},          {"Parvati", "ಪಾರ್ವತಿ", true, Class::y},
    {"Sarasvati", "ಸರಸ್ವತಿ", true, Class::y},    {"Kaveri", "ಕಾವೇರಿ", true, Class::y},
};

constexpr Place kPlaces[] = {
    {"home", "", "at", "ಮನೆ", kHome},
    {"kitchen", "the", "in", "ಅಡುಗೆಮನೆ", kEatery},
    {"room", "the", "in", "ಕೋಣೆ", kHome},
    {"school", "", "at", "ಶಾಲೆ", kStudy | kSchoolyard},
    {"college", "", "at", "ಕಾಲೇಜು", kStudy},
    {"library", "the", "in", "ಗ್ರಂಥಾಲಯ", kStudy},
    {"market", "the", "in", "ಮಾರುಕಟ್ಟೆ", kMarket | kTown},
    {"shop", "the", "in", "ಅಂಗಡಿ", kMarket},
    {"field", "the", "in", "ಹೊಲ", kField},
    {"garden", "the", "in", "ತೋಟ", kField | kNature | kSchoolyard},
    {"forest", "the", "in", "ಕಾಡು", kNature},
    {"river", "the", "in", "ನದಿ", kWater},
    {"lake", "the", "in", "ಕೆರೆ", kWater},
    {"village", "the", "in", "ಹಳ್ಳಿ", kTown | kCity},
    {"city", "the", "in", "ನಗರ", kTown | kCity},
    {"street", "the", "in", "ಬೀದಿ", kSchoolyard},
    {"playground", "the", "in", "ಆಟದಮೈದಾನ", kSchoolyard},
    {"office", "the", "in", "ಕಚೇರಿ", kOffice},
    {"factory", "the", "in", "ಕಾರ್ಖಾನೆ", kOffice},
    {"hospital", "the", "in", "ಆಸ್ಪತ್ರೆ", kCare},
    {"bank", "the", "in", "ಬ್ಯಾಂಕು", kOffice},
    {"temple", "the", "in", "ದೇವಸ್ಥಾನ", kHoly},
    {"hotel", "the", "in", "ಹೋಟೆಲು", kEatery},
    {"Bengaluru", "", "in", "ಬೆಂಗಳೂರು", kCity},
    {"Mysuru", "", "in", "ಮೈಸೂರು", kCity},
    {"Mangaluru", "", "in", "ಮಂಗಳೂರು", kCity},
    {"Dharwad", "", "in", "ಧಾರವಾಡ", kCity},
    {"Hampi", "", "in", "ಹಂಪಿ", kCity},
    {"Udupi", "", "in", "ಉಡುಪಿ", kCity},
    {"Delhi", "", "in", "ದೆಹಲಿ", kCity},
};

}  // namespace

std::span<const Noun> nouns() { return kNouns; }
std::span<const Person> people() { return kPeople; }
std::span<const Person> kin() { return kKin; }
std::span<const Name> names() { return kNames; }
std::span<const Place> places() { return kPlaces; }

}  // namespace gamana::corpus
