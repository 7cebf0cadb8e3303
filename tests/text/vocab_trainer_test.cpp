#include "gamana/text/marian/vocab_trainer.h"

#include <set>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"
#include "gamana/text/sentencepiece.h"
#include "gamana/text/marian/vocabulary.h"
#include "gamana/text/tokenizer.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

// Lines of words of one to three syllables.
std::vector<std::string> make_lines(uint64_t seed, const std::vector<std::string>& syllables) {
  std::vector<std::string> lines(400);
  for (size_t i = 0; i < lines.size(); ++i) {
    const uint64_t key = stream_key(seed, i);
    for (uint64_t n = 0, draw = 0; n < 6; ++n) {
      for (int left = 1 + static_cast<int>(3 * uniform(key, draw++)); left > 0; --left)
        lines[i] += syllables[static_cast<size_t>(uniform(key, draw++) * static_cast<double>(syllables.size()))];
      if (n < 5) lines[i] += " ";
    }
  }
  return lines;
}

const std::vector<std::string> kSource =
    make_lines(1, {"The", "ing", "er", "street", "run", "dog", "ar", "ಗಮನ", "ನಾಯಿ", "ನೀರು", "со", "ба", "ка", "вода"});
const std::vector<std::string> kTarget =
    make_lines(2, {"Der", "klein", "Hund", "e", "läuft", "laufen", "über", "Straße", "n", "水", "الماء"});

