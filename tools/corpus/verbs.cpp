// Verbs with their frames. Stems of irregular verbs are written out (ಹೋಗು, ಹೋದ).
#include "gamana/base/check.h"
#include "tools/corpus/lexicon.h"

namespace gamana::corpus {
namespace {

constexpr uint32_t kOut = kMarket | kField | kNature | kTown;

constexpr Action kActions[] = {
    // food
    {{"eat", "ate", "eaten", "ತಿನ್ನು", "ತಿಂದ"}, kPerson, kEdible, Case::accusative, kHome | kEatery, kQuickly | kHappily,
     kDaily | kWith | kCommand},
    {{"drink", "drank", "drunk", "ಕುಡಿ", ""}, kPerson, kDrink, Case::accusative, kHome | kEatery, kQuickly, kDaily | kCommand},
    {{"cook", "", "", "ಬೇಯಿಸು", ""}, kAdult, kCooked, Case::accusative, kEatery | kHome, kWell, kDaily | kCommand},
    {{"prepare", "", "", "ತಯಾರಿಸು", ""}, kAdult, kCooked, Case::accusative, kEatery | kHome, 0, kDaily | kCommand},
    {{"cut", "cut", "cut", "ಕತ್ತರಿಸು", ""}, kAdult, kCut, Case::accusative, kEatery, kCarefully, kDaily | kTool | kCommand},
    // study and leisure
    {{"read", "read", "read", "ಓದು", ""}, kPerson, kReadable, Case::accusative, kStudy | kHome, kCarefully | kQuietly,
     kDaily | kCommand},
    {{"write", "wrote", "written", "ಬರೆ", ""}, kPerson, kWritten, Case::accusative, kHome | kStudy, kCarefully, kCommand},
    {{"tell", "told", "told", "ಹೇಳು", ""}, kPerson, kTold, Case::accusative, kHome | kStudy, 0, kRecipient | kCommand},
    {{"sing", "sang", "sung", "ಹಾಡು", ""}, kPerson, kSong, Case::accusative, kHoly | kStudy, kWell | kLoudly | kHappily,
     kCommand},
    {{"listen to", "", "", "ಕೇಳು", ""}, kPerson, kHeard, Case::accusative, kHome, kHappily | kQuietly, kCommand},
    {{"watch", "", "", "ನೋಡು", ""}, kPerson, kShow, Case::accusative, kHome | kCity, kHappily, kWith},
    {{"play", "", "", "ಆಡು", ""}, kPerson, kGame, Case::accusative, kSchoolyard, kWell, kWith},
    {{"learn", "learned", "", "ಕಲಿ", "ಕಲಿತ"}, kYoung, kSubject, Case::accusative, kStudy, kQuickly | kWell, kCommand},
    {{"teach", "taught", "", "ಕಲಿಸು", ""}, kAdult | kTeacher, kSubject, Case::accusative, kStudy, kWell, kRecipient},
    {{"draw", "drew", "drawn", "ಬಿಡಿಸು", ""}, kPerson, kDrawn, Case::accusative, kHome | kStudy, kCarefully | kWell, kCommand},
    {{"finish", "", "", "ಮುಗಿಸು", ""}, kPerson, kTask, Case::accusative, kHome | kStudy, kQuickly, kNoProgressive | kCommand},
    {{"begin", "began", "begun", "ಪ್ರಾರಂಭಿಸು", ""}, kPerson, kTask, Case::accusative, kHome | kStudy, kQuickly,
     kNoProgressive | kCommand},
    {{"forget", "forgot", "forgotten", "ಮರೆ", "ಮರೆತ"}, kPerson, kTask, Case::accusative, 0, 0, kNoProgressive},
    // trade, things
    {{"buy", "bought", "", "ಖರೀದಿಸು", ""}, kPerson, kGoods, Case::accusative, kMarket | kCity, 0, kCommand},
    {{"sell", "sold", "", "ಮಾರು", ""}, kAdult, kGoods, Case::accusative, kMarket | kCity, 0, 0},
    {{"give", "gave", "given", "ಕೊಡು", "ಕೊಟ್ಟ"}, kPerson, kCarried, Case::accusative, 0, kHappily, kRecipient | kCommand},
    {{"bring", "brought", "", "ತರು", "ತಂದ"}, kPerson, kCarried, Case::accusative, kOut | kHome, 0, kSource | kCommand},
    {{"send", "sent", "", "ಕಳುಹಿಸು", ""}, kPerson, kSent, Case::accusative, 0, 0, kRecipient | kCommand},
    {{"put", "put", "put", "ಇಡು", "ಇಟ್ಟ"}, kPerson, kCarried, Case::accusative, 0, kCarefully, kPutOn | kCommand},
    {{"look for", "", "", "ಹುಡುಕು", ""}, kPerson, kLost, Case::accusative, kHome | kStudy, kCarefully, kCommand},
    {{"lose", "lost", "", "ಕಳೆದುಕೊಳ್ಳು", "ಕಳೆದುಕೊಂಡ"}, kPerson, kLost, Case::accusative, kMarket | kStudy | kCity, 0,
     kNoProgressive},
    {{"wash", "", "", "ತೊಳೆ", ""}, kPerson, kWashed, Case::accusative, kWater | kHome, kWell, kDaily | kCommand},
    {{"wear", "wore", "worn", "ಧರಿಸು", ""}, kPerson, kWorn, Case::accusative, 0, 0, kDaily | kCommand},
    {{"clean", "", "", "ಸ್ವಚ್ಛಗೊಳಿಸು", ""}, kPerson, kCleaned, Case::accusative, 0, kQuickly | kWell, kDaily | kCommand},
    {{"repair", "", "", "ದುರಸ್ತಿ ಮಾಡು", ""}, kAdult, kRepaired, Case::accusative, 0, kQuickly | kCarefully, kCommand},
    {{"build", "built", "", "ಕಟ್ಟು", ""}, kAdult, kBuilt, Case::accusative, kCity, kSlowly, 0},
    {{"open", "", "", "ತೆರೆ", ""}, kPerson, kOpened, Case::accusative, 0, kSlowly | kQuietly, kDaily | kCommand},
    {{"close", "", "", "ಮುಚ್ಚು", ""}, kPerson, kOpened, Case::accusative, 0, kQuickly | kQuietly, kDaily | kCommand},
    {{"drive", "drove", "driven", "ಓಡಿಸು", ""}, kAdult, kVehicle, Case::accusative, kCity, kSlowly | kCarefully | kQuickly, 0},
    // farm
    {{"plough the field", "", "", "ಹೊಲವನ್ನು ಉಳು", "ಉತ್ತ"}, kFarmer, 0, Case::none, 0, 0, 0},
    {{"grow", "grew", "grown", "ಬೆಳೆಸು", ""}, kFarmer, kCrop, Case::accusative, kField, 0, kNoProgressive},
    {{"harvest", "", "", "ಕೊಯ್ಯು", "ಕೊಯ್ದ"}, kFarmer, kCrop, Case::accusative, kField, kQuickly, kWith},
    {{"plant", "", "", "ನೆಡು", "ನೆಟ್ಟ"}, kPerson, kPlanted, Case::accusative, kField, kCarefully, kCommand},
    {{"pluck", "", "", "ಕೀಳು", "ಕಿತ್ತ"}, kPerson, kPlucked, Case::accusative, kField, kCarefully, kCommand},
    // festivals
    {{"celebrate", "", "", "ಆಚರಿಸು", ""}, kPerson, kFestival, Case::accusative, kCity | kHome, kHappily, kWith},
    {{"decorate", "", "", "ಅಲಂಕರಿಸು", ""}, kPerson, kDecorated, Case::accusative, 0, kWell, kCommand},
    {{"light", "lit", "", "ಹಚ್ಚು", ""}, kPerson, kLit, Case::accusative, kHoly | kHome, 0, kDaily | kCommand},
    {{"pray", "", "", "ಪ್ರಾರ್ಥನೆ ಮಾಡು", ""}, kPerson, 0, Case::none, kHoly | kHome, kQuietly, kDaily | kCommand},
    // people
    {{"see", "saw", "seen", "ನೋಡು", ""}, kPerson, kPerson | kAnimal | kBird, Case::accusative, kOut, 0, kNoProgressive},
    {{"meet", "met", "", "ಭೇಟಿಯಾಗು", "ಭೇಟಿಯಾದ"}, kPerson, kPerson, Case::accusative, kTown | kStudy | kOffice, 0, 0},
    {{"help", "", "", "ಸಹಾಯ ಮಾಡು", ""}, kPerson, kPerson, Case::dative, kHome | kField, kHappily, kCommand},
    {{"call", "", "", "ಕರೆ", ""}, kPerson, kPerson, Case::accusative, 0, kLoudly, kCommand},
    {{"invite", "", "", "ಆಹ್ವಾನಿಸು", ""}, kPerson, kPerson, Case::accusative, 0, 0, kCommand},
    {{"love", "", "", "ಪ್ರೀತಿಸು", ""}, kPerson, kPerson | kCoop, Case::accusative, 0, 0, kStative},
    {{"wait for", "", "", "ಕಾಯು", "ಕಾದ"}, kPerson, kPerson | kTransit, Case::benefactive, kTown | kStudy, kQuietly, kCommand},
    {{"talk", "", "", "ಮಾತನಾಡು", ""}, kPerson, 0, Case::none, kTown | kHome | kStudy, kLoudly | kQuietly, kTalk | kCommand},
    // movement
    {{"go", "went", "gone", "ಹೋಗು", "ಹೋದ"}, kPerson, 0, Case::none,
     kMarket | kTown | kCity | kField | kStudy | kOffice | kHoly | kCare | kEatery, kQuickly,
     kGoal | kWith | kTransport | kMustPlace | kCommand},
    {{"come", "came", "come", "ಬರು", "ಬಂದ"}, kPerson, 0, Case::none, kHome | kCity | kStudy | kHoly | kMarket, kQuickly,
     kGoal | kWith | kTransport | kMustPlace | kCommand},
    {{"return", "", "", "ಹಿಂತಿರುಗು", ""}, kPerson, 0, Case::none, kHome | kCity, kQuickly,
     kGoal | kWith | kMustPlace | kCommand},
    {{"run", "ran", "run", "ಓಡು", ""}, kPerson, 0, Case::none, kSchoolyard | kField, kQuickly, kCommand},
    {{"walk", "", "", "ನಡೆ", ""}, kPerson, 0, Case::none, kNature, kSlowly | kQuickly, kWith | kCommand},
    {{"swim", "swam", "swum", "ಈಜು", ""}, kPerson, 0, Case::none, kWater, kWell | kHappily, kWith},
    {{"climb", "", "", "ಹತ್ತು", ""}, kPerson, kClimbed, Case::accusative, 0, kSlowly | kQuickly, kWith},
    {{"board", "", "", "ಹತ್ತು", ""}, kPerson, kTransit, Case::accusative, 0, kQuickly, kCommand},
    {{"get off", "got", "got", "ಇಳಿ", ""}, kPerson, kTransit, Case::ablative, 0, kSlowly, kCommand},
    {{"stay", "", "", "ಉಳಿದುಕೊಳ್ಳು", "ಉಳಿದುಕೊಂಡ"}, kPerson, 0, Case::none, kCity | kHome, 0, kMustPlace | kWith},
    {{"live", "", "", "ವಾಸಿಸು", ""}, kPerson, 0, Case::none, kCity, 0, kMustPlace | kStative | kWith},
    // the day
    {{"get up", "got", "got", "ಏಳು", "ಎದ್ದ"}, kPerson, 0, Case::none, 0, kQuickly | kSlowly, kDaily | kCommand},
    {{"bathe", "", "", "ಸ್ನಾನ ಮಾಡು", ""}, kPerson, 0, Case::none, kWater, 0, kDaily | kCommand},
    {{"sleep", "slept", "", "ಮಲಗು", ""}, kPerson, 0, Case::none, kHome, kWell, kDaily | kCommand},
    {{"rest", "", "", "ವಿಶ್ರಾಂತಿ ತೆಗೆದುಕೊಳ್ಳು", "ತೆಗೆದುಕೊಂಡ"}, kPerson, 0, Case::none, kHome, 0, kDaily | kCommand},
    {{"work", "", "", "ಕೆಲಸ ಮಾಡು", ""}, kAdult, 0, Case::none, kField | kOffice | kHome, kHappily | kQuickly, kCommand | kWith},
    {{"sit", "sat", "", "ಕುಳಿತುಕೊಳ್ಳು", "ಕುಳಿತುಕೊಂಡ"}, kPerson, 0, Case::none, kHome | kNature | kHoly, kQuietly,
     kDaily | kCommand | kWith},
    {{"stand", "stood", "", "ನಿಲ್ಲು", "ನಿಂತ"}, kPerson, 0, Case::none, kSchoolyard, kQuietly, kDaily | kCommand},
    {{"laugh", "", "", "ನಗು", "ನಕ್ಕ"}, kPerson, 0, Case::none, 0, kLoudly | kHappily, kDaily},
    {{"cry", "", "", "ಅಳು", "ಅತ್ತ"}, kYoung, 0, Case::none, kHome | kStudy, kLoudly | kQuietly, kDaily},
    {{"dance", "", "", "ಕುಣಿ", ""}, kPerson, 0, Case::none, kSchoolyard | kHoly, kWell | kHappily, kWith},
    {{"play", "", "", "ಆಟವಾಡು", ""}, kYoung, 0, Case::none, kSchoolyard, kHappily, kWith | kDaily | kCommand},
    // what happens to people
    {{"be hungry", "", "", "ಹಸಿವಾಗಿ+ಇರು", ""}, kPerson, 0, Case::none, 0, 0, kDativeSubject | kDaily},
    {{"be thirsty", "", "", "ಬಾಯಾರಿಕೆಯಾಗಿ+ಇರು", ""}, kPerson, 0, Case::none, 0, 0, kDativeSubject | kDaily},
    {{"be tired", "", "", "ಆಯಾಸವಾಗಿ+ಇರು", ""}, kPerson, 0, Case::none, 0, 0, kDativeSubject | kDaily},
    {{"be happy", "", "", "ಸಂತೋಷವಾಗಿ+ಇರು", ""}, kPerson, 0, Case::none, 0, 0, kDativeSubject | kDaily},
    {{"be sad", "", "", "ದುಃಖವಾಗಿ+ಇರು", ""}, kPerson, 0, Case::none, 0, 0, kDativeSubject | kDaily},
    {{"have a fever", "had", "had", "ಜ್ವರ ಇರು", ""}, kPerson, 0, Case::none, 0, 0, kDativeSubject | kDaily},
    {{"have a headache", "had", "had", "ತಲೆನೋವು ಇರು", ""}, kPerson, 0, Case::none, 0, 0, kDativeSubject | kDaily},
    {{"have a cold", "had", "had", "ನೆಗಡಿ ಇರು", ""}, kPerson, 0, Case::none, 0, 0, kDativeSubject | kDaily},
    {{"have time", "had", "had", "ಸಮಯ ಇರು", ""}, kPerson, 0, Case::none, 0, 0, kDativeSubject | kDaily},
    {{"have money", "had", "had", "ಹಣ ಇರು", ""}, kPerson, 0, Case::none, 0, 0, kNearSubject | kDaily},
    // events: the subject belongs to the verb
    {{"rain", "", "", "ಬರು", "ಬಂದ"}, 0, 0, Case::none, 0, 0, kDaily},
    {{"blow", "blew", "blown", "ಬೀಸು", ""}, 0, 0, Case::none, 0, 0, kDaily},
    {{"be closed", "", "", "ಮುಚ್ಚಿ+ಇರು", ""}, 0, 0, Case::none, 0, 0, kDaily},
    {{"be a holiday", "", "", "ರಜೆ ಇರು", ""}, 0, 0, Case::none, 0, 0, kDaily},
    // animals and things
    {{"eat grass", "ate", "eaten", "ಹುಲ್ಲನ್ನು ತಿನ್ನು", "ತಿಂದ"}, kGrass, 0, Case::none, kField, 0, kDaily},
    {{"sleep", "slept", "", "ಮಲಗು", ""}, kAnimal, 0, Case::none, kHome | kField, 0, kDaily},
    {{"drink water", "drank", "drunk", "ನೀರನ್ನು ಕುಡಿ", ""}, kAnimal, 0, Case::none, kWater, 0, kDaily},
    {{"bark", "", "", "ಬೊಗಳು", ""}, kCoop, 0, Case::none, kSchoolyard, kLoudly, kDaily},
    {{"run", "ran", "run", "ಓಡು", ""}, kAnimal, 0, Case::none, kField | kNature, kQuickly, kDaily},
    {{"fly", "flew", "flown", "ಹಾರು", ""}, kBird, 0, Case::none, kNature, kQuickly, kDaily},
    {{"bloom", "", "", "ಅರಳು", ""}, kFlower, 0, Case::none, kField, 0, kDaily},
    {{"come", "came", "come", "ಬರು", "ಬಂದ"}, kTransit, 0, Case::none, 0, kSlowly, kDaily},
    {{"leave", "left", "", "ಹೊರಡು", "ಹೊರಟ"}, kTransit, 0, Case::none, 0, kSlowly, kDaily},
};

constexpr Phrase kManners[] = {
    {"quickly", "ಬೇಗನೆ"},      {"slowly", "ನಿಧಾನವಾಗಿ"}, {"carefully", "ಎಚ್ಚರಿಕೆಯಿಂದ"}, {"happily", "ಸಂತೋಷದಿಂದ"},
    {"well", "ಚೆನ್ನಾಗಿ"}, {"loudly", "ಜೋರಾಗಿ"},    {"quietly", "ಸದ್ದಿಲ್ಲದೆ"},
};

}  // namespace

std::span<const Action> actions() { return kActions; }
std::span<const Phrase> manners() { return kManners; }

const Action& action(const string& verb) {
  for (const Action& a : kActions)
    if (verb == a.verb.english || verb == a.verb.kannada) return a;
  fail("corpus: no verb '{}'", verb);
}

}  // namespace gamana::corpus
