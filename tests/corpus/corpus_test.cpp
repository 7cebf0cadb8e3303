// The committed corpus: it is what the generator makes, in both languages clean, without repetition between its parts.
#include "tools/corpus/corpus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "gamana/base/file.h"
#include "tools/corpus/grammar.h"

namespace gamana::corpus {
namespace {

const std::string kFolder = GAMANA_SOURCE_DIR "/examples/en-kn/";
constexpr const char* kParts[] = {"train", "valid", "test"};

std::vector<std::string> part(const std::string& name, const std::string& side) {
  return read_lines(kFolder + name + "." + side);
}

int64_t words(const std::string& line) { return std::count(line.begin(), line.end(), ' ') + 1; }

// Code points of valid UTF-8.
std::vector<uint32_t> code_points(const std::string& text) {
  std::vector<uint32_t> points;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80)
      points.back() = points.back() << 6 | (byte & 0x3F);
    else
      points.push_back(byte < 0x80 ? byte : byte < 0xE0 ? byte & 0x1F : byte < 0xF0 ? byte & 0x0F : byte & 0x07);
  }
  return points;
}

TEST(Corpus, CommittedFilesAreWhatTheGeneratorMakes) {
  const Corpus c = make_corpus();
  const std::vector<Pair>* parts[] = {&c.train, &c.valid, &c.test};
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(lines(*parts[i], &Pair::english) == read_file(kFolder + kParts[i] + ".en")) << kParts[i];
    EXPECT_TRUE(lines(*parts[i], &Pair::kannada) == read_file(kFolder + kParts[i] + ".kn")) << kParts[i];
  }
  EXPECT_TRUE(lines(make_corpus(1).train, &Pair::english) != lines(c.train, &Pair::english)) << "the seed is not used";
}

TEST(Corpus, SidesHaveEqualLengths) {
  const size_t expected[] = {7000, 300, 300};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(part(kParts[i], "en").size(), expected[i]);
    EXPECT_EQ(part(kParts[i], "kn").size(), expected[i]);
  }
}

TEST(Corpus, NoSentenceOccursTwice) {
  for (const char* side : {"en", "kn"}) {
    std::set<std::string> seen;
    for (const char* name : kParts)
      for (const std::string& line : part(name, side)) EXPECT_TRUE(seen.insert(line).second) << name << ": " << line;
  }
}

// Kannada letters, and where they may stand: a vowel sign or virama behind a consonant, an independent vowel at the
// beginning of a word, the anusvara or visarga behind a vowel.
bool kannada_order(const std::string& line) {
  const auto consonant = [](uint32_t p) { return p >= 0x0C95 && p <= 0x0CB9; };
  const auto vowel = [](uint32_t p) { return p >= 0x0C85 && p <= 0x0C94; };
  const auto sign = [](uint32_t p) { return p >= 0x0CBE && p <= 0x0CCC; };
  constexpr uint32_t kAnusvara = 0x0C82, kVisarga = 0x0C83, kVirama = 0x0CCD;
  uint32_t before = ' ';
  for (const uint32_t p : code_points(line)) {
    const bool mark = p == ' ' || p == '.' || p == ',' || p == '?';
    const bool fits = mark                              ? before != kVirama
                      : consonant(p)                    ? true
                      : vowel(p)                        ? before == ' '
                      : sign(p) || p == kVirama         ? consonant(before)
                      : p == kAnusvara || p == kVisarga ? consonant(before) || vowel(before) || sign(before)
                                                        : false;
    if (!fits) return false;
    before = p;
  }
  return true;
}

TEST(Corpus, EachSideIsWrittenInItsOwnScript) {
  EXPECT_TRUE(kannada_order("ಇಂದು ಬಂದನು."));
  EXPECT_FALSE(kannada_order("ಬಂದನುು.")) << "a sign behind a sign";
  EXPECT_FALSE(kannada_order("ಮನೆಇದೆ.")) << "no sandhi";
  for (const char* name : kParts) {
    for (const std::string& line : part(name, "kn")) {
      ASSERT_EQ(find_invalid_utf8(line), std::string::npos);
      EXPECT_TRUE(kannada_order(line)) << line;
    }
    for (const std::string& line : part(name, "en"))
      for (const unsigned char c : line)
        EXPECT_TRUE(std::isalpha(c) || std::string(" .,?'").find(c) != std::string::npos) << line;
  }
}

TEST(Corpus, SentencesEndAlikeAndAreSpacedOnce) {
  for (const char* name : kParts) {
    const auto en = part(name, "en"), kn = part(name, "kn");
    for (size_t i = 0; i < en.size(); ++i) {
      EXPECT_EQ(en[i].back(), kn[i].back()) << en[i];
      EXPECT_TRUE(std::isupper(static_cast<unsigned char>(en[i][0]))) << en[i];
      for (const std::string& line : {en[i], kn[i]})
        for (const char* fault : {"  ", " .", " ,", " ?", ",,"}) EXPECT_EQ(line.find(fault), std::string::npos) << line;
    }
  }
}

