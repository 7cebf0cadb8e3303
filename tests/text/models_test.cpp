// The models against `tokenizers` (tools/golden/text_models.py) and against direct implementations.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>

#include "gamana/base/check.h"
#include "gamana/base/rng.h"
#include "gamana/text/models/bpe.h"
#include "gamana/text/models/other_models.h"

namespace gamana {
namespace {

using Tokens = std::vector<std::array<int64_t, 3>>;  // id, begin, end

VocabularyList vocabulary_of(const Json& json) {
  VocabularyList list;
  for (const auto& [token, id] : json.items()) list.emplace_back(token, id);
  return list;
}

template <class T>
std::optional<T> optional_of(const Json& json, const char* key) {
  return !json.contains(key) || json[key].is_null() ? std::nullopt : std::optional<T>(json[key].get<T>());
}

std::unique_ptr<TokenModel> model_of(const Json& json, bool raw_bytes) {
  const std::string type = json["type"];
  if (type == "BPE") {
    BpeOptions options;
    options.vocabulary = vocabulary_of(json["vocab"]);
    for (const Json& merge : json["merges"])
      options.merges.push_back({merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>()});
    options.dropout = optional_of<double>(json, "dropout");
    options.unknown = optional_of<std::string>(json, "unk_token");
    options.prefix = optional_of<std::string>(json, "continuing_subword_prefix");
    options.suffix = optional_of<std::string>(json, "end_of_word_suffix");
    options.fuse_unknown = json.value("fuse_unk", false);
    options.byte_fallback = json.value("byte_fallback", false);
    options.ignore_merges = json.value("ignore_merges", false);
    options.raw_bytes = raw_bytes;
    EXPECT_EQ(bpe_may_read_raw_bytes(options), raw_bytes);
    return make_bpe(options, "golden");
  }
  if (type == "WordPiece")
    return make_wordpiece({vocabulary_of(json["vocab"]), json["unk_token"], json["continuing_subword_prefix"],
                           json["max_input_chars_per_word"]},
                          "golden");
  if (type == "WordLevel") return make_wordlevel({vocabulary_of(json["vocab"]), json["unk_token"]}, "golden");
  UnigramOptions options;
  for (const Json& piece : json["vocab"]) options.pieces.emplace_back(piece[0].get_ref<const std::string&>(), piece[1]);
  options.unknown = optional_of<int32_t>(json, "unk_id");
  options.byte_fallback = json["byte_fallback"];
  return make_unigram(options, "golden");
}

// Tokens of each word, counted from its begin, when all are pieces of one text.
std::vector<Tokens> encode(const TokenModel& model, ModelState& state, const std::vector<std::string>& words) {
  std::string text;
  std::vector<Piece> pieces;
  for (const std::string& word : words) {
    pieces.push_back({static_cast<uint32_t>(text.size()), static_cast<uint32_t>(text.size() + word.size())});
    text += word;
  }
  std::vector<Token> tokens = {{-7, 0, 0, 0}};
  model.encode(text, pieces, state, tokens);
  EXPECT_EQ(tokens[0].id, -7) << "what was there is kept";
  std::vector<Tokens> out(words.size());
  for (size_t i = 1; i < tokens.size(); ++i) {
    const uint32_t begin = pieces.at(tokens[i].piece).begin;
    out[tokens[i].piece].push_back({tokens[i].id, tokens[i].begin - begin, tokens[i].end - begin});
  }
  return out;
}

// GAMANA_MODELS_GOLDEN names a file of more cases.
const Json& golden_cases() {
  static const Json json = [] {
    const char* other = std::getenv("GAMANA_MODELS_GOLDEN");
    return read_json(other ? other : GAMANA_SOURCE_DIR "/tests/golden/text/models.json");
  }();
  return json["cases"];
}

TEST(Models, GiveTheTokensOfTokenizers) {
  size_t words_seen = 0;
  for (const Json& item : golden_cases()) {
    const std::string source = item["model"];
    const Json json = parse_json(source, "golden");
    const auto model = model_of(json, item["raw"]);
    const auto state = model->make_state();
    std::vector<std::string> good;
    std::vector<Tokens> wanted;
    for (size_t i = 0; i < item["words"].size(); ++i) {
      const std::string word = item["words"][i];
      ++words_seen;
      if (item["tokens"][i].is_null()) {
        EXPECT_THROW(encode(*model, *state, {word}), Error) << source << "\n" << word;
        continue;
      }
      good.push_back(word);
      wanted.push_back(item["tokens"][i].get<Tokens>());
      EXPECT_EQ(encode(*model, *state, {word})[0], wanted.back()) << source << "\n" << word;
    }
    EXPECT_EQ(encode(*model, *state, good), wanted) << "known words: " << source;
  }
  EXPECT_GT(words_seen, 300u);
}

TEST(Models, AreWrittenAsByTokenizers) {
  for (const Json& item : golden_cases()) {
    const std::string source = item["model"];
    const Json json = parse_json(source, "golden");
    std::string out = "before";
    model_of(json, item["raw"])->write_json(out);
    if (item["written"].get<bool>()) {
      EXPECT_EQ(out, "before" + source);
    }
  }
}

TEST(Models, FindTokensAndIds) {
  const auto model = make_wordlevel({{{"a", 3}, {"b", 70000}, {"a", 5}, {"", 6}, {"c", 5}}, "a"}, "here");
  EXPECT_EQ(model->size(), 4);  // "a" comes twice
  EXPECT_EQ(model->id("a"), 5);
  EXPECT_EQ(model->id(""), 6);
  EXPECT_EQ(model->id("x"), std::nullopt);
  EXPECT_EQ(model->token(70000), "b");
  EXPECT_EQ(model->token(5), "c");
  for (const int32_t id : {-1, 0, 3, 4, 69999, 70001, 2147483647}) EXPECT_EQ(model->token(id), std::nullopt) << id;
  EXPECT_EQ(model->literal_id(), -1);
  EXPECT_EQ(model->unknown_id(), 5);
  const auto unigram = make_unigram({{{"<unk>", 0}, {"a", -1}, {"a", -2}}, 0}, "here");
  EXPECT_EQ(unigram->size(), 3);
  EXPECT_EQ(unigram->id("a"), 2);
  EXPECT_EQ(unigram->token(1), "a");
  EXPECT_EQ(unigram->literal_id(), 0);
  EXPECT_EQ(unigram->unknown_id(), 0);
}

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Models, NameWhatIsWrong) {
  BpeOptions options;
  options.vocabulary = {{"a", 0}, {"b", 1}, {"ab", 2}};
  options.merges = {{"a", "b"}, {"a", "q"}};
  const auto bpe = [&] { return message_of([&] { make_bpe(options, "t.json, model"); }); };
  EXPECT_EQ(bpe(), "t.json, model: merges: expected tokens of the vocabulary in merge 1, found 'q'");
  options.merges = {{"b", "a"}};
  EXPECT_EQ(bpe(), "t.json, model: merges: expected tokens of the vocabulary in merge 0, found 'ba'");
  options.merges = {{"a", "b"}};
  options.prefix = "##";
  EXPECT_NE(bpe().find("behind the prefix '##' in merge 0, found 'b'"), std::string::npos) << bpe();
  options.prefix.reset();
  options.dropout = 1.5;
  EXPECT_NE(bpe().find("dropout"), std::string::npos);
  EXPECT_NE(message_of([] { make_wordlevel({{{"a", -1}}}, "t.json"); }).find("found -1 for 'a'"), std::string::npos);
  EXPECT_NE(message_of([] { make_unigram({{{"a", 0}}, 1}, "t.json"); }).find("unk_id"), std::string::npos);
}

// The lowest rank first, the leftmost of equal ones, with no cleverness at all.
std::vector<std::string> merged(std::vector<std::string> parts, const BpeOptions& options) {
  while (true) {
    size_t best = options.merges.size(), place = 0;
    for (size_t i = 0; i + 1 < parts.size(); ++i)
      for (size_t rank = 0; rank < best; ++rank)
        if (parts[i] == options.merges[rank][0] && parts[i + 1] == options.merges[rank][1]) best = rank, place = i;
    if (best == options.merges.size()) return parts;
    parts[place] += parts[place + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
}

// Random merges; with `once` each token comes from one merge, as in trained vocabularies.
struct RandomMerges {
  std::vector<std::string> tokens = {"a", "b", "c", "d", "e", "é", "▁", "中"};
  std::vector<std::array<std::string, 2>> merges;
  BpeOptions options;

  template <class Below>
  RandomMerges(size_t letters, int tries, bool once, const Below& below) {
    tokens.resize(letters);
    for (int i = 0; i < tries; ++i) {
      const std::array<std::string, 2> merge = {tokens[below(tokens.size())], tokens[below(tokens.size())]};
      const bool is_new = std::count(tokens.begin(), tokens.end(), merge[0] + merge[1]) == 0;
      if ((merge[0] + merge[1]).size() > 16 || std::count(merges.begin(), merges.end(), merge) || (once && !is_new))
        continue;
      merges.push_back(merge);
      if (is_new) tokens.push_back(merge[0] + merge[1]);
    }
    for (const std::string& token : tokens) options.vocabulary.emplace_back(token, options.vocabulary.size());
    for (const auto& [left, right] : merges) options.merges.push_back({left, right});
  }
};

void expect_merged(const std::vector<std::string>& letters, const BpeOptions& options, const TokenModel& model,
                   ModelState& state) {
  std::string word;
  for (const std::string& letter : letters) word += letter;
  Tokens wanted;
  int64_t at = 0;
  for (const std::string& part : merged(letters, options)) {
    wanted.push_back({*model.id(part), at, at + static_cast<int64_t>(part.size())});
    at = wanted.back()[2];
  }
  EXPECT_EQ(encode(model, state, {word, word}), (std::vector<Tokens>{wanted, wanted})) << word;
}

// Words from one letter to hundreds, so that every path is taken: scan and queue, short and long cache, split words.
TEST(Bpe, MergesAsTheDefinition) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    uint64_t count = 0;
    const auto below = [&](size_t n) { return mix(seed << 32 | ++count) % n; };
    const RandomMerges random(8, 30, seed % 2, below);
    const auto model = make_bpe(random.options, "test");
    const auto state = model->make_state();
    for (const size_t length : {1, 2, 3, 5, 8, 13, 21, 34, 55, 90, 200}) {
      std::vector<std::string> letters;
      for (size_t i = 0; i < length; ++i) letters.push_back(random.tokens[below(8)]);
      expect_merged(letters, random.options, *model, *state);
    }
  }
}

// The texts of tokens: some become the token, some others.
TEST(Bpe, KnowsWhichTokensAreWhole) {
  for (uint64_t seed = 100; seed < 130; ++seed) {
    uint64_t count = 0;
    const auto below = [&](size_t n) { return mix(seed << 32 | ++count) % n; };
    const RandomMerges random(1 + seed % 3, 40, true, below);
    const auto model = make_bpe(random.options, "test");
    const auto state = model->make_state();
    for (const std::string& token : random.tokens) {
      std::vector<std::string> letters;
      for (const char c : token) letters.emplace_back(1, c);
      expect_merged(letters, random.options, *model, *state);
    }
  }
}

BpeOptions one_letter(std::optional<double> dropout) {
  BpeOptions options;
  options.vocabulary = {{"a", 0}, {"aa", 1}, {"aaaa", 2}};
  options.merges = {{"a", "a"}, {"aa", "aa"}};
  options.dropout = dropout;
  return options;
}

TEST(Bpe, ManyOfOneLetterAreQuick) {
  const auto model = make_bpe(one_letter({}), "test");
  EXPECT_EQ(encode(*model, *model->make_state(), {std::string(1 << 18, 'a')})[0].size(), size_t{1} << 16);
}

// "aa": the only merge is passed over with this probability.
TEST(Bpe, DropsMergesAtRandom) {
  for (const double dropout : {0.1, 0.5}) {
    const auto model = make_bpe(one_letter(dropout), "test");
    const auto state = model->make_state(), other = model->make_state();
    int dropped = 0, different = 0;
    for (int i = 0; i < 4000; ++i) {
      const Tokens tokens = encode(*model, *state, {"aa"})[0];
      dropped += tokens.size() == 2;
      different += tokens != encode(*model, *other, {"aa"})[0];
    }
    // Five standard deviations of a binomial count.
    EXPECT_NEAR(dropped, 4000 * dropout, 5 * std::sqrt(4000 * dropout * (1 - dropout)));
    EXPECT_GT(different, 100) << "each state has a stream of its own";
  }
}

TEST(Models, AddedTokensAndEmptyListsPass) {
  const auto model = make_wordpiece({{{"a", 0}, {"##b", 1}}}, "test");
  const auto state = model->make_state();
  const std::vector<Piece> pieces = {{0, 2}, {2, 5, 77}, {5, 6}};
  std::vector<Token> out;
  model->encode("ab<s>a", pieces, *state, out);
  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(out[2].id, 77);
  EXPECT_EQ(out[2].begin, 2u);
  EXPECT_EQ(out[2].end, 5u);
  EXPECT_EQ(out[2].piece, 1u);
  EXPECT_EQ(out[3].piece, 2u);
  model->encode("", {}, *state, out);
  EXPECT_EQ(out.size(), 4u);
  EXPECT_THROW(model->encode("ax", std::vector<Piece>{{0, 2}}, *state, out), Error);  // no [UNK]
  EXPECT_EQ(out.size(), 4u) << "a fault leaves what was there";
}

// More words than the caches have places, twice: what is found is what was kept.
TEST(Models, CachesForgetButDoNotMix) {
  const auto model = make_unigram({{{"<unk>", 0}, {"a", -1}, {"b", -1}, {"ab", -1.5}, {"ba", -1.7}}, 0}, "test");
  const auto state = model->make_state();
  std::vector<std::string> words;
  for (uint64_t i = 0; i < 45000; ++i) {
    std::string word;
    for (uint64_t bits = mix(i), n = 1 + mix(i + 9) % 40; n > 0; --n, bits = bits >> 1 | bits << 63)
      word += bits & 1 ? 'a' : 'b';
    words.push_back(word);
  }
  const auto first = encode(*model, *state, words);
  EXPECT_EQ(encode(*model, *state, words), first);
  const std::string null = {'a', '\0'};
  EXPECT_EQ(encode(*model, *state, {"a", null}), (std::vector<Tokens>{{{1, 0, 1}}, {{1, 0, 1}, {0, 1, 2}}}));
  for (size_t i = 0; i < words.size(); i += 1000)
    EXPECT_EQ(encode(*model, *model->make_state(), {words[i]})[0], first[i]);
}

// The table of merges holds pairs of small ids as they are and looks up those of large ones by a hash.
TEST(Bpe, IdsOfAnySizeGiveTheSameTokens) {
  std::vector<std::string> words = {"a", "b", "c", "d", "e"};
  std::vector<std::array<size_t, 2>> merges;
  for (uint64_t draw = 0; merges.size() < 400; ++draw) {
    const size_t left = mix(2 * draw) % words.size(), right = mix(2 * draw + 1) % words.size();
    const std::string both = words[left] + words[right];
    if (both.size() > 12 || std::count(words.begin(), words.end(), both)) continue;
    merges.push_back({left, right});
    words.push_back(both);
  }
  const auto make = [&](int64_t first, int64_t step) {
    BpeOptions options;
    for (size_t i = 0; i < words.size(); ++i)
      options.vocabulary.emplace_back(words[i], static_cast<int32_t>(first + step * static_cast<int64_t>(i)));
    for (const auto& [left, right] : merges) options.merges.push_back({words[left], words[right]});
    return make_bpe(options, "test");
  };
  const auto small = make(0, 1), large = make(INT32_MAX, -1);
  const auto small_state = small->make_state(), large_state = large->make_state();
  for (uint64_t draw = 0; draw < 3000; ++draw) {
    std::string text;
    for (uint64_t i = 0, n = 1 + mix(draw) % 60; i < n; ++i) text += words[mix(draw * 100 + i) % 5];
    const std::vector<Piece> piece = {{0, static_cast<uint32_t>(text.size())}};
    std::vector<Token> one, other;
    small->encode(text, piece, *small_state, one);
    large->encode(text, piece, *large_state, other);
    ASSERT_EQ(one.size(), other.size()) << text;
    for (size_t i = 0; i < one.size(); ++i) EXPECT_EQ(one[i].id, INT32_MAX - other[i].id) << text;
  }
}

// Whichever thread finds another one first.
TEST(Bpe, TheFirstFaultyMergeIsNamed) {
  BpeOptions options;
  options.vocabulary = {{"a", 0}, {"b", 1}, {"ab", 2}};
  options.merges.assign(60000, {"a", "b"});
  options.merges[20000] = {"a", "x"};
  options.merges[9000] = {"b", "a"};
  options.merges[50000] = {"y", "b"};
  try {
    make_bpe(options, "test");
    ADD_FAILURE() << "no error";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "test: merges: expected tokens of the vocabulary in merge 9000, found 'ba'");
  }
}

}  // namespace
}  // namespace gamana
