// Vocabularies against those of `tokenizers` and SentencePiece (tools/golden/train.py), and against direct
// implementations.
#include "gamana/text/train/trainers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "gamana/base/check.h"
#include "gamana/base/json.h"
#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"
#include "gamana/text/train/unigram_lattice.h"
#include "gamana/text/unicode/properties.h"
#include "tests/support/golden.h"

namespace gamana {
namespace {

WordCounts words_of(const Json& json) {
  WordCounts words;
  for (const auto& [word, count] : json.items()) words.add(word, count);
  return words;
}

WordCounts words_of(std::initializer_list<std::pair<const char*, int64_t>> list) {
  WordCounts words;
  for (const auto& [word, count] : list) words.add(word, count);
  return words;
}

std::u32string characters(const std::string& text) {
  std::u32string out;
  for (size_t at = 0; at < text.size();) {
    const CodePoint p = code_point(text, at);
    out += p.c, at += p.bytes;
  }
  return out;
}

BpeTrainerOptions bpe_options(const Json& json) {
  const auto number = [&](const char* key, int64_t otherwise) { return json.value(key, otherwise); };
  const auto optional = [&](const char* key) {
    return json.contains(key) ? std::optional<std::string>(json[key]) : std::nullopt;
  };
  BpeTrainerOptions options;
  options.vocab_size = number("vocab_size", 30000);
  options.min_frequency = number("min_frequency", 0);
  options.special_tokens = json.value("special_tokens", std::vector<std::string>());
  if (json.contains("limit_alphabet")) options.limit_alphabet = json["limit_alphabet"];
  if (json.contains("max_token_length")) options.max_token_length = json["max_token_length"];
  const std::string alphabet = json.value("initial_alphabet", "");
  options.initial_alphabet = alphabet == "bytes" ? byte_level_alphabet() : characters(alphabet);
  options.continuing_subword_prefix = optional("continuing_subword_prefix");
  options.end_of_word_suffix = optional("end_of_word_suffix");
  return options;
}

TEST(Trainers, VocabulariesAreThoseOfTokenizers) {
  for (const Json& c : golden("text/train")["cases"]) {
    const WordCounts words = words_of(c["words"]);
    const BpeTrainerOptions options = bpe_options(c["options"]);
    TrainedBpe found;
    if (c["kind"] == "wordlevel")
      found.vocabulary = train_wordlevel(words, {options.vocab_size, options.min_frequency, options.special_tokens});
    else if (c["kind"] == "wordpiece")
      found.vocabulary = train_wordpiece(words, options);
    else
      found = train_bpe(words, options);
    EXPECT_EQ(found.vocabulary, c["vocabulary"].get<TrainedVocabulary>()) << c["kind"] << c["options"];
    using Merges = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(found.merges, c["merges"].get<Merges>()) << c["options"];
  }
}

// Words of a few letters, some of them long, in two orders.
WordCounts random_words(uint64_t seed, bool backwards) {
  const auto draw = [&](uint64_t i, uint64_t n) { return mix(stream_key(seed, i)) % n; };
  std::vector<std::pair<std::string, int64_t>> list;
  uint64_t at = 0;
  for (int w = 0; w < 3000; ++w) {
    std::string word;
    const uint64_t length = 1 + draw(at++, w % 100 == 0 ? 300 : 12);
    for (uint64_t n = 0; n < length; ++n, at += 2) word += static_cast<char>('a' + draw(at, 9) * draw(at + 1, 9) / 9);
    list.emplace_back(word, static_cast<int64_t>(1 + draw(at++, 20)));
  }
  if (backwards) std::reverse(list.begin(), list.end());
  WordCounts words;
  for (const auto& [word, count] : list) words.add(word, count);
  return words;
}

TEST(Trainers, NeitherThreadsNorOrderChangeAVocabulary) {
  const int before = threads();
  BpeTrainerOptions bpe{.vocab_size = 800, .continuing_subword_prefix = "##"};
  UnigramTrainerOptions unigram{.vocab_size = 500};
  set_threads(1);
  const TrainedBpe one = train_bpe(random_words(1, false), bpe);
  const TrainedUnigram one_unigram = train_unigram(random_words(1, false), unigram);
  set_threads(4);
  const TrainedBpe four = train_bpe(random_words(1, true), bpe);
  const TrainedUnigram four_unigram = train_unigram(random_words(1, true), unigram);
  set_threads(before);
  EXPECT_EQ(one.vocabulary.size(), 800u);
  EXPECT_EQ(one.vocabulary, four.vocabulary);
  EXPECT_EQ(one.merges, four.merges);
  EXPECT_EQ(one_unigram.pieces.size(), 500u);
  EXPECT_EQ(one_unigram.pieces, four_unigram.pieces);
}

TEST(Trainers, AVocabularyEndsWithWhatThereIs) {
  EXPECT_EQ(train_bpe({}, {.special_tokens = {"<s>"}}).vocabulary, (TrainedVocabulary{{"<s>", 0}}));
  EXPECT_EQ(train_bpe(words_of({{"ab", 1}}), {.vocab_size = 1}).vocabulary, (TrainedVocabulary{{"a", 0}, {"b", 1}}));
  EXPECT_EQ(train_bpe(words_of({{"ab", 1}, {"", 5}}), {}).vocabulary.back(),
            (std::pair<std::string, int32_t>{"ab", 2}));
  EXPECT_TRUE(train_wordlevel({}, {}).empty());
  EXPECT_TRUE(train_unigram({}, {}).pieces.empty());
  EXPECT_EQ(train_unigram(words_of({{"aa", 3}}), {.unk_token = "?"}).unknown, 0);
}

TEST(Trainers, ProgressIsToldAndMayEndTraining) {
  BpeTrainerOptions options{.vocab_size = 800};
  int64_t last = 0;
  options.progress = [&](std::string_view, int64_t done, int64_t total) {
    EXPECT_GE(done, last);
    EXPECT_EQ(total, 800);
    last = done;
  };
  train_bpe(random_words(1, false), options);
  EXPECT_EQ(last, 800);
  options.progress = [](std::string_view, int64_t, int64_t) { throw Error("enough"); };
  EXPECT_THROW(train_bpe(random_words(1, false), options), Error);
}

TEST(Trainers, LongWordsTakeLinearTime) {
  std::string text;
  for (uint64_t i = 0; i < 100000; ++i) text += static_cast<char>('a' + mix(i) % 5 * (mix(i) % 3));
  WordCounts words;
  words.add(std::string(500000, 'x'));
  words.add(text);
  EXPECT_EQ(train_bpe(words, {.vocab_size = 300}).vocabulary.size(), 300u);
  EXPECT_EQ(train_unigram(words, {.vocab_size = 100}).pieces.size(), 100u);
}

// Sum of the logarithms of the best splits' probabilities and number of pieces, by word.
std::pair<double, double> cost(const TrainedUnigram& model, const WordCounts& words) {
  std::map<std::string, double, std::less<>> scores(model.pieces.begin(), model.pieces.end());
  double loss = 0, pieces = 0;
  for (size_t w = 0; w < words.size(); ++w) {
    const std::string_view word = words.word(w);
    std::vector<std::pair<double, int>> best(word.size() + 1, {-1e9, 0});
    best[0] = {0, 0};
    for (size_t i = 0; i < word.size(); ++i)
      for (size_t j = i + 1; j <= word.size(); ++j)
        if (const auto at = scores.find(word.substr(i, j - i)); at != scores.end())
          best[j] = std::max(best[j], {best[i].first + at->second, best[i].second + 1});
    loss -= static_cast<double>(words.count(w)) * best.back().first;
    pieces += static_cast<double>(words.count(w)) * best.back().second;
  }
  const auto total = static_cast<double>(words.total());
  return {loss / total, pieces / total};
}

TEST(Unigram, IsAsGoodAsSentencePiece) {
  const Json& peer = golden("text/train")["unigram"];
  const WordCounts words = words_of(peer["words"]);
  const TrainedUnigram found = train_unigram(words, {.vocab_size = peer["vocab_size"]});
  EXPECT_EQ(found.pieces.size(), peer["vocab_size"].get<size_t>());
  const auto [loss, pieces] = cost(found, words);
  EXPECT_LT(loss, peer["loss_per_word"].get<double>() * 1.005);
  EXPECT_LT(pieces, peer["pieces_per_word"].get<double>() * 1.005);
}

TEST(Unigram, SpecialTokensComeFirst) {
  const WordCounts words = words_of({{"the", 12}, {"there", 9}, {"here", 11}, {"[SEP]", 3}});
  UnigramTrainerOptions options{.vocab_size = 20, .special_tokens = {"[SEP]", "[CLS]"}};
  EXPECT_EQ(train_unigram(words, options).pieces[1], (std::pair<std::string, double>{"[CLS]", 0}));
  EXPECT_EQ(train_unigram(words, options).unknown, std::nullopt);
  options.unk_token = "[UNK]";
  const TrainedUnigram added = train_unigram(words, options);
  EXPECT_EQ(added.pieces[0].first, "[UNK]");
  EXPECT_EQ(added.unknown, 0);
  EXPECT_EQ(std::count_if(added.pieces.begin(), added.pieces.end(), [](const auto& p) { return p.first == "[SEP]"; }),
            1);
  options.special_tokens.push_back("[UNK]");
  EXPECT_EQ(train_unigram(words, options).unknown, 2);
  EXPECT_TRUE(std::is_sorted(added.pieces.begin() + 3, added.pieces.end(),
                             [](const auto& a, const auto& b) { return a.second > b.second; }));
}

TEST(Unigram, EveryCharacterIsAPieceUnlessItIsRare) {
  const WordCounts words = words_of({{"queue", 500}, {"quick", 300}, {"queen", 200}, {"z", 1}});
  UnigramTrainerOptions options{.vocab_size = 30, .initial_alphabet = U"é"};
  const auto has = [&](const char* token) {
    const auto pieces = train_unigram(words, options).pieces;
    return std::any_of(pieces.begin(), pieces.end(), [&](const auto& p) { return p.first == token; });
  };
  for (const char* c : {"q", "u", "e", "z", "é", "queue"}) EXPECT_TRUE(has(c)) << c;
  options.character_coverage = 0.9995;
  EXPECT_FALSE(has("z"));
  options.max_piece_length = 4;
  EXPECT_FALSE(has("queue"));
}

TEST(Unigram, ScriptsMayBeKeptApart) {
  const WordCounts words = words_of({{"▁rock,", 50}, {"▁rock24", 50}, {"▁скала", 50}, {"▁犬みず", 50}});
  UnigramTrainerOptions options{.vocab_size = 60};
  const auto has = [&](const char* token) {
    const auto pieces = train_unigram(words, options).pieces;
    return std::any_of(pieces.begin(), pieces.end(), [&](const auto& p) { return p.first == token; });
  };
  EXPECT_TRUE(has("▁rock,"));
  options.single_script = true;
  EXPECT_FALSE(has("▁rock,"));
  EXPECT_FALSE(has("▁rock24"));
  for (const char* piece : {"▁rock", "▁скала", "▁犬みず"}) EXPECT_TRUE(has(piece)) << piece;
}

TEST(Unigram, OptionsOutOfRangeAreRefused) {
  const WordCounts words = words_of({{"abcdef", 1}});
  EXPECT_THROW(train_unigram(words, {.vocab_size = 5}), Error);
  EXPECT_THROW(train_unigram(words, {.shrinking_factor = 1}), Error);
  EXPECT_THROW(train_unigram(words, {.shrinking_factor = NAN}), Error);
  EXPECT_THROW(train_unigram(words, {.max_piece_length = 256}), Error);
  EXPECT_THROW(train_unigram(words, {.n_sub_iterations = 0}), Error);
  EXPECT_THROW(train_unigram(words, {.character_coverage = 1.5}), Error);
  EXPECT_THROW(train_unigram(words_of({{"\xff", 1}}), {}), Error);
  EXPECT_THROW(train_bpe(words_of({{"\xff", 1}}), {}), Error);
  EXPECT_THROW(train_wordlevel(words_of({{"\xff", 1}}), {}), Error);
}

// Substrings of at least two letters that occur twice and are followed by different letters or end a word.
TEST(Unigram, SeedsAreTheNodesOfTheSuffixTree) {
  const WordCounts words = random_words(2, false);
  UnigramTrainerOptions options{.max_piece_length = 7};
  std::map<std::string, std::map<char, int64_t>> followed;  // by '$' at the end
  for (size_t w = 0; w < words.size(); ++w)
    for (size_t i = 0; i < words.word(w).size(); ++i)
      for (size_t j = i + 2; j <= std::min(words.word(w).size(), i + 7); ++j)
        followed[std::string(words.word(w).substr(i, j - i))][j < words.word(w).size() ? words.word(w)[j] : '$'] +=
            words.count(w);
  std::map<std::string, int64_t> expected;
  for (const auto& [piece, next] : followed) {
    int64_t count = 0;
    for (const auto& [_, n] : next) count += n;
    if (count >= 2 && (next.size() > 1 || next.contains('$'))) expected[piece] = count;
  }
  const train::UnigramText text = train::make_unigram_text(words, options);
  const train::Seeds seeds = train::find_seeds(text, options);
  std::map<std::string, int64_t> found;
  for (const train::Seed& s : seeds.seeds) found[text.string(seeds.places[s.begin], s.length)] = s.count;
  EXPECT_EQ(found.size(), seeds.seeds.size());
  EXPECT_EQ(found, expected);
}

// All splits of each word, one by one.
TEST(Unigram, ExpectedUsesAreThoseOfAllSplits) {
  const WordCounts words = words_of({{"abababcab", 7}, {"cabab", 2}, {"bbbb", 5}, {"xa", 1}});
  UnigramTrainerOptions options;
  const train::UnigramText text = train::make_unigram_text(words, options);
  const train::Seeds seeds = train::find_seeds(text, options);
  const train::UnigramLattice lattice(text, seeds);
  train::UnigramPieces pieces;
  std::map<std::string, uint32_t> ids;
  for (uint32_t id = 0; id < lattice.first_longer() + seeds.seeds.size(); ++id) {
    pieces.score.push_back(-2 - 0.1 * id);
    if (id >= lattice.first_longer()) {
      const train::Seed& s = seeds.seeds[id - lattice.first_longer()];
      ids[text.string(seeds.places[s.begin], s.length)] = id;
    }
  }
  for (uint32_t c = 0; c < text.characters.size(); ++c)
    ids[std::string(1, static_cast<char>(text.characters[c]))] = train::kFirstCharacter + c;
  std::vector<double> expected(pieces.size());
  for (size_t w = 0; w < words.size(); ++w) {
    const std::string word(words.word(w));
    std::vector<double> uses(pieces.size());
    double all = 0;
    for (uint32_t cuts = 0; cuts < 1u << (word.size() - 1); ++cuts) {
      double p = 1;
      std::vector<uint32_t> split;
      for (size_t i = 0, j; i < word.size(); i = j) {
        for (j = i + 1; j < word.size() && !(cuts >> (j - 1) & 1);) ++j;
        const auto at = ids.find(word.substr(i, j - i));
        p *= at == ids.end() ? 0 : std::exp(pieces.score[at->second]);
        if (at != ids.end()) split.push_back(at->second);
      }
      if (p == 0) continue;
      all += p;
      for (uint32_t id : split) uses[id] += p;
    }
    for (uint32_t id = 0; id < pieces.size(); ++id)
      expected[id] += static_cast<double>(words.count(w)) * uses[id] / all;
  }
  const std::vector<double> found = lattice.expected_uses(pieces);
  for (uint32_t id = 0; id < pieces.size(); ++id) EXPECT_NEAR(found[id], expected[id], 1e-9) << id;
}

// 4095 letters of probability e^-20 each are far below the smallest double.
TEST(Unigram, ImprobableWordsDoNotUnderflow) {
  std::string word;
  for (int i = 0; i < 4095; ++i) word += static_cast<char>('a' + i * i % 3);
  WordCounts words;
  words.add(word, 3);
  UnigramTrainerOptions options;
  const train::UnigramText text = train::make_unigram_text(words, options);
  const train::Seeds seeds = train::find_seeds(text, options);
  const train::UnigramLattice lattice(text, seeds);
  train::UnigramPieces pieces;
  pieces.score.assign(lattice.first_longer() + seeds.seeds.size(), -20);
  const std::vector<double> uses = lattice.expected_uses(pieces);
  double letters = 0;
  for (uint32_t id = train::kFirstCharacter; id < uses.size(); ++id)
    letters += uses[id] * (id < lattice.first_longer() ? 1 : seeds.seeds[id - lattice.first_longer()].length);
  EXPECT_NEAR(letters, 3.0 * 4095, 1e-3);
}

TEST(Trainers, TheAlphabetOfByteLevelIsThatOfTokenizers) {
  const std::u32string alphabet = byte_level_alphabet();
  EXPECT_EQ(alphabet.size(), 256u);
  EXPECT_EQ(alphabet[' '], U'Ġ');
  EXPECT_EQ(alphabet['\n'], U'Ċ');
  EXPECT_EQ(alphabet['a'], U'a');
  EXPECT_EQ(alphabet[0xAD], U'Ń');
  EXPECT_EQ(alphabet[0xFF], U'ÿ');
}

}  // namespace
}  // namespace gamana