TEST(Corpus, LengthsRunFromThreeToForty) {
  for (const char* name : kParts) {
    int64_t long_ones = 0, count = 0;
    for (const std::string& line : part(name, "en")) {
      EXPECT_TRUE(words(line) >= 3 && words(line) <= 40) << line;
      long_ones += words(line) > 20;
      ++count;
    }
    EXPECT_GE(long_ones * 100, count * 13) << name;
    EXPECT_LE(long_ones * 100, count * 19) << name;
  }
}

TEST(Grammar, KannadaVerbsAgreeWithTheirSubject) {
  const Verb go{"go", "went", "gone", "ಹೋಗು", "ಹೋದ"}, make{"make", "made", "", "ಮಾಡು", ""};
  const char* went[] = {"ಹೋದೆನು", "ಹೋದೆವು", "ಹೋದೆ", "ಹೋದಿರಿ", "ಹೋದನು", "ಹೋದಳು", "ಹೋದರು", "ಹೋಯಿತು", "ಹೋದವು"};
  const char* makes[] = {"ಮಾಡುತ್ತೇನೆ", "ಮಾಡುತ್ತೇವೆ", "ಮಾಡುತ್ತೀಯ", "ಮಾಡುತ್ತೀರಿ", "ಮಾಡುತ್ತಾನೆ",
                         "ಮಾಡುತ್ತಾಳೆ", "ಮಾಡುತ್ತಾರೆ", "ಮಾಡುತ್ತದೆ",  "ಮಾಡುತ್ತವೆ"};
  for (int a = 0; a < 9; ++a) {
    EXPECT_EQ(finite(go, Tense::past, static_cast<Agree>(a), false), went[a]);
    EXPECT_EQ(finite(make, Tense::present, static_cast<Agree>(a), false), makes[a]);
  }
  EXPECT_EQ(finite(go, Tense::past, Agree::he, true), "ಹೋಗಲಿಲ್ಲ");
  EXPECT_EQ(finite(go, Tense::future, Agree::he, true), "ಹೋಗುವುದಿಲ್ಲ");
  EXPECT_EQ(finite(make, Tense::perfect, Agree::she, false), "ಮಾಡಿದ್ದಾಳೆ");
  EXPECT_EQ(finite(make, Tense::past_progressive, Agree::it, false), "ಮಾಡುತ್ತಿತ್ತು");
}

TEST(Grammar, IrregularPastsOfKannada) {
  const struct {
    Verb verb;
    const char *he, *it, *gerund, *must;
  } table[] = {{{"", "", "", "ಬರು", "ಬಂದ"}, "ಬಂದನು", "ಬಂದಿತು", "ಬಂದು", "ಬರಬೇಕು"},
               {{"", "", "", "ತಿನ್ನು", "ತಿಂದ"}, "ತಿಂದನು", "ತಿಂದಿತು", "ತಿಂದು", "ತಿನ್ನಬೇಕು"},
               {{"", "", "", "ಕುಡಿ", ""}, "ಕುಡಿದನು", "ಕುಡಿಯಿತು", "ಕುಡಿದು", "ಕುಡಿಯಬೇಕು"},
               {{"", "", "", "ಕೊಡು", "ಕೊಟ್ಟ"}, "ಕೊಟ್ಟನು", "ಕೊಟ್ಟಿತು", "ಕೊಟ್ಟು", "ಕೊಡಬೇಕು"},
               {{"", "", "", "ನೋಡು", ""}, "ನೋಡಿದನು", "ನೋಡಿತು", "ನೋಡಿ", "ನೋಡಬೇಕು"},
               {{"", "", "", "ಕಳೆದುಕೊಳ್ಳು", "ಕಳೆದುಕೊಂಡ"}, "ಕಳೆದುಕೊಂಡನು", "ಕಳೆದುಕೊಂಡಿತು", "ಕಳೆದುಕೊಂಡು", "ಕಳೆದುಕೊಳ್ಳಬೇಕು"}};
  for (const auto& row : table) {
    EXPECT_EQ(finite(row.verb, Tense::past, Agree::he, false), row.he);
    EXPECT_EQ(finite(row.verb, Tense::past, Agree::it, false), row.it);
    EXPECT_EQ(gerund(row.verb), row.gerund);
    EXPECT_EQ(infinitive(row.verb, "ಬೇಕು"), row.must);
  }
}

