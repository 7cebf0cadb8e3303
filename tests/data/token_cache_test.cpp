#include "gamana/data/token_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>

#include "gamana/base/file.h"
#include "gamana/base/parallel.h"
#include "tests/support/files.h"

namespace gamana {
namespace {

using TokenTexts = std::vector<std::vector<int32_t>>;

std::atomic<int> encoded{0};  // texts

// A token for each byte, and how long the text is.
void encode(std::string_view text, std::vector<int32_t>& ids) {
  ++encoded;
  for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
  ids.push_back(1000);
}

TokenCorpus corpus(const std::vector<std::string>& files) {
  return {
      .files = files, .format = {.keep_line_ends = false}, .encode = encode, .tokenizer = "bytes", .vocabulary = 1001};
}

TokenTexts texts_of(const TokenCache& cache) {
  TokenTexts texts;
  for (size_t t = 0; t + 1 < cache.offsets().size(); ++t)
    cache.append({cache.offsets()[t], cache.offsets()[t + 1]}, texts.emplace_back());
  return texts;
}

TEST(TokenCache, HoldsTheTokensOfEachText) {
  const std::string a = file("a", "ab\n\nc\n"), b = gzipped("b.gz", "é");
  std::filesystem::remove(temporary("cache"));
  for (const int64_t vocabulary : {1001, 1 << 16, (1 << 16) + 1}) {
    TokenCorpus c = corpus({a, b});
    c.vocabulary = vocabulary;
    const TokenCache cache(temporary("cache"), c);
    EXPECT_TRUE(cache.was_made());
    EXPECT_EQ(texts_of(cache), (TokenTexts{{97, 98, 1000}, {}, {99, 1000}, {0xC3, 0xA9, 1000}}));
    EXPECT_EQ(cache.tokens(), 8);
    std::vector<int32_t> ids = {7};
    cache.append({2, 4}, ids);
    EXPECT_EQ(ids, (std::vector<int32_t>{7, 1000, 99}));
    EXPECT_FALSE(TokenCache(temporary("cache"), c).was_made());
  }
}

TEST(TokenCache, TextsHaveIdsAroundThem) {
  TokenCorpus c = corpus({file("a", "ab\n\nc\n"), file("none", ""), file("b", "d")});
  c.encode = [](std::string_view text, std::vector<int32_t>& ids) { ids.insert(ids.end(), text.begin(), text.end()); };
  c.before = {1, 2}, c.after = {3};
  EXPECT_EQ(texts_of(TokenCache(temporary("around"), c)), (TokenTexts{{1, 2, 97, 98, 3}, {}, {1, 2, 99, 3}, {1, 2, 100, 3}}));
  c.format.kind = TextFormat::Kind::whole;
  EXPECT_EQ(texts_of(TokenCache(temporary("around"), c)),
            (TokenTexts{{1, 2, 97, 98, 10, 10, 99, 10, 3}, {1, 2, 100, 3}}));
  c.after = {};
  EXPECT_TRUE(TokenCache(temporary("around"), c).was_made());
}

// Parts of a long text are encoded by several threads and stand one after the other.
TEST(TokenCache, AFileMayBeOneLongText) {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += static_cast<char>('a' + i * 7 % 26), text += i % 11 == 0 ? " " : "";
  TokenCorpus c = corpus({file("long", text)});
  c.encode = [](std::string_view part, std::vector<int32_t>& ids) { ids.insert(ids.end(), part.begin(), part.end()); };
  c.format.kind = TextFormat::Kind::whole;
  const TokenCache cache(temporary("long.tokens"), c);
  EXPECT_EQ(cache.offsets().size(), 2u);
  std::vector<int32_t> ids;
  cache.append({0, cache.tokens()}, ids);
  EXPECT_TRUE(std::string(ids.begin(), ids.end()) == text);
}

TEST(TokenCache, IdsMayBeLarge) {
  TokenCorpus c = corpus({file("a", "a\n")});
  c.encode = [](std::string_view, std::vector<int32_t>& ids) { ids = {65535, 65536, 151000}; };
  c.vocabulary = 151001;
  EXPECT_EQ(texts_of(TokenCache(temporary("large"), c)), (TokenTexts{{65535, 65536, 151000}}));
}

TEST(TokenCache, IsMadeAgainWhenSomethingChanged) {
  const std::string a = file("a", "one\ntwo\n"), path = temporary("changes");
  const auto made = [&](const TokenCorpus& c) { return TokenCache(path, c).was_made(); };
  EXPECT_TRUE(made(corpus({a})));
  encoded = 0;
  EXPECT_FALSE(made(corpus({a})));
  EXPECT_EQ(encoded, 0);
  const auto later = [&] {
    std::filesystem::last_write_time(a, std::filesystem::last_write_time(a) + std::chrono::seconds(5));
  };
  later();
  EXPECT_FALSE(made(corpus({a}))) << "another time, the same content";
  EXPECT_FALSE(made(corpus({file("copy", "one\ntwo\n")}))) << "another name, the same content";
  file("a", "one\ntwi\n"), later();
  EXPECT_TRUE(made(corpus({a}))) << "the same size";
  EXPECT_EQ(texts_of(TokenCache(path, corpus({a})))[1][2], 'i');
  const auto time = std::filesystem::last_write_time(a);
  file("a", "one\ntwx\n"), std::filesystem::last_write_time(a, time);
  EXPECT_FALSE(made(corpus({a}))) << "files of the same size and time are not read";
  EXPECT_TRUE(made(corpus({a, a})));
  EXPECT_TRUE(made(corpus({a})));
  TokenCorpus kept = corpus({a, a});
  kept.kept = true;
  EXPECT_THROW(made(kept), Error);
  EXPECT_FALSE(made(corpus({a}))) << "what was to be kept is still there";
  kept.files = {a};
  EXPECT_FALSE(made(kept));
  EXPECT_TRUE(made(corpus({a, a})));
  TokenCorpus c = corpus({a, a});
  c.tokenizer = "Bytes";
  EXPECT_TRUE(made(c));
  c.format.keep_line_ends = true;
  EXPECT_TRUE(made(c));
  EXPECT_FALSE(made(c));
}

TEST(TokenCache, BytesDoNotDependOnThreads) {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += std::string(static_cast<size_t>(i % 41), static_cast<char>('a' + i % 26)) + "\n";
  const std::string a = file("long", text);
  std::string bytes;
  for (const int threads : {1, 2}) {
    set_threads(threads);
    const std::string path = temporary(fmt::format("threads{}", threads));
    EXPECT_EQ(TokenCache(path, corpus({a})).offsets().size(), 5001u);
    if (threads == 1) bytes = read_file(path);
    EXPECT_TRUE(bytes == read_file(path));
  }
}

TEST(TokenCache, DamagedOnesAreMadeAgain) {
  const std::string a = file("a", "ab\n\nc\n"), path = temporary("damaged");
  const TokenTexts texts = texts_of(TokenCache(path, corpus({a})));
  const std::string whole = read_file(path);
  std::vector<std::string> broken;
  for (size_t i = 8; i < whole.size(); i += 7) {
    broken.push_back(whole);
    broken.back()[i] = static_cast<char>(broken.back()[i] ^ (1 << i / 7 % 8));
    if (i % 5 == 1) broken.push_back(whole.substr(0, i));
  }
  int made = 0;
  for (const std::string& bytes : broken) {
    file("damaged", bytes);
    const TokenCache cache(path, corpus({a}));
    made += cache.was_made();
    EXPECT_EQ(texts_of(cache), texts);
  }
  EXPECT_GT(made, static_cast<int>(broken.size()) * 8 / 10) << "but for names and times of files";
}

TEST(TokenCache, OtherFilesAreNotOverwritten) {
  const std::string a = file("a", "text\n"), mine = file("mine", "something else");
  EXPECT_EQ(fault_of([&] { TokenCache(mine, corpus({a})); }),
            "mine: expected a cache of tokens, found another file, which is left as it is");
  EXPECT_EQ(read_file(mine), "something else");
}

TEST(TokenCache, FaultsLeaveNothing) {
  const std::string a = file("a", "text\n"), path = temporary("new/cache");
  make_directory(temporary("new"));
  const auto left = [] { return std::distance(std::filesystem::directory_iterator(temporary("new")), {}); };
  TokenCorpus c = corpus({a});
  int64_t done = 0;
  c.progress = [&](int64_t bytes, int64_t total) {
    EXPECT_EQ(total, 5);
    done = bytes;
    throw std::runtime_error("Ctrl-C");
  };
  EXPECT_THROW(TokenCache(path, c), std::runtime_error);
  EXPECT_EQ(done, 5);
  EXPECT_EQ(left(), 0);
  c.progress = {}, c.vocabulary = 1000;
  EXPECT_EQ(fault_of([&] { TokenCache(path, c); }),
            "new/cache: expected ids below 1000, the size of the vocabulary, found 1000");
  EXPECT_EQ(fault_of([&] { TokenCache(path, corpus({file("none", "\n\n")})); }),
            "none: expected text to learn from, found none");
  EXPECT_EQ(fault_of([&] { TokenCache(path, corpus({file("bad", "a\n\xff\n")})); }),
            "bad, line 2: expected UTF-8, found byte 0xFF");
  EXPECT_EQ(fault_of([&] { TokenCache(path, corpus({temporary("missing")})); }),
            "cannot read missing: No such file or directory");
  EXPECT_EQ(left(), 0);
  EXPECT_TRUE(TokenCache(path, corpus({a})).was_made());
  EXPECT_THROW(TokenCache(path, c), Error) << "another vocabulary";
  EXPECT_FALSE(TokenCache(path, corpus({a})).was_made()) << "the old one is still there";
  EXPECT_EQ(left(), 1);
}

}  // namespace
}  // namespace gamana