std::string complaint(const std::vector<std::string>& lines, const VocabularyOptions& options) {
  try {
    train_vocabulary(lines, options);
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

class Trainer : public testing::TestWithParam<VocabularyType> {
 protected:
  VocabularyOptions options{.type = GetParam(), .size = 90, .lowercase = false, .character_coverage = 1.0,
                            .source_lang = "en", .target_lang = "de"};
};

TEST_P(Trainer, HasExactlyTheSizeAndSpecialTokensInTheirPlaces) {
  for (int size : {70, 90}) {
    options.size = size;
    const auto tokenizer = train_vocabulary(kSource, options);
    const Vocabulary& vocabulary = tokenizer.source().vocabulary();
    ASSERT_EQ(tokenizer.vocabulary_size(), size);
    EXPECT_EQ(tokenizer.target_vocabulary_size(), size);
    EXPECT_EQ(tokenizer.source().model().size(), size);
    EXPECT_EQ(vocabulary.piece(0), "</s>");
    EXPECT_EQ(vocabulary.piece(1), "<unk>");
    EXPECT_EQ(vocabulary.piece(size - 1), "<pad>");
    EXPECT_EQ(tokenizer.end_id(), 0);
    EXPECT_EQ(tokenizer.unknown_id(), 1);
    EXPECT_EQ(tokenizer.pad_id(), size - 1);
    std::set<std::string> pieces;
    for (int id = 0; id < size; ++id) pieces.insert(vocabulary.piece(id));
    EXPECT_EQ(static_cast<int>(pieces.size()), size);
  }
}

TEST_P(Trainer, ItsTokenizerJsonGivesTheSameIdsAndTexts) {
  for (const bool lowercase : {false, true}) {
    options.lowercase = lowercase;
    const auto tokenizer = train_vocabulary(kSource, options);
    const std::string folder = temporary("tokenizer_json");
    tokenizer.save(folder);
    const Tokenizer other = Tokenizer::load(folder + "/tokenizer.json");
    EXPECT_EQ(other.size(), tokenizer.vocabulary_size());
    std::vector<std::string> lines = {"", "  The  dog ", "The</s>dog", "<unk> dog", "☃ The ☃☃", "ＴＨＥ ﬁ", "水", "\tdog\n"};
    for (size_t i = 0; i < 60; ++i) lines.push_back(kSource[i]), lines.push_back(kTarget[i]);
    for (const std::string& line : lines) {
      const std::vector<int> ids = tokenizer.encode_source(line);
      EXPECT_EQ(other.encode(line).ids, ids) << line;
      EXPECT_EQ(other.decode(ids), tokenizer.decode_source(ids)) << line;
    }
  }
}

TEST_P(Trainer, DecodesWhatItEncodes) {
  const auto tokenizer = train_vocabulary(kSource, options);
  for (const std::string& line : kSource) {
    const std::vector<int> ids = tokenizer.encode_source(line);
    EXPECT_EQ(ids.back(), 0);
    EXPECT_EQ(tokenizer.decode_target(ids), line);
    for (size_t i = 0; i + 1 < ids.size(); ++i) EXPECT_GT(ids[i], 1);
  }
}

TEST_P(Trainer, DoesNotDependOnThreads) {
  const int before = threads();
  std::vector<std::string> models;
  for (int n : {1, 2, 7, 1}) {
    set_threads(n);
    models.push_back(train_vocabulary(kSource, options).source().model().model());
  }
  set_threads(before);
  for (const std::string& model : models) EXPECT_TRUE(model == models[0]);
}

TEST_P(Trainer, LowersBeforeTrainingAndBeforeEncoding) {
  options.lowercase = true;
  const auto tokenizer = train_vocabulary(kSource, options);
  for (int id = 0; id < tokenizer.vocabulary_size(); ++id)
    EXPECT_EQ(tokenizer.source().vocabulary().piece(id).find('T'), std::string::npos);
  EXPECT_EQ(tokenizer.encode_source("THE DOG СОБАКА"), tokenizer.encode_source("the dog собака"));
  EXPECT_EQ(tokenizer.decode_source(tokenizer.encode_source("THE DOG СОБАКА")), "the dog собака");
}

TEST_P(Trainer, TakesWhatIsThereWhenTheTextIsTooSmall) {
  options.size = 5000;
  const int size = train_vocabulary(kSource, options).vocabulary_size();
  EXPECT_LT(size, 5000);
  EXPECT_GT(size, 40);
  options.size = size;
  EXPECT_EQ(train_vocabulary(kSource, options).vocabulary_size(), size);
}

TEST_P(Trainer, SeparateVocabulariesHaveOneSize) {
  options.size = 5000;
  const auto tokenizer = train_vocabularies(kSource, kTarget, options);
  tokenizer.save(temporary("separate"));
  EXPECT_FALSE(file_exists(temporary("separate") + "/tokenizer.json"));
  EXPECT_TRUE(tokenizer.separate_vocabularies());
  EXPECT_EQ(tokenizer.vocabulary_size(), tokenizer.target_vocabulary_size());
  EXPECT_EQ(tokenizer.pad_id(), tokenizer.target().pad_id());
  EXPECT_EQ(tokenizer.target().vocabulary().piece(tokenizer.pad_id()), "<pad>");
  for (const std::string& line : kTarget)
    EXPECT_EQ(tokenizer.decode_target(tokenizer.encode_target(line)), line);
}

TEST_P(Trainer, SavesWhatItLoads) {
  const std::string folder = temporary("trainer") + "/made/here";
  options.lowercase = true;
  const auto one = train_vocabulary(kSource, options), two = train_vocabularies(kSource, kTarget, options);
  for (const TranslationTokenizer* tokenizer : {&one, &two}) {
    tokenizer->save(folder);
    const auto again = TranslationTokenizer::load(folder);
    EXPECT_TRUE(again.lowercase());
    EXPECT_EQ(again.separate_vocabularies(), tokenizer == &two);
    for (const std::string& line : kSource) EXPECT_EQ(again.encode_source(line), tokenizer->encode_source(line));
    for (const std::string& line : kTarget) EXPECT_EQ(again.encode_target(line), tokenizer->encode_target(line));
  }
}

TEST_P(Trainer, SpecialTokensInTheTextMakeNoPieces) {
  std::vector<std::string> lines = kSource;
  for (std::string& line : lines) line += "<unk> </s> <pad> <unk>";
  lines.push_back(std::string("a\0b", 3));
  lines.push_back("\xFF\xFE");
  lines.push_back(std::string(20000, 'z'));  // longer than the library takes by default
  options.size = 100;
  const auto tokenizer = train_vocabulary(lines, options);
  EXPECT_EQ(tokenizer.vocabulary_size(), 100);
  EXPECT_GE(tokenizer.source().vocabulary().find("z"), 0);
  EXPECT_EQ(tokenizer.encode_source("<pad></s>"), (std::vector<int>{99, 0, 0}));
}

TEST_P(Trainer, SaysWhatItCannotDo) {
  EXPECT_NE(complaint({}, options).find("there is no text"), std::string::npos);
  EXPECT_NE(complaint({"", "  ", "\u3000"}, options).find("none of the 3 lines"), std::string::npos);
  options.size = 20;
  EXPECT_NE(complaint(kSource, options).find("it needs at least"), std::string::npos) << complaint(kSource, options);
  options.size = 1;
  EXPECT_NE(complaint(kSource, options).find("has to be at least 5, found 1"), std::string::npos);
  options.size = 90, options.character_coverage = 1.5;
  EXPECT_NE(complaint(kSource, options).find("found 1.5"), std::string::npos);
}

// The size that the complaint names is enough.
TEST_P(Trainer, NamesTheSmallestSize) {
  options.size = 20;
  const std::string text = complaint(kSource, options);
  options.size = std::atoi(text.c_str() + text.find("at least ") + 9);
  EXPECT_EQ(train_vocabulary(kSource, options).vocabulary_size(), options.size);
  --options.size;
  EXPECT_NE(complaint(kSource, options), "");
}

INSTANTIATE_TEST_SUITE_P(Types, Trainer, testing::Values(VocabularyType::unigram, VocabularyType::bpe),
                         [](const auto& info) { return info.param == VocabularyType::bpe ? "bpe" : "unigram"; });

TEST(TrainerInput, ReadsSeveralFiles) {
  const std::string path = temporary("trainer_input");
  write_file(path, "one\ntwo\n");
  EXPECT_EQ(read_lines(std::vector<std::string>{path, path}), (std::vector<std::string>{"one", "two", "one", "two"}));
}

}  // namespace
}  // namespace gamana