TEST(Grammar, KannadaVerbsInsideSentences) {
  const Verb come{"", "", "", "ಬರು", "ಬಂದ"}, help{"", "", "", "ಸಹಾಯ ಮಾಡು", ""}, big{"", "", "", "ದೊಡ್ಡದಾಗಿ+ಇರು", ""},
      cold{"", "", "", "ತಣ್ಣಗೆ+ಇರು", ""}, fever{"", "", "", "ಜ್ವರ ಇರು", ""};
  EXPECT_EQ(relative(come, Tense::past, false) + " " + relative(come, Tense::present, false), "ಬಂದ ಬರುವ");
  EXPECT_EQ(relative(come, Tense::progressive, false) + " " + relative(come, Tense::past, true), "ಬರುತ್ತಿರುವ ಬರದ");
  EXPECT_EQ(conditional(come, false, "ರೆ") + " " + conditional(come, true, "ರೆ"), "ಬಂದರೆ ಬರದಿದ್ದರೆ");
  EXPECT_EQ(conditional(come, false, "ಾಗ") + " " + nonpast(come, "ವ ಮೊದಲು"), "ಬಂದಾಗ ಬರುವ ಮೊದಲು");
  EXPECT_EQ(imperative(come, false, false) + " " + imperative(come, true, false) + " " + imperative(come, true, true),
            "ಬಾ ಬನ್ನಿ ಬರಬೇಡಿ");
  EXPECT_EQ(gerund(help) + " " + hortative(help), "ಸಹಾಯ ಮಾಡಿ ಸಹಾಯ ಮಾಡೋಣ");
  EXPECT_EQ(finite(big, Tense::present, Agree::it, false) + " " + finite(big, Tense::past, Agree::it, true),
            "ದೊಡ್ಡದಾಗಿದೆ ದೊಡ್ಡದಾಗಿರಲಿಲ್ಲ");
  EXPECT_EQ(finite(cold, Tense::present, Agree::it, false), "ತಣ್ಣಗಿದೆ");
  EXPECT_EQ(relative(fever, Tense::past, false) + " " + relative(fever, Tense::past, true), "ಜ್ವರ ಇದ್ದ ಜ್ವರ ಇಲ್ಲದ");
}

TEST(Grammar, KannadaYesNoQuestions) {
  const char* table[][2] = {{"ಹೋದನು", "ಹೋದನಾ"},        {"ಹೋದೆ", "ಹೋದೆಯಾ"},          {"ಹೋದಿರಿ", "ಹೋದಿರಾ"},
                            {"ಹೋಗುತ್ತಾನೆ", "ಹೋಗುತ್ತಾನಾ"}, {"ಹೋಗುತ್ತೀಯ", "ಹೋಗುತ್ತೀಯಾ"}, {"ಹೋಗುತ್ತದೆ", "ಹೋಗುತ್ತದೆಯಾ"},
                            {"ಇಲ್ಲ", "ಇಲ್ಲವಾ"}};
  for (const auto& row : table) EXPECT_EQ(question(row[0]), row[1]);
}

TEST(Grammar, KannadaCases) {
  const Cases house = decline("ಮನೆ"), tree = decline("ಮರ"), forest = decline("ಕಾಡು"), cow = decline("ಹಸು", Class::v),
              boy = decline("ಹುಡುಗ", Class::human_a), boys = decline("ಹುಡುಗರು", Class::plural);
  EXPECT_EQ(house.accusative + " " + house.dative + " " + house.locative(), "ಮನೆಯನ್ನು ಮನೆಗೆ ಮನೆಯಲ್ಲಿ");
  EXPECT_EQ(tree.accusative + " " + tree.dative + " " + tree.ablative(), "ಮರವನ್ನು ಮರಕ್ಕೆ ಮರದಿಂದ");
  EXPECT_EQ(forest.accusative + " " + forest.dative + " " + forest.locative(), "ಕಾಡನ್ನು ಕಾಡಿಗೆ ಕಾಡಿನಲ್ಲಿ");
  EXPECT_EQ(cow.accusative + " " + cow.dative + " " + cow.genitive, "ಹಸುವನ್ನು ಹಸುವಿಗೆ ಹಸುವಿನ");
  EXPECT_EQ(boy.accusative + " " + boy.dative + " " + boy.comitative(), "ಹುಡುಗನನ್ನು ಹುಡುಗನಿಗೆ ಹುಡುಗನೊಂದಿಗೆ");
  EXPECT_EQ(boys.accusative + " " + boys.dative + " " + boys.comparative(), "ಹುಡುಗರನ್ನು ಹುಡುಗರಿಗೆ ಹುಡುಗರಿಗಿಂತ");
}

TEST(Grammar, English) {
  EXPECT_EQ(with_article("old house"), "an old house");
  EXPECT_EQ(with_article("useful book"), "a useful book");
  EXPECT_EQ(plural("bus") + plural("story") + plural("boy") + plural("watch"), "busesstoriesboyswatches");
  EXPECT_EQ(ing("write") + ing("swim") + ing("eat") + ing("see"), "writingswimmingeatingseeing");
  const Verb get_up{"get up", "got", "got", "ಏಳು", "ಎದ್ದ"};
  EXPECT_EQ(verb_group(get_up, Tense::past, Agree::she, true, false).rest, "did not get up");
  EXPECT_EQ(verb_group(get_up, Tense::present, Agree::she, false, true).auxiliary, "does");
}

}  // namespace
}  // namespace gamana::corpus
